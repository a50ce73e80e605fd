// @ts-check
// When the media breaks: tries again by ICE restart, each time a little later, for as long as it
// takes. Either side may; the impolite one goes first, so that the two rarely collide.

const DISCONNECTED_MS = { impolite: 2_500, polite: 5_000 };
const FAILED_MS = { impolite: 0, polite: 2_000 };
const CONNECTING_MS = { impolite: 15_000, polite: 20_000 };
const FIRST_MS = 4_000;
const GROWTH = 1.6;
const CAP_MS = 15_000;
const FAILING_MS = 15_000;
const HOPELESS_MS = 60_000;

/** @typedef {import("./wire.js").MediaState} MediaState */

export class Mending {
  /** @type {MediaState} */
  state = "connecting";
  /** @type {"polite" | "impolite"} */
  #manner;
  #restart;
  #hopeless;
  #told;
  #downAt = Date.now();
  #attempt = 0;
  #up = false;
  #everConnected = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {object} parts
   * @param {boolean} parts.polite
   * @param {() => void} parts.restart
   * @param {() => void} parts.hopeless a minute of restarts did not help
   * @param {(state: MediaState) => void} parts.told
   */
  constructor({ polite, restart, hopeless, told }) {
    this.#manner = polite ? "polite" : "impolite";
    this.#restart = restart;
    this.#hopeless = hopeless;
    this.#told = told;
    this.#arm(CONNECTING_MS[this.#manner]);
  }

  /** @param {RTCPeerConnectionState} connection */
  turned(connection) {
    if (connection === "connected") {
      clearTimeout(this.#timer);
      this.#up = this.#everConnected = true;
      this.#attempt = 0;
      this.#become("connected");
    } else if (connection === "disconnected" || connection === "failed") {
      if (this.#up) this.#downAt = Date.now();
      this.#up = false;
      this.#judge();
      if (this.#attempt === 0) {
        this.#arm((connection === "failed" ? FAILED_MS : DISCONNECTED_MS)[this.#manner]);
      }
    }
  }

  /** The way to the other side may be another one now: does not wait to see the old one fail. */
  networkChanged() {
    if (this.#everConnected) this.#try();
  }

  close() {
    clearTimeout(this.#timer);
  }

  #try() {
    this.#attempt += 1;
    this.#restart();
    this.#arm(this.#pause());
  }

  #fire() {
    if (this.#up) {
      this.#attempt = 0;
      return;
    }
    this.#judge();
    this.#try();
    const long = Date.now() - this.#downAt > HOPELESS_MS;
    if (long && this.#manner === "impolite") this.#hopeless();
  }

  #pause() {
    return Math.min(CAP_MS, FIRST_MS * GROWTH ** this.#attempt);
  }

  /** @param {number} delay_ms */
  #arm(delay_ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fire(), delay_ms);
  }

  #judge() {
    const long = Date.now() - this.#downAt > FAILING_MS - 500;
    if (long) this.#become("failing");
    else this.#become(this.#everConnected ? "reconnecting" : "connecting");
  }

  /** @param {MediaState} state */
  #become(state) {
    if (state === this.state) return;
    this.state = state;
    this.#told(state);
  }
}
