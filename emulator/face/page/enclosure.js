// The panel as it hangs on the wall: odd tabs on the left, even ones on the right, a two-pole circuit on n and n + 2.

import { Breaker, blank } from "./breaker.js";
import { byId, mark, put } from "./elements.js";
import { percent, plain, power } from "./words.js";

const bus = byId("bus");
const loose = byId("loose");
const mainRelay = byId("main-relay");

let drawn = "";
let breakers = [];

/** Draw the panel, anew where its circuits sit otherwise than before, and show what it does now. */
export function showEnclosure(state, tabs) {
  const loads = loadsOf(state);
  const shape = JSON.stringify([state.serial, tabs, loads.map((load) => [load.key, load.tabs])]);
  if (shape !== drawn) {
    draw(loads, tabs);
    drawn = shape;
  }
  const isLive = !["DARK", "DEAD"].includes(state.supply);
  mark(bus, "data-live", isLive);
  breakers.forEach((breaker, row) => breaker.show(loads[row], isLive));
  showMains(state);
}

/** The circuits and the loads on unmapped tabs, in one list; `target` is what the control calls each. */
export function loadsOf(state) {
  const circuits = state.circuits.map((one) => ({ ...one, key: one.id, target: one.id, isCircuit: true }));
  const unmapped = state.unmapped.map((one) => ({
    ...one,
    key: `tabs ${one.tabs}`,
    name: one.tabs.length ? `Unmapped ${one.tabs.join(" + ")}` : "At the feed-through lugs",
    target: one.tabs[0],
    isCircuit: false,
  }));
  return [...circuits, ...unmapped];
}

function draw(loads, tabs) {
  const owners = new Map();
  breakers = loads.map((load) => new Breaker(load, spaces(load, owners, tabs)));
  bus.style.setProperty("--rows", Math.ceil(tabs / 2));
  const placed = breakers.filter((breaker) => breaker.places.length);
  const inOrder = placed.map((breaker) => [breaker.places[0], breaker.element]);
  for (let tab = 1; tab <= tabs; tab += 1) if (!owners.has(tab)) inOrder.push([tab, blank(tab)]);
  inOrder.sort(([one], [other]) => one - other);
  bus.replaceChildren(...inOrder.map(([, element]) => element));
  loose.replaceChildren(...breakers.filter((breaker) => !breaker.places.length).map((breaker) => breaker.element));
  byId("loose-part").hidden = !loose.children.length;
}

/** The tabs that a load is drawn on, now taken: its own where they are free and one beneath the other, else none. */
function spaces(load, owners, tabs) {
  const own = [...load.tabs].sort((one, other) => one - other);
  const isFree = own.every((tab) => tab >= 1 && tab <= tabs && !owners.has(tab));
  const isBeneath = own.length === 1 || (own.length === 2 && own[1] === own[0] + 2);
  if (!isFree || !isBeneath) return [];
  for (const tab of own) owners.set(tab, load);
  return own;
}

function showMains(state) {
  const isClosed = state.main_relay === "CLOSED";
  mark(mainRelay, "aria-checked", isClosed);
  mainRelay.dataset.with = JSON.stringify({ position: isClosed ? "OPEN" : "CLOSED" });
  put(byId("main-position"), plain(state.main_relay));
  put(byId("feedthrough"), power(state.feedthrough_w));
  put(byId("thresholds"), `${percent(state.soc_thresholds.low)} / ${percent(state.soc_thresholds.high)}`);
}
