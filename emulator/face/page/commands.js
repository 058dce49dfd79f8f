// Commands to the chosen panel. In the page, data-verb says what a button or form does, data-with with what.

import { change } from "./control.js";
import { mark } from "./elements.js";
import { complain, say } from "./notices.js";
import { asksForToken } from "./token.js";
import { plain } from "./words.js";

let commanded = () => {};

/** Call this after every command, obeyed or refused. */
export function whenCommanded(then) {
  commanded = then;
}

/** Carry a verb out and say so; answers whether it was done. `by` is the element that waits for it. */
export async function order(verb, given, by) {
  if (by.getAttribute("aria-busy") === "true") return false;
  mark(by, "aria-busy", "true");
  try {
    const { answer } = await change(verb, given);
    const told = answer.door ?? answer.time;
    say(`${plain(verb.replace("/", " "))}: ${told ?? "done"}`);
    return true;
  } catch (error) {
    if (!asksForToken(error)) complain(error.message);
    return false;
  } finally {
    mark(by, "aria-busy", "false");
    commanded();
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-verb]");
  if (button) void order(button.dataset.verb, withOf(button), button);
});

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.dataset.verb) void order(form.dataset.verb, { ...withOf(form), ...entered(form) }, form);
});

/** What was entered into a form, by name; what was left empty is left out. */
export function entered(form) {
  const found = {};
  for (const input of form.elements) {
    const value = input.name && !input.disabled ? valueOf(input) : undefined;
    if (value !== undefined) found[input.name] = value;
  }
  return found;
}

function valueOf(input) {
  if (input.type === "checkbox") return input.checked;
  if (input.multiple) return [...input.selectedOptions].map((option) => option.value);
  const text = input.value.trim();
  if (text === "") return undefined;
  return input.type === "number" || input.dataset.as === "number" ? Number(text) : text;
}

function withOf(element) {
  return JSON.parse(element.dataset.with ?? "{}");
}
