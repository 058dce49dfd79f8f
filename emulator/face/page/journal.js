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
  rows.replaceChildren(...requests.reverse().map((request) => row(request, clock)));
  byId("nothing-asked").hidden = requests.length > 0;
  byId("requests-part").hidden = !requests.length;
  seen = now;
}

function row(request, clock) {
  const made_ = made("request");
  put(part(made_, "when"), clock.time(request.tick));
  part(made_, "when").title = clock.date(request.tick);
  put(part(made_, "client"), request.client || "–");
  part(made_, "client").title = request.address;
  put(part(made_, "method"), request.method);
  put(part(made_, "path"), request.path);
  put(part(made_, "status"), request.status ? String(request.status) : "no answer");
  mark(part(made_, "status"), "data-class", request.status ? Math.floor(request.status / 100) : "none");
  put(part(made_, "took"), `${(request.duration_s * 1000).toFixed(1)} ms`);
  put(part(made_, "faults"), request.faults.join(", "));
  return made_;
}
