// @ts-check
// How loud our own microphone is, whichever it is just now.

export class OwnLevel {
  #sound;
  #media;
  /** @type {MediaStreamTrack | null} */
  #track = null;
  /** @type {ReturnType<import("../../call/sound.js").Sound["meter"]>} */
  #meter = null;

  /**
   * @param {import("../../call/sound.js").Sound} sound
   * @param {import("../../call/media.js").Media} media
   */
  constructor(sound, media) {
    this.#sound = sound;
    this.#media = media;
  }

  /** 0 to 1; null while muted, off, or not to be heard by this page yet. */
  level() {
    const track = this.#media.tracks.audio;
    if (track !== this.#track) {
      this.#meter?.close();
      this.#track = track;
      this.#meter = track && this.#sound.meter(track);
    }
    return this.#media.sending.microphone ? (this.#meter?.level() ?? null) : null;
  }
}
