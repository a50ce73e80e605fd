// @ts-check
// Sounds of our own and the strength of a microphone, by WebAudio: nothing is downloaded.

const CHIME_HZ = [523.25, 659.25, 783.99];
const NOTE_S = 0.22;
const SILENT = 1e-5;

export class Sound {
  /** @type {AudioContext | null} */
  #context = null;

  /** Browsers let a page sound only after a gesture: call this from one. */
  wake() {
    if (typeof AudioContext === "undefined") return null;
    this.#context ??= new AudioContext();
    if (this.#context.state !== "running") void this.#context.resume().catch(() => undefined);
    return this.#context;
  }

  /** A soft rising chime. */
  chime() {
    const context = this.wake();
    if (context) play(context, context.destination, CHIME_HZ, 0.16);
  }

  /**
   * Plays the test tones through `element`, which may have a speaker chosen.
   * @param {HTMLAudioElement} element
   */
  async test(element) {
    const context = this.wake();
    if (!context) return;
    const out = context.createMediaStreamDestination();
    element.srcObject = out.stream;
    await element.play();
    play(context, out, [...CHIME_HZ].reverse().concat(CHIME_HZ), 0.3);
  }

  /**
   * Measures how loud `track` is; ask `level()` as often as you like, and `close()` at the end.
   * @param {MediaStreamTrack} track
   */
  meter(track) {
    const context = this.wake();
    if (!context) return null;
    const source = context.createMediaStreamSource(new MediaStream([track]));
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    return {
      /** 0 to 1, or null while the browser does not let us listen. */
      level() {
        if (context.state !== "running") return null;
        analyser.getFloatTimeDomainData(samples);
        let peak = 0;
        for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
        if (peak < SILENT) return 0;
        return Math.min(1, Math.max(0.02, 1 + Math.log10(peak) / 2));
      },
      close: () => source.disconnect(),
    };
  }
}

/**
 * @param {AudioContext} context
 * @param {AudioNode} out
 * @param {number[]} notes in Hz
 * @param {number} loudness
 */
function play(context, out, notes, loudness) {
  notes.forEach((hz, index) => {
    const at = context.currentTime + 0.05 + index * NOTE_S;
    const tone = new OscillatorNode(context, { type: "sine", frequency: hz });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(loudness, at + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0005, at + NOTE_S * 2);
    tone.connect(volume).connect(out);
    tone.start(at);
    tone.stop(at + NOTE_S * 2);
  });
}
