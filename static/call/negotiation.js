// @ts-check
// Perfect negotiation (W3C WebRTC section 10.7) in its three-flag form: either side may offer at
// any moment; when both do, the polite one rolls back. Knows neither page nor socket.

/**
 * @typedef {Omit<import("./wire.js").Description, "type">} Description
 * @typedef {import("./wire.js").Candidate} Candidate
 */

export class Negotiation {
  #pc;
  #polite;
  #send;
  #beforeAnswer;
  #stuck;
  #negotiated;
  #failed;
  #makingOffer = false;
  /** Of our last offer: the answer to a former one, which was taken back, is none to it. */
  #number = 0;
  #ignoreOffer = false;
  #isSettingRemoteAnswerPending = false;
  /** The generations of ICE that the other side's current description names. */
  #ufrags = /** @type {Set<string>} */ (new Set());
  #closed = false;

  /**
   * @param {object} parts
   * @param {RTCPeerConnection} parts.pc
   * @param {boolean} parts.polite
   * @param {(message: import("./wire.js").Description | Candidate) => void} parts.send
   * @param {() => Promise<void>} [parts.beforeAnswer] their offer is set, our answer not made yet
   * @param {() => boolean} [parts.stuck] whether an offer is made because nothing came through
   * @param {() => void} [parts.negotiated] both descriptions are there: now it can connect
   * @param {(error: unknown) => void} [parts.failed]
   */
  constructor({
    pc,
    polite,
    send,
    beforeAnswer = async () => {},
    stuck = () => false,
    negotiated = () => {},
    failed = () => {},
  }) {
    this.#pc = pc;
    this.#polite = polite;
    this.#send = send;
    this.#beforeAnswer = beforeAnswer;
    this.#stuck = stuck;
    this.#negotiated = negotiated;
    this.#failed = failed;
    pc.onnegotiationneeded = () => this.#offer();
    pc.onicecandidate = ({ candidate }) => this.#trickle(candidate);
  }

  /** Says the waiting offer again: its first listener is gone. True where there was one. */
  sayAgain() {
    if (this.#pc.signalingState !== "have-local-offer") return false;
    this.#describe(this.#number);
    return true;
  }

  /** Takes back an offer that nobody will answer, so that another can be made. */
  async withdraw() {
    if (this.#pc.signalingState !== "have-local-offer") return;
    try {
      await this.#pc.setLocalDescription({ type: "rollback" });
    } catch {
      // Its answer was on the way in already.
    }
  }

  close() {
    this.#closed = true;
    this.#pc.onnegotiationneeded = this.#pc.onicecandidate = null;
  }

  async #offer() {
    try {
      this.#makingOffer = true;
      await this.#pc.setLocalDescription();
      this.#number += 1;
      if (!this.#closed) this.#describe(this.#number);
    } catch (error) {
      this.#unlessClosed(error);
    } finally {
      this.#makingOffer = false;
    }
  }

  /** @param {Description} description */
  async described({ kind, sdp, number }) {
    const pc = this.#pc;
    const readyForOffer =
      !this.#makingOffer && (pc.signalingState === "stable" || this.#isSettingRemoteAnswerPending);
    this.#ignoreOffer = !this.#polite && kind === "offer" && !readyForOffer;
    if (this.#ignoreOffer) return;
    // An answer to an offer that was rolled back, or the second to one that was said again.
    if (kind === "answer" && pc.signalingState !== "have-local-offer") return;
    if (kind === "answer" && number !== this.#number) return;
    this.#ufrags = ufragsOf(sdp);
    try {
      this.#isSettingRemoteAnswerPending = kind === "answer";
      await pc.setRemoteDescription({ type: kind, sdp });
      this.#isSettingRemoteAnswerPending = false;
      if (kind === "answer") return this.#negotiated();
      await this.#beforeAnswer();
      await pc.setLocalDescription();
      if (this.#closed) return;
      this.#describe(number);
      this.#negotiated();
    } catch (error) {
      this.#unlessClosed(error);
    } finally {
      this.#isSettingRemoteAnswerPending = false;
    }
  }

  /** @param {Omit<Candidate, "type">} message */
  async trickled({ candidate, mid, index, ufrag }) {
    if (ufrag !== null && !this.#ufrags.has(ufrag)) return;
    try {
      await this.#pc.addIceCandidate({
        candidate,
        sdpMid: mid,
        sdpMLineIndex: index,
        usernameFragment: ufrag,
      });
    } catch (error) {
      // Candidates of an offer that was ignored are meant for nobody, and Safari and Chromium
      // differ on an end of candidates without a media line.
      if (!this.#ignoreOffer && candidate !== "") this.#unlessClosed(error);
    }
  }

  /** @param {number} number */
  #describe(number) {
    const description = this.#pc.localDescription;
    if (description?.type === "offer") {
      const failed = this.#stuck();
      this.#send({ type: "description", kind: "offer", sdp: description.sdp, failed, number });
    } else if (description?.type === "answer") {
      this.#send({ type: "description", kind: "answer", sdp: description.sdp, number });
    }
  }

  /** @param {RTCIceCandidate | null} candidate null: no more of this generation */
  #trickle(candidate) {
    const [ufrag] = ufragsOf(this.#pc.localDescription?.sdp ?? "");
    this.#send({
      type: "candidate",
      candidate: candidate?.candidate ?? "",
      mid: candidate?.sdpMid ?? null,
      index: candidate?.sdpMLineIndex ?? null,
      ufrag: candidate?.usernameFragment ?? ufrag ?? null,
    });
  }

  /** @param {unknown} error */
  #unlessClosed(error) {
    if (!this.#closed && this.#pc.signalingState !== "closed") this.#failed(error);
  }
}

/** @param {string} sdp */
function ufragsOf(sdp) {
  return new Set(Array.from(sdp.matchAll(/^a=ice-ufrag:(\S+)/gm), ([, ufrag]) => ufrag));
}
