// The control's HTTP: asking, and changing. The token is kept in this module's memory and nowhere else.

const WHO = "face";
const LOOK_MS = 10_000;
const CHANGE_MS = 300_000;

let token = "";
let panel = "";

/** The control has answered that it will not: `status` is its HTTP status, the message its own words. */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** Nobody has answered, or not in JSON. */
export class NoAnswer extends Error {}

/** Send this token from now on. */
export function useToken(given) {
  token = given;
}

/** Talk about this panel from now on: its port, or its serial where it has none. */
export function choose(address) {
  panel = address;
}

/** All panels, in a few words each. */
export async function panels() {
  return (await ask("panels", {}, LOOK_MS)).panels;
}

/** What a verb that looks answers about the chosen panel. */
export async function read(verb, query = {}) {
  const answer = await ask(`${path(verb)}?${new URLSearchParams(query)}`, {}, LOOK_MS);
  return answer.panels[0];
}

/** Carry a verb out on the chosen panel, and what came of it. */
export async function change(verb, given) {
  const sent = { method: "POST", body: JSON.stringify(given), headers: { "content-type": "application/json" } };
  return (await ask(path(verb), sent, CHANGE_MS)).done[0];
}

/** One of the page's own documents. */
export async function fetched(address) {
  return ask(address, {}, LOOK_MS);
}

function path(verb) {
  return `panels/${encodeURIComponent(panel)}/${verb}`;
}

async function ask(address, sent, limitMs) {
  const headers = { ...sent.headers, "x-busbar-as": WHO };
  if (token) headers.authorization = `Bearer ${token}`;
  const asked = { ...sent, headers, cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(limitMs) };
  let response;
  let told;
  try {
    response = await fetch(address, asked);
    told = await response.json();
  } catch {
    throw new NoAnswer(response ? `It answered ${response.status}, but not in JSON` : "It does not answer");
  }
  if (!response.ok) throw new Refused(response.status, String(told.detail));
  return told;
}
