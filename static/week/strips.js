// @ts-check
// Where an instant lies in a column, and which instant lies where: one day as strips of true time.

const MINUTE_MS = 60_000;

/**
 * @typedef {object} Strip a stretch of a day without a hole
 * @property {number} top minutes from the upper edge
 * @property {number} minutes
 * @property {number} start_ms
 */

/** Reads "top,minutes,instant top,minutes,instant …". @param {string} text @returns {Strip[]} */
export function readStrips(text) {
  return text
    .split(" ")
    .filter(Boolean)
    .map((each) => {
      const [top, minutes, start] = each.split(",");
      return { top: Number(top), minutes: Number(minutes), start_ms: Date.parse(start) };
    });
}

/**
 * Returns the instant so many minutes from the upper edge; beside a hole, the first one after it.
 * @param {Strip[]} strips
 * @param {number} minute
 * @returns {number | undefined} nothing on a day that does not exist
 */
export function instantAt(strips, minute) {
  const inside = strips.find(({ top, minutes }) => minute < top + minutes) ?? strips.at(-1);
  if (!inside) return undefined;
  const into = Math.min(Math.max(minute - inside.top, 0), inside.minutes - 1);
  return inside.start_ms + into * MINUTE_MS;
}

/**
 * Returns how many minutes from the upper edge an instant lies, if it is shown.
 * @param {Strip[]} strips
 * @param {number} at_ms
 */
export function placeOf(strips, at_ms) {
  for (const { top, minutes, start_ms } of strips) {
    const into = (at_ms - start_ms) / MINUTE_MS;
    if (into >= 0 && into < minutes) return top + Math.floor(into);
  }
  return undefined;
}
