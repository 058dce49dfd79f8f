// Asking for the control's token, where it wants one.

import { Refused, useToken } from "./control.js";
import { byId, put } from "./elements.js";

const UNAUTHORIZED = 401;

const dialog = byId("token");
const form = dialog.querySelector("form");
let given = () => {};
let hasTried = false;

dialog.addEventListener("cancel", (event) => event.preventDefault());
form.addEventListener("submit", (event) => {
  event.preventDefault();
  useToken(form.elements.token.value.trim());
  form.reset();
  hasTried = true;
  dialog.close();
  given();
});

/** Call this whenever a token was entered. */
export function whenTokenIsGiven(then) {
  given = then;
}

/** Whether that is what an answer lacked; then the user is asked for it. */
export function asksForToken(error) {
  if (!(error instanceof Refused) || error.status !== UNAUTHORIZED) return false;
  put(byId("token-refused"), hasTried ? "That is not the control's token." : "");
  if (!dialog.open) dialog.showModal();
  return true;
}
