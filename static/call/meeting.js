// @ts-check
// One person's way through a session: entering, waiting, the call, and however it is over.
//
// Joins the line to the server (channel) with the other browser (peer) and our own capture
// (media). Knows no page: it tells its state as one value, whole, at each change.

import { Channel } from "./channel.js";
import { Peer } from "./peer.js";
import { Watch } from "./watch.js";
import { CLOSE, drawId } from "./wire.js";

/**
 * @typedef {import("./wire.js").Down} Down
 * @typedef {import("./wire.js").DeviceState & {
 *   peer: string, page: string, presence: import("./wire.js").Presence,
 *   media: import("./wire.js").MediaState}} Other
 * @typedef {"left" | "ended" | "declined" | "replaced" | "revoked" | "refused" | "shut"} Over
 *
 * @typedef {object} State
 * @property {"out" | "entering" | "waiting" | "asking" | "seated" | "over"} stage
 * @property {Over | null} over
 * @property {import("./wire.js").EndedBy | null} endedBy
 * @property {boolean} live whether the server hears us
 * @property {boolean} host whether the therapist is in the product
 * @property {number} since_ms when we began to wait
 * @property {Other | null} other
 * @property {import("./wire.js").MediaState} media
 *
 * @typedef {object} MeetingEvents
 * @property {(state: State) => void} changed
 * @property {() => void} admitted
 * @property {(text: string) => void} note
 * @property {(start_at_ms: number, end_at_ms: number) => void} moved
 * @property {(stream: MediaStream | null) => void} remote
 * @property {(text: string, way: "direct" | "server") => void} text
 * @property {(text: string) => void} undelivered
 * @property {(report: import("./wire.js").Report, quality: import("./quality.js").Quality) => void} watched
 */

/** @type {State} */
const OUT = {
  stage: "out",
  over: null,
  endedBy: null,
  live: false,
  host: false,
  since_ms: 0,
  other: null,
  media: "none",
};

export class Meeting {
  /** @type {State} */
  state = OUT;
  #url;
  #tab;
  #kinds;
  #media;
  #signs;
  #refused;
  #on;
  /** @type {Channel | null} */
  #channel = null;
  /** @type {Peer | null} */
  #peer = null;
  /** @type {Watch | null} */
  #watch = null;
  /** @type {import("./wire.js").Ice | null} */
  #ice = null;
  #polite = true;
  /** Pages whose connection with this one is over: meeting them again takes a new page of ours. */
  #parted = /** @type {Set<string>} */ (new Set());
  #saidDevices = "";
  #takesOver = false;

  /**
   * @param {object} parts
   * @param {string} parts.url of the room's socket
   * @param {string} parts.tab
   * @param {("audio" | "video")[]} parts.kinds
   * @param {import("./media.js").Media} parts.media
   * @param {() => import("./watch.js").Signs} parts.signs
   * @param {() => Promise<boolean>} parts.refused asks the door; true where it is shut
   * @param {MeetingEvents} parts.on
   */
  constructor({ url, tab, kinds, media, signs, refused, on }) {
    this.#url = url;
    this.#tab = tab;
    this.#kinds = kinds;
    this.#media = media;
    this.#signs = signs;
    this.#refused = refused;
    this.#on = on;
  }

  /**
   * Arrives. Each entering is a `page` of its own: after leaving, its connection is another one.
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

  end() {
    this.#channel?.send({ type: "end" });
  }

  /**
   * Says a line of text, the shortest way there is.
   * @param {string} text
   * @returns {"direct" | "server" | "nobody"}
   */
  say(text) {
    if (this.#peer?.say(text)) return "direct";
    if (!this.state.other || this.state.other.presence === "left") return "nobody";
    this.#channel?.send({ type: "text", text });
    return "server";
  }

  /** Our capture changed: sends it, and says so. */
  mediaChanged() {
    const { stage } = this.state;
    void this.#peer?.carry(this.#media.tracks);
    if (stage === "waiting" || stage === "seated") this.#sayDevices();
  }

  /** The page is looked at again, or the network is back. */
  nudge() {
    this.#channel?.nudge();
  }

  networkChanged() {
    this.#channel?.renew();
    this.#peer?.networkChanged();
  }

  /** The page goes away: tells it while there is time. */
  farewell() {
    if (this.state.stage === "out" || this.state.stage === "over") return;
    this.#channel?.send({ type: "leave" });
    this.#channel?.stop();
  }

  #open() {
    this.#part();
    this.#channel?.stop();
    this.#parted.clear();
    const channel = new Channel({
      url: this.#url,
      page: drawId(),
      tab: this.#tab,
      devices: () => this.#media.sending,
      on: {
        message: (message) => this.#hear(message),
        live: (live) => this.#update({ live }),
        dropped: (messages) => {
          for (const each of messages) if (each.type === "text") this.#on.undelivered(each.text);
        },
        closed: (code) => this.#closed(code),
        refused: this.#refused,
      },
    });
    this.#channel = channel;
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
        this.#ice = message;
        if (this.#peer) this.#peer.renew(message);
        else this.#meet();
        return;
      case "joined":
        return this.#joined(message);
      case "peer_state":
        return this.#present(message);
      default:
        if ("from" in message && message.from === this.state.other?.peer) this.#fromOther(message);
    }
  }

  /** @param {Extract<Down, {from: string}>} message */
  #fromOther(message) {
    switch (message.type) {
      case "description":
        return void this.#peer?.described(message);
      case "candidate":
        return void this.#peer?.trickled(message);
      case "text":
        return this.#on.text(message.text, "server");
      case "devices": {
        const { camera, microphone, screen } = message;
        return this.#updateOther({ camera, microphone, screen });
      }
    }
  }

  /** @param {import("./wire.js").Place} place */
  #placed(place) {
    const since_ms = this.state.since_ms || Date.now();
    this.#saidDevices = "";
    if (place !== "seated") this.#part();
    // Who is to be asked is told so next, by `occupied`.
    this.#update({ stage: place === "asking" ? this.state.stage : place, since_ms });
  }

  #admitted() {
    const waited = this.state.stage === "waiting";
    this.#update({ stage: "seated" });
    this.#sayDevices();
    if (waited) this.#on.admitted();
  }

  /** @param {import("./wire.js").Joined} joined */
  #joined({ peer, page, polite, camera, microphone, screen }) {
    if (this.#parted.has(page)) return this.#open();
    const same = this.#peer !== null && this.state.other?.page === page;
    if (!same) this.#part();
    this.#polite = polite;
    /** @type {Other} */
    const other = {
      peer,
      page,
      camera,
      microphone,
      screen,
      presence: "connected",
      media: same ? (this.state.other?.media ?? "none") : "none",
    };
    this.#update({ other });
    if (same) this.#peer?.retarget();
    else this.#meet();
  }

  /** Makes the connection as soon as both the other side and the ICE servers are known. */
  #meet() {
    const { other } = this.state;
    if (!this.#ice || !other || other.presence === "left" || this.#peer) return;
    const peer = new Peer({
      ice: this.#ice,
      polite: this.#polite,
      kinds: this.#kinds,
      tracks: this.#media.tracks,
      on: {
        send: (message) => {
          const to = this.state.other?.peer;
          if (to) this.#channel?.send({ ...message, to });
        },
        remote: (stream) => this.#on.remote(stream),
        state: (media) => this.#mediaTurned(media),
        text: (text) => this.#on.text(text, "direct"),
        hopeless: () => this.#afresh(),
      },
    });
    this.#peer = peer;
    this.#watch = new Watch({
      peer,
      other: () => this.state.other ?? { camera: false, microphone: false, screen: false },
      signs: this.#signs,
      told: (report, quality) => {
        this.#channel?.report(report);
        this.#on.watched(report, quality);
      },
    });
    this.#update({ media: peer.state });
  }

  /** @param {Extract<Down, {type: "peer_state"}>} message */
  #present({ peer, presence, media }) {
    const { other } = this.state;
    if (other?.peer !== peer) return;
    // Who was cut off from the server for two minutes is called gone, though we may still see
    // and hear each other.
    const stays = other.presence === "reconnecting" && this.#peer?.state === "connected";
    if (presence === "left" && !stays) this.#part();
    this.#updateOther({ presence, media });
  }

  /** @param {import("./wire.js").MediaState} media */
  #mediaTurned(media) {
    this.#update({ media });
    if (media === "connected") return;
    if (this.state.over) this.#finish(this.state.over);
    else if (this.state.other?.presence === "left") this.#part();
  }

  /** Nothing mends this connection: comes in again as a new page, with a new one. */
  #afresh() {
    if (!this.state.live || this.state.other?.presence !== "connected") return;
    this.#open();
  }

  /** @param {number} code */
  #closed(code) {
    /** @type {Record<number, Over>} */
    const why = {
      [CLOSE.LINK_INVALID]: "shut",
      [CLOSE.REFUSED]: "refused",
      [CLOSE.REPLACED]: "replaced",
      [CLOSE.ENDED]: "ended",
    };
    // The door is shut for who comes now; who talks goes on talking.
    if (code === CLOSE.LINK_INVALID && this.#peer?.state === "connected") {
      return this.#update({ over: "shut" });
    }
    this.#finish(why[code] ?? "shut");
  }

  /** @param {Over} over */
  #finish(over) {
    if (this.state.stage === "over") return;
    this.#part();
    this.#channel?.stop();
    this.#channel = null;
    this.#ice = null;
    this.#update({ stage: "over", over, other: null, live: false });
    this.#media.stop();
  }

  #part() {
    if (!this.#peer) return;
    if (this.state.other) this.#parted.add(this.state.other.page);
    this.#watch?.close();
    this.#peer?.close();
    this.#watch = this.#peer = null;
    this.#on.remote(null);
    this.#update({ media: "none" });
  }

  #sayDevices() {
    const { sending } = this.#media;
    const said = JSON.stringify(sending);
    if (said === this.#saidDevices) return;
    this.#saidDevices = said;
    this.#channel?.send({ type: "devices", ...sending });
  }

  /** @param {Partial<Other>} patch */
  #updateOther(patch) {
    const { other } = this.state;
    if (other) this.#update({ other: { ...other, ...patch } });
  }

  /** @param {Partial<State>} patch */
  #update(patch) {
    this.state = { ...this.state, ...patch };
    this.#on.changed(this.state);
  }
}
