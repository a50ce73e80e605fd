// @ts-check
// The closed door: counts down and opens by itself, also after the computer has slept.

import { find, say, show } from "../lib/dom.js";
import { localiseTimes, untilWords, zoneHere } from "../lib/times.js";

const TICK_MS = 1_000;
const ASK_EVERY_MS = 15_000;

localiseTimes(document);

const door = find(document, "#door", HTMLElement);
const { ask, opens, now } = door.dataset;
const countdown = door.querySelector("#countdown");
const zone = door.querySelector("#zone");
/** How far this computer's clock is behind the server's. */
let behind_ms = Date.parse(now ?? "") - Date.now() || 0;
let opens_at_ms = Date.parse(opens ?? "");
let askedAt = Date.now();

if (zone instanceof HTMLElement) {
  say(find(zone, "#zone-name", HTMLElement), zoneHere().replaceAll("_", " "));
  show(zone, true);
}

function tick() {
  const left_ms = opens_at_ms - (Date.now() + behind_ms);
  if (countdown) say(countdown, untilWords(left_ms));
  const due = left_ms <= 0 && Date.now() - askedAt > TICK_MS * 2;
  if (due || Date.now() - askedAt >= ASK_EVERY_MS) void look();
}

/** Whatever the door has become, its page tells it. */
async function look() {
  askedAt = Date.now();
  try {
    const response = await fetch(ask ?? "", { cache: "no-store" });
    if (!response.ok) return;
    const answer = await response.json();
    behind_ms = answer.now_ms - Date.now();
    const moved = answer.opens_at_ms !== null && Math.abs(answer.opens_at_ms - opens_at_ms) > 1_000;
    if (answer.door !== door.dataset.door || moved) location.reload();
  } catch {
    // Asked again soon.
  }
}

if (ask && (door.dataset.door === "early" || door.dataset.door === "moved")) {
  setInterval(tick, TICK_MS);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) tick();
  });
  tick();
}
