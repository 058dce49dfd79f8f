// One breaker in the picture: its tabs, its name, what it draws or makes, and the handle of its relay.

import { showCircuit } from "./circuit.js";
import { order } from "./commands.js";
import { made, mark, part, put } from "./elements.js";
import { plain, power } from "./words.js";

const FULL_W = 10_000;
const LEAST_W = 0.05;
const COLUMNS = { left: 1, right: 2 };

/** Draws one load; `places` are the tabs it is drawn on, none where it has no place of its own. */
export class Breaker {
  constructor(load, places) {
    this.places = places;
    this.load = load;
    this.element = made("breaker");
    this.element.dataset.key = load.key;
    mark(this.element, "data-mapped", load.isCircuit);
    put(part(this.element, "tabs"), load.tabs.join(" "));
    if (places.length) place(this.element, places);
    this.handle = part(this.element, "handle");
    this.handle.hidden = !load.isCircuit;
    this.handle.addEventListener("click", () => this.#flip());
    part(this.element, "body").addEventListener("click", () => showCircuit(this.load));
  }

  /** Show what the load does now; `isLive` is false while the whole bus is dark. */
  show(load, isLive) {
    this.load = load;
    const isMaking = load.power_w < -LEAST_W;
    const name = part(this.element, "name");
    put(name, load.name);
    name.title = load.name;
    mark(this.element, "data-flow", isMaking ? "makes" : load.power_w > LEAST_W ? "uses" : "idle");
    put(part(this.element, "power"), `${isMaking ? "makes " : ""}${power(load.power_w)}`);
    const share = Math.min(1, Math.sqrt(Math.abs(load.power_w) / FULL_W));
    part(this.element, "fill").style.setProperty("--share", share.toFixed(3));
    put(part(this.element, "note"), notes(load, isLive));
    if (load.isCircuit) this.#showHandle(load);
  }

  #showHandle(load) {
    mark(this.element, "data-relay", load.relay);
    mark(this.handle, "aria-checked", load.relay === "CLOSED");
    mark(this.handle, "aria-label", `Relay of ${load.name}`);
    mark(this.handle, "aria-disabled", !load.user_controllable);
    this.handle.title = load.user_controllable
      ? `${plain(load.relay)}: click to ${load.relay === "CLOSED" ? "open" : "close"}`
      : `${plain(load.relay)}: the panel lets nobody switch this one`;
    put(part(this.element, "position"), plain(load.relay));
  }

  #flip() {
    const position = this.load.relay === "CLOSED" ? "OPEN" : "CLOSED";
    void order("relay", { circuit: this.load.id, position }, this.handle);
  }
}

/** A tab with nothing on it. */
export function blank(tab) {
  const element = made("blank");
  put(part(element, "tabs"), String(tab));
  place(element, [tab]);
  return element;
}

function place(element, tabs) {
  const side = tabs[0] % 2 ? "left" : "right";
  mark(element, "data-side", side);
  mark(element, "data-poles", tabs.length);
  element.style.gridColumn = COLUMNS[side];
  element.style.gridRow = `${Math.ceil(tabs[0] / 2)} / span ${tabs.length}`;
}

function notes(load, isLive) {
  const held = load.override;
  return [
    isLive ? "" : "dark",
    load.isCircuit ? plain(load.priority) : "",
    load.isCircuit && !load.user_controllable ? "fixed" : "",
    held && held.power_w !== null ? `held at ${power(held.power_w)}` : "",
    held && held.multiplier !== null ? `× ${held.multiplier}` : "",
  ].filter(Boolean).join(" · ");
}
