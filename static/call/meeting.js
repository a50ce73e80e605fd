// @ts-check
// One person's way through a session: entering, waiting, the call, and however it is over.
//
// Joins the line to the server (channel) with the other seat (pairing) and our own capture
// (media). Knows no page: it tells its state as one value, whole, at each change.

import { Channel } from "./channel.js";
import { Pairing } from "./pairing.js";
import { Prover } from "./prover.js";
import { OUT } from "./state.js";
import { CLOSE, drawId } from "./wire.js";

/**
 * @typedef {import("./wire.js").Down} Down
 * @typedef {import("./state.js").State} State
 */

export class Meeting {
  /** @type {State} */
  state = OUT;
  #url;
  #tab;
  #kinds;
  #media;
  #signs;
  #addressPrivacy;
  #prover;
  #refused;
  #on;
  /** @type {Channel | null} */
  #channel = null;
  /** @type {Pairing | null} */
  #pairing = null;
  #saidDevices = "";
  #takesOver = false;

  /**
   * @param {object} parts
   * @param {string} parts.url of the room's socket
   * @param {string} parts.tab
   * @param {("audio" | "video")[]} parts.kinds
   * @param {import("./media.js").Media} parts.media
   * @param {() => import("./watch.js").Signs} parts.signs
   * @param {() => boolean} parts.addressPrivacy whether this person's address stays private
   * @param {string} parts.language in which this person reads
   * @param {() => Promise<boolean>} parts.refused asks the door; true where it is shut
   * @param {import("./state.js").MeetingEvents} parts.on
   */
  constructor({ url, tab, kinds, media, signs, addressPrivacy, language, refused, on }) {
    this.#url = url;
    this.#tab = tab;
    this.#kinds = kinds;
    this.#media = media;
    this.#signs = signs;
    this.#addressPrivacy = addressPrivacy;
    this.#prover = new Prover(language);
    this.#refused = refused;
    this.#on = on;
  }

  /**
   * Arrives.
   * @param {boolean} [takeOver] whether to move the call here without asking again
   */
  enter(takeOver = false) {
    this.#takesOver = takeOver;
    this.#update({ ...OUT, stage: "entering" });
    this.#open();
  }

  /** Moves the call here from another tab or device. */
  takeOver() {
    this.#takesOver = false;
    this.#channel?.send({ type: "takeover" });
  }

  leave() {
    this.#channel?.send({ type: "leave" });
    this.#finish("left");
  }

  /** Ends the session for both: here at once, there as soon as the server hears of it. */
  end() {
    this.#update({ ending: true });
    this.#channel?.send({ type: "end" });
    this.#pairing?.part();
    this.#media.stop();
  }

  /**
   * Says a line of text, the shortest way there is.
   * @param {string} text
   * @returns {"direct" | "server" | "nobody"}
   */
  say(text) {
    return this.#pairing?.say(text) ?? "nobody";
  }

  /** Our capture changed: sends it, and says so. */
  mediaChanged() {
    const { stage } = this.state;
    this.#pairing?.carry();
    if (stage === "waiting" || stage === "seated") this.#sayDevices();
  }

  /** The page is looked at again. */
  nudge() {
    this.#channel?.nudge();
  }

  networkChanged() {
    this.#channel?.renew();
    this.#pairing?.networkChanged();
  }

  /** The page goes away: tells it while there is time. */
  farewell() {
    if (this.state.stage === "out" || this.state.stage === "over") return;
    this.#channel?.send({ type: "leave" });
    this.#channel?.stop();
  }

  /** Comes in as a new page. Each is one connection with the other side, and never a second one. */
  #open() {
    this.#pairing?.part();
    this.#channel?.stop();
    const channel = new Channel({
      url: this.#url,
      page: drawId(),
      tab: this.#tab,
      devices: () => this.#media.sending,
      addressPrivacy: this.#addressPrivacy,
      on: {
        message: (message) => this.#hear(message),
        live: (live) => {
          this.#update({ live });
          if (live) this.#pairing?.relined();
        },
        dropped: (messages) => {
          for (const each of messages) if (each.type === "text") this.#on.undelivered(each.text);
        },
        closed: (code) => this.#closed(code),
        refused: this.#refused,
      },
    });
    this.#channel = channel;
    this.#pairing = new Pairing({
      kinds: this.#kinds,
      media: this.#media,
      signs: this.#signs,
      prover: this.#prover,
      on: {
        send: (message) => channel.send(message),
        changed: (patch) => this.#paired(patch),
        remote: this.#on.remote,
        text: this.#on.text,
        watched: (report, quality) => {
          channel.report(report);
          this.#on.watched(report, quality);
        },
        afresh: () => {
          if (this.state.live && !this.state.ending) this.#open();
        },
      },
    });
    channel.start();
  }

  /** @param {Down} message */
  #hear(message) {
    switch (message.type) {
      case "welcome":
        if (!message.resumed) this.#placed(message.place);
        return;
      case "host":
        return this.#update({ host: message.present });
      case "note":
        return this.#on.note(message.text);
      case "moved":
        return this.#on.moved(message.start_at_ms, message.end_at_ms);
      case "occupied":
        if (this.#takesOver) return this.takeOver();
        return this.#update({ stage: "asking" });
      case "admitted":
        return this.#admitted();
      case "declined":
      case "replaced":
      case "revoked":
        return this.#finish(message.type);
      case "ended":
        this.#update({ endedBy: message.by });
        return this.#finish("ended");
      case "ice":
        return this.#pairing?.serve(message);
      case "path":
        return this.#pairing?.route(message);
      case "joined":
        return this.state.ending ? undefined : this.#pairing?.joined(message);
      case "peer_state":
        return this.#pairing?.present(message);
      default:
        if ("from" in message) this.#pairing?.heard(message);
    }
  }

  /** @param {import("./wire.js").Place} place */
  #placed(place) {
    const since_ms = this.state.since_ms || Date.now();
    this.#saidDevices = "";
    if (place !== "seated") this.#pairing?.part();
    // Who is to be asked is told so next, by `occupied`.
    this.#update({ stage: place === "asking" ? this.state.stage : place, since_ms });
  }

  #admitted() {
    const waited = this.state.stage === "waiting";
    this.#update({ stage: "seated" });
    this.#sayDevices();
    if (this.state.ending) this.#channel?.send({ type: "end" });
    if (waited) this.#on.admitted();
  }

  /** @param {Partial<State>} patch */
  #paired(patch) {
    this.#update(patch);
    // The door was shut while the call went on; now it is over as well.
    const { over, media, stage } = this.state;
    if (over && stage === "seated" && media !== "connected") this.#finish(over);
  }

  /** @param {number} code */
  #closed(code) {
    /** @type {Record<number, import("./state.js").Over>} */
    const why = {
      [CLOSE.LINK_INVALID]: "shut",
      [CLOSE.REFUSED]: "refused",
      [CLOSE.REPLACED]: "replaced",
      [CLOSE.ENDED]: "ended",
    };
    // The door is shut for who comes now; who talks goes on talking.
    if (code === CLOSE.LINK_INVALID && this.#pairing?.connected) {
      return this.#update({ over: "shut" });
    }
    this.#finish(why[code] ?? "shut");
  }

  /** @param {import("./state.js").Over} over */
  #finish(over) {
    if (this.state.stage === "over") return;
    this.#update({ stage: "over", over, live: false });
    this.#pairing?.part();
    this.#channel?.stop();
    this.#channel = this.#pairing = null;
    this.#update({ other: null });
    this.#media.stop();
  }

  #sayDevices() {
    const { sending } = this.#media;
    const said = JSON.stringify(sending);
    if (said === this.#saidDevices) return;
    this.#saidDevices = said;
    this.#channel?.send({ type: "devices", ...sending });
  }

  /** @param {Partial<State>} patch */
  #update(patch) {
    this.state = { ...this.state, ...patch };
    this.#on.changed(this.state);
  }
}
