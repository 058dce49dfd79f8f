// What the panel is and does, in a few large words: its time, the grid, the battery, the door.

import { byId, mark, part, put } from "./elements.js";
import { showTrend } from "./trend.js";
import { WallClock, pace, percent, plain, power } from "./words.js";

const SUPPLIES = {
  ON_GRID: "on the grid",
  BACKUP: "on the battery",
  SAVING: "on the battery, saving",
  DARK: "dark: the battery is empty",
  DEAD: "dead: no grid, no battery",
};

const IDLE_W = 0.5;

const about = byId("readouts");
const grid = byId("grid");
const speed = byId("speed");
const jump = byId("jump");

/** Show the state, and answer the clock that its times are read by. */
export function showReadouts(state) {
  const clock = new WallClock(state.time, state.tick);
  put(byId("serial"), state.serial);
  put(byId("made-as"), `firmware ${state.firmware} · seed ${state.seed} · ${state.fidelity}`);
  document.title = `${state.serial} · emulated panel`;
  showClock(state, clock);
  showGrid(state);
  showTrend(state);
  showBattery(state);
  put(part(about, "door"), state.door.unlocked ? "unlocked" : "locked");
  put(part(about, "door-more"), `${state.door.text.replace(/^(un)?locked,? /, "")} · shows ${state.door.state}`);
  mark(part(about, "door"), "data-is-on", state.door.unlocked);
  return clock;
}

function showClock(state, clock) {
  put(part(about, "time"), clock.time());
  put(part(about, "date"), `${clock.date()} ${clock.zone} · ${pace(state.speed)}`);
  mark(byId("freeze"), "aria-pressed", state.speed === 0);
  if (document.activeElement !== speed && [...speed.options].some((one) => Number(one.value) === state.speed)) {
    speed.value = String(state.speed);
  }
  jump.min = clock.input();
  if (document.activeElement !== jump && jump.value < jump.min) jump.value = `${jump.min.slice(0, 16)}:59`;
}

function showGrid(state) {
  const way = state.grid_w > IDLE_W ? "import " : state.grid_w < -IDLE_W ? "export " : "";
  put(part(about, "grid"), `${way}${power(state.grid_w)}`);
  put(part(about, "grid-more"), `${state.grid_up ? "utility up" : "utility down"} · ${SUPPLIES[state.supply]}`);
  put(part(about, "main"), plain(state.main_relay));
  put(part(about, "main-more"), state.main_relay === "CLOSED" ? "home and grid are joined" : "the home is an island");
  mark(grid, "aria-checked", state.grid_up);
  grid.dataset.with = JSON.stringify({ up: !state.grid_up });
}

function showBattery(state) {
  const has = state.soc !== null;
  put(part(about, "soc"), has ? percent(state.soc) : "none");
  part(about, "charge").style.setProperty("--share", has ? state.soc : 0);
  part(about, "charge").hidden = byId("soc-form").hidden = !has;
}
