// Elements of the page: found, made from the page's own templates, and filled with text - with text alone.

/** The element of that id. */
export function byId(id) {
  return document.getElementById(id);
}

/** A new element as the template of that id describes it. */
export function made(template) {
  return byId(template).content.firstElementChild.cloneNode(true);
}

/** The element inside `element` that is told by `data-is`. */
export function part(element, name) {
  return element.querySelector(`[data-is="${name}"]`);
}

/** Show a text, unless it is shown already: names are only ever text. */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The same for an attribute. */
export function mark(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

/** Have a select offer these `[value, text]`, and keep what was chosen where that is still offered. */
export function offer(select, choices) {
  const chosen = select.value;
  select.replaceChildren(...choices.map(([value, text]) => new Option(text, value)));
  if (choices.some(([value]) => value === chosen)) select.value = chosen;
}
