// @ts-check
// What this browser captures: microphone, camera, screen. The one owner of every track: nothing is
// cloned, and `stop` ends them all, also those that are still being asked for.

const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const CAMERA = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };

/**
 * @typedef {"microphone" | "camera"} Input
 * @typedef {"off" | "asking" | "on" | "blocked" | "missing" | "busy" | "failed"} Capture
 *
 * @typedef {object} MediaEvents
 * @property {() => void} changed
 * @property {(what: "lost" | "paused" | "back", input: Input, label: string) => void} trouble
 *   lost: its device is gone; paused: another app or a phone call took it; back: it is here again,
 *   `label` names the device in use now.
 */

export class Media {
  /** @type {Record<Input, Capture>} */
  capture = { microphone: "off", camera: "off" };
  /** @type {Record<Input, MediaStreamTrack | null>} */
  #tracks = { microphone: null, camera: null };
  /** @type {Record<Input, string>} */
  #chosen;
  /** @type {MediaStreamTrack | null} */
  #screen = null;
  #muted = false;
  #round = 0;
  /** @type {Promise<unknown>} */
  #queue = Promise.resolve();
  #on;

  /**
   * @param {object} parts
   * @param {Record<Input, string>} parts.chosen device ids, "" for the browser's choice
   * @param {MediaEvents} parts.on
   */
  constructor({ chosen, on }) {
    this.#chosen = { ...chosen };
    this.#on = on;
    navigator.mediaDevices?.addEventListener?.("devicechange", () => void this.#devicesChanged());
  }

  static get supported() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  static get canShareScreen() {
    return Boolean(navigator.mediaDevices?.getDisplayMedia);
  }

  /** What is sent. */
  get tracks() {
    const { microphone, camera } = this.#tracks;
    return { audio: microphone, video: this.#screen ?? camera, screen: this.#screen !== null };
  }

  /** What is sent, in words. @returns {import("./wire.js").DeviceState} */
  get sending() {
    const screen = this.#screen !== null;
    const camera = this.#tracks.camera !== null && !screen;
    return { camera, microphone: this.#tracks.microphone !== null && !this.#muted, screen };
  }

  /** @param {Input} input */
  has(input) {
    return this.#tracks[input] !== null;
  }

  /** @param {Input} input */
  deviceOf(input) {
    return this.#tracks[input]?.getSettings().deviceId ?? this.#chosen[input];
  }

  /**
   * Asks for what is wanted, both in one question where possible; each is tried alone where both
   * together fail, so that a missing camera costs nobody the microphone.
   * @param {Record<Input, boolean>} wanted
   */
  open(wanted) {
    return this.#inTurn(async () => {
      const inputs = /** @type {Input[]} */ (["microphone", "camera"]);
      const missing = inputs.filter((input) => wanted[input] && !this.#tracks[input]);
      if (missing.length === 2 && (await this.#acquire(missing))) return;
      for (const input of missing) {
        if (await this.#acquire([input])) continue;
        // Asking for the camera right after a "no" to the microphone would only nag.
        const refused = input === "microphone" && this.capture.microphone === "blocked";
        if (refused && missing.includes("camera") && !(await cameraGranted())) {
          this.#set("camera", "blocked");
          break;
        }
      }
    });
  }

  /** Stops capturing `input`; its light goes out. @param {Input} input */
  close(input) {
    return this.#inTurn(async () => {
      this.#drop(input);
      this.#set(input, "off");
    });
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.#muted = muted;
    const track = this.#tracks.microphone;
    if (track) track.enabled = !muted;
    this.#on.changed();
  }

  /**
   * Takes another device from now on. The old one is let go first: phones open one at a time.
   * @param {Input} input
   * @param {string} id
   */
  choose(input, id) {
    this.#chosen[input] = id;
    return this.again(input);
  }

  /** Takes the device anew: after a phone call, or when it fell silent. @param {Input} input */
  again(input) {
    return this.#inTurn(async () => {
      this.#drop(input);
      await this.#acquire([input]);
    });
  }

  async shareScreen() {
    const round = this.#round;
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: false });
    const [track] = stream.getVideoTracks();
    if (round !== this.#round || !track) return stopAll(stream);
    if ("contentHint" in track) track.contentHint = "detail";
    track.onended = () => this.stopScreen();
    this.#screen = track;
    this.#on.changed();
  }

  stopScreen() {
    if (!this.#screen) return;
    this.#screen.onended = null;
    this.#screen.stop();
    this.#screen = null;
    this.#on.changed();
  }

  /** Ends every capture, now. */
  stop() {
    this.#round += 1;
    this.stopScreen();
    this.#drop("microphone");
    this.#drop("camera");
    this.capture = { microphone: "off", camera: "off" };
    this.#muted = false;
    this.#on.changed();
  }

  /** @param {() => Promise<void>} work */
  #inTurn(work) {
    const round = this.#round;
    const done = this.#queue.then(() => (round === this.#round ? work() : undefined));
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /**
   * @param {Input[]} inputs
   * @param {boolean} [fallback] takes the browser's choice of device
   * @returns {Promise<boolean>}
   */
  async #acquire(inputs, fallback = false) {
    const round = this.#round;
    for (const input of inputs) this.#set(input, "asking");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: inputs.includes("microphone") && this.#wish("microphone", fallback),
        video: inputs.includes("camera") && this.#wish("camera", fallback),
      });
      if (round !== this.#round) {
        stopAll(stream);
        return true;
      }
      for (const track of stream.getTracks()) this.#take(track);
      return true;
    } catch (error) {
      if (round !== this.#round) return true;
      const why = captureOf(error);
      const chosen = inputs.some((input) => this.#chosen[input]);
      if (!fallback && chosen && why !== "blocked") return this.#acquire(inputs, true);
      for (const input of inputs) this.#set(input, why);
      return false;
    }
  }

  /**
   * @param {Input} input
   * @param {boolean} fallback
   * @returns {MediaTrackConstraints}
   */
  #wish(input, fallback) {
    const id = fallback ? "" : this.#chosen[input];
    const wish = input === "microphone" ? MICROPHONE : CAMERA;
    if (id) return { ...wish, deviceId: { exact: id } };
    return input === "camera" ? { ...wish, facingMode: "user" } : wish;
  }

  /** @param {MediaStreamTrack} track */
  #take(track) {
    const input = track.kind === "audio" ? "microphone" : "camera";
    this.#drop(input);
    this.#tracks[input] = track;
    if (input === "microphone") track.enabled = !this.#muted;
    track.onended = () => void this.#replace(input);
    let paused = false;
    track.onmute = () => {
      paused = true;
      this.#on.trouble("paused", input, track.label);
    };
    track.onunmute = () => {
      if (paused) this.#on.trouble("back", input, track.label);
      paused = false;
    };
    this.#set(input, "on");
  }

  /** @param {Input} input */
  #drop(input) {
    const track = this.#tracks[input];
    if (!track) return;
    track.onended = track.onmute = track.onunmute = null;
    track.stop();
    this.#tracks[input] = null;
  }

  /** The device of `input` is gone: takes the browser's default and says so. @param {Input} input */
  #replace(input) {
    this.#on.trouble("lost", input, this.#tracks[input]?.label ?? "");
    this.#chosen[input] = "";
    return this.#inTurn(async () => {
      this.#drop(input);
      if (await this.#acquire([input])) {
        this.#on.trouble("back", input, this.#tracks[input]?.label ?? "");
      }
    });
  }

  /** Some browsers unplug a device without ending its track. */
  async #devicesChanged() {
    const present = await navigator.mediaDevices.enumerateDevices();
    for (const input of /** @type {Input[]} */ (["microphone", "camera"])) {
      const id = this.#tracks[input]?.getSettings().deviceId;
      if (
        id &&
        this.#tracks[input]?.readyState === "live" &&
        !present.some((d) => d.deviceId === id)
      ) {
        await this.#replace(input);
      }
    }
    this.#on.changed();
  }

  /**
   * @param {Input} input
   * @param {Capture} capture
   */
  #set(input, capture) {
    this.capture[input] = capture;
    this.#on.changed();
  }
}

/** @param {MediaStream} stream */
function stopAll(stream) {
  for (const track of stream.getTracks()) track.stop();
}

async function cameraGranted() {
  try {
    const name = /** @type {PermissionName} */ ("camera");
    return (await navigator.permissions.query({ name })).state === "granted";
  } catch {
    return false;
  }
}

/** @param {unknown} error @returns {Capture} */
function captureOf(error) {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "blocked";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "failed";
  }
}
