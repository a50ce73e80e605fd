// @ts-check
// Looks at the media every five seconds and says what it sees: to the operators' board as a
// report, to the people as a cause.

import { compare, look } from "./quality.js";

const EVERY_MS = 5_000;
const IN_A_ROW = 2;

/**
 * @typedef {import("./quality.js").Quality} Quality
 * @typedef {import("./wire.js").Cause} Cause
 *
 * @typedef {object} Signs What the page sees, and no counter tells.
 * @property {boolean} hidden the page is not looked at, so a still picture means nothing
 * @property {boolean} dark their picture is black
 * @property {boolean} microphoneSilent our microphone is on and gives nothing at all
 * @property {boolean} cameraTrouble our camera should be on and is not
 */

export class Watch {
  #peer;
  #other;
  #signs;
  #told;
  /** @type {import("./quality.js").Snapshot | null} */
  #before = null;
  /** @type {Record<"silent" | "frozen" | "black", number>} */
  #seen = { silent: 0, frozen: 0, black: 0 };
  #timer;

  /**
   * @param {object} parts
   * @param {import("./peer.js").Peer} parts.peer
   * @param {() => import("./wire.js").DeviceState} parts.other what the other side says it sends
   * @param {() => Signs} parts.signs
   * @param {(report: import("./wire.js").Report, quality: Quality) => void} parts.told
   */
  constructor({ peer, other, signs, told }) {
    this.#peer = peer;
    this.#other = other;
    this.#signs = signs;
    this.#told = told;
    this.#timer = setInterval(() => void this.#look(), EVERY_MS);
  }

  close() {
    clearInterval(this.#timer);
  }

  async #look() {
    const after = look((await this.#peer.stats()).values(), Date.now(), this.#peer.relayed);
    const quality = compare(this.#before ?? after, after);
    const first = this.#before === null;
    this.#before = after;
    if (first) return;
    const { path, rtt_ms, loss_in, jitter_ms, kbps_in, kbps_out, fps_in, concealed } = quality;
    const cause = this.#cause(quality);
    const state = this.#peer.state;
    this.#told(
      {
        type: "report",
        state,
        path,
        cause,
        rtt_ms,
        loss_in,
        jitter_ms,
        kbps_in,
        kbps_out,
        fps_in,
        concealed,
      },
      quality,
    );
  }

  /** @param {Quality} quality @returns {Cause} */
  #cause(quality) {
    if (this.#peer.state !== "connected") return this.#lineCause();
    const other = this.#other();
    const { hidden, dark, microphoneSilent, cameraTrouble } = this.#signs();
    if (this.#lasts("silent", other.microphone && quality.soundStopped)) return "silent";
    // A shared screen that does not change sends no frames; a camera always does.
    const picture = other.camera && !hidden;
    if (this.#lasts("frozen", picture && quality.pictureStopped)) return "frozen";
    if (this.#lasts("black", picture && dark)) return "black";
    if (microphoneSilent) return "microphone";
    return cameraTrouble ? "camera" : "none";
  }

  /** @returns {Cause} */
  #lineCause() {
    this.#seen = { silent: 0, frozen: 0, black: 0 };
    const { ice, dtls } = this.#peer.connection;
    const iceIsUp = ice === "connected" || ice === "completed";
    if (iceIsUp) return dtls === "connected" ? "none" : "dtls";
    return this.#peer.state === "connecting" ? "none" : "ice";
  }

  /**
   * One bad look may be chance.
   * @param {"silent" | "frozen" | "black"} cause
   * @param {boolean} seen
   */
  #lasts(cause, seen) {
    this.#seen[cause] = seen ? this.#seen[cause] + 1 : 0;
    return this.#seen[cause] >= IN_A_ROW;
  }
}
