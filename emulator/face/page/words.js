// Numbers as people read them. Powers in W, energies in Wh, times in epoch seconds of the panel's own clock.

const THIN = "\u202f";
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** How much, without a sign: "4.5 W", "820 W", "7.21 kW". */
export function power(watts) {
  const size = Math.abs(watts);
  if (size >= 999.5) return `${(size / 1000).toFixed(size >= 99_995 ? 0 : 2)}${THIN}kW`;
  return `${size >= 9.95 || size === 0 ? Math.round(size) : size.toFixed(1)}${THIN}W`;
}

/** How much: "820 Wh", "1,363 kWh". */
export function energy(wattHours) {
  if (wattHours < 1000) return `${Math.round(wattHours)}${THIN}Wh`;
  return `${(wattHours / 1000).toLocaleString("en", { maximumFractionDigits: 1 })}${THIN}kWh`;
}

/** A share of 0 to 1 as "60.0 %". */
export function percent(share) {
  return `${(share * 100).toFixed(1)}${THIN}%`;
}

/** How fast the clock runs, for people. */
export function pace(speed) {
  return speed === 0 ? "frozen" : speed === 1 ? "real time" : `${Number(speed.toFixed(3))}× real time`;
}

/** MUST_HAVE as "must have". */
export function plain(constant) {
  return constant.toLowerCase().replaceAll("_", " ");
}

/** A clock on the wall beside the panel, made from what the panel says its time is. */
export class WallClock {
  constructor(time, tick) {
    const offset = /([+-])(\d\d):(\d\d)(?::\d\d)?$/.exec(time);
    this.zone = offset ? offset[0].replace("-", "−") : "";
    const minutes = offset ? Number(offset[2]) * 60 + Number(offset[3]) : 0;
    this.ahead = (offset && offset[1] === "-" ? -60 : 60) * minutes;
    this.tick = tick;
  }

  /** "Sun 21 Jun 2026" */
  date(tick = this.tick) {
    const at = this.#at(tick);
    return `${DAYS[at.getUTCDay()]} ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
  }

  /** "12:00:05" */
  time(tick = this.tick) {
    return this.#at(tick).toISOString().slice(11, 19);
  }

  /** "2026-06-21T12:00:05", as an input for local times takes it. */
  input(tick = this.tick) {
    return this.#at(tick).toISOString().slice(0, 19);
  }

  #at(tick) {
    return new Date((tick + this.ahead) * 1000);
  }
}
