// @ts-check
// The agenda: copies links, shows who waits or is in session as the desk hears of it, and follows
// what is booked, moved and cancelled elsewhere.

import { copyOnClick } from "../lib/copy.js";
import { find } from "../lib/dom.js";
import { keepFresh } from "../lib/fresh.js";
import { t } from "../lib/text.js";

const LOOK_EVERY_MS = 120_000;

const days = find(document, "#agenda-days", HTMLElement);
/** @type {{people: {appointment: string}[], live: string[]} | undefined} who is there now */
let heard;
/** @type {WeakMap<HTMLElement, ChildNode[]>} what the page said when it came from the server */
const asServed = new WeakMap();

const fresh = keepFresh(days, mark);
copyOnClick(days, document.getElementById("copied"));
setInterval(() => document.hidden || fresh.refresh(), LOOK_EVERY_MS);

document.addEventListener("desk:changed", () => fresh.refresh());
document.addEventListener("desk:waiting", (event) => {
  const first = !heard;
  heard = /** @type {CustomEvent} */ (event).detail;
  mark();
  if (!first) fresh.refresh();
});

function mark() {
  if (!heard) return;
  const waiting = new Set(heard.people.map(({ appointment }) => appointment));
  for (const entry of days.querySelectorAll("[data-appointment-entry]")) {
    const row = /** @type {HTMLElement} */ (entry);
    const id = row.dataset.appointmentEntry ?? "";
    if (waiting.has(id)) show(row, t("Waiting now"), "pill warn");
    else if (heard.live.includes(id)) show(row, t("In session"), "pill good");
    else restore(row);
  }
}

/** @param {HTMLElement} row @param {string} text @param {string} look */
function show(row, text, look) {
  const state = /** @type {HTMLElement} */ (row.querySelector(".agenda-state"));
  if (!asServed.has(row)) asServed.set(row, [...state.childNodes]);
  const pill = document.createElement("span");
  pill.className = look;
  pill.textContent = text;
  state.replaceChildren(pill);
}

/** @param {HTMLElement} row */
function restore(row) {
  const nodes = asServed.get(row);
  if (nodes) row.querySelector(".agenda-state")?.replaceChildren(...nodes);
}
