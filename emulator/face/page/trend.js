// The grid's power over the last looks, as a line: above the middle what is imported, beneath it what is exported.

import { byId, mark } from "./elements.js";

const LOOKS = 120;
const LEAST_W = 500;
const HEIGHT = 24;

const line = byId("trend");

let shown = "";
let powers = [];

/** Add what the grid gives now; another panel, or one that has begun again, begins a new line. */
export function showTrend(state) {
  const about = `${state.serial} ${state.start} ${state.seed}`;
  powers = about === shown ? [...powers, state.grid_w].slice(-LOOKS) : [state.grid_w];
  shown = about;
  const full = Math.max(LEAST_W, ...powers.map(Math.abs));
  const first = LOOKS - powers.length;
  const at = (watts) => (HEIGHT / 2) * (1 - (watts / full) * 0.9);
  mark(line, "points", powers.map((watts, look) => `${first + look},${at(watts).toFixed(1)}`).join(" "));
}
