// @ts-check
// The SHA-256 fingerprints of both certificates of a connection, as that connection has them.

import { hex } from "./proof.js";

const MENTION = /^.*fingerprint.*$/gim;
const LINE = /^a=fingerprint:sha-256 ([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31})$/;

/** @typedef {import("./proof.js").Fingerprints} Fingerprints */

/**
 * The own one is in the description that this browser made. The other's is counted from the very
 * certificate that DTLS was given, where the browser shows it (Chromium, Safari). Firefox does not:
 * there the other description is read, to the one fingerprint of which its DTLS holds the
 * certificate (RFC 8122 section 6.2).
 * @param {RTCPeerConnection} pc whose DTLS is up
 * @returns {Promise<Fingerprints | null>} null where they are not known for certain
 */
export async function fingerprintsOf(pc) {
  await described(pc);
  const own = fingerprintIn(pc.currentLocalDescription?.sdp ?? "");
  const theirs =
    (await fingerprintShown(pc)) || fingerprintIn(pc.currentRemoteDescription?.sdp ?? "");
  return own && theirs ? { own, theirs } : null;
}

/**
 * Waits for both descriptions: the line can be up a moment before the page is told of the one that
 * made it so.
 * @param {RTCPeerConnection} pc
 */
async function described(pc) {
  while (!pc.currentLocalDescription || !pc.currentRemoteDescription) {
    await new Promise((resolve) =>
      pc.addEventListener("signalingstatechange", resolve, { once: true }),
    );
  }
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

/**
 * Not from `getStats`: Chromium goes on without the other certificate there where somebody asked
 * before it came.
 * @param {RTCPeerConnection} pc
 */
async function fingerprintShown(pc) {
  const [theirs] = pc.sctp?.transport.getRemoteCertificates?.() ?? [];
  return theirs ? hex(new Uint8Array(await crypto.subtle.digest("SHA-256", theirs))) : "";
}

/** @param {string} line @returns {string} empty where it is of another kind */
function inHex(line) {
  return (LINE.exec(line)?.[1] ?? "").replaceAll(":", "").toLowerCase();
}
