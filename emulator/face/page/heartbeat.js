// Looking about once a second: more seldom while nobody answers, not at all while nobody looks at the page.

const EVERY_MS = 1000;
const SELDOM_MS = 15_000;

/** Calls `look` again and again; `tell(state, error, waitMs)` hears "live", "paused" and "lost". */
export class Heartbeat {
  #timer;
  #isLooking = false;
  #isWanted = false;
  #isStopped = true;
  #waitMs = EVERY_MS;

  constructor(look, tell) {
    this.look = look;
    this.tell = tell;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#pause() : this.hurry()));
  }

  start() {
    this.#isStopped = false;
    this.hurry();
  }

  stop() {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Look now, and once more if something has changed while looking. */
  hurry() {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    if (this.#isLooking) this.#isWanted = true;
    else void this.#beat();
  }

  async #beat() {
    this.#isLooking = true;
    this.#isWanted = false;
    try {
      await this.look();
      this.#waitMs = EVERY_MS;
      if (!this.#isStopped) this.tell("live");
    } catch (error) {
      this.#waitMs = Math.min(2 * this.#waitMs, SELDOM_MS);
      if (!this.#isStopped) this.tell("lost", error, this.#waitMs);
    }
    this.#isLooking = false;
    this.#goOn();
  }

  #goOn() {
    if (this.#isStopped) return;
    if (this.#isWanted) void this.#beat();
    else if (document.hidden) this.#pause();
    else this.#timer = setTimeout(() => this.hurry(), this.#waitMs);
  }

  #pause() {
    clearTimeout(this.#timer);
    if (!this.#isStopped) this.tell("paused");
  }
}
