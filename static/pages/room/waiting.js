// @ts-check
// The waiting room, as the client sees it, and how a person is called in from another tab.

import { find, make, say, show } from "../../lib/dom.js";
import { t } from "../../lib/text.js";
import { formatTime } from "../../lib/times.js";

export class WaitingRoom {
  #host;
  #since;
  #line;
  #notes;
  #devices;
  #start;
  #allow;
  #title = "";
  /** @type {Notification | null} */
  #notification = null;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.room
   * @param {() => void} parts.leave
   */
  constructor({ room, leave }) {
    this.#host = find(room, "#waiting-host", HTMLElement);
    this.#since = find(room, "#waiting-since", HTMLElement);
    this.#line = find(room, "#waiting-line", HTMLElement);
    this.#notes = find(room, "#waiting-notes", HTMLElement);
    this.#devices = find(room, "#waiting-devices", HTMLElement);
    this.#start = find(room, "#waiting-start time", HTMLTimeElement);
    this.#allow = find(room, "#allow-notification", HTMLButtonElement);
    find(room, "#leave-waiting", HTMLButtonElement).addEventListener("click", leave);
    this.#allow.addEventListener("click", async () => {
      await Notification.requestPermission();
      this.#offerNotification();
    });
    this.#offerNotification();
    document.addEventListener("visibilitychange", () => this.#seen());
  }

  /**
   * @param {import("../../call/state.js").State} state
   * @param {import("../../call/wire.js").DeviceState} sending
   * @param {string} kind
   */
  render({ host, live, since_ms }, sending, kind) {
    say(
      this.#host,
      host
        ? t("Your therapist has been told that you are here.")
        : t("Your therapist will be told as soon as they sign in."),
    );
    if (since_ms) say(this.#since, t("Here since {time}.", { time: formatTime(since_ms) }));
    show(this.#line, !live);
    say(this.#devices, devicesSentence(sending, kind));
  }

  /** @param {string} text */
  note(text) {
    this.#notes.append(make("p", { class: "notice", text }));
  }

  /** @param {number} start_at_ms */
  moved(start_at_ms) {
    if (Date.parse(this.#start.dateTime) === start_at_ms) return;
    this.#start.dateTime = new Date(start_at_ms).toISOString();
    say(this.#start, formatTime(start_at_ms));
    this.note(
      t("Your appointment has a new time: {time}.", { time: formatTime(start_at_ms, "both") }),
    );
  }

  /** It is time: tells a person who looks at another tab. */
  called() {
    if (!document.hidden) return;
    this.#title ||= document.title;
    document.title = t("● It is time");
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    try {
      this.#notification = new Notification(t("It is time"), {
        body: t("Your session is starting."),
        tag: "session",
      });
      this.#notification.onclick = () => window.focus();
    } catch {
      // Android shows notifications by service workers only.
    }
  }

  #seen() {
    if (document.hidden) return;
    if (this.#title) document.title = this.#title;
    this.#title = "";
    this.#notification?.close();
    this.#notification = null;
  }

  #offerNotification() {
    const can = "Notification" in window && Notification.permission === "default";
    show(this.#allow, can);
  }
}

/**
 * @param {import("../../call/wire.js").DeviceState} sending
 * @param {string} kind
 */
function devicesSentence({ camera, microphone }, kind) {
  if (kind === "chat") return "";
  if (kind === "audio") {
    return microphone ? t("Your microphone is ready.") : t("Your microphone is off.");
  }
  if (camera && microphone) return t("Your camera and microphone are ready.");
  if (microphone) return t("Your microphone is ready, your camera is off.");
  if (camera) return t("Your camera is ready, your microphone is off.");
  return t("Your camera and microphone are off.");
}
