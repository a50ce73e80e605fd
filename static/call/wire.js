// @ts-check
// The wire as a browser in a room speaks it. videocall/signalling/messages.py is the law.

export const SUBPROTOCOL = "videocall.v1";
export const TEXT_MAX_CHARS = 2000;
export const CANDIDATE_MAX_CHARS = 512;

/** After these close codes a page does not come back by itself. */
export const CLOSE = Object.freeze({
  PROTOCOL: 4400,
  LINK_INVALID: 4401,
  REFUSED: 4403,
  REPLACED: 4409,
  ENDED: 4410,
});
export const FINAL_CLOSE_CODES = Object.freeze([
  CLOSE.LINK_INVALID,
  CLOSE.REFUSED,
  CLOSE.REPLACED,
  CLOSE.ENDED,
]);

/**
 * @typedef {"none" | "connecting" | "connected" | "reconnecting" | "failing"} MediaState
 * @typedef {"unknown" | "direct" | "turn" | "relay"} MediaPath
 * @typedef {"none"|"ice"|"dtls"|"silent"|"frozen"|"black"|"microphone"|"camera"} Cause
 * @typedef {"connected" | "reconnecting" | "left"} Presence
 * @typedef {"waiting" | "seated" | "asking"} Place
 * @typedef {"therapist" | "cancelled" | "time"} EndedBy
 * @typedef {{camera: boolean, microphone: boolean, screen: boolean}} DeviceState
 *
 * @typedef {object} Report
 * @property {"report"} type
 * @property {MediaState} state
 * @property {MediaPath} path
 * @property {Cause} cause
 * @property {number | null} rtt_ms
 * @property {number | null} loss_in
 * @property {number | null} jitter_ms
 * @property {number | null} kbps_in
 * @property {number | null} kbps_out
 * @property {number | null} fps_in
 * @property {number | null} concealed
 *
 * @typedef {{type: "description", kind: "offer" | "answer", sdp: string, failed?: boolean, number: number}} Description
 * @typedef {object} Candidate
 * @property {"candidate"} type
 * @property {string} candidate
 * @property {string | null} mid
 * @property {number | null} index
 * @property {string | null} ufrag
 *
 * @typedef {{type: "takeover"} | {type: "leave"} | {type: "end"} | {type: "text", text: string}
 *   | ({type: "devices"} & DeviceState) | (Description & {to: string}) | (Candidate & {to: string})
 * } Up What a browser says and counts; hello, report and pong are not counted.
 *
 * @typedef {object} Ice
 * @property {"ice"} type
 * @property {RTCIceServer[]} servers
 * @property {boolean} relay_only
 * @property {number | null} expires_at_ms
 *
 * @typedef {object} Welcome
 * @property {"welcome"} type
 * @property {string} peer
 * @property {"therapist" | "client"} seat
 * @property {Place} place
 * @property {boolean} resumed
 * @property {number} received
 * @property {number} now_ms
 * @property {number} window_s
 *
 * @typedef {object} Path
 * @property {"path"} type
 * @property {MediaPath} path
 * @property {boolean} private
 * @property {boolean} restart
 * @property {"full" | "down" | null} trouble
 *
 * @typedef {{type: "joined", peer: string, page: string, polite: boolean} & DeviceState} Joined
 *
 * @typedef {Welcome | Joined | Ice | Path
 *   | {type: "host", present: boolean} | {type: "note", text: string}
 *   | {type: "admitted"} | {type: "declined"} | {type: "replaced"} | {type: "revoked"}
 *   | {type: "occupied", same_browser: boolean} | {type: "ended", by: EndedBy}
 *   | {type: "moved", start_at_ms: number, end_at_ms: number}
 *   | {type: "peer_state", peer: string, presence: Presence, media: MediaState}
 *   | (Description & {from: string}) | (Candidate & {from: string})
 *   | ({type: "devices", from: string} & DeviceState)
 *   | {type: "text", from: string, text: string}
 *   | {type: "refused", code: string, text: string, about: number} | {type: "ping"}
 * } Down What a browser hears.
 */

/** Draws an opaque, URL-safe id of 128 bits. */
export function drawId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
