// @ts-check
// The agenda: copies links, follows changes, and shows who waits or is in session.

import { find } from "../lib/dom.js";
import { keepFresh } from "../lib/fresh.js";
import { t } from "../lib/text.js";
import { copyOnClick } from "../lib/copy.js";

copyOnClick(document, document.getElementById("copied"));

/** @type {WeakMap<HTMLElement, ChildNode[]>} what the page said when it came from the server */
const asServed = new WeakMap();
/** @type {{people: {appointment: string}[], live: string[]} | undefined} */
let desk;

const fresh = keepFresh(find(document, "#days", HTMLElement), mark);

document.addEventListener("desk:changed", () => fresh.refresh());
document.addEventListener("desk:waiting", (event) => {
  desk = /** @type {CustomEvent} */ (event).detail;
  mark();
});

function mark() {
  if (!desk) return;
  const waiting = new Set(desk.people.map((person) => person.appointment));
  for (const entry of document.querySelectorAll("[data-appointment-entry]")) {
    const row = /** @type {HTMLElement} */ (entry);
    const id = row.dataset.appointmentEntry ?? "";
    if (waiting.has(id)) show(row, t("Waiting now"), "pill warn");
    else if (desk.live.includes(id)) show(row, t("In session"), "pill good");
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
