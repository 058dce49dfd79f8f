// The last requests that the panel's clients have sent, the newest first.

import { read } from "./control.js";
import { byId, made, mark, part, put } from "./elements.js";

export const LIMIT = 50;

const rows = byId("requests");
let seen = "";

/** Show the requests, if there are others than before. */
export async function showJournal(state, clock) {
  put(byId("seen"), `${state.requests} since it was cleared`);
  const now = `${state.serial} ${state.start} ${state.seed} ${state.requests}`;
  if (now === seen) return;
  const { requests } = await read("journal", { limit: LIMIT });
  rows.replaceChildren(...requests.reverse().map((request) => rowOf(request, clock)));
  byId("nothing-asked").hidden = requests.length > 0;
  byId("requests-part").hidden = !requests.length;
  seen = now;
}

function rowOf(request, clock) {
  const row = made("request");
  put(part(row, "when"), clock.time(request.tick));
  part(row, "when").title = clock.date(request.tick);
  put(part(row, "client"), request.client || "–");
  part(row, "client").title = request.address;
  put(part(row, "method"), request.method);
  put(part(row, "path"), request.path);
  put(part(row, "status"), request.status ? String(request.status) : "no answer");
  mark(part(row, "status"), "data-class", request.status ? Math.floor(request.status / 100) : "none");
  put(part(row, "took"), `${(request.duration_s * 1000).toFixed(1)} ms`);
  put(part(row, "faults"), request.faults.join(", "));
  return row;
}
