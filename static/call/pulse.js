// @ts-check
// Whether anything comes from the other browser. ICE takes five seconds and more to notice that a
// way has broken; in a call something comes fifty times a second.

const LOOK_MS = 250;
/** From here on the counters of the connection are asked as well, which costs more. */
const DOUBT_MS = 300;
const SLEPT_MS = 1_500;
/** One of the browser's own checks would have been answered by now, had it found its way. */
const DEAD_MS = navigator.userAgent.includes("Firefox/") ? 6_800 : 3_300;

export class Pulse {
  #peer;
  #expects;
  #last = 0;
  #bytes = -1;
  #rtt_ms = 0;
  #quiet = false;
  #heardAt = performance.now();
  #lookedAt = performance.now();
  #timer;

  /**
   * @param {object} parts
   * @param {import("./peer.js").Peer} parts.peer
   * @param {() => boolean} parts.expects whether the other side sends anything
   */
  constructor({ peer, expects }) {
    this.#peer = peer;
    this.#expects = expects;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  /** Since when nothing came, though something should. */
  get silent_ms() {
    return this.#expects() ? performance.now() - this.#heardAt : 0;
  }

  close() {
    clearInterval(this.#timer);
  }

  async #look() {
    const now = performance.now();
    // The page slept, or had better things to do: that is no silence of theirs.
    if (now - this.#lookedAt > SLEPT_MS) this.#heardAt = now;
    this.#lookedAt = now;
    if (await this.#heard(now)) this.#heardAt = now;
    const quiet = now - this.#heardAt > DEAD_MS + this.#rtt_ms && this.#expects();
    if (quiet === this.#quiet) return;
    this.#quiet = quiet;
    this.#peer.pulse(!quiet);
  }

  /** @param {number} now */
  async #heard(now) {
    const last = this.#peer.lastHeard;
    if (last !== this.#last) {
      this.#last = last;
      this.#bytes = -1;
      return true;
    }
    if (now - this.#heardAt < DOUBT_MS) return false;
    const { bytes, rtt_ms } = await this.#peer.counters();
    this.#rtt_ms = rtt_ms;
    const more = this.#bytes >= 0 && bytes > this.#bytes;
    this.#bytes = bytes;
    return more;
  }
}
