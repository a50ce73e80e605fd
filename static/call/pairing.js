// @ts-check
// The other seat: who holds it, and our connection with their browser.
//
// The server names the other peer and its `page`. The same page under another peer id is the same
// connection, which goes on untouched; another page is another browser, and a new connection.

import { Peer } from "./peer.js";
import { Pulse } from "./pulse.js";
import { Watch } from "./watch.js";

const HUSH_MS = 700;

/**
 * @typedef {import("./state.js").Other} Other
 * @typedef {import("./wire.js").Down} Down
 *
 * @typedef {object} PairingEvents
 * @property {(message: import("./wire.js").Up) => void} send
 * @property {(patch: Partial<import("./state.js").State>) => void} changed
 * @property {(stream: MediaStream | null) => void} remote
 * @property {(text: string, way: "direct" | "server") => void} text
 * @property {(report: import("./wire.js").Report, quality: import("./quality.js").Quality) => void} watched
 * @property {() => void} afresh we must come in as a new page to connect with theirs again
 */

export class Pairing {
  /** @type {Other | null} */
  other = null;
  #kinds;
  #media;
  #signs;
  #prover;
  #on;
  #polite = true;
  /** @type {Peer | null} */
  #peer = null;
  /** @type {Watch | null} */
  #watch = null;
  /** @type {Pulse | null} */
  #pulse = null;
  /** @type {import("./wire.js").Ice | null} */
  #ice = null;
  /** Pages with which this page of ours was connected before. */
  #parted = /** @type {Set<string>} */ (new Set());

  /**
   * @param {object} parts
   * @param {("audio" | "video")[]} parts.kinds
   * @param {import("./media.js").Media} parts.media
   * @param {() => import("./watch.js").Signs} parts.signs
   * @param {import("./prover.js").Prover} parts.prover
   * @param {PairingEvents} parts.on
   */
  constructor({ kinds, media, signs, prover, on }) {
    this.#kinds = kinds;
    this.#media = media;
    this.#signs = signs;
    this.#prover = prover;
    this.#on = on;
  }

  get connected() {
    return this.#peer?.state === "connected";
  }

  /** @param {import("./wire.js").Ice} ice */
  serve(ice) {
    const loosened = this.#ice?.relay_only && !ice.relay_only;
    this.#ice = ice;
    // A connection that began to hide its own addresses never shows them.
    if (this.#peer && loosened) return;
    if (this.#peer) this.#peer.renew(ice);
    else this.#meet();
  }

  /** @param {import("./wire.js").Joined} joined */
  joined({ peer, page, polite, camera, microphone, screen }) {
    if (this.#parted.has(page)) return this.#on.afresh();
    const same = this.#peer !== null && this.other?.page === page;
    if (!same) this.part();
    this.#polite = polite;
    const media = same ? (this.other?.media ?? "none") : "none";
    this.#know({ peer, page, camera, microphone, screen, presence: "connected", media });
    if (same) this.#peer?.retarget();
    else this.#meet();
  }

  /** The way of the media is told, or is new. @param {import("./wire.js").Path} path */
  route({ path, private: hidden, restart, trouble }) {
    this.#on.changed({ route: { path, private: hidden, trouble } });
    if (restart) void this.#peer?.reroute();
  }

  /** @param {Extract<Down, {type: "peer_state"}>} message */
  present({ peer, presence, media }) {
    const { other } = this;
    if (other?.peer !== peer) return;
    // Who was cut off from the server for two minutes is called gone, though we may still see
    // and hear each other.
    const stays = other.presence === "reconnecting" && this.connected;
    if (presence === "left" && !stays) this.part();
    this.#know({ ...other, presence, media });
  }

  /** @param {Extract<Down, {from: string}>} message */
  heard(message) {
    if (message.from !== this.other?.peer) return;
    switch (message.type) {
      case "description":
        return void this.#peer?.described(message);
      case "candidate":
        return void this.#peer?.trickled(message);
      case "text":
        return this.#on.text(message.text, "server");
      case "devices": {
        const { camera, microphone, screen } = message;
        return this.#know({ ...this.other, camera, microphone, screen });
      }
    }
  }

  /** @param {string} text @returns {"direct" | "server" | "nobody"} */
  say(text) {
    if (this.#peer?.say(text)) return "direct";
    if (!this.other || this.other.presence === "left") return "nobody";
    this.#on.send({ type: "text", text });
    return "server";
  }

  carry() {
    void this.#peer?.carry(this.#media.tracks);
  }

  networkChanged() {
    this.#peer?.networkChanged();
  }

  /** The line to the server was lost and is back. If the media fell silent too, it is the network. */
  relined() {
    setTimeout(() => {
      if ((this.#pulse?.silent_ms ?? 0) > HUSH_MS) this.networkChanged();
    }, HUSH_MS);
  }

  /** Ends the connection, if there is one. */
  part() {
    if (!this.#peer) return;
    if (this.other) this.#parted.add(this.other.page);
    this.#watch?.close();
    this.#pulse?.close();
    this.#peer.close();
    this.#watch = this.#pulse = this.#peer = null;
    this.#on.remote(null);
    this.#on.changed({ media: "none", proof: null });
  }

  /** Makes the connection as soon as both the other side and the ICE servers are known. */
  #meet() {
    if (!this.#ice || this.#peer || !this.other || this.other.presence === "left") return;
    const peer = new Peer({
      ice: this.#ice,
      polite: this.#polite,
      kinds: this.#kinds,
      tracks: this.#media.tracks,
      prover: this.#prover,
      on: {
        send: (message) => {
          if (this.other) this.#on.send({ ...message, to: this.other.peer });
        },
        remote: (stream) => this.#on.remote(stream),
        state: (state) => this.#turned(state),
        text: (text) => this.#on.text(text, "direct"),
        proof: (proof) => this.#on.changed({ proof }),
        hopeless: () => {
          if (this.other?.presence === "connected") this.#on.afresh();
        },
      },
    });
    this.#peer = peer;
    this.#watch = new Watch({
      peer,
      other: () => this.other ?? { camera: false, microphone: false, screen: false },
      signs: this.#signs,
      told: this.#on.watched,
    });
    this.#pulse = new Pulse({ peer, expects: () => this.#hears() });
    this.#on.changed({ media: peer.state });
  }

  /** Whether the other side sends anything, and is there to send it. */
  #hears() {
    const { other } = this;
    return other !== null && other.presence !== "left" && (other.camera || other.microphone);
  }

  /** @param {import("./wire.js").MediaState} media */
  #turned(media) {
    this.#on.changed({ media });
    if (media !== "connected" && this.other?.presence === "left") this.part();
  }

  /** @param {Other} other */
  #know(other) {
    this.other = other;
    this.#on.changed({ other });
  }
}
