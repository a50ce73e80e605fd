// @ts-check
// A gentle two-tone bell that repeats while somebody waits. One tab of this browser rings.

import { kept } from "../lib/storage.js";

const EVERY_MS = 12_000;
const TONES_HZ = [659.3, 523.3];
const APART_S = 0.32;
const LASTS_S = 0.9;
const LOUDNESS = 0.12;
const KEY = "desk-muted";

/** The bell of one page. `changed` is called when it begins or ceases to be heard. */
export class Bell {
  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    this.muted = kept.get(KEY) === "yes";
    this.mayRing = false;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
    this.audio = new AudioContext();
    this.audio.onstatechange = () => this.awake();
    this.awake();
    // Browsers let a page sound after the first touch of it.
    const wake = () => this.wake();
    addEventListener("pointerdown", wake, { once: true });
    addEventListener("keydown", wake, { once: true });
  }

  /** Whether the browser keeps this page silent until somebody touches it. */
  get blocked() {
    return this.audio.state !== "running";
  }

  wake() {
    this.audio.resume().catch(() => {});
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.muted = muted;
    kept.set(KEY, muted ? "yes" : "no");
    if (!muted) this.wake();
    this.changed();
  }

  /** Rings now and, when `again`, every twelve seconds until `rest`. @param {boolean} again */
  ring(again) {
    if (this.timer !== undefined) return;
    this.sound();
    this.timer = setInterval(() => again && this.sound(), EVERY_MS);
  }

  rest() {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  awake() {
    this.changed();
    if (this.blocked || this.mayRing) return;
    if (!navigator.locks) {
      this.mayRing = true;
      return;
    }
    navigator.locks.request("desk-bell", () => {
      this.mayRing = true;
      if (this.timer !== undefined) this.sound();
      return new Promise(() => {});
    });
  }

  sound() {
    if (this.muted || this.blocked || !this.mayRing) return;
    TONES_HZ.forEach((tone_hz, index) => {
      const start = this.audio.currentTime + 0.02 + index * APART_S;
      const tone = new OscillatorNode(this.audio, { type: "sine", frequency: tone_hz });
      const loudness = new GainNode(this.audio, { gain: 0 });
      loudness.gain.setValueAtTime(0, start);
      loudness.gain.linearRampToValueAtTime(LOUDNESS, start + 0.03);
      loudness.gain.exponentialRampToValueAtTime(0.0001, start + LASTS_S);
      tone.connect(loudness).connect(this.audio.destination);
      tone.start(start);
      tone.stop(start + LASTS_S);
    });
  }
}
