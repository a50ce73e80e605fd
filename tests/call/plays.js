// Plays of two honest people and whoever sits between them, each a function that returns what the
// two saw. Texts are handed on in the same tick, so that a play has one order only.

import { fingerprintIn, fingerprintsOf } from "/call/fingerprints.js";
import { Proof, Tries } from "/call/proof.js";
import { Prover } from "/call/prover.js";

export const THERAPIST = "a1".repeat(32);
export const CLIENT = "c2".repeat(32);
const EVIL = "ee".repeat(32);

/** What is on its way or being thought about. */
const busy = [];

async function quiet() {
  while (busy.length) await busy.shift();
}

function seat({ polite, own, theirs, language = "en", tries = new Tries() }) {
  const at = { steps: [], said: [], tries, out: () => {} };
  const proof = new Proof({
    polite,
    fingerprints: { own, theirs },
    language,
    tries,
    say(text) {
      at.said.push(text);
      at.out(text);
    },
    told: (step) => at.steps.push(step),
  });
  at.begin = () => busy.push(proof.begin());
  at.hear = (text) => busy.push(proof.heard(text));
  at.expire = () => busy.push(proof.expired());
  return at;
}

const therapist = (more = {}) => seat({ polite: false, own: THERAPIST, theirs: CLIENT, ...more });
const client = (more = {}) => seat({ polite: true, own: CLIENT, theirs: THERAPIST, ...more });

function join(one, other) {
  one.out = other.hear;
  other.out = one.hear;
}

function begin(...seats) {
  for (const each of seats) each.begin();
  return quiet();
}

const seen = ({ steps, said, tries }) => ({ last: steps.at(-1), steps, said, left: tries.left });
const both = (one, other) => ({ therapist: seen(one), client: seen(other) });

/** Both speak over an honest line. */
export async function verbatim({ languages = ["en", "en"] } = {}) {
  const [t, c] = [therapist({ language: languages[0] }), client({ language: languages[1] })];
  join(t, c);
  await begin(t, c);
  return both(t, c);
}

/** Somebody sits between, with a certificate for each, and plays the other to both by the rules. */
export async function between() {
  const [t, c] = [therapist({ theirs: EVIL }), client({ theirs: EVIL })];
  const asClient = client({ own: EVIL });
  const asTherapist = therapist({ own: EVIL });
  join(t, asClient);
  join(asTherapist, c);
  await begin(t, asClient, c, asTherapist);
  return both(t, c);
}

/** Somebody sits between and hands on what both say as it is. */
export async function handedOn() {
  const [t, c] = [therapist({ theirs: EVIL }), client({ theirs: EVIL })];
  join(t, c);
  await begin(t, c);
  return both(t, c);
}

/**
 * Somebody sits between and searches. What the therapist will see is known first; then numbers are
 * tried until the client would see the same first word, and the one found is revealed in the place
 * of the one that was committed to.
 */
export async function grinding({ wordsOf }) {
  const asClient = client({ own: EVIL });
  const t = therapist({ theirs: EVIL });
  join(t, asClient);
  await begin(t, asClient);
  const wanted = t.steps.at(-1).words[0];

  const c = client({ theirs: EVIL });
  const asTherapist = therapist({ own: EVIL });
  asTherapist.out = c.hear;
  let found = 0;
  c.out = (text) => {
    const answer = JSON.parse(text);
    if (answer.type !== "answer" || found) return;
    busy.push(
      (async () => {
        for (let tried = 0; ; tried += 1) {
          const number = tried.toString(16).padStart(64, "0");
          const [first] = await wordsOf([EVIL, CLIENT], number, answer.number);
          if (first !== wanted) continue;
          found = tried;
          return c.hear(JSON.stringify({ v: 1, type: "reveal", run: answer.run, number }));
        }
      })(),
    );
  };
  await begin(c, asTherapist);
  return { found, wanted, ...both(t, c) };
}

/** Somebody learns the client's words in each try and does not go on where they do not fit. */
export async function walkingOut({ times }) {
  const c = client({ theirs: EVIL });
  const commits = Array.from({ length: times }, (_, at) =>
    JSON.stringify({ v: 1, type: "commit", run: at + 1, language: "en", commit: "0".repeat(64) }),
  );
  await begin(c);
  for (const commit of commits) {
    c.hear(commit);
    c.expire();
    await quiet();
  }
  const later = client({ tries: c.tries });
  const t = therapist();
  join(t, later);
  await begin(t, later);
  return { client: seen(c), later: seen(later) };
}

/**
 * Somebody learns the client's number on each of its connections, and then brings it another one.
 */
export async function tornDown({ times }) {
  const prover = new Prover("en");
  const answers = [];
  for (let time = 0; time < times; time += 1) answers.push(await answerTo(prover));
  return { answers };
}

/** Asks for the number of a client on a new connection; returns it, or what is shown in its place. */
async function answerTo(prover) {
  const [evil, own] = [new RTCPeerConnection(), new RTCPeerConnection()];
  evil.onicecandidate = ({ candidate }) => own.addIceCandidate(candidate ?? undefined);
  own.onicecandidate = ({ candidate }) => evil.addIceCandidate(candidate ?? undefined);
  const channel = evil.createDataChannel("proof", { negotiated: true, id: 1 });
  await evil.setLocalDescription();
  await own.setRemoteDescription(evil.localDescription);
  const { promise, resolve } = Promise.withResolvers();
  const attendance = prover.attend(own, true, ({ state }) => state !== "checking" && resolve(state));
  channel.onmessage = ({ data }) => resolve(JSON.parse(data).type);
  const commit = { v: 1, type: "commit", run: 1, language: "en", commit: "0".repeat(64) };
  channel.onopen = () => channel.send(JSON.stringify(commit));
  await own.setLocalDescription();
  await evil.setRemoteDescription(own.localDescription);
  const came = await promise;
  attendance.close();
  own.close();
  evil.close();
  return came;
}

/** Two are connected, and one of them holds a description that says something else. */
export async function misread({ sdp }) {
  const [one, other] = [new RTCPeerConnection(), new RTCPeerConnection()];
  one.onicecandidate = ({ candidate }) => other.addIceCandidate(candidate ?? undefined);
  other.onicecandidate = ({ candidate }) => one.addIceCandidate(candidate ?? undefined);
  const channel = one.createDataChannel("proof", { negotiated: true, id: 1 });
  const opened = new Promise((resolve) => {
    channel.onopen = resolve;
  });
  other.createDataChannel("proof", { negotiated: true, id: 1 });
  await one.setLocalDescription();
  await other.setRemoteDescription(one.localDescription);
  await other.setLocalDescription();
  await one.getStats();
  await one.setRemoteDescription(other.localDescription);
  await opened;
  Object.defineProperty(one, "currentRemoteDescription", { value: { sdp } });
  return [await fingerprintsOf(one), await fingerprintsOf(other)];
}

/** What a page takes for the fingerprint of a description. */
export const fingerprint = ({ sdp }) => fingerprintIn(sdp);

/** An earlier exchange is said again to the client, on a connection with the same keys. */
export async function replayed() {
  const [t, c] = [therapist(), client()];
  join(t, c);
  await begin(t, c);
  const again = client();
  await begin(again);
  for (const text of t.said) {
    again.hear(text);
    await quiet();
  }
  return { before: seen(c), again: seen(again) };
}

/** Everything arrives twice. */
export async function twice() {
  const [t, c] = [therapist(), client()];
  t.out = (text) => [text, text].forEach(c.hear);
  c.out = (text) => [text, text].forEach(t.hear);
  await begin(t, c);
  return both(t, c);
}

/** The number is revealed before the client has answered, by a therapist's page gone wrong. */
export async function tooEarly() {
  const c = client();
  await begin(c);
  for (let run = 1; run <= 3; run += 1) {
    c.hear(JSON.stringify({ v: 1, type: "reveal", run, number: "0".repeat(64) }));
    await quiet();
  }
  return { client: seen(c) };
}

/** The server tells both pages that they are the impolite one, or both that they are polite. */
export async function sameRole({ polite }) {
  const one = seat({ polite, own: THERAPIST, theirs: CLIENT });
  const other = seat({ polite, own: CLIENT, theirs: THERAPIST });
  join(one, other);
  await begin(one, other);
  for (let time = 0; time < 3; time += 1) {
    one.expire();
    other.expire();
    await quiet();
  }
  return both(one, other);
}

/** Each hears only what it said itself. */
export async function reflected() {
  const [t, c] = [therapist(), client()];
  t.out = t.hear;
  c.out = c.hear;
  await begin(t, c);
  for (let time = 0; time < 3; time += 1) {
    t.expire();
    c.expire();
    await quiet();
  }
  return both(t, c);
}

/** The client's first answer comes after the therapist's page has given that try up. */
export async function late() {
  const [t, c] = [therapist(), client()];
  const held = [];
  t.out = c.hear;
  c.out = (text) => held.push(text);
  await begin(t, c);
  t.expire();
  await quiet();
  c.out = t.hear;
  held.forEach(t.hear);
  await quiet();
  return both(t, c);
}

/** Something that nobody may say comes instead of an answer, three times. */
export async function nonsense({ text, times = 1 }) {
  const [t, c] = [therapist(), client()];
  await begin(t, c);
  for (let time = 0; time < times; time += 1) {
    t.hear(text);
    c.hear(text);
    await quiet();
  }
  return both(t, c);
}

/** The same with what is no text. */
export function bytes() {
  return nonsense({ text: new ArrayBuffer(64) });
}

/** After a good exchange, somebody speaks on. */
export async function afterwards({ text }) {
  const [t, c] = [therapist(), client()];
  join(t, c);
  await begin(t, c);
  const before = both(t, c);
  c.hear(text);
  await quiet();
  return { before, after: both(t, c) };
}
