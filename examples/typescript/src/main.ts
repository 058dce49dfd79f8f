/** Order a batch, follow it until its cells are in the lab, and show all of it: `npm start -- BATCH_ID`. */

import { ask } from "./ask.js";
import { follow, type BatchEvent } from "./follow.js";
import { PlaceDocument } from "./generated.js";
import { order } from "./order.js";
import { trace } from "./trace.js";

const LAST = new Set(["BatchCellsMade", "batch_cancelled", "batch_failed", "batch_interrupted", "batch_scrapped"]);

async function main(batchId: string): Promise<void> {
  // The place comes before the batch: then nothing that happens to it is missed.
  const { eventCursor } = await ask(PlaceDocument, {});
  console.log(await order(batchId));
  for await (const event of follow([`plant/batch/${batchId}`, `cells/batch/${batchId}`], eventCursor)) {
    console.log(`${event.topic} ${event.sequence} ${event.kind} ${machineOf(event)}`.trimEnd());
    if (LAST.has(event.kind)) break;
  }
  console.log((await trace(batchId)).join("\n"));
}

function machineOf({ data }: BatchEvent): string {
  const { machine } = data as { machine?: string | null };
  return machine ?? "";
}

try {
  await main(process.argv[2] ?? `web_${Date.now().toString(36)}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
