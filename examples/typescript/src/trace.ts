import { ask } from "./ask.js";
import { BatchTraceDocument, type BatchTraceQuery } from "./generated.js";

type Batch = NonNullable<BatchTraceQuery["batch"]>;
type Step = Batch["steps"][number];
type Cell = Batch["cells"]["nodes"][number];
type Measurement = Cell["measurements"]["nodes"][number];

/** A batch in lines of text: its machines with the circuits that feed them, then its cells with their formation. */
export async function trace(batchId: string): Promise<string[]> {
  const { batch } = await ask(BatchTraceDocument, { batchId });
  if (!batch) throw new Error(`There is no batch ${batchId} any more.`);
  return [
    `${batch.batchId} is ${batch.state}${batch.reason ? `: ${batch.reason}` : ""}`,
    ...batch.steps.map(machine),
    `machines drew ${batch.energyKwh.toFixed(2)} kWh, the cells hold ${batch.cellsKwh.toFixed(2)} kWh`,
    `circuits metered ${metered(batch)}`,
    `${batch.cells.totalCount} good cells, the first of them:`,
    ...batch.cells.nodes.flatMap(cell),
  ];
}

function metered({ meteredEnergyKwh, meteredEnergyMissing }: Batch): string {
  return meteredEnergyKwh === null ? `nothing: ${meteredEnergyMissing}` : `${meteredEnergyKwh.toFixed(2)} kWh`;
}

function machine({ line, stage, result, machine: { circuit } }: Step): string {
  const drawn = result?.energyKwh?.toFixed(2).padStart(8) ?? "    none";
  const feeds = circuit ? `${circuit.panel.name}, ${circuit.name ?? "a circuit without a name"}` : "no circuit";
  return `  ${line.padEnd(8)} ${stage.padEnd(20)} ${drawn} kWh  ${feeds}  ${result?.flags.join(" ") ?? ""}`.trimEnd();
}

function cell({ name, measurements }: Cell): string[] {
  return measurements.nodes.map((measurement) => `  ${name}  ${formation(measurement)}`);
}

function formation({ name, rowCount, cycles, series }: Measurement): string {
  const volts = (series?.columns["Voltage [V]"] ?? []).filter((each) => each !== null);
  const range = volts.length ? `, ${Math.min(...volts).toFixed(2)} to ${Math.max(...volts).toFixed(2)} V` : "";
  const charge = cycles[0]?.chargeCapacityAH?.toFixed(3) ?? "unknown";
  return `${name}: ${rowCount} samples, ${charge} A.h put in${range}`;
}
