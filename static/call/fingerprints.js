// @ts-check
// The SHA-256 fingerprints of both certificates of a connection, as that connection has them.

const MENTION = /^.*fingerprint.*$/gim;
const LINE = /^a=fingerprint:sha-256 ([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31})$/;

/** @typedef {import("./proof.js").Fingerprints} Fingerprints */

/**
 * Reads them from the certificates themselves where the browser shows these (Chromium, Safari).
 * Firefox does not: there the descriptions are read, to the one fingerprint of which its DTLS holds
 * the certificate (RFC 8122 section 6.2).
 * @param {RTCPeerConnection} pc whose DTLS is up
 * @returns {Promise<Fingerprints | null>} null where they are not known for certain
 */
export async function fingerprintsOf(pc) {
  const shown = await certificatesOf(pc);
  const own = shown.own || fingerprintIn(pc.currentLocalDescription?.sdp ?? "");
  const theirs = shown.theirs || fingerprintIn(pc.currentRemoteDescription?.sdp ?? "");
  return own && theirs ? { own, theirs } : null;
}

/**
 * Returns the fingerprint that a description names, in hex: empty unless it is one and the same on
 * every line that speaks of any. Firefox reads `a= FINGERPRINT sha-256 ...` as well, so a line that
 * no browser writes could name to its DTLS another one than to us.
 * @param {string} sdp
 */
export function fingerprintIn(sdp) {
  const found = new Set((sdp.match(MENTION) ?? []).map(inHex));
  return found.size === 1 ? [...found][0] : "";
}

/** @param {RTCPeerConnection} pc */
async function certificatesOf(pc) {
  const rows = await pc.getStats();
  for (const row of rows.values()) {
    if (row.type !== "transport" || row.dtlsState !== "connected") continue;
    return {
      own: stated(rows.get(row.localCertificateId)),
      theirs: stated(rows.get(row.remoteCertificateId)),
    };
  }
  return { own: "", theirs: "" };
}

/** @param {{fingerprint?: string, fingerprintAlgorithm?: string} | undefined} row */
function stated(row) {
  return inHex(`a=fingerprint:${row?.fingerprintAlgorithm} ${row?.fingerprint}`);
}

/** @param {string} line @returns {string} empty where it is of another kind */
function inHex(line) {
  return (LINE.exec(line)?.[1] ?? "").replaceAll(":", "").toLowerCase();
}
