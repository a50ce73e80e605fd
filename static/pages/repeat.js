// @ts-check
// The form for a new appointment: how many dates a series has, and which is the last.

import { t } from "../lib/text.js";
import { find, say } from "../lib/dom.js";

const DAY_MS = 24 * 3600 * 1000;
const DATES_MAX = 106;

const repeat = find(document, ".repeat", HTMLElement);
const form = /** @type {HTMLFormElement} */ (repeat.closest("form"));
const sum = find(repeat, "#repeat-sum", HTMLElement);
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeZone: "UTC" });

form.addEventListener("input", tell);
tell();

function tell() {
  const typed = new FormData(form);
  const words = inWords(
    Date.parse(`${String(typed.get("start")).slice(0, 10)}T00:00Z`),
    weeks(String(typed.get("repeat")), Number(typed.get("every"))) * 7 * DAY_MS,
    typed.get("ends") === "on"
      ? Date.parse(`${typed.get("until")}T00:00Z`)
      : Number(typed.get("count")),
    typed.get("ends") === "on",
  );
  say(sum, words);
}

/** @param {string} often @param {number} every */
function weeks(often, every) {
  return often === "n" ? every : Number(often);
}

/**
 * @param {number} first a day, in ms
 * @param {number} step from one to the next, in ms
 * @param {number} end the last day it may be, in ms, or how many
 * @param {boolean} byDay
 */
function inWords(first, step, end, byDay) {
  if (!(first > 0) || !(step > 0)) return "";
  const count = byDay ? Math.floor((end - first) / step) + 1 : end;
  if (!(count >= 1) || count > DATES_MAX || !Number.isInteger(count)) return "";
  return t("{count} dates, the last on {day}.", {
    count,
    day: day.format(first + (count - 1) * step),
  });
}
