// Scenarios: bad days that were rehearsed elsewhere, each with what a good client makes of it.

import { order } from "./commands.js";
import { byId, made, mark, part, put } from "./elements.js";

const list = byId("scenarios");
const playing = byId("playing");

/** List what can be played. */
export function offerScenarios(scenarios) {
  list.replaceChildren(...scenarios.map(entry));
}

/** Show which one is playing, and how far it is. */
export function showScenario(state, clock) {
  const play = state.scenario;
  playing.hidden = play === null;
  for (const one of list.children) mark(one, "data-playing", play !== null && one.dataset.name === play.name);
  if (play === null) return;
  put(part(playing, "name"), play.name);
  put(part(playing, "description"), play.description);
  put(part(playing, "good-client"), play.good_client);
  const next = play.next_tick === null ? "all has happened" : `next at ${when(play.next_tick, clock)}`;
  put(part(playing, "progress"), `${play.done} done · ${next}`);
  put(part(playing, "skipped"), play.skipped.length ? `Could not be done: ${play.skipped.at(-1)}` : "");
}

function when(tick, clock) {
  const isToday = clock.date(tick) === clock.date();
  return isToday ? clock.time(tick) : `${clock.date(tick)}, ${clock.time(tick)}`;
}

function entry(scenario) {
  const item = made("scenario");
  item.dataset.name = scenario.name;
  put(part(item, "name"), scenario.name);
  put(part(item, "written-for"), scenario.written_for ? `for ${scenario.written_for}` : "");
  put(part(item, "description"), scenario.description);
  put(part(item, "good-client"), scenario.good_client);
  const play = part(item, "play");
  mark(play, "aria-label", `Play ${scenario.name}`);
  play.addEventListener("click", () => void order("scenarios/play", { scenario: scenario.name }, play));
  return item;
}
