// @ts-check
// When the media breaks: tries again by ICE restart, each time a little later, for as long as it
// takes. Either side may; the impolite one goes first, so that the two rarely collide. The server
// may let the restart go another way, so one way is not waited for long.

const DISCONNECTED_MS = { impolite: 500, polite: 3_500 };
const SILENT_MS = { impolite: 0, polite: 1_500 };
const FAILED_MS = { impolite: 0, polite: 2_000 };
/** For both descriptions to be there. */
const NEGOTIATING_MS = { impolite: 15_000, polite: 20_000 };
/** From then on, for the first check to come through. */
const CHECKING_MS = { impolite: 4_500, polite: 8_000 };
const FIRST_MS = 4_000;
const GROWTH = 1.6;
const CAP_MS = 15_000;
const FAILING_MS = 15_000;
const HOPELESS_MS = 60_000;

/** @typedef {import("./wire.js").MediaState} MediaState */

export class Mending {
  /** @type {MediaState} */
  state = "connecting";
  /** Whether the restart under way is one because nothing came through. */
  stuck = false;
  /** @type {"polite" | "impolite"} */
  #manner;
  #relayed;
  #ice;
  #restart;
  #hopeless;
  #told;
  #downAt = Date.now();
  #attempt = 0;
  #due = 0;
  #up = false;
  #silent = false;
  /** @type {RTCPeerConnectionState} */
  #connection = "new";
  #everConnected = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {object} parts
   * @param {boolean} parts.polite
   * @param {() => boolean} parts.relayed whether ICE ends at the relay, so that no two can collide
   * @param {() => RTCIceConnectionState} parts.ice
   * @param {() => void} parts.restart
   * @param {() => void} parts.hopeless a minute of restarts did not help
   * @param {(state: MediaState) => void} parts.told
   */
  constructor({ polite, relayed, ice, restart, hopeless, told }) {
    this.#manner = polite ? "polite" : "impolite";
    this.#relayed = relayed;
    this.#ice = ice;
    this.#restart = restart;
    this.#hopeless = hopeless;
    this.#told = told;
    this.#arm(NEGOTIATING_MS[this.#pace]);
  }

  /** @param {RTCPeerConnectionState} connection */
  turned(connection) {
    this.#connection = connection;
    if (connection === "connected") {
      clearTimeout(this.#timer);
      this.#up = this.#everConnected = true;
      this.stuck = false;
      this.#attempt = 0;
      this.#become("connected");
    } else if (connection === "disconnected" || connection === "failed") {
      if (this.#up) this.#downAt = Date.now();
      this.#up = false;
      this.#judge();
      const first = connection === "failed" ? FAILED_MS : DISCONNECTED_MS;
      this.#armBy((this.#attempt === 0 ? first : CHECKING_MS)[this.#pace]);
    }
  }

  /** Nothing comes any more, whatever ICE says; or something does again. @param {boolean} alive */
  pulse(alive) {
    this.#silent = !alive;
    if (alive) {
      if (!this.#up && this.#connection === "connected") this.turned("connected");
    } else if (this.#up) {
      this.#up = false;
      this.#downAt = Date.now();
      this.#judge();
      this.#arm(SILENT_MS[this.#pace]);
    }
  }

  /** Both descriptions are there: whether this way works will be seen before long. */
  negotiated() {
    if (!this.#up) this.#arm(Math.max(CHECKING_MS[this.#pace], this.#pause()));
  }

  /** The way to the other side may be another one now: does not wait to see the old one fail. */
  networkChanged() {
    if (!this.#everConnected) return;
    this.stuck = false;
    this.#try();
  }

  /** The way to the other side is another one now. */
  reroute() {
    this.stuck = false;
    this.#attempt = 0;
    this.#try();
  }

  close() {
    clearTimeout(this.#timer);
  }

  get #pace() {
    return this.#relayed() ? "impolite" : this.#manner;
  }

  #try() {
    this.#attempt += 1;
    this.#restart();
    this.#arm(Math.max(NEGOTIATING_MS[this.#pace], this.#pause()));
  }

  #fire() {
    if (this.#up) {
      this.#attempt = 0;
      return;
    }
    this.#judge();
    // Where checks come through, a restart would not hurry the handshake that is under way.
    this.stuck = this.#silent || !["connected", "completed"].includes(this.#ice());
    if (this.stuck) this.#try();
    else this.#arm(this.#pause());
    const long = Date.now() - this.#downAt > HOPELESS_MS;
    if (long && this.#manner === "impolite") this.#hopeless();
  }

  #pause() {
    return Math.min(CAP_MS, FIRST_MS * GROWTH ** Math.max(0, this.#attempt - 1));
  }

  /** @param {number} delay_ms */
  #arm(delay_ms) {
    clearTimeout(this.#timer);
    this.#due = Date.now() + delay_ms;
    this.#timer = setTimeout(() => this.#fire(), delay_ms);
  }

  /** Does not put off what is due sooner. @param {number} delay_ms */
  #armBy(delay_ms) {
    if (Date.now() > this.#due || Date.now() + delay_ms < this.#due) this.#arm(delay_ms);
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
