// @ts-check
// Runs the proof of four words on each connection of this page, in a channel of its own between the
// two browsers. What it has shown, and how many tries are left, outlives a connection.

import { fingerprintsOf } from "./fingerprints.js";
import { Proof, Tries } from "./proof.js";

const CHANNEL_ID = 1;
const TRY_MS = 10_000;

/**
 * @typedef {import("./proof.js").Step} Step
 * @typedef {Step & {fresh: boolean}} Shown fresh where other words were shown here before
 */

export class Prover {
  #language;
  #tries = new Tries();
  #before = "";

  /** @param {string} language in which this person reads */
  constructor(language) {
    this.#language = language;
  }

  /**
   * Begins on a connection that has no descriptions yet, or on the polite side only theirs.
   * @param {RTCPeerConnection} pc
   * @param {boolean} polite
   * @param {(shown: Shown) => void} told
   */
  attend(pc, polite, told) {
    return new Attendance({
      pc,
      polite,
      language: this.#language,
      tries: this.#tries,
      told: (step) => told({ ...step, fresh: this.#isFresh(step) }),
    });
  }

  /** @param {Step} step */
  #isFresh({ state, words }) {
    if (state !== "shown") return false;
    const before = this.#before;
    this.#before = words.join();
    return before !== "" && before !== this.#before;
  }
}

/** The proof of one connection, from before it is up until it is closed. */
export class Attendance {
  #pc;
  #channel;
  #parts;
  /** @type {Promise<Proof | null>} */
  #proof;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #closed = false;

  /**
   * @param {object} parts
   * @param {RTCPeerConnection} parts.pc
   * @param {boolean} parts.polite
   * @param {string} parts.language
   * @param {Tries} parts.tries
   * @param {(step: Step) => void} parts.told
   */
  constructor({ pc, ...parts }) {
    this.#pc = pc;
    this.#parts = parts;
    const channel = pc.createDataChannel("proof", { negotiated: true, id: CHANNEL_ID });
    this.#channel = channel;
    const opened = new Promise((resolve) => {
      channel.onopen = resolve;
    });
    this.#proof = opened.then(() => this.#begin()).catch(() => null);
    channel.onmessage = async ({ data }) => (await this.#proof)?.heard(data);
    this.#tell({ state: "checking", words: [], language: parts.language });
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#channel.onopen = this.#channel.onmessage = null;
    void this.#proof.then((proof) => proof?.close());
  }

  async #begin() {
    const fingerprints = crypto.subtle ? await fingerprintsOf(this.#pc) : null;
    if (!fingerprints) {
      this.#giveUp();
      return null;
    }
    const proof = new Proof({
      ...this.#parts,
      fingerprints,
      say: (text) => {
        if (this.#channel.readyState === "open") this.#channel.send(text);
      },
      told: (step) => this.#tell(step),
    });
    void proof.begin();
    return proof;
  }

  /** @param {Step} step */
  #tell(step) {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    if (step.state === "checking") this.#await();
    this.#parts.told(step);
  }

  #await() {
    this.#timer = setTimeout(() => void this.#expired(), TRY_MS);
  }

  async #expired() {
    // A line that is down says nothing about who is on it.
    if (this.#pc.connectionState !== "connected") return this.#await();
    if (this.#channel.readyState !== "open") return this.#giveUp();
    await (await this.#proof)?.expired();
  }

  #giveUp() {
    this.#tell({ state: "unverified", words: [], language: this.#parts.language });
  }
}
