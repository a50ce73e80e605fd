// @ts-check
// The SHA-256 fingerprints of both certificates of a connection, as that connection has them.

const LINE = /^a=fingerprint:(.*)$/gim;
const SHA_256 = /^sha-256 ([0-9a-f]{64})$/;

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
 * every line.
 * @param {string} sdp
 */
export function fingerprintIn(sdp) {
  const found = new Set(Array.from(sdp.matchAll(LINE), ([, line]) => plain(line)));
  return found.size === 1 ? certain([...found][0]) : "";
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
  return certain(plain(`${row?.fingerprintAlgorithm} ${row?.fingerprint}`));
}

/** @param {string} line algorithm and fingerprint */
function plain(line) {
  return line.replaceAll(":", "").toLowerCase().trim();
}

/** @param {string} line @returns {string} empty where it is of another kind */
function certain(line) {
  return SHA_256.exec(line)?.[1] ?? "";
}
