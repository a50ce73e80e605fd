// @ts-check
// The card of one person who waits: who, since when, and what the therapist can do.

import { make, say, show } from "../lib/dom.js";
import { t } from "../lib/text.js";
import { formatTime } from "../lib/times.js";

const MINUTE_MS = 60_000;
const NOTE_MAX_CHARS = 200;

/**
 * @typedef {object} Person
 * @property {string} appointment
 * @property {string} peer
 * @property {string} name
 * @property {number} since_ms
 * @property {boolean} second_device
 * @property {boolean} connected
 * @property {boolean} camera
 * @property {boolean} microphone
 */

/** A card that is changed in place, so that a line half written is not lost. */
export class Card {
  /**
   * @param {Person} person
   * @param {(message: object) => boolean} speak
   * @param {() => void} noticed the therapist has seen this person: the bell may rest
   */
  constructor(person, speak, noticed) {
    this.person = person;
    this.speak = speak;
    this.noticed = noticed;

    this.name = make("h3", { class: "desk-name" });
    this.since = make("p", { class: "desk-since soft small" });
    this.second = make("span", { class: "pill warn", text: t("Second device") });
    this.away = make("span", { class: "pill", text: t("Connection lost, coming back") });
    this.said = make("p", { class: "desk-said small" });
    this.said.setAttribute("role", "status");

    this.admit = button(t("Admit"), "button primary", () => this.ask({ type: "admit" }));
    this.decline = button(t("Decline"), "button quiet", () => this.sure(true));
    this.actions = make("div", { class: "desk-actions" }, this.admit, this.decline);
    this.also = make(
      "div",
      { class: "desk-actions" },
      button(t("Admit as well"), "button primary", () => this.ask({ type: "admit", also: true })),
      button(t("Not now"), "button quiet", () => this.calm()),
    );
    this.certain = make(
      "div",
      { class: "desk-actions" },
      make("p", { text: t("They will be told that you cannot see them now, and cannot come in again with this visit.") }),
      button(t("Yes, decline"), "button danger", () => this.ask({ type: "decline" })),
      button(t("No"), "button quiet", () => this.sure(false)),
    );
    this.element = make(
      "li",
      { class: "desk-card" },
      make("div", { class: "desk-who" }, this.name, this.second, this.away),
      this.since,
      this.actions,
      this.also,
      this.certain,
      this.notes(),
      this.said,
    );
    this.element.dataset.peer = person.peer;
    this.calm();
    this.update(person);
  }

  /** @param {Person} person */
  update(person) {
    this.person = person;
    say(this.name, person.name);
    show(this.second, person.second_device);
    show(this.away, !person.connected);
    this.tick();
  }

  /** Writes how long it has been. */
  tick() {
    const minutes = Math.max(0, Math.floor((Date.now() - this.person.since_ms) / MINUTE_MS));
    const time = formatTime(this.person.since_ms);
    if (minutes === 0) say(this.since, t("Waiting since {time}, just now", { time }));
    else if (minutes === 1) say(this.since, t("Waiting since {time}, one minute", { time }));
    else say(this.since, t("Waiting since {time}, {minutes} minutes", { time, minutes }));
  }

  /** The answer to a click. @param {{code: string, text: string}} refusal */
  refused(refusal) {
    this.tell(t(refusal.text));
    const elsewhere = refusal.code === "in_another_session";
    show(this.also, elsewhere);
    show(this.actions, !elsewhere);
    if (elsewhere) this.also.querySelector("button")?.focus();
  }

  notes() {
    const field = make("input", { class: "desk-field" });
    field.maxLength = NOTE_MAX_CHARS;
    field.placeholder = t("A line to them");
    field.setAttribute("aria-label", t("A line to them"));
    field.autocomplete = "off";
    const form = make("form", { class: "desk-note" }, field, make("button", { class: "button", text: t("Send") }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.note(field.value.trim())) field.value = "";
    });
    show(form, false);
    const quick = button(t("Two more minutes"), "button quiet", () =>
      this.note(t("Two more minutes, please.")),
    );
    const write = button(t("Write a line"), "button quiet", () => {
      show(form, form.hidden);
      write.setAttribute("aria-expanded", String(!form.hidden));
      if (!form.hidden) field.focus();
    });
    write.setAttribute("aria-expanded", "false");
    const choices = make("div", { class: "desk-quick" }, quick, write);
    return make("div", { class: "desk-notes" }, choices, form);
  }

  /** @param {string} text */
  note(text) {
    if (!text) return false;
    const sent = this.ask({ type: "note", text });
    if (sent) this.tell(t("Sent: {text}", { text }));
    return sent;
  }

  /** @param {object} message */
  ask(message) {
    this.noticed();
    this.calm();
    const { appointment, peer } = this.person;
    const sent = this.speak({ ...message, appointment, peer });
    if (!sent) this.tell(t("There is no connection just now. Please try again in a moment."));
    return sent;
  }

  /** @param {boolean} asking */
  sure(asking) {
    show(this.certain, asking);
    show(this.actions, !asking);
    (asking ? this.certain.querySelectorAll("button")[1] : this.decline)?.focus();
  }

  calm() {
    show(this.actions, true);
    show(this.also, false);
    show(this.certain, false);
    this.tell("");
  }

  /** @param {string} text */
  tell(text) {
    say(this.said, text);
  }
}

/** @param {string} text @param {string} look @param {() => void} clicked */
export function button(text, look, clicked) {
  const element = make("button", { class: look, text });
  element.type = "button";
  element.addEventListener("click", clicked);
  return element;
}
