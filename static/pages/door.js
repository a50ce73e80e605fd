// @ts-check
// The closed door: counts down and opens by itself, also after the computer has slept.

import { find, say, show } from "../lib/dom.js";
import { follow, turner } from "../lib/follow.js";
import { hideWhenPast } from "../lib/past.js";
import { localiseTimes, untilWords, zoneHere } from "../lib/times.js";

const TICK_MS = 1_000;

localiseTimes(document);
hideWhenPast(document);

const door = find(document, "#door", HTMLElement);
const { follow: address, changed, opens, now } = door.dataset;
const countdown = door.querySelector("#countdown");
const zone = door.querySelector("#zone");
const opens_at_ms = Date.parse(opens ?? "");
/** How far this computer's clock is behind the server's. */
let behind_ms = Date.parse(now ?? "") - Date.now() || 0;
let askedAt = Date.now();

if (zone instanceof HTMLElement) {
  say(find(zone, "#zone-name", HTMLElement), zoneHere().replaceAll("_", " "));
  show(zone, true);
}

if (address) {
  const turn = turner();
  // Whatever the door has become, its page tells it.
  const { ask } = follow(door, (answer) => {
    behind_ms = answer.now_ms - Date.now();
    if (answer.door !== door.dataset.door || answer.changed_at !== changed) turn(address);
  });
  if (countdown) count(countdown, ask);
}

/** @param {Element} element @param {() => Promise<void>} ask */
function count(element, ask) {
  function tick() {
    const left_ms = opens_at_ms - (Date.now() + behind_ms);
    say(element, untilWords(left_ms));
    if (left_ms > 0 || Date.now() - askedAt <= TICK_MS * 2) return;
    askedAt = Date.now();
    void ask();
  }
  setInterval(tick, TICK_MS);
  document.addEventListener("visibilitychange", () => document.hidden || tick());
  tick();
}
