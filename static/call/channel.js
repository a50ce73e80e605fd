// @ts-check
// The line to the server: one peer, over as many sockets as it takes.
//
// It says hello, answers pings, numbers what it sends, says again what a lost socket swallowed and
// comes back by itself. Messages are handed on one after another, in order, in the tick they
// arrive. Losing it never touches the media.

import { backoffMs } from "./backoff.js";
import { Sequence } from "./sequence.js";
import { CLOSE, FINAL_CLOSE_CODES, SUBPROTOCOL } from "./wire.js";

/** @type {readonly number[]} */
const FINAL = FINAL_CLOSE_CODES;
const SILENCE_MS = 45_000;
const STALE_MS = 20_000;
const OPENING_MS = 15_000;
const WATCH_MS = 5_000;

/**
 * @typedef {import("./wire.js").Up} Up
 * @typedef {import("./wire.js").Down} Down
 *
 * @typedef {object} ChannelEvents
 * @property {(message: Down) => void} message
 * @property {(live: boolean) => void} live whether the server hears us now
 * @property {(messages: Up[]) => void} dropped what was said to a room that has forgotten us
 * @property {(code: number) => void} closed for good
 * @property {() => Promise<boolean>} refused the door did not let us in: true where that is final
 */

export class Channel {
  #url;
  #page;
  #tab;
  #devices;
  #addressPrivacy;
  #on;
  #sequence = new Sequence();
  /** @type {string | null} */
  #peer = null;
  /** @type {WebSocket | null} */
  #socket = null;
  #welcomed = false;
  #stopped = false;
  #attempt = 0;
  #lostAt = 0;
  #openedAt = 0;
  #heardAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #watch;

  /**
   * @param {object} parts
   * @param {string} parts.url
   * @param {string} parts.page drawn once for this media
   * @param {string} parts.tab
   * @param {() => {camera: boolean, microphone: boolean}} parts.devices
   * @param {() => boolean} parts.addressPrivacy whether this person's address stays private
   * @param {ChannelEvents} parts.on
   */
  constructor({ url, page, tab, devices, addressPrivacy, on }) {
    this.#url = url;
    this.#page = page;
    this.#tab = tab;
    this.#devices = devices;
    this.#addressPrivacy = addressPrivacy;
    this.#on = on;
  }

  get live() {
    return this.#welcomed;
  }

  start() {
    this.#lostAt = Date.now();
    this.#open();
    this.#watch = setInterval(() => this.#lookAfter(), WATCH_MS);
  }

  /**
   * Says a counted message, now or as soon as the server hears us again.
   * @param {Up} message
   * @returns {number} its number
   */
  send(message) {
    const seq = this.#sequence.number(message);
    if (this.#sequence.full) this.#peer = null;
    if (this.#welcomed) this.#write(seq, message);
    return seq;
  }

  /** Says an uncounted message: a lost one does not matter. @param {import("./wire.js").Report} message */
  report(message) {
    if (this.#welcomed) this.#write(0, message);
  }

  /** The page is awake again, or the network back: comes back at once where it is needed. */
  nudge() {
    if (this.#stopped) return;
    const stale = Date.now() - this.#heardAt > STALE_MS;
    if (!this.#socket || (this.#socket.readyState !== WebSocket.CONNECTING && stale)) this.renew();
  }

  /** The network is another one: the old socket may be dead without knowing it. */
  renew() {
    if (this.#stopped) return;
    this.#forgetSocket();
    this.#open();
  }

  /** Ends the line; what was just sent still goes out. */
  stop() {
    this.#stopped = true;
    clearTimeout(this.#retry);
    clearInterval(this.#watch);
    const socket = this.#socket;
    this.#forgetSocket(false);
    socket?.close(1000);
  }

  #open() {
    clearTimeout(this.#retry);
    const socket = new WebSocket(this.#url, SUBPROTOCOL);
    let opened = false;
    this.#socket = socket;
    this.#openedAt = this.#heardAt = Date.now();
    socket.onmessage = (event) => this.#hear(socket, event.data);
    socket.onopen = () => {
      opened = true;
      this.#hello(socket);
    };
    socket.onclose = (event) => {
      if (socket === this.#socket) void this.#lost(event.code, opened);
    };
  }

  /** @param {WebSocket} socket */
  #hello(socket) {
    const resume = this.#peer ? { peer: this.#peer, received: this.#sequence.received } : null;
    const { camera, microphone } = this.#devices();
    const hello = {
      type: "hello",
      page: this.#page,
      tab: this.#tab,
      camera,
      microphone,
      address_privacy: this.#addressPrivacy(),
      resume,
    };
    socket.send(JSON.stringify({ seq: 0, ack: this.#sequence.received, message: hello }));
  }

  /**
   * @param {number} seq
   * @param {object} message
   */
  #write(seq, message) {
    this.#socket?.send(JSON.stringify({ seq, ack: this.#sequence.received, message }));
  }

  /**
   * @param {WebSocket} socket
   * @param {string} text
   */
  #hear(socket, text) {
    if (socket !== this.#socket) return;
    this.#heardAt = Date.now();
    /** @type {{seq: number, ack: number, message: Down}} */
    const { seq, ack, message } = JSON.parse(text);
    if (message.type === "ping") {
      this.#write(0, { type: "pong" });
    } else if (message.type === "welcome") {
      this.#welcome(message);
      this.#on.message(message);
    } else if (!this.#welcomed) {
      // Turned away before a welcome: declined, ended. These numbers are of no line of ours.
      this.#on.message(message);
    } else {
      this.#sequence.acknowledged(ack);
      if (seq !== 0 && !this.#accept(seq)) return;
      this.#on.message(message);
    }
  }

  /** @param {number} seq */
  #accept(seq) {
    try {
      return this.#sequence.accept(seq);
    } catch {
      // Something is lost for good: start afresh as a new peer.
      this.#peer = null;
      this.renew();
      return false;
    }
  }

  /** @param {import("./wire.js").Welcome} welcome */
  #welcome(welcome) {
    this.#attempt = 0;
    const unsaid = this.#sequence.unacked;
    if (welcome.resumed) {
      this.#sequence.acknowledged(welcome.received);
    } else {
      this.#sequence = new Sequence();
      this.#peer = welcome.peer;
    }
    this.#welcomed = true;
    if (welcome.resumed) {
      for (const { seq, message } of this.#sequence.unacked) this.#write(seq, message);
    } else if (unsaid.length) {
      this.#on.dropped(unsaid.map(({ message }) => message));
    }
    this.#on.live(true);
  }

  /**
   * @param {number} code
   * @param {boolean} opened
   */
  async #lost(code, opened) {
    this.#forgetSocket();
    if (FINAL.includes(code)) return this.#finish(code);
    if (code === CLOSE.PROTOCOL) this.#peer = null;
    if (!opened && (await this.#on.refused())) return this.#finish(CLOSE.LINK_INVALID);
    if (this.#stopped || this.#socket) return;
    const wait_ms = backoffMs(this.#attempt, Date.now() - this.#lostAt, Math.random());
    this.#attempt += 1;
    this.#retry = setTimeout(() => this.#open(), wait_ms);
  }

  /** @param {number} code */
  #finish(code) {
    if (this.#stopped) return;
    this.stop();
    this.#on.closed(code);
  }

  #forgetSocket(tell = true) {
    const socket = this.#socket;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      if (socket.readyState <= WebSocket.OPEN && !this.#stopped) socket.close();
    }
    this.#socket = null;
    if (!this.#welcomed) return;
    this.#welcomed = false;
    this.#lostAt = Date.now();
    if (tell) this.#on.live(false);
  }

  #lookAfter() {
    if (!this.#socket) return;
    const now = Date.now();
    const hangs = !this.#welcomed && now - this.#openedAt > OPENING_MS;
    if (hangs || now - this.#heardAt > SILENCE_MS) this.renew();
  }
}
