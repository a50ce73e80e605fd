// @ts-check
// Times in the reader's own zone and way of writing.

import { t } from "./text.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const STYLES = {
  time: { hour: "numeric", minute: "2-digit" },
  day: { weekday: "long", day: "numeric", month: "long" },
  both: { weekday: "long", day: "numeric", month: "long", hour: "numeric", minute: "2-digit" },
};

/**
 * @param {number | Date} at
 * @param {string} style "time", "day" or "both"
 */
export function formatTime(at, style = "time") {
  return new Intl.DateTimeFormat(undefined, STYLES[style] ?? STYLES.both).format(at);
}

/** The zone this browser lives in, as IANA names it. */
export function zoneHere() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/**
 * Rewrites every <time datetime data-format> below `root` in the zone of this browser.
 * @param {ParentNode} root
 */
export function localiseTimes(root) {
  for (const element of root.querySelectorAll("time[datetime][data-format]")) {
    if (!(element instanceof HTMLTimeElement)) continue;
    const at = Date.parse(element.dateTime);
    if (!Number.isNaN(at)) element.textContent = formatTime(at, element.dataset.format);
  }
}

/**
 * Says how long it is from now, as a person would: coarse while far, to the second when near.
 * @param {number} left_ms
 */
export function untilWords(left_ms) {
  const seconds = Math.max(0, Math.ceil(left_ms / 1000));
  if (left_ms >= 2 * DAY_MS) return t("in {count} days", { count: Math.floor(left_ms / DAY_MS) });
  if (left_ms >= HOUR_MS) {
    const hours = Math.floor(left_ms / HOUR_MS);
    const minutes = Math.floor((left_ms % HOUR_MS) / MINUTE_MS);
    return t("in {hours} h {minutes} min", { hours, minutes });
  }
  if (seconds > 90) return t("in {count} minutes", { count: Math.ceil(seconds / 60) });
  if (seconds > 1) return t("in {count} seconds", { count: seconds });
  return t("in a moment");
}
