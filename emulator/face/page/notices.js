// One line at the foot of the page: what was done, or why not. A refusal stays until it is read.

import { byId, mark, part, put } from "./elements.js";

const SHOWN_MS = 6000;

const bar = byId("notice");
const dismiss = part(bar, "dismiss");
let timer;

dismiss.addEventListener("click", hide);

/** Say that something was done. */
export function say(text) {
  show("said", text);
  timer = setTimeout(hide, SHOWN_MS);
}

/** Say why something was not done. */
export function complain(text) {
  show("refusal", text);
}

function show(kind, text) {
  hide();
  mark(bar, "data-kind", kind);
  dismiss.hidden = false;
  put(part(bar, kind), text);
}

function hide() {
  clearTimeout(timer);
  mark(bar, "data-kind", "none");
  dismiss.hidden = true;
  put(part(bar, "said"), "");
  put(part(bar, "refusal"), "");
}
