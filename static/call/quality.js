// @ts-check
// How the media does, by the portable fields of getStats() alone; each may be absent.

/**
 * @typedef {import("./wire.js").MediaPath} MediaPath
 *
 * @typedef {object} Snapshot One look at the counters; undefined where the browser does not tell.
 * @property {number} at_ms
 * @property {MediaPath} path
 * @property {number} [bytesIn]
 * @property {number} [bytesOut]
 * @property {number} [packetsIn]
 * @property {number} [packetsLost]
 * @property {number} [audioPacketsIn]
 * @property {number} [videoPacketsIn]
 * @property {number} [framesDecoded]
 * @property {number} [samplesIn]
 * @property {number} [concealed]
 * @property {number} [jitter_s]
 * @property {number} [rtt_s]
 * @property {number} [lossOut]
 *
 * @typedef {object} Quality What happened between two looks.
 * @property {MediaPath} path
 * @property {number | null} rtt_ms
 * @property {number | null} loss_in
 * @property {number | null} loss_out
 * @property {number | null} jitter_ms
 * @property {number | null} kbps_in
 * @property {number | null} kbps_out
 * @property {number | null} fps_in
 * @property {number | null} concealed
 * @property {boolean} soundStopped no packet of sound arrived
 * @property {boolean} pictureStopped packets arrived, or should have, and no frame was decoded
 */

/**
 * Reads the counters of one connection.
 * @param {Iterable<Record<string, any>>} rows the values of an RTCStatsReport
 * @param {number} at_ms
 * @param {boolean} relayed whether the other end is our own relay
 * @returns {Snapshot}
 */
export function look(rows, at_ms, relayed = false) {
  /** @type {Snapshot} */
  const snapshot = { at_ms, path: "unknown" };
  const all = new Map(Array.from(rows, (row) => [row.id, row]));
  for (const row of all.values()) {
    if (row.type === "inbound-rtp") lookIn(snapshot, row);
    else if (row.type === "outbound-rtp") add(snapshot, "bytesOut", row.bytesSent);
    else if (row.type === "remote-inbound-rtp") {
      most(snapshot, "lossOut", row.fractionLost);
      most(snapshot, "rtt_s", row.roundTripTime);
    }
  }
  const pair = nominatedPair(all);
  if (pair) {
    snapshot.rtt_s ??= pair.currentRoundTripTime;
    const ends = [all.get(pair.localCandidateId), all.get(pair.remoteCandidateId)];
    const turn = ends.some((end) => end?.candidateType === "relay");
    snapshot.path = relayed ? "relay" : turn ? "turn" : "direct";
  }
  return snapshot;
}

/**
 * @param {Snapshot} snapshot
 * @param {Record<string, any>} row
 */
function lookIn(snapshot, row) {
  add(snapshot, "bytesIn", row.bytesReceived);
  add(snapshot, "packetsIn", row.packetsReceived);
  add(snapshot, "packetsLost", row.packetsLost);
  most(snapshot, "jitter_s", row.jitter);
  if (row.kind === "audio") {
    add(snapshot, "audioPacketsIn", row.packetsReceived);
    add(snapshot, "samplesIn", row.totalSamplesReceived);
    add(snapshot, "concealed", row.concealedSamples);
  } else {
    add(snapshot, "videoPacketsIn", row.packetsReceived);
    add(snapshot, "framesDecoded", row.framesDecoded);
  }
}

/** @param {Map<string, Record<string, any>>} all */
function nominatedPair(all) {
  for (const row of all.values()) {
    const pair = row.type === "transport" && all.get(row.selectedCandidatePairId);
    if (pair) return pair;
  }
  // Firefox has no transport rows before 124.
  for (const row of all.values()) {
    if (
      row.type === "candidate-pair" &&
      (row.selected || (row.nominated && row.state === "succeeded"))
    )
      return row;
  }
  return null;
}

/**
 * Says what happened between two looks.
 * @param {Snapshot} before
 * @param {Snapshot} after
 * @returns {Quality}
 */
export function compare(before, after) {
  const elapsed_s = Math.max(0.1, (after.at_ms - before.at_ms) / 1000);
  const delta = (/** @type {keyof Snapshot} */ key) => grown(before[key], after[key]);
  const received = delta("packetsIn");
  const lost = delta("packetsLost");
  const decoded = delta("framesDecoded");
  const samples = delta("samplesIn");
  return {
    path: after.path,
    rtt_ms: scaled(after.rtt_s, 1000),
    loss_in: share(lost, received === null || lost === null ? null : received + lost),
    loss_out: after.lossOut ?? null,
    jitter_ms: scaled(after.jitter_s, 1000),
    kbps_in: scaled(delta("bytesIn"), 8 / 1000 / elapsed_s),
    kbps_out: scaled(delta("bytesOut"), 8 / 1000 / elapsed_s),
    fps_in: scaled(decoded, 1 / elapsed_s),
    concealed: share(delta("concealed"), samples),
    soundStopped: delta("audioPacketsIn") === 0,
    pictureStopped: decoded === 0,
  };
}

/** @typedef {{[K in keyof Snapshot]-?: Snapshot[K] extends number | undefined ? K : never}[keyof Snapshot]} Counter */

/** @param {Snapshot} snapshot @param {Counter} key @param {unknown} value */
function add(snapshot, key, value) {
  if (typeof value === "number") snapshot[key] = (snapshot[key] ?? 0) + value;
}

/** @param {Snapshot} snapshot @param {Counter} key @param {unknown} value */
function most(snapshot, key, value) {
  if (typeof value === "number") snapshot[key] = Math.max(snapshot[key] ?? 0, value);
}

/** @param {unknown} before @param {unknown} after @returns {number | null} */
function grown(before, after) {
  if (typeof after !== "number") return null;
  // A counter that is new, or fell, belongs to another stream, which began at nothing.
  return typeof before === "number" && before <= after ? after - before : after;
}

/** @param {number | null | undefined} value @param {number} factor */
function scaled(value, factor) {
  return typeof value === "number" ? Math.round(value * factor * 10) / 10 : null;
}

/** @param {number | null} part @param {number | null} whole */
function share(part, whole) {
  if (part === null || !whole) return null;
  return Math.min(1, Math.max(0, part / whole));
}
