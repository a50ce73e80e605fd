// @ts-check
// The week and the day: moving what is booked, choosing what is free, and following what changes.

import { find, make, say, show } from "../lib/dom.js";
import { keepFresh } from "../lib/fresh.js";
import { t } from "../lib/text.js";
import { ask } from "../week/ask.js";
import { moving } from "../week/bar.js";
import { change } from "../week/change.js";
import { dragging } from "../week/drag.js";
import { choosing } from "../week/free.js";
import { Sheet } from "../week/sheet.js";

const LOOK_EVERY_MS = 120_000;
const TICK_MS = 15_000;
const TOLD_MS = 60_000;

const root = find(document, "#week", HTMLElement);
const spoken = find(document, "#week-spoken", HTMLElement);
const told = find(document, "#week-told", HTMLElement);
const undo = find(told, "button", HTMLButtonElement);
const sheet = new Sheet(root);
// The service's clock counts: the one of this device may be wrong.
const ahead_ms = Number(root.dataset.now) - Date.now();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
const fresh = keepFresh(root, tick);

document.documentElement.classList.add("scripted");

const begin = moving(sheet, { begun: fresh.hold, dropped, speak });
dragging(sheet, { begun: fresh.hold, dropped });
choosing(sheet, now, speak);

root.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-move]");
  const block = button?.closest("[data-movable]");
  if (block instanceof HTMLElement) begin(block);
});
root.addEventListener("keydown", (event) => {
  const block = /** @type {Element} */ (event.target).closest("[data-movable]");
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (!(block instanceof HTMLElement) || !plain || event.key.toLowerCase() !== "m") return;
  event.preventDefault();
  begin(block);
});

document.addEventListener("desk:waiting", (event) => {
  if (!shows(/** @type {CustomEvent} */ (event).detail)) fresh.refresh();
});
document.addEventListener("desk:changed", () => fresh.refresh());
setInterval(() => document.hidden || fresh.refresh(), LOOK_EVERY_MS);
setInterval(tick, TICK_MS);
tick();

/** @param {import("../week/carry.js").Carry | undefined} carry */
async function dropped(carry) {
  if (!carry) return fresh.release();
  const moved = await ask(carry);
  carry.drop();
  fresh.release();
  await see(carry.id);
  if (moved) tell(t("Moved to {when}.", { when: carry.when }), carry.id);
}

/** Whether the page shows who is there as the desk has just heard it. @param {{people: {appointment: string}[], live: string[]}} there */
function shows({ people, live }) {
  const waiting = new Set(people.map(({ appointment }) => appointment));
  return [...root.querySelectorAll("[data-block]")].every((block) => {
    const id = block.getAttribute("data-block") ?? "";
    const { classList } = block;
    return classList.contains("waits") === waiting.has(id) && classList.contains("live") === live.includes(id);
  });
}

/** Shows the page as it is now, with the focus on an appointment. @param {string} id */
async function see(id) {
  await fresh.refresh();
  const link = root.querySelector(`[data-block="${CSS.escape(id)}"] a`);
  if (link instanceof HTMLElement) link.focus();
}

function now() {
  return Date.now() + ahead_ms;
}

/** Puts the line of now where now is. */
function tick() {
  const place = sheet.place(now());
  const line =
    root.querySelector(".week-now") ?? make("span", { class: "week-now at" });
  if (!(line instanceof HTMLElement)) return;
  line.setAttribute("aria-hidden", "true");
  if (!place) return line.remove();
  if (line.parentElement !== place.element) place.element.append(line);
  sheet.put(line, place.minute);
}

/** @param {string} text */
function speak(text) {
  say(spoken, text);
}

/**
 * Says what was done, and offers to take back what can be.
 * @param {string} text
 * @param {string} [id] the appointment that was moved
 */
function tell(text, id) {
  say(find(told, "p", HTMLElement), text);
  speak(text);
  show(undo, id !== undefined);
  undo.onclick = () => id !== undefined && takeBack(id);
  show(told, true);
  clearTimeout(timer);
  timer = setTimeout(() => show(told, false), TOLD_MS);
}

/** @param {string} id */
async function takeBack(id) {
  show(undo, false);
  const { text } = await change(id, "undo");
  tell(text || t("It is as it was before."));
  await see(id);
}
