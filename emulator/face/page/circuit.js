// One circuit, or unmapped tab, in a dialog of its own: all that is known of it, and all that can be done to it.

import { byId, mark, part, put } from "./elements.js";
import { energy, plain, power } from "./words.js";

const dialog = byId("circuit");
let shown = null;

part(dialog, "close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => (shown = null));

/** Open the dialog about this load. */
export function showCircuit(load) {
  shown = load.key;
  for (const form of dialog.querySelectorAll("form")) form.reset();
  aim(load);
  fill(load);
  part(dialog, "priority").value = load.priority ?? "";
  part(dialog, "rename").value = load.isCircuit ? load.name : "";
  dialog.showModal();
}

/** Keep up with the panel while the dialog is open. */
export function followCircuit(loads) {
  if (shown === null) return;
  const load = loads.find((one) => one.key === shown);
  if (load) fill(load);
  else dialog.close();
}

function aim(load) {
  for (const one of dialog.querySelectorAll("[data-about]")) {
    one.dataset.with = JSON.stringify({ ...JSON.parse(one.dataset.always ?? "{}"), [one.dataset.about]: load.target });
    one.hidden = load.target === undefined; // nothing to name it by, and a command about nothing is about every load
  }
  for (const one of dialog.querySelectorAll("[data-of=circuit]")) one.hidden = !load.isCircuit;
}

function fill(load) {
  put(part(dialog, "name"), load.name);
  put(part(dialog, "tabs"), load.tabs.length ? `tab ${load.tabs.join(" and ")}` : "no tab");
  put(part(dialog, "power"), `${load.power_w < 0 ? "makes " : ""}${power(load.power_w)}`);
  put(part(dialog, "consumed"), energy(load.consumed_wh));
  put(part(dialog, "produced"), energy(load.produced_wh));
  const held = load.override;
  put(part(dialog, "held"), !held ? "follows its profile" : held.power_w !== null
    ? `held at ${held.power_w} W` : `${held.multiplier} times its profile`);
  if (load.isCircuit) showRelay(load);
}

function showRelay(load) {
  const relay = part(dialog, "relay");
  const isClosed = load.relay === "CLOSED";
  relay.dataset.with = JSON.stringify({ circuit: load.id, position: isClosed ? "OPEN" : "CLOSED" });
  put(relay, isClosed ? "Open its relay" : "Close its relay");
  mark(relay, "aria-disabled", !load.user_controllable);
  const flags = [load.user_controllable ? "" : "not user controllable", load.sheddable ? "" : "not sheddable",
    load.never_backup ? "never on backup" : ""].filter(Boolean);
  put(part(dialog, "relay-now"), [plain(load.relay), plain(load.priority), ...flags].join(" · "));
}
