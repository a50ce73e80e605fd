// @ts-check
// The buttons of the call and their keys.

import { Media } from "../../call/media.js";
import { find, say, show } from "../../lib/dom.js";
import { t } from "../../lib/text.js";

/** The drawers, each with the button that opens it. */
const DRAWERS = Object.freeze({ words: "#write", settings: "#more", proof: "#check" });
const NAMES = /** @type {Drawer[]} */ (Object.keys(DRAWERS));

/**
 * @typedef {keyof typeof DRAWERS} Drawer
 *
 * @typedef {object} Actions
 * @property {() => void} leave
 * @property {() => void} end
 * @property {(panel: Drawer, open: boolean) => void} panel
 * @property {(hidden: boolean) => void} hideSelf
 * @property {(input: "camera" | "microphone") => void} blocked
 */

export class Controls {
  #room;
  #media;
  #actions;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.room
   * @param {Media} parts.media
   * @param {Actions} parts.actions
   */
  constructor({ room, media, actions }) {
    this.#room = room;
    this.#media = media;
    this.#actions = actions;
    this.#on("#mute", () => this.#mute());
    this.#on("#camera", () => this.#camera());
    this.#on("#share", () => this.#share());
    for (const name of NAMES) {
      this.#on(DRAWERS[name], () => this.#panel(name));
      this.#on(`#${name}-close`, () => this.#panel(name, false));
    }
    this.#on("#leave", actions.leave);
    this.#on("#end", () => this.#confirmEnd());
    this.#on("#hide-self", (button) =>
      actions.hideSelf(button.getAttribute("aria-pressed") !== "true"),
    );
    this.#pictureButtons();
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {boolean} selfHidden */
  render(selfHidden) {
    const { sending, tracks, capture } = this.#media;
    this.#label("#mute", sending.microphone ? t("Mute") : t("Unmute"), !sending.microphone);
    const camera = capture.camera === "on";
    this.#label("#camera", camera ? t("Turn camera off") : t("Turn camera on"), !camera);
    this.#label("#share", tracks.screen ? t("Stop sharing") : t("Share screen"), false);
    this.#find("#share")?.setAttribute("aria-pressed", String(tracks.screen));
    this.#find("#hide-self")?.setAttribute("aria-pressed", String(selfHidden));
  }

  async #mute() {
    const media = this.#media;
    if (media.capture.microphone === "asking") return;
    if (media.has("microphone")) return media.mute(media.sending.microphone);
    media.mute(false);
    await media.open({ microphone: true, camera: false });
    if (!media.has("microphone")) this.#actions.blocked("microphone");
  }

  async #camera() {
    const media = this.#media;
    if (media.capture.camera === "asking") return;
    if (media.has("camera")) return media.close("camera");
    await media.open({ microphone: false, camera: true });
    if (!media.has("camera")) this.#actions.blocked("camera");
  }

  async #share() {
    if (this.#media.tracks.screen) return this.#media.stopScreen();
    try {
      await this.#media.shareScreen();
    } catch {
      // They thought better of it.
    }
  }

  #confirmEnd() {
    const dialog = find(document, "#end-dialog", HTMLDialogElement);
    dialog.returnValue = "";
    dialog.addEventListener(
      "close",
      () => {
        if (dialog.returnValue === "end") this.#actions.end();
      },
      { once: true },
    );
    dialog.showModal();
  }

  /**
   * @param {Drawer} name
   * @param {boolean} [open]
   */
  #panel(name, open) {
    const panel = find(this.#room, `#${name}`, HTMLElement);
    const opens = open ?? panel.hidden;
    for (const each of NAMES) {
      const other = this.#room.querySelector(`#${each}`);
      const button = this.#find(DRAWERS[each]);
      if (!(other instanceof HTMLElement) || !button) continue;
      const shown = each === name && opens;
      show(other, shown);
      button.setAttribute("aria-expanded", String(shown));
    }
    this.#actions.panel(name, opens);
    const target = opens
      ? panel.querySelector("textarea, select, h2[tabindex]")
      : this.#find(DRAWERS[name]);
    if (target instanceof HTMLElement) target.focus();
  }

  #pictureButtons() {
    const share = this.#find("#share");
    if (share) show(share, Media.canShareScreen);
    const full = this.#find("#fullscreen");
    if (full) {
      show(full, document.fullscreenEnabled === true);
      this.#on("#fullscreen", () => {
        if (document.fullscreenElement) void document.exitFullscreen();
        else void document.documentElement.requestFullscreen().catch(() => undefined);
      });
    }
    const pip = this.#find("#pip");
    if (pip) {
      const remote = find(this.#room, "#remote", HTMLVideoElement);
      show(pip, document.pictureInPictureEnabled === true);
      this.#on("#pip", () => {
        if (document.pictureInPictureElement) void document.exitPictureInPicture();
        else void remote.requestPictureInPicture().catch(() => undefined);
      });
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const stage = find(this.#room, "#stage", HTMLElement);
    if (stage.hidden || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.key === "Escape") {
      for (const name of NAMES) {
        const panel = this.#find(`#${name}`);
        if (panel && !panel.hidden && this.#find(DRAWERS[name])) this.#panel(name, false);
      }
    }
    const { target } = event;
    if (
      target instanceof HTMLElement &&
      target.closest("input, textarea, select, dialog, [contenteditable], .desk")
    )
      return;
    if (event.key === "m") this.#find("#mute")?.click();
    if (event.key === "c") this.#find("#camera")?.click();
  }

  /**
   * @param {string} selector
   * @param {string} text
   * @param {boolean} off
   */
  #label(selector, text, off) {
    const button = this.#find(selector);
    if (!button) return;
    say(find(button, "span", HTMLElement), text);
    button.title = text;
    button.dataset.off = String(off);
  }

  /**
   * @param {string} selector
   * @param {(button: HTMLElement) => void} action
   */
  #on(selector, action) {
    const button = this.#find(selector);
    button?.addEventListener("click", () => action(button));
  }

  /** @param {string} selector */
  #find(selector) {
    const element = this.#room.querySelector(selector);
    return element instanceof HTMLElement ? element : null;
  }
}
