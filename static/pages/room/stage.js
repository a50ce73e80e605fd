// @ts-check
// Face to face: the two pictures, and in plain words whatever is not as it should be.

import { find, say, show } from "../../lib/dom.js";
import { t } from "../../lib/text.js";
import { fit } from "./fit.js";
import { showTrack } from "./precall.js";

const LINE_PATIENCE_MS = 1_000;

/** @typedef {import("../../call/state.js").State} State */

export class Stage {
  #room;
  #name;
  #seat;
  #kind;
  #remote;
  #own;
  #told;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #lineTimer;
  #wasHere = false;

  /** @param {HTMLElement} room */
  constructor(room) {
    this.#room = room;
    this.#name = room.dataset.other || t("the other person");
    this.#seat = room.dataset.seat;
    this.#kind = room.dataset.kind;
    this.#remote = find(room, "#remote", HTMLVideoElement);
    this.#own = find(room, "#own", HTMLVideoElement);
    this.#told = find(room, "#told", HTMLElement);
    this.#find(".initial").textContent = (room.dataset.other ?? "").trim().charAt(0).toUpperCase();
    const refit = () => this.#refit();
    this.#remote.addEventListener("resize", refit);
    new ResizeObserver(refit).observe(this.#remote);
  }

  /** @param {MediaStream | null} stream */
  connect(stream) {
    if (this.#remote.srcObject !== stream) this.#remote.srcObject = stream;
    if (stream) void this.play();
  }

  /** Starts the sound; a browser that wants a tap first gets a button for it. */
  async play() {
    try {
      this.#remote.muted = false;
      await this.#remote.play();
      this.offerSound("");
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "NotAllowedError") return;
      this.#remote.muted = true;
      await this.#remote.play().catch(() => undefined);
      this.offerSound(t("Tap to hear {name}", { name: this.#name }));
    }
  }

  /** @param {string} text of the button, empty to take it away */
  offerSound(text) {
    const button = this.#find("#restore-sound");
    say(button, text);
    show(button, Boolean(text));
  }

  /**
   * @param {State} state
   * @param {import("../../call/media.js").Media} media
   * @param {boolean} selfHidden
   */
  render(state, media, selfHidden) {
    const { other } = state;
    // Whom the server has lost may still be seen and heard.
    const here = other !== null && (other.presence !== "left" || state.media === "connected");
    const flowing = state.media === "connected" || state.media === "reconnecting";
    const sees = here && flowing && (other.camera || other.screen);
    this.#remote.classList.toggle("unseen", !sees);
    this.#remote.dataset.screen = String(Boolean(other?.screen));
    show(this.#find("#instead"), !sees);
    if (!sees) this.#sayInstead(state);
    this.#sayOther(state);
    this.#renderSelf(media, selfHidden);
    this.#renderLine(state);
    if (here !== this.#wasHere) {
      this.tell(
        here
          ? t("{name} is here.", { name: this.#name })
          : t("{name} stepped out.", { name: this.#name }),
      );
      this.#wasHere = here;
    }
    this.#refit();
  }

  /** Says something to who listens to the page. @param {string} text */
  tell(text) {
    say(this.#told, text);
  }

  /** @param {"quality" | "own"} which @param {string} text empty for nothing */
  banner(which, text) {
    const banner = this.#find(`#${which}-banner`);
    say(banner, text);
    show(banner, Boolean(text));
  }

  /** @param {string} text */
  sayPath(text) {
    const place = this.#room.querySelector("#path");
    if (place) say(place, text);
  }

  /** @param {State} state */
  #sayInstead({ other, media, ending }) {
    const name = this.#name;
    let word = t("Waiting for {name}", { name });
    let hint =
      this.#seat === "therapist"
        ? t("When they are in the waiting room, you can let them in from here.")
        : "";
    if (ending) {
      word = t("Ending the session…");
      hint = "";
    } else if (other?.presence === "left") {
      word = t("{name} stepped out", { name });
      hint = t("The door stays open: they can come back.");
    } else if (other && (media === "failing" || other.media === "failing")) {
      word = t("Their picture and sound are not getting through yet");
      hint = t("Trying again… You can write to each other meanwhile.");
    } else if (other && media !== "connected") {
      word = t("Connecting you with {name}…", { name });
      hint = "";
    } else if (other) {
      word = this.#room.dataset.other || "";
      hint = this.#kind === "video" ? t("Camera is off") : "";
    }
    say(this.#find("#instead-word"), word);
    say(this.#find("#instead-hint"), hint);
  }

  /** @param {State} state */
  #sayOther({ other, media }) {
    const marks = [];
    if (other && other.presence !== "left" && media === "connected" && this.#kind !== "chat") {
      if (!other.microphone) marks.push(t("muted"));
      if (other.screen) marks.push(t("shares the screen"));
    }
    const tag = this.#find("#other-state");
    show(tag, marks.length > 0);
    if (marks.length) say(tag, [this.#name, ...marks].join(" · "));
  }

  /**
   * @param {import("../../call/media.js").Media} media
   * @param {boolean} hidden
   */
  #renderSelf(media, hidden) {
    const { video, screen } = media.tracks;
    showTrack(this.#own, video);
    this.#own.classList.toggle("mirrored", !screen);
    show(this.#find("#self"), this.#kind === "video" && !hidden);
    this.#own.classList.toggle("unseen", !video);
    let word = "";
    if (!video) word = t("Your camera is off");
    else if (screen) word = t("You share your screen");
    say(this.#find("#own-word"), word);
    this.#find("#self").dataset.muted = String(!media.sending.microphone);
  }

  /** Trouble that is over in a moment is not worth a word. @param {State} state */
  #renderLine(state) {
    const text = lineSentence(state, this.#name);
    const banner = this.#find("#line-banner");
    if (!text || !banner.hidden) {
      clearTimeout(this.#lineTimer);
      this.#lineTimer = undefined;
      say(banner, text);
      show(banner, Boolean(text));
    } else {
      banner.dataset.next = text;
      this.#lineTimer ??= setTimeout(() => {
        this.#lineTimer = undefined;
        say(banner, banner.dataset.next ?? "");
        show(banner, true);
      }, LINE_PATIENCE_MS);
    }
  }

  #refit() {
    const { videoWidth, videoHeight, clientWidth, clientHeight } = this.#remote;
    const whole = this.#remote.dataset.screen === "true";
    this.#remote.dataset.fit = whole
      ? "contain"
      : fit(videoWidth, videoHeight, clientWidth, clientHeight);
  }

  /** @param {string} selector */
  #find(selector) {
    return find(this.#room, selector, HTMLElement);
  }
}

/**
 * @param {State} state
 * @param {string} name
 */
function lineSentence({ stage, live, over, other, media }, name) {
  if (stage !== "seated") return "";
  if (over === "shut") {
    return t(
      "Your call goes on. The time of this appointment is over, so please do not load the page again.",
    );
  }
  if (media === "reconnecting")
    return t("The connection to {name} was interrupted. Reconnecting…", { name });
  if (!live) {
    return media === "connected" ? t("Reconnecting… your call goes on.") : t("Reconnecting…");
  }
  if (other?.presence === "left" && media !== "connected") return "";
  if (other && other.presence !== "connected") {
    return media === "connected"
      ? t("{name} is reconnecting to the service. Your call goes on.", { name })
      : t("{name} is reconnecting…", { name });
  }
  return "";
}
