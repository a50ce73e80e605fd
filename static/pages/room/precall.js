// @ts-check
// Before entering: see and hear yourself, choose devices, get help where the browser says no.

import { addressElsewhere } from "../../call/browser.js";
import { Media } from "../../call/media.js";
import { find, make, say, show } from "../../lib/dom.js";
import { ofTab } from "../../lib/storage.js";
import { t } from "../../lib/text.js";
import { helpFor } from "./help.js";

const LEVEL_EVERY_MS = 80;
const SILENT_AFTER_MS = 5_000;

/** @typedef {import("../../call/media.js").Input} Input */

export class Precall {
  /** What this person wants to come in with. @type {Record<Input, boolean>} */
  wanted;
  #room;
  #media;
  #browser;
  #level;
  #silent = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.room
   * @param {Media} parts.media
   * @param {import("../../call/browser.js").Browser} parts.browser
   * @param {import("./listening.js").OwnLevel} parts.level
   * @param {import("../../call/sound.js").Sound} parts.sound
   * @param {HTMLAudioElement} parts.tester
   */
  constructor({ room, media, browser, level, sound, tester }) {
    this.#room = room;
    this.#media = media;
    this.#browser = browser;
    this.#level = level;
    const { kind } = room.dataset;
    this.wanted = { microphone: kind !== "chat", camera: kind === "video" };
    this.#toggle("camera");
    this.#toggle("microphone");
    this.#button("#try-again")?.addEventListener("click", () => void this.open());
    this.#button("#copy-link")?.addEventListener("click", () => void this.#copyLink());
    this.#button("#test-speaker")?.addEventListener("click", async () => {
      const word = find(room, "#test-speaker-word", HTMLElement);
      try {
        await sound.test(tester);
        say(word, t("Do you hear it? If not, choose another speaker or turn it up."));
      } catch {
        say(word, t("This browser would not play it. Please try once more."));
      }
    });
  }

  /** Asks for what is wanted and shows it. */
  async open() {
    if (this.#room.dataset.kind === "chat") return;
    if (Media.supported) await this.#media.open(this.wanted);
    this.#timer ??= setInterval(() => this.#listen(), LEVEL_EVERY_MS);
    this.render();
  }

  close() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    ofTab.remove("link");
  }

  render() {
    if (this.#room.dataset.kind === "chat") return;
    const { capture, tracks } = this.#media;
    const preview = this.#room.querySelector("#preview");
    if (preview instanceof HTMLVideoElement) showTrack(preview, tracks.video);
    say(find(this.#room, "#preview-word", HTMLElement), this.#previewWord());
    const asking = capture.microphone === "asking" || capture.camera === "asking";
    show(find(this.#room, "#asking", HTMLElement), asking);
    this.#renderHelp(asking);
  }

  #previewWord() {
    const { capture } = this.#media;
    if (this.#room.dataset.kind === "audio") {
      return capture.microphone === "on" ? t("Say something: the bar moves.") : t("Microphone off");
    }
    if (capture.camera === "on") return "";
    if (capture.camera === "asking") return t("Starting your camera…");
    return t("Camera off");
  }

  /** @param {boolean} asking */
  #renderHelp(asking) {
    const box = find(this.#room, "#help", HTMLElement);
    const trouble = this.#trouble();
    show(box, trouble !== null && !asking);
    if (!trouble) return;
    say(find(box, "#help-title", HTMLElement), trouble.title);
    const steps = find(box, "#help-steps", HTMLElement);
    if (steps.textContent !== trouble.steps.join("")) {
      steps.replaceChildren(...trouble.steps.map((text) => make("li", { text })));
    }
    this.#offerElsewhere(box);
  }

  #trouble() {
    const { microphone, camera } = this.wanted;
    if (!Media.supported) return helpFor(this.#browser, "both", "unsupported");
    const { capture } = this.#media;
    const bad = (/** @type {Input} */ input) => !["on", "off", "asking"].includes(capture[input]);
    const noMicrophone = microphone && bad("microphone");
    const noCamera = camera && bad("camera");
    if (noMicrophone && noCamera && capture.camera === capture.microphone) {
      return helpFor(this.#browser, "both", capture.camera);
    }
    if (noMicrophone) return helpFor(this.#browser, "microphone", capture.microphone);
    if (noCamera) return helpFor(this.#browser, "camera", capture.camera);
    if (!this.#silent) return null;
    return {
      title: t("We hear nothing from your microphone"),
      steps: [
        t("Say something: the bar below your picture should move."),
        t(
          "Look for a mute switch on the microphone or headset, or choose another microphone below.",
        ),
      ],
    };
  }

  #listen() {
    const level = this.#level.level();
    const meter = find(this.#room, "#level", HTMLMeterElement);
    meter.value = level ?? 0;
    const silent = this.#level.dead(SILENT_AFTER_MS);
    if (silent === this.#silent) return;
    this.#silent = silent;
    this.render();
  }

  /** @param {HTMLElement} box */
  #offerElsewhere(box) {
    // The link is kept only where the page that opened it saw that it may be needed.
    const link = ofTab.get("link");
    const address = link && addressElsewhere(this.#browser, link);
    show(find(box, "#copy-link", HTMLElement), Boolean(link));
    const open = find(box, "#open-elsewhere", HTMLAnchorElement);
    show(open, Boolean(address));
    if (!address) return;
    open.href = address;
    say(open, this.#browser.system === "ios" ? t("Open in Safari") : t("Open in Chrome"));
  }

  async #copyLink() {
    const button = this.#button("#copy-link");
    try {
      await navigator.clipboard.writeText(ofTab.get("link") ?? "");
      if (button) say(button, t("Copied"));
    } catch {
      if (button) say(button, t("Please copy it from your message"));
    }
  }

  /** @param {Input} input */
  #toggle(input) {
    const button = this.#button(`#without-${input}`);
    if (!button) return;
    button.disabled = false;
    button.addEventListener("click", async () => {
      this.wanted[input] = !this.wanted[input];
      button.setAttribute("aria-pressed", String(!this.wanted[input]));
      if (this.wanted[input]) await this.open();
      else await this.#media.close(input);
      this.render();
    });
  }

  /** @param {string} selector */
  #button(selector) {
    const button = this.#room.querySelector(selector);
    return button instanceof HTMLButtonElement ? button : null;
  }
}

/**
 * Shows one track of our own, or nothing.
 * @param {HTMLVideoElement} video
 * @param {MediaStreamTrack | null} track
 */
export function showTrack(video, track) {
  const stream = video.srcObject instanceof MediaStream ? video.srcObject : null;
  if ((stream?.getVideoTracks()[0] ?? null) === track) return;
  video.srcObject = track && new MediaStream([track]);
}
