// @ts-check
// How a session stands for one person: a value, made anew at each change.

/**
 * @typedef {import("./wire.js").DeviceState & {
 *   peer: string, page: string, presence: import("./wire.js").Presence,
 *   media: import("./wire.js").MediaState}} Other
 * @typedef {"left" | "ended" | "declined" | "replaced" | "revoked" | "refused" | "shut"} Over
 *
 * @typedef {object} State
 * @property {"out" | "entering" | "waiting" | "asking" | "seated" | "over"} stage
 * @property {Over | null} over
 * @property {import("./wire.js").EndedBy | null} endedBy
 * @property {boolean} ending the therapist ended it, and the server is yet to hear of it
 * @property {boolean} live whether the server hears us
 * @property {boolean} host whether the therapist is in the product
 * @property {number} since_ms when we began to wait
 * @property {Other | null} other
 * @property {import("./wire.js").MediaState} media
 * @property {Pick<import("./wire.js").Path, "path" | "private" | "trouble"> | null} route
 * @property {import("./prover.js").Shown | null} proof null without a connection
 *
 * @typedef {object} MeetingEvents
 * @property {(state: State) => void} changed
 * @property {() => void} admitted
 * @property {(text: string) => void} note
 * @property {(start_at_ms: number, end_at_ms: number) => void} moved
 * @property {(stream: MediaStream | null) => void} remote
 * @property {(text: string, way: "direct" | "server") => void} text
 * @property {(text: string) => void} undelivered
 * @property {(report: import("./wire.js").Report, quality: import("./quality.js").Quality) => void} watched
 */

/** @type {State} */
export const OUT = {
  stage: "out",
  over: null,
  endedBy: null,
  ending: false,
  live: false,
  host: false,
  since_ms: 0,
  other: null,
  media: "none",
  route: null,
  proof: null,
};
