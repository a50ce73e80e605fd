// @ts-check

const FIRST_MS = 250;
const GROWTH = 1.6;
const CAP_MS = 2_500;
const EAGER_MS = 120_000;
const PATIENT_MS = 10_000;

/**
 * Says how long to wait before the next attempt: soon at first, never more than 2.5 s for two
 * minutes, then every 10 s; scattered, so that a restarted server is not met by everyone at once.
 * @param {number} attempt from 0
 * @param {number} down_ms since the connection was lost
 * @param {number} chance 0 to 1
 */
export function backoffMs(attempt, down_ms, chance) {
  const full = down_ms > EAGER_MS ? PATIENT_MS : Math.min(CAP_MS, FIRST_MS * GROWTH ** attempt);
  return full * (0.6 + 0.4 * chance);
}
