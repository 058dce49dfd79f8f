// Faults: what kind, on which route, how often; and those that are active, each with what it has struck.

import { entered, order } from "./commands.js";
import { read } from "./control.js";
import { byId, made, mark, offer, part, put } from "./elements.js";
import { plain } from "./words.js";

const TOLD = new Set(["id", "kind", "route", "method", "hits", "left", "from", "to", "count", "probability"]);

const form = byId("fault");
const parts = byId("parts");
const active = byId("active");
let kinds = new Map();
let circuits = [];
let shown = "";

/** Offer what the catalogue has. */
export function offerFaults(catalogue) {
  kinds = new Map(catalogue.kinds.map((kind) => [kind.kind, kind]));
  offer(form.elements.kind, [...kinds.keys()].map((kind) => [kind, plain(kind)]));
  offer(form.elements.route, catalogue.routes.map((route) => [route, route === "*" ? "every route" : route]));
  offer(form.elements.method, catalogue.methods.map((method) => [method, method === "*" ? "any method" : method]));
  choose();
}

/** Show the active ones. */
export async function showFaults(state) {
  circuits = state.circuits.map((one) => [one.id, one.name]);
  const faults = state.faults ? (await read("faults")).faults : [];
  byId("clear-faults").hidden = !faults.length;
  byId("no-faults").hidden = faults.length > 0;
  put(byId("fault-count"), faults.length ? `${faults.length} active` : "");
  const now = JSON.stringify([state.serial, faults.map((fault) => fault.id)]);
  if (now !== shown) active.replaceChildren(...faults.map(entry));
  shown = now;
  faults.forEach((fault, row) => fill(active.children[row], fault));
}

form.elements.kind.addEventListener("change", choose);
form.elements.often.addEventListener("change", showOften);
form.addEventListener("submit", () => void order("faults/add", { fault: spec() }, form));

function choose() {
  const kind = kinds.get(form.elements.kind.value);
  put(byId("kind-says"), kind.says);
  put(byId("kind-takes"), kind.parts.length ? `Takes ${kind.takes}` : "");
  parts.replaceChildren(...kind.parts.map(input));
  for (const name of ["route", "method", "often"]) form.elements[name].disabled = kind.everywhere;
  showOften();
}

function showOften() {
  const often = form.elements.often;
  for (const name of ["count", "probability"]) {
    form.elements[name].disabled = often.disabled || often.value !== name;
    byId(`often-${name}`).hidden = form.elements[name].disabled;
  }
}

function spec() {
  const { often, ...fault } = entered(form);
  return fault;
}

function input(told) {
  const label = made(templateOf(told));
  const field = label.querySelector("input, select");
  field.name = told.name;
  put(part(label, "label"), plain(told.name));
  if (field.tagName === "SELECT") fillSelect(field, told);
  else if (field.type === "checkbox") field.checked = told.start === true;
  else field.value = told.start ?? "";
  return label;
}

function templateOf(told) {
  if (told.input === "several") return "several-input";
  if (told.choices || told.name === "circuit") return "choice-input";
  return `${told.input}-input`;
}

function fillSelect(field, told) {
  const choices = told.name === "circuit" ? circuits : told.choices.map((one) => [String(one), String(one)]);
  if (field.multiple) {
    offer(field, choices);
    for (const option of field.options) option.selected = told.start.includes(option.value);
    return;
  }
  field.dataset.as = told.input === "integer" ? "number" : "text";
  offer(field, told.start === null ? [["", "–"], ...choices] : choices);
  field.value = told.start === null ? "" : String(told.start);
}

function entry(fault) {
  const item = made("active-fault");
  put(part(item, "kind"), plain(fault.kind));
  put(part(item, "where"), `${fault.method ?? ""} ${fault.route === "*" ? "every route" : fault.route}`.trim());
  const own = Object.entries(fault).filter(([name]) => !TOLD.has(name));
  put(part(item, "parts"), own.map(([name, value]) => `${plain(name)} ${value}`).join(" · "));
  put(part(item, "id"), fault.id);
  const clear = part(item, "clear");
  mark(clear, "aria-label", `Clear fault ${fault.id}`);
  clear.addEventListener("click", () => void order("faults/remove", { fault_id: fault.id }, clear));
  return item;
}

function fill(element, fault) {
  const often = [
    fault.left === undefined ? "" : `${fault.left} to go`,
    fault.probability === undefined ? "" : `chance ${fault.probability}`,
    fault.to === undefined ? "" : `until ${fault.to.replace("T", " ")}`,
  ].filter(Boolean);
  put(part(element, "hits"), `${fault.hits} ${fault.hits === 1 ? "hit" : "hits"}`);
  put(part(element, "often"), often.join(" · "));
}
