// @ts-check
// Keeps the screen awake during a call. The lock is lost whenever the page is hidden.

export class WakeLock {
  #page;
  /** @type {WakeLockSentinel | null} */
  #lock = null;
  #wanted = false;

  /** @param {Document} page */
  constructor(page) {
    this.#page = page;
    page.addEventListener("visibilitychange", () => void this.#take());
  }

  hold() {
    this.#wanted = true;
    return this.#take();
  }

  async release() {
    this.#wanted = false;
    await this.#lock?.release();
    this.#lock = null;
  }

  async #take() {
    if (!this.#wanted || this.#page.visibilityState !== "visible") return;
    try {
      const lock = await navigator.wakeLock?.request("screen");
      if (this.#wanted) this.#lock = lock ?? null;
      else await lock?.release();
    } catch {
      // A low battery may refuse it; the call goes on.
    }
  }
}
