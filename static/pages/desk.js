// @ts-check
// On every page of a therapist: tells who waits, wherever she is, and lets her admit them.

import { Bell } from "../desk/bell.js";
import { Card, button } from "../desk/card.js";
import { openDesk } from "../desk/socket.js";
import { find, make, say, show } from "../lib/dom.js";
import { keepFresh } from "../lib/fresh.js";
import { t } from "../lib/text.js";

const TICK_MS = 10_000;

const tray = find(document, "#desk", HTMLElement);
const spoken = find(document, "#desk-spoken", HTMLElement);
const here = document.body.dataset.appointment ?? "";
/** @type {Map<string, Card>} */
const cards = new Map();
/** @type {Set<string>} */
const noticed = new Set();
/** @type {string[]} */
let live = [];
let ownTitle = document.title;
const asking = document.getElementById("requests");
// What answers a form, as this page may, cannot be asked for again.
const requests = asking ? keepFresh(asking, undefined, "/agenda") : undefined;
/** @type {string | undefined} the peer whose click waits for its answer */
let asked;
/** @type {Notification | undefined} */
let notification;

const title = make("h2", { class: "desk-title", text: t("In the waiting room") });
const list = make("ul", { class: "desk-list" });
const offline = make("p", { class: "notice warn", text: t("No connection just now. Trying again…") });
const sound = button("", "button quiet desk-sound", () =>
  bell.blocked && !bell.muted ? bell.wake() : bell.mute(!bell.muted),
);
tray.append(make("div", { class: "desk-head" }, title, sound), offline, list);
tray.tabIndex = -1;
show(offline, false);

const settings = document.getElementById("desk-settings");
const bell = new Bell(() => queueMicrotask(drawSound));
const allow = button(t("Show notifications"), "button quiet", async () => {
  await Notification.requestPermission();
  drawSound();
});
const soundSetting = button("", "button quiet", () => sound.click());
settings?.append(soundSetting, allow);
drawSound();

const speak = openDesk({
  message(message) {
    if (message.type === "waiting") waiting(message);
    else if (message.type === "admitted_to") admitted(message.appointment);
    else if (message.type === "changed") changed(message.appointment);
    else if (message.type === "refused") refused(message);
  },
  connected(connected) {
    show(offline, !connected);
    drawTray();
    // Nobody told of what changed before.
    if (connected) changed("");
  },
  signedOut() {
    const again = make("a", { text: t("Sign in again") });
    again.href = "/signin?to=" + encodeURIComponent(location.pathname);
    offline.replaceChildren(t("You are signed out here.") + " ", again);
    cards.clear();
    list.replaceChildren();
    show(offline, true);
    drawTray();
  },
});

setInterval(() => cards.forEach((card) => card.tick()), TICK_MS);

/** @param {{people: import("../desk/card.js").Person[], live: string[]}} message */
function waiting(message) {
  live = message.live;
  const now = new Set(message.people.map((person) => person.peer));
  for (const [peer, card] of cards) {
    if (!now.has(peer)) remove(peer, card);
  }
  for (const person of message.people) {
    const known = cards.get(person.peer);
    if (known) known.update(person);
    else add(person);
  }
  drawTray();
  document.dispatchEvent(new CustomEvent("desk:waiting", { detail: message }));
}

/** @param {import("../desk/card.js").Person} person */
function add(person) {
  /** @param {object} message */
  function ask(message) {
    asked = person.peer;
    return speak(message);
  }
  const card = new Card(person, ask, () => {
    noticed.add(person.peer);
    drawTray();
  });
  cards.set(person.peer, card);
  list.append(card.element);
  const { name } = person;
  say(spoken, t("{name} is in the waiting room.", { name }));
  bell.rest();
  notify();
}

/** @param {string} peer @param {Card} card */
function remove(peer, card) {
  const held = card.element.contains(document.activeElement);
  cards.delete(peer);
  noticed.delete(peer);
  card.element.remove();
  if (held) (cards.size ? tray : document.getElementById("main"))?.focus();
}

/** @param {string} appointment */
function admitted(appointment) {
  if (appointment !== here) location.assign(`/call/${appointment}`);
}

/** @param {string} appointment which of hers; empty where it may be any */
function changed(appointment) {
  void requests?.refresh();
  document.dispatchEvent(new CustomEvent("desk:changed", { detail: { appointment } }));
}

/** @param {{code: string, text: string}} refusal */
function refused(refusal) {
  const card = cards.get(asked ?? "");
  if (card) card.refused(refusal);
  else say(spoken, t(refusal.text));
}

function drawTray() {
  const count = cards.size;
  show(tray, count > 0 || !offline.hidden);
  show(title, count > 0);
  show(sound, count > 0);
  if (count) {
    if (!document.title.startsWith("(")) ownTitle = document.title;
    document.title = t("({count}) waiting – {title}", { count, title: ownTitle });
  } else if (document.title.startsWith("(")) {
    document.title = ownTitle;
  }
  // In a session the bell rings once: it must not come between two people.
  if ([...cards.keys()].some((peer) => !noticed.has(peer))) bell.ring(!live.includes(here));
  else bell.rest();
  if (!count) notification?.close();
}

function drawSound() {
  const text = bell.muted ? t("Sound is off") : bell.blocked ? t("Turn on sound") : t("Sound is on");
  for (const element of [sound, soundSetting]) {
    say(element, text);
    element.setAttribute("aria-pressed", String(!bell.muted && !bell.blocked));
  }
  show(allow, "Notification" in globalThis && Notification.permission === "default");
}

function notify() {
  if (!document.hidden || !("Notification" in globalThis)) return;
  if (Notification.permission !== "granted") return;
  try {
    // No name: others may look at this screen.
    notification = new Notification(t("Someone is in the waiting room"), { tag: "desk" });
    notification.onclick = () => window.focus();
  } catch {
    // Some phones show notifications from a service worker alone.
  }
}
