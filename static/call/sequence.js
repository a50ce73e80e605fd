// @ts-check
// Numbering and replay, the mirror of videocall/signalling/sequence.py: a dropped socket loses no
// message and repeats none. It lives as long as the peer, across sockets.

const UNACKED_MAX = 256;

export class Sequence {
  /** The number of the last message sent. */
  sent = 0;
  /** The highest number heard. */
  received = 0;
  /** @type {{seq: number, message: import("./wire.js").Up}[]} */
  #unacked = [];

  /**
   * Numbers a message and keeps it until it is acknowledged.
   * @param {import("./wire.js").Up} message
   */
  number(message) {
    this.sent += 1;
    this.#unacked.push({ seq: this.sent, message });
    return this.sent;
  }

  /** Forgets what the server has. @param {number} ack */
  acknowledged(ack) {
    while (this.#unacked.length && this.#unacked[0].seq <= ack) this.#unacked.shift();
  }

  /** Tells whether the message numbered `seq` is new; throws where one is missing. @param {number} seq */
  accept(seq) {
    if (seq <= this.received) return false;
    if (seq !== this.received + 1) throw new RangeError("A message is missing before this one.");
    this.received = seq;
    return true;
  }

  /** What was sent and not acknowledged yet, oldest first. */
  get unacked() {
    return [...this.#unacked];
  }

  /** More waits for an acknowledgement than is kept: this peer cannot be resumed. */
  get full() {
    return this.#unacked.length > UNACKED_MAX;
  }
}
