// @ts-check
// The session on a page: joins what happens (meeting) with what is seen (stage, controls, words).

import { browserOf } from "../../call/browser.js";
import { Media } from "../../call/media.js";
import { Meeting } from "../../call/meeting.js";
import { Sound } from "../../call/sound.js";
import { WakeLock } from "../../call/wake.js";
import { pathSentence, sentence, troubleSentence, turnSentence } from "../../call/words.js";
import { find, show } from "../../lib/dom.js";
import { kept } from "../../lib/storage.js";
import { t } from "../../lib/text.js";
import { Controls } from "./controls.js";
import { isDark } from "./darkness.js";
import { DeviceLists, remembered } from "./devices.js";
import { helpFor } from "./help.js";
import { OwnLevel } from "./listening.js";
import { Privacy } from "./privacy.js";
import { ProofPanel } from "./proof.js";
import { Stage } from "./stage.js";
import { takeTab } from "./tab.js";
import { Views } from "./views.js";
import { watchNetwork } from "./network.js";
import { Words } from "./words.js";

const SILENT_AFTER_MS = 15_000;
const LISTEN_EVERY_MS = 500;
const NOTICE_MS = 12_000;

/**
 * @typedef {import("../../call/state.js").State} State
 *
 * @typedef {object} Side What one seat does differently.
 * @property {(state: State) => import("./views.js").View} view before the seat is taken
 * @property {(state: State) => void} [changed]
 * @property {() => void} [captured]
 * @property {() => void} [admitted]
 * @property {(text: string) => void} [note]
 * @property {(start_at_ms: number) => void} [moved]
 * @property {() => Promise<boolean>} refused
 */

export class Session {
  browser = browserOf(navigator.userAgent, navigator.maxTouchPoints);
  sound = new Sound();
  /** What this person came in with, and comes back with. */
  wanted = { microphone: false, camera: false };
  #room;
  #side;
  #stage;
  #controls;
  #words;
  #proof;
  #views;
  #wake = new WakeLock(document);
  #canvas = document.createElement("canvas");
  #microphoneSilent = false;
  /** @type {State["route"]} */
  #route = null;
  #selfHidden = kept.get("self-hidden") === "yes";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #noticeTimer;

  /**
   * @param {HTMLElement} room
   * @param {Side} side
   */
  constructor(room, side) {
    this.#room = room;
    this.#side = side;
    const kind = room.dataset.kind ?? "video";
    const remote = find(room, "#remote", HTMLVideoElement);
    this.tester = new Audio();
    this.media = new Media({
      chosen: remembered(),
      on: { changed: () => this.#captured(), trouble: (...what) => this.#trouble(...what) },
    });
    this.level = new OwnLevel(this.sound, this.media);
    this.devices = new DeviceLists({ room, media: this.media, outputs: [remote, this.tester] });
    this.#stage = new Stage(room);
    this.#views = new Views(room, document.body);
    const privacy = new Privacy(room);
    this.meeting = new Meeting({
      url: socketUrl(room.dataset.socket ?? ""),
      tab: takeTab(),
      kinds: kind === "chat" ? [] : kind === "audio" ? ["audio"] : ["audio", "video"],
      media: this.media,
      signs: () => this.#signs(remote),
      addressPrivacy: () => privacy.wanted,
      language: document.documentElement.lang,
      refused: side.refused,
      on: {
        changed: () => this.render(),
        admitted: () => this.#admitted(),
        note: (text) => side.note?.(text),
        moved: (start_at_ms) => side.moved?.(start_at_ms),
        remote: (stream) => this.#stage.connect(stream),
        text: (text, way) => this.#words.theirs(text, way),
        undelivered: (text) => this.#words.undelivered(text),
        watched: (report, quality) => {
          const name = room.dataset.other || t("the other person");
          const { route } = this.meeting.state;
          const up = report.state === "connected";
          const bad = up ? sentence(quality, report.cause, name) : troubleSentence(route);
          this.#stage.banner("quality", bad);
          this.#stage.sayPath(pathSentence(report.path));
        },
      },
    });
    this.#words = new Words({
      room,
      name: room.dataset.other || t("They"),
      send: (text) => this.meeting.say(text),
    });
    this.#proof = new ProofPanel(room, (text) => this.#notice(text));
    this.#controls = new Controls({
      room,
      media: this.media,
      actions: {
        leave: () => this.meeting.leave(),
        end: () => this.meeting.end(),
        panel: (panel, open) => this.#panelTurned(panel, open),
        hideSelf: (hidden) => this.#hideSelf(hidden),
        blocked: (input) => this.#blocked(input),
      },
    });
    this.#wire();
  }

  /** Takes what is wanted, then goes in: media first, so that no message is ever waited with. */
  async enter(takeOver = false) {
    if (Media.supported) await this.media.open(this.wanted);
    this.meeting.enter(takeOver);
  }

  render() {
    const { state } = this.meeting;
    this.#views.turn(this.#view(state));
    if (state.stage === "over") this.#sayEnded(state);
    this.#stage.render(state, this.media, this.#selfHidden);
    this.#controls.render(this.#selfHidden);
    this.#sayRoute(state.route);
    this.#proof.render(state.proof);
    this.#side.changed?.(state);
    if (state.stage === "waiting" || state.stage === "seated") void this.#wake.hold();
    else if (state.stage === "over") this.#over();
  }

  /** @param {State} state @returns {import("./views.js").View} */
  #view(state) {
    if (state.stage === "seated") return "stage";
    if (state.stage === "asking") return "panel-asking";
    if (state.stage === "over") return `panel-${state.over}`;
    if (state.stage === "entering" && this.#views.now) return this.#views.now;
    return this.#side.view(state);
  }

  #wire() {
    const act = {
      "take-over": () => this.meeting.takeOver(),
      leave: () => this.meeting.leave(),
      enter: () => void this.enter(),
      "take-back": () => void this.enter(true),
      reload: () => location.reload(),
    };
    for (const button of this.#room.querySelectorAll("[data-action]")) {
      if (!(button instanceof HTMLElement)) continue;
      const action = act[/** @type {keyof typeof act} */ (button.dataset.action ?? "")];
      button.addEventListener("click", () => {
        this.sound.wake();
        action();
      });
    }
    find(this.#room, "#restore-sound", HTMLElement).addEventListener(
      "click",
      () => void this.#restoreSound(),
    );
    for (const gesture of ["pointerup", "keydown"])
      addEventListener(gesture, () => this.sound.wake());
    addEventListener("pagehide", () => this.meeting.farewell());
    watchNetwork({
      awake: () => this.meeting.nudge(),
      changed: () => this.meeting.networkChanged(),
    });
    setInterval(() => this.#listen(), LISTEN_EVERY_MS);
  }

  #captured() {
    this.meeting?.mediaChanged();
    void this.devices?.refresh();
    this.#side.captured?.();
    if (this.#controls) this.render();
  }

  #admitted() {
    this.sound.chime();
    this.#side.admitted?.();
  }

  #over() {
    void this.#wake.release();
    this.#words.clear();
    this.#stage.banner("quality", "");
    this.#stage.banner("own", "");
    if (document.pictureInPictureElement) void document.exitPictureInPicture();
    if (document.fullscreenElement) void document.exitFullscreen();
  }

  /** @param {State["route"]} route */
  #sayRoute(route) {
    if (route === this.#route) return;
    const news = turnSentence(this.#route, route) || troubleSentence(route);
    if (news) this.#stage.banner("quality", news);
    const promise = this.#room.querySelector("#private");
    if (route && promise instanceof HTMLElement) show(promise, route.private);
    this.#route = route;
  }

  /** @param {State} state */
  #sayEnded({ endedBy }) {
    for (const line of this.#room.querySelectorAll("[data-ended]")) {
      if (line instanceof HTMLElement) show(line, line.dataset.ended === (endedBy ?? "therapist"));
    }
  }

  /** @param {import("./controls.js").Drawer} panel @param {boolean} open */
  #panelTurned(panel, open) {
    this.#room.dataset.drawer = open ? panel : "";
    if (open && panel === "words") this.#words.read();
    if (open && panel === "proof") this.#proof.read();
    if (open && panel === "settings") void this.devices.refresh();
  }

  /** @param {boolean} hidden */
  #hideSelf(hidden) {
    this.#selfHidden = hidden;
    kept.set("self-hidden", hidden ? "yes" : "no");
    this.render();
  }

  /** @param {import("../../call/media.js").Input} input */
  #blocked(input) {
    const why = Media.supported ? this.media.capture[input] : "unsupported";
    const { title, steps } = helpFor(this.browser, input, why);
    this.#notice([title, ...steps.slice(0, 1)].join(". "));
  }

  /**
   * @param {"lost" | "paused" | "back"} what
   * @param {import("../../call/media.js").Input} input
   * @param {string} label
   */
  #trouble(what, input, label) {
    const microphone = input === "microphone";
    if (what === "back") {
      this.#notice(
        microphone
          ? t("Your microphone works again: {label}", { label })
          : t("Your camera works again: {label}", { label }),
      );
      if (microphone) this.#stage.offerSound("");
    } else if (what === "lost") {
      this.#notice(
        microphone
          ? t("Your microphone is gone. Looking for another…")
          : t("Your camera is gone. Looking for another…"),
      );
    } else if (microphone) {
      this.#stage.offerSound(t("Tap to restore sound"));
    } else {
      this.#notice(t("Your camera is paused: another app is using it."));
    }
  }

  /** A phone call took the microphone, or the browser wants a tap before it sounds. */
  async #restoreSound() {
    this.sound.wake();
    await this.#stage.play();
    const { audio } = this.media.tracks;
    if (audio?.muted || audio?.readyState === "ended") await this.media.again("microphone");
    this.#stage.offerSound("");
  }

  #listen() {
    const { stage, media } = this.meeting.state;
    if (stage !== "seated") return;
    this.level.level();
    const silent = media === "connected" && this.level.dead(SILENT_AFTER_MS);
    if (silent === this.#microphoneSilent) return;
    this.#microphoneSilent = silent;
    if (silent) {
      this.#stage.banner(
        "own",
        t("We hear nothing from your microphone. It may be switched off, or used by another app."),
      );
    } else this.#stage.banner("own", "");
  }

  /** @param {string} text */
  #notice(text) {
    this.#stage.banner("own", text);
    clearTimeout(this.#noticeTimer);
    this.#noticeTimer = setTimeout(() => this.#stage.banner("own", ""), NOTICE_MS);
  }

  /** @param {HTMLVideoElement} remote */
  #signs(remote) {
    return {
      hidden: document.hidden,
      dark: isDark(remote, this.#canvas),
      microphoneSilent: this.#microphoneSilent,
      cameraTrouble: ["busy", "failed"].includes(this.media.capture.camera),
    };
  }
}

/** @param {string} path */
function socketUrl(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}
