// @ts-check
// The relay in words: what it carries in all, and each way of one call. Knows no page.

import { t } from "../lib/text.js";

/**
 * @typedef {object} Way What came from one seat's browser.
 * @property {"udp" | "tcp" | null} transport
 * @property {boolean} up
 * @property {number} kbps
 * @property {number} packets
 * @property {number | null} loss
 * @property {number | null} jitter_ms
 * @property {number} pauses
 * @property {number} longest_pause_ms in the last minute
 * @property {Record<string, number>} dropped
 *
 * @typedef {{id: string, age_s: number, ways: {therapist?: Way, client?: Way}}} Bridge
 *
 * @typedef {object} Readings
 * @property {boolean} up
 * @property {Bridge[]} bridges
 * @property {number} bridges_max
 * @property {number} kbps
 * @property {number} kbps_max
 * @property {number} packets_per_s
 * @property {number} load
 * @property {Record<string, number>} dropped
 * @property {number} kernel_dropped
 * @property {string[]} listening
 * @property {string} trouble
 */

/** @type {Record<string, string>} */
const DROPS = {
  stranger: t("from strangers"),
  unfit: t("unreadable"),
  unproven: t("without proof"),
  early: t("too early"),
  stalled: t("the way out was full"),
  "over limit": t("above the limit"),
};

const { format: tenths } = new Intl.NumberFormat(globalThis.document?.documentElement.lang || "en", {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** @param {Readings} relay @returns {[string, string][]} names and values */
export function facts(relay) {
  const lost = relay.kernel_dropped ? [t("by the system ×{count}", { count: relay.kernel_dropped })] : [];
  return [
    [t("Calls"), t("{count} of {most}", { count: relay.bridges.length, most: relay.bridges_max })],
    [t("Traffic"), t("{now} of {most} Mbit/s", { now: mbps(relay.kbps), most: mbps(relay.kbps_max) })],
    [t("Packets"), t("{count} a second", { count: Math.round(relay.packets_per_s) })],
    [t("Load"), `${Math.round(relay.load * 100)} %`],
    [t("Ports"), relay.listening.join(", ") || t("none")],
    [t("Dropped"), [...dropped(relay.dropped), ...lost].join(", ") || t("none")],
  ];
}

/** Says how one way of a call does. @param {Way | undefined} way */
export function wayWords(way) {
  if (!way?.up) return t("nothing comes through");
  const words = [t("{kbps} kbit/s by {transport}", { kbps: Math.round(way.kbps), transport: way.transport === "tcp" ? "TCP" : "UDP" })];
  if (way.loss !== null) words.push(t("{share} % lost", { share: tenths(way.loss * 100) }));
  if (way.jitter_ms !== null) words.push(t("jitter {ms} ms", { ms: Math.round(way.jitter_ms) }));
  if (way.pauses) {
    words.push(t("pauses ×{count}, the longest of the last minute {ms} ms", { count: way.pauses, ms: Math.round(way.longest_pause_ms) }));
  }
  const lost = dropped(way.dropped);
  if (lost.length) words.push(t("dropped {causes}", { causes: lost.join(", ") }));
  return words.join(", ");
}

/** @param {Record<string, number>} counts */
function dropped(counts) {
  return Object.entries(counts).map(([cause, count]) => `${DROPS[cause] ?? cause} ×${count}`);
}

/** @param {number} kbps */
function mbps(kbps) {
  return kbps < 10_000 ? tenths(kbps / 1000) : String(Math.round(kbps / 1000));
}
