import { ask } from "./ask.js";
import { AddBatchDocument } from "./generated.js";

/** Queue a batch with a thinner anode; throws the refusal's own sentence. */
export async function order(batchId: string): Promise<string> {
  const { addBatch: answer } = await ask(AddBatchDocument, {
    batchId,
    parameters: [{ line: "ANODE", parameters: { coating: { flowRateM3PerS: 0.000004 } } }],
  });
  switch (answer.__typename) {
    case "Batch":
      return `${answer.batchId} is ${answer.state}, and is to become: ${answer.recipe}`;
    case "InvalidParameters":
      throw new Error(answer.fields.map(({ field, message }) => `${field}: ${message}`).join("\n"));
    case "QueueFull":
      throw new Error(`${answer.message} (the limit is ${answer.limit})`);
    case "BatchIdTaken":
    case "MachineNotFound":
    case "PlantBusy":
    case "PlantStorageFull":
      throw new Error(answer.message);
    default:
      return unknown(answer);
  }
}

/** Does not compile while a member of the union is left out above. */
function unknown(answer: never): never {
  throw new Error(`This busbar is newer than its types: ${JSON.stringify(answer)}`);
}
