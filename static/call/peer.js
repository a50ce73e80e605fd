// @ts-check
// The other browser, as we reach it: one RTCPeerConnection with its media and its text channel.
//
// The impolite side lays out the media lines once, empty; camera, microphone and screen come and
// go by replaceTrack, without another negotiation. (A line added by addTransceiver is not reused
// for an incoming offer, RFC 9429 section 5.10, so the polite side takes up the lines it is offered.)

import { fingerprintIn } from "./fingerprints.js";
import { Mending } from "./mending.js";
import { Negotiation } from "./negotiation.js";
import { TEXT_MAX_CHARS } from "./wire.js";

const TEXT_CHANNEL_ID = 0;
const FIREFOX = /\bFirefox\//;
const CAMERA_MAX_BPS = 1_500_000;
const SCREEN_MAX_BPS = 2_500_000;

/**
 * @typedef {import("./wire.js").Ice} Ice
 * @typedef {import("./wire.js").MediaState} MediaState
 * @typedef {{audio: MediaStreamTrack | null, video: MediaStreamTrack | null, screen: boolean}} Tracks
 *
 * @typedef {object} PeerEvents
 * @property {(message: import("./wire.js").Description | import("./wire.js").Candidate) => void} send
 * @property {(stream: MediaStream) => void} remote
 * @property {(state: MediaState) => void} state
 * @property {(text: string) => void} text
 * @property {(proof: import("./prover.js").Shown) => void} proof
 * @property {() => void} hopeless
 */

export class Peer {
  #pc;
  #polite;
  #kinds;
  #tracks;
  #on;
  #negotiation;
  #mending;
  #outgoing = new MediaStream();
  #incoming = new MediaStream();
  /** @type {RTCDataChannel | null} */
  #words = null;
  #prover;
  /** @type {import("./prover.js").Attendance | null} */
  #proving = null;
  /** The other side's certificate, as the first description of it says. */
  #theirs = "";

  /**
   * @param {object} parts
   * @param {Ice} parts.ice
   * @param {boolean} parts.polite
   * @param {("audio" | "video")[]} parts.kinds
   * @param {Tracks} parts.tracks
   * @param {import("./prover.js").Prover} parts.prover
   * @param {PeerEvents} parts.on
   */
  constructor({ ice, polite, kinds, tracks, prover, on }) {
    this.#polite = polite;
    this.#kinds = kinds;
    this.#tracks = tracks;
    this.#prover = prover;
    this.#on = on;
    const pc = new RTCPeerConnection(configuration(ice));
    this.#pc = pc;
    this.#mending = new Mending({
      polite,
      relayed: () => this.relayed,
      ice: () => pc.iceConnectionState,
      restart: () => pc.restartIce(),
      hopeless: on.hopeless,
      told: on.state,
    });
    this.#negotiation = new Negotiation({
      pc,
      polite,
      send: on.send,
      beforeAnswer: () => this.#takeUp(),
      stuck: () => this.#mending.stuck,
      negotiated: () => this.#mending.negotiated(),
      failed: () => this.#mending.turned("failed"),
    });
    pc.onconnectionstatechange = () => this.#turned();
    pc.ontrack = ({ track }) => {
      this.#incoming.addTrack(track);
      on.remote(this.#incoming);
    };
    if (!polite) this.#layOut();
  }

  /** How it stands, in our words. */
  get state() {
    return this.#mending.state;
  }

  /** The same as the browser says it. */
  get connection() {
    return { ice: this.#pc.iceConnectionState, dtls: this.#dtls() };
  }

  /** Whether media goes through our own relay: its leg is lite, no browser is (RFC 8445). */
  get relayed() {
    return /^a=ice-lite\r?$/m.test(this.#pc.currentRemoteDescription?.sdp ?? "");
  }

  /**
   * A page keeps its certificate. Another one in the middle of a call is somebody else's, put in
   * after both have compared their words.
   * @param {import("./wire.js").Description} message
   */
  async described(message) {
    const theirs = fingerprintIn(message.sdp);
    this.#theirs ||= theirs;
    if (!theirs || theirs !== this.#theirs) return;
    return this.#negotiation.described(message);
  }

  /** @param {import("./wire.js").Candidate} message */
  trickled(message) {
    return this.#negotiation.trickled(message);
  }

  /** The same page answers under another peer id: what was on its way to the old one is lost. */
  retarget() {
    const waiting = this.#negotiation.sayAgain();
    if (!waiting && !this.#polite && this.state !== "connected") this.#pc.restartIce();
  }

  /** The way is another one from now on. */
  async reroute() {
    await this.#negotiation.withdraw();
    this.#mending.reroute();
  }

  networkChanged() {
    this.#mending.networkChanged();
  }

  /** @param {Ice} ice */
  renew(ice) {
    this.#pc.setConfiguration(configuration(ice));
  }

  /** Sends other tracks from now on. @param {Tracks} tracks */
  async carry(tracks) {
    this.#tracks = tracks;
    await Promise.all(this.#lines().map((line) => this.#fill(line)));
  }

  /** Sends a line of text straight to the other browser; false where that way is not open. */
  say(/** @type {string} */ text) {
    if (this.#words?.readyState !== "open" || this.state !== "connected") return false;
    this.#words.send(text);
    return true;
  }

  stats() {
    return this.#pc.getStats();
  }

  /** When media came last: a number that changes with every packet, and costs little to ask for. */
  get lastHeard() {
    const sources = this.#pc
      .getReceivers()
      .flatMap((receiver) => receiver.getSynchronizationSources?.() ?? []);
    return Math.max(0, ...sources.map((source) => source.timestamp));
  }

  /** What came in all, with the answers to the browser's own checks, and how long one takes. */
  async counters() {
    let bytes = 0;
    let rtt_ms = 0;
    for (const row of (await this.#pc.getStats()).values()) {
      if (row.type !== "candidate-pair") continue;
      bytes += (row.bytesReceived ?? 0) + (row.responsesReceived ?? 0);
      rtt_ms = Math.max(rtt_ms, (row.currentRoundTripTime ?? 0) * 1000);
    }
    return { bytes, rtt_ms };
  }

  /** Something comes, or nothing does any more. @param {boolean} alive */
  pulse(alive) {
    this.#mending.pulse(alive);
  }

  close() {
    this.#mending.close();
    this.#proving?.close();
    this.#negotiation.close();
    this.#pc.onconnectionstatechange = this.#pc.ontrack = null;
    this.#pc.close();
  }

  #layOut() {
    for (const kind of this.#kinds) {
      this.#pc.addTransceiver(kind, { direction: "sendrecv", streams: [this.#outgoing] });
    }
    void this.carry(this.#tracks);
    this.#openWords();
  }

  async #takeUp() {
    for (const line of this.#lines()) {
      line.direction = "sendrecv";
      line.sender.setStreams?.(this.#outgoing);
    }
    await this.carry(this.#tracks);
    this.#openWords();
  }

  #openWords() {
    if (this.#words) return;
    this.#words = this.#pc.createDataChannel("words", { negotiated: true, id: TEXT_CHANNEL_ID });
    this.#words.onmessage = ({ data }) => {
      if (typeof data === "string" && data) this.#on.text(data.slice(0, TEXT_MAX_CHARS));
    };
    this.#proving = this.#prover.attend(this.#pc, this.#polite, this.#on.proof);
  }

  #lines() {
    return this.#pc.getTransceivers().filter((line) => line.currentDirection !== "stopped");
  }

  /** @param {RTCRtpTransceiver} line */
  async #fill(line) {
    const kind = line.receiver.track.kind === "audio" ? "audio" : "video";
    const track = this.#tracks[kind];
    if (line.sender.track === track) return;
    await line.sender.replaceTrack(track);
    if (this.state === "connected") await this.#tune(line);
  }

  /** Says what matters when the line is narrow: the voice first, a face in motion, a sharp screen. */
  async #tune(/** @type {RTCRtpTransceiver} */ line) {
    const parameters = line.sender.getParameters();
    if (!parameters.encodings?.length) return;
    if (line.receiver.track.kind === "audio") {
      parameters.encodings[0].priority = "high";
    } else {
      const { screen } = this.#tracks;
      parameters.encodings[0].maxBitrate = screen ? SCREEN_MAX_BPS : CAMERA_MAX_BPS;
      parameters.degradationPreference = screen ? "maintain-resolution" : "maintain-framerate";
    }
    try {
      await line.sender.setParameters(parameters);
    } catch {
      // A wish that this browser does not know; it sends all the same.
    }
  }

  #turned() {
    this.#mending.turned(this.#pc.connectionState);
    // Firefox sends no media any more after a failure, even where a restart of ICE succeeds.
    if (this.#pc.connectionState === "failed" && FIREFOX.test(navigator.userAgent)) {
      this.#on.hopeless();
    }
    if (this.#pc.connectionState === "connected")
      for (const line of this.#lines()) void this.#tune(line);
  }

  #dtls() {
    const [line] = this.#pc.getTransceivers();
    return line?.sender.transport?.state ?? this.#pc.sctp?.transport.state ?? "new";
  }
}

/** @param {Ice} ice @returns {RTCConfiguration} */
function configuration({ servers, relay_only }) {
  return {
    iceServers: servers,
    iceTransportPolicy: relay_only ? "relay" : "all",
    bundlePolicy: "max-bundle",
  };
}
