// @ts-check
// How loud our own microphone is, whichever it is just now.

export class OwnLevel {
  #sound;
  #media;
  /** @type {MediaStreamTrack | null} */
  #track = null;
  /** @type {ReturnType<import("../../call/sound.js").Sound["meter"]>} */
  #meter = null;
  #silentSince = 0;
  #heard = false;

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
      this.#silentSince = 0;
      this.#heard = false;
    }
    const level = this.#media.sending.microphone ? (this.#meter?.level() ?? null) : null;
    if (level === 0) this.#silentSince ||= Date.now();
    else this.#silentSince = 0;
    this.#heard ||= Boolean(level);
    return level;
  }

  /**
   * Tells whether this microphone has given nothing for so long, and nothing before: covered,
   * switched off, taken by another app. One that was heard before is only quiet, as people are,
   * and noise suppression makes quiet rooms silent.
   * @param {number} after_ms
   */
  dead(after_ms) {
    return !this.#heard && this.#silentSince > 0 && Date.now() - this.#silentSince >= after_ms;
  }
}
