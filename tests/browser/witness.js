// Runs before every page: remembers what the page asks of the browser, and changes nothing but
// the size of the camera's picture, which two processors would otherwise be busy with.
(() => {
  const witness = {
    /** @type {RTCPeerConnection[]} */ connections: [],
    /** @type {MediaStreamTrack[]} */ captures: [],
    /** @type {string[]} */ heardCandidates: [],
    /** @type {{type: string, state: string}[]} */ heardDescriptions: [],
    /** @type {object[]} */ samples: [],
    recorders: 0,
    /** Every description that came. @type {string[]} */ heard: [],
    /** Nobody is reached directly, as between two symmetric NATs. */ nearsighted: false,
  };
  globalThis.witness = witness;

  const devices = navigator.mediaDevices;
  if (devices) {
    const getUserMedia = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (constraints) => {
      const { video } = constraints;
      const small = { ...(video || {}), width: { ideal: 320 }, height: { ideal: 240 } };
      const stream = await getUserMedia({ ...constraints, video: video ? small : false });
      witness.captures.push(...stream.getTracks());
      return stream;
    };
  }

  const Native = RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Native {
    constructor(configuration) {
      super(configuration);
      witness.connections.push(this);
    }
    setRemoteDescription(description) {
      witness.heard.push(description.sdp);
      witness.heardDescriptions.push({ type: description.type, state: this.signalingState });
      if (witness.nearsighted && !/^a=ice-lite/m.test(description.sdp)) {
        const sdp = description.sdp.replace(/^a=candidate:.*\r\n/gm, "");
        return super.setRemoteDescription({ type: description.type, sdp });
      }
      witness.heardCandidates.push(...(description.sdp.match(/^a=candidate:.*$/gm) ?? []));
      return super.setRemoteDescription(description);
    }
    addIceCandidate(candidate) {
      if (witness.nearsighted) return Promise.resolve();
      if (candidate?.candidate) witness.heardCandidates.push(candidate.candidate);
      return super.addIceCandidate(candidate);
    }
  };

  const Recorder = globalThis.MediaRecorder;
  globalThis.MediaRecorder = class extends Recorder {
    constructor(...given) {
      super(...given);
      witness.recorders += 1;
    }
  };

  /** The connection of now, and what has come through it. */
  witness.counters = async () => {
    const connection = witness.connections.at(-1);
    const seen = { frames: 0, packets: 0, energy: 0, sent: 0, state: "none", ufrag: "", pair: [] };
    if (!connection) return seen;
    const rows = await connection.getStats();
    seen.state = connection.connectionState;
    seen.ufrag = /a=ice-ufrag:(\S+)/.exec(connection.currentLocalDescription?.sdp ?? "")?.[1] ?? "";
    for (const row of rows.values()) {
      if (row.type === "inbound-rtp" && row.kind === "video") seen.frames += row.framesDecoded ?? 0;
      if (row.type === "inbound-rtp" && row.kind === "audio") {
        seen.packets += row.packetsReceived ?? 0;
        seen.energy += row.totalAudioEnergy ?? 0;
      }
      if (row.type === "outbound-rtp") seen.sent += row.bytesSent ?? 0;
      if (row.type === "transport") {
        const pair = rows.get(row.selectedCandidatePairId);
        if (!pair) continue;
        seen.pair = [rows.get(pair.localCandidateId)?.candidateType, rows.get(pair.remoteCandidateId)?.candidateType];
      }
    }
    return seen;
  };

  /** Looks ten times a second, until told otherwise. */
  witness.watch = () => {
    const timer = setInterval(async () => {
      witness.samples.push({ at: performance.now(), ...(await witness.counters()) });
    }, 100);
    witness.unwatch = () => clearInterval(timer);
  };
})();
