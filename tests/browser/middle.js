// A page in the middle: one real connection with the therapist's page, in the client's place, and
// one with the client's, in the therapist's. Both are up and encrypted; only not with each other.

import { fingerprintsOf } from "/static/VERSION/call/fingerprints.js";
import { Proof, Tries } from "/static/VERSION/call/proof.js";

function side(polite) {
  const pc = new RTCPeerConnection();
  const words = pc.createDataChannel("words", { negotiated: true, id: 0 });
  const proof = pc.createDataChannel("proof", { negotiated: true, id: 1 });
  const opened = new Promise((resolve) => {
    proof.onopen = resolve;
  });
  return { pc, polite, words, proof, opened };
}

const towards = { therapist: side(true), client: side(false) };

async function described({ pc }) {
  await pc.setLocalDescription();
  if (pc.iceGatheringState !== "complete") {
    await new Promise((resolve) => {
      pc.onicegatheringstatechange = () => pc.iceGatheringState === "complete" && resolve();
    });
  }
  return pc.localDescription.sdp;
}

globalThis.middle = {
  /** Takes the therapist's offer; returns one of its own for the client. */
  async offer(sdp) {
    await towards.therapist.pc.setRemoteDescription({ type: "offer", sdp });
    for (const kind of ["audio", "video"]) towards.client.pc.addTransceiver(kind);
    return described(towards.client);
  },

  /** Takes the client's answer; returns one of its own for the therapist. */
  async answer(sdp) {
    await towards.client.pc.setRemoteDescription({ type: "answer", sdp });
    return described(towards.therapist);
  },

  async candidate(from, { candidate, mid, index, ufrag }) {
    if (!candidate) return;
    const line = { candidate, sdpMid: mid, sdpMLineIndex: index, usernameFragment: ufrag };
    await towards[from].pc.addIceCandidate(line);
  },

  /** Proves by the rules, to each as the other. */
  byTheRules() {
    for (const { pc, polite, proof: channel, opened } of Object.values(towards)) {
      const began = opened.then(async () => {
        const proof = new Proof({
          polite,
          fingerprints: await fingerprintsOf(pc),
          language: "en",
          tries: new Tries(),
          say: (text) => channel.send(text),
          told: () => {},
        });
        void proof.begin();
        return proof;
      });
      channel.onmessage = async ({ data }) => (await began).heard(data);
    }
  },

  /** Hands on what each says as it is. */
  handingOn() {
    const { therapist, client } = towards;
    for (const [one, other] of [
      [therapist, client],
      [client, therapist],
    ]) {
      one.proof.onmessage = async ({ data }) => {
        await other.opened;
        other.proof.send(data);
      };
    }
  },

  states: () => Object.values(towards).map(({ pc }) => pc.connectionState),
};
