// The face of emulated panels: looks at one panel about once a second, and shows what it truly is.

import { followCircuit } from "./circuit.js";
import { whenCommanded } from "./commands.js";
import { Refused, choose, fetched, panels, read } from "./control.js";
import { byId, mark, offer, put } from "./elements.js";
import { loadsOf, showEnclosure } from "./enclosure.js";
import { offerFaults, showFaults } from "./faults.js";
import { Heartbeat } from "./heartbeat.js";
import { showJournal } from "./journal.js";
import { showReadouts } from "./readouts.js";
import { offerScenarios, showScenario } from "./scenarios.js";
import { asksForToken, whenTokenIsGiven } from "./token.js";
import { plain } from "./words.js";

const NOT_FOUND = 404;

const which = byId("panels");
const link = byId("link");

let known = [];
let chosen = null;
let hasCatalogue = false;

const heart = new Heartbeat(look, tell);
whenCommanded(() => heart.hurry());
whenTokenIsGiven(() => heart.start());
byId("retry").addEventListener("click", () => heart.hurry());
which.addEventListener("change", () => {
  aim(which.value);
  heart.hurry();
});
heart.start();

async function look() {
  try {
    if (!hasCatalogue) await offerAll();
    if (chosen === null) await list();
    await show(chosen, await read("state"));
  } catch (error) {
    if (error instanceof Refused && error.status === NOT_FOUND) chosen = null;
    if (!asksForToken(error)) throw error;
    heart.stop();
    tell("locked");
  }
}

async function offerAll() {
  const catalogue = await fetched("face/catalogue.json");
  offerFaults(catalogue);
  offerScenarios(catalogue.scenarios);
  for (const select of document.querySelectorAll("select[name=priority]")) {
    offer(select, catalogue.priorities.map((priority) => [priority, plain(priority)]));
  }
  offer(byId("release"), catalogue.releases.map((release) => [release, release]));
  hasCatalogue = true;
}

async function list() {
  known = await panels();
  offer(which, known.map((one) => [addressOf(one), one.port ? `${one.serial} · port ${one.port}` : one.serial]));
  aim(addressOf(known.find((one) => hashOf(addressOf(one)) === location.hash) ?? known[0]));
}

function aim(address) {
  chosen = address;
  choose(address);
  which.value = address;
  history.replaceState(null, "", hashOf(address));
}

function hashOf(address) {
  return `#${encodeURIComponent(address)}`;
}

async function show(asked, state) {
  if (asked !== chosen) return;
  const brief = known.find((one) => addressOf(one) === chosen);
  if (brief.serial !== state.serial) await list();
  const clock = showReadouts(state);
  showEnclosure(state, brief.tabs);
  followCircuit(loadsOf(state));
  showScenario(state, clock);
  await showFaults(state);
  await showJournal(state, clock);
}

function addressOf(brief) {
  return String(brief.port ?? brief.serial);
}

function tell(state, error, waitMs) {
  const words = {
    live: () => "live",
    paused: () => "paused while nobody looks",
    locked: () => "waiting for the token",
    lost: () => `${error.message}; next look in ${Math.round(waitMs / 1000)} s`,
  };
  mark(link, "data-state", state);
  mark(document.body, "data-state", state);
  put(byId("link-text"), words[state]());
  byId("retry").hidden = state !== "lost";
}
