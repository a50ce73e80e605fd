// @ts-check
// How good five seconds were, from 0 to 100, and its line over time. Knows no page.

const LOSS_WORST = 0.25;
const RTT_GOOD_MS = 150;
const RTT_WORST_MS = 1000;
const WINDOW_S = 600;

/**
 * @typedef {object} Sample
 * @property {number} at
 * @property {number | null} loss_in
 * @property {number | null} rtt_ms
 * @property {number | null} kbps_in
 */

/**
 * Loss counts most: it is what ears notice first. Nothing received is no quality at all.
 * @param {Sample} sample
 */
export function quality({ loss_in, rtt_ms, kbps_in }) {
  if (kbps_in === 0) return 0;
  const loss = Math.min(1, (loss_in ?? 0) / LOSS_WORST);
  const late = Math.max(0, (rtt_ms ?? 0) - RTT_GOOD_MS) / (RTT_WORST_MS - RTT_GOOD_MS);
  return Math.round(100 * (1 - loss) ** 2 * (1 - 0.6 * Math.min(1, late)));
}

/**
 * Returns the path of an SVG line in a box of `width` by `height`, the newest at the right.
 * @param {Sample[]} samples
 * @param {number} now
 * @param {number} width
 * @param {number} height
 */
export function line(samples, now, width, height) {
  return samples
    .filter((sample) => now - sample.at <= WINDOW_S)
    .map((sample, index) => {
      const x = width * (1 - (now - sample.at) / WINDOW_S);
      const y = height * (1 - quality(sample) / 100);
      return `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}
