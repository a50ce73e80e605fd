// @ts-check
// Four words that prove to two people that nobody sits between them: a short authentication string
// by commitment, as in ZRTP (RFC 6189 section 4.4.1).
//
// The impolite side commits to a number it has drawn, the polite one answers with its own, and only
// then is the first told. Whoever sits in between has two such exchanges and must fix what it says
// in each before it can know the words: one guess in 2^40 a try, and three tries. Pure: texts in;
// texts and a state out. docs/words.md is the law.

import { WORDS as GERMAN } from "./wordlists/de.js";
import { WORDS as ENGLISH } from "./wordlists/en.js";

const VERSION = 1;
const TRIES_MAX = 3;
const HEARD_MAX = 16;
const MESSAGE_MAX_CHARS = 256;
const NUMBER = /^[0-9a-f]{64}$/;

/** @type {Record<string, readonly string[]>} */
const LISTS = { de: GERMAN, en: ENGLISH };
const COMMON_LANGUAGE = "en";

/**
 * @typedef {{own: string, theirs: string}} Fingerprints SHA-256 of each certificate, in hex
 *
 * @typedef {object} Step
 * @property {"checking" | "shown" | "unverified"} state
 * @property {readonly string[]} words four where they are shown
 * @property {string} language of the words
 *
 * @typedef {{type: "commit", run: number, language: string, commit: string}} Commit
 * @typedef {{type: "answer", run: number, language: string, number: string}} Answer
 * @typedef {{type: "reveal", run: number, number: string}} Reveal
 * @typedef {{type: "again", run: number}} Again
 * @typedef {Commit | Answer | Reveal | Again} Message
 */

/** How many tries are left to one page, whatever becomes of its connections. */
export class Tries {
  left = TRIES_MAX;

  spend() {
    this.left = Math.max(0, this.left - 1);
  }
}

export class Proof {
  #polite;
  #fingerprints;
  #language;
  #tries;
  #say;
  #told;
  /** The try that goes on, counted from one; both sides count alike. */
  #run = 0;
  /** @type {"commit" | "answer" | "reveal" | "nothing"} */
  #awaits = "nothing";
  #number = "";
  #theirs = { commit: "", language: "" };
  #heard = 0;
  #over = false;
  /** One thing at a time, in the order in which it came. */
  #turn = Promise.resolve();

  /**
   * @param {object} parts
   * @param {boolean} parts.polite
   * @param {Fingerprints} parts.fingerprints as our own connection has them
   * @param {string} parts.language in which this person reads
   * @param {Tries} parts.tries
   * @param {(text: string) => void} parts.say
   * @param {(step: Step) => void} parts.told
   */
  constructor({ polite, fingerprints: { own, theirs }, language, tries, say, told }) {
    this.#polite = polite;
    this.#fingerprints = polite ? [theirs, own] : [own, theirs];
    this.#language = isLanguage(language) ? language : COMMON_LANGUAGE;
    this.#tries = tries;
    this.#say = say;
    this.#told = told;
  }

  begin() {
    return this.#next(() => (this.#tries.left ? this.#attempt() : this.#end()));
  }

  /** @param {unknown} text what the other side said */
  heard(text) {
    this.#heard += 1;
    if (this.#heard > HEARD_MAX) return this.#next(() => this.#end());
    const message = parse(text);
    return this.#next(() => (message ? this.#take(message) : this.#fail()));
  }

  /** A try took too long. */
  expired() {
    return this.#next(() => (this.#awaits === "nothing" ? undefined : this.#fail()));
  }

  /** The connection is gone: whoever saw our number and told no other has had a try. */
  close() {
    if (this.#awaits === "reveal") this.#tries.spend();
    this.#over = true;
  }

  /** @param {() => Promise<void> | void} act */
  #next(act) {
    this.#turn = this.#turn.then(() => (this.#over ? undefined : act()));
    return this.#turn;
  }

  /** @returns {Promise<void> | void} */
  #attempt() {
    this.#tell("checking");
    if (!this.#polite) return this.#commit();
    this.#awaits = "commit";
  }

  async #commit() {
    this.#run += 1;
    this.#number = draw();
    this.#awaits = "answer";
    const commit = await this.#commitment(this.#language, this.#number);
    this.#send({ type: "commit", run: this.#run, language: this.#language, commit });
  }

  /** @param {Message} message @returns {Promise<void> | void} */
  #take(message) {
    const past = this.#awaits === "commit" ? this.#run : this.#run - 1;
    if (message.run <= past) return;
    if (this.#polite) {
      // A new try, though ours may still go on: the other side gave that one up.
      if (message.type === "commit" && message.run === this.#run + 1) return this.#answer(message);
      if (message.type === "reveal" && this.#follows(message, "reveal"))
        return this.#check(message);
    } else if (message.type === "answer" && this.#follows(message, "answer")) {
      return this.#reveal(message);
    }
    return this.#fail();
  }

  /** @param {Message} message @param {"answer" | "reveal"} awaited */
  #follows({ run }, awaited) {
    return run === this.#run && this.#awaits === awaited;
  }

  /** @param {Commit} message */
  #answer({ run, language, commit }) {
    if (this.#awaits !== "commit") this.#tries.spend();
    if (!this.#tries.left) return this.#end();
    this.#run = run;
    this.#theirs = { commit, language };
    this.#number = draw();
    this.#awaits = "reveal";
    this.#tell("checking");
    this.#send({ type: "answer", run, language: this.#language, number: this.#number });
  }

  /** @param {Answer} message */
  #reveal({ run, language, number }) {
    this.#awaits = "nothing";
    this.#send({ type: "reveal", run, number: this.#number });
    return this.#show(language, this.#number, number);
  }

  /** @param {Reveal} message */
  async #check({ number }) {
    const { commit, language } = this.#theirs;
    const kept = (await this.#commitment(language, number)) === commit;
    if (this.#over) return;
    if (!kept) return this.#fail();
    await this.#show(language, number, this.#number);
    this.#awaits = "nothing";
  }

  /**
   * @param {string} theirLanguage
   * @param {string} impolite number
   * @param {string} polite number
   */
  async #show(theirLanguage, impolite, polite) {
    const language = theirLanguage === this.#language ? theirLanguage : COMMON_LANGUAGE;
    const bytes = await digest("words", language, ...this.#fingerprints, impolite, polite);
    this.#told({ state: "shown", words: wordsOf(bytes, LISTS[language]), language });
  }

  /** @returns {Promise<void> | void} */
  #fail() {
    this.#tries.spend();
    if (this.#polite) this.#send({ type: "again", run: this.#run });
    return this.#tries.left ? this.#attempt() : this.#end();
  }

  #end() {
    this.#over = true;
    this.#tell("unverified");
  }

  /** @param {string} language @param {string} number */
  async #commitment(language, number) {
    return hex(await digest("commit", language, ...this.#fingerprints, number));
  }

  /** @param {"checking" | "unverified"} state */
  #tell(state) {
    this.#told({ state, words: [], language: this.#language });
  }

  /** @param {Message} message */
  #send(message) {
    this.#say(JSON.stringify({ v: VERSION, ...message }));
  }
}

/** @param {unknown} text @returns {Message | null} null for what nobody may say */
function parse(text) {
  if (typeof text !== "string" || text.length > MESSAGE_MAX_CHARS) return null;
  let said;
  try {
    said = JSON.parse(text);
  } catch {
    return null;
  }
  if (said?.v !== VERSION || !Number.isInteger(said.run) || said.run < 0) return null;
  const { type, run, language, commit, number } = said;
  if (type === "again") return { type, run };
  if (type === "reveal" && isNumber(number)) return { type, run, number };
  if (!isLanguage(language)) return null;
  if (type === "commit" && isNumber(commit)) return { type, run, language, commit };
  if (type === "answer" && isNumber(number)) return { type, run, language, number };
  return null;
}

/** @param {unknown} value whether there are words in it */
function isLanguage(value) {
  return typeof value === "string" && Object.hasOwn(LISTS, value);
}

/** @param {unknown} value whether it is 256 bits, in hex */
function isNumber(value) {
  return typeof value === "string" && NUMBER.test(value);
}

function draw() {
  return hex(crypto.getRandomValues(new Uint8Array(32)));
}

/** @param {...string} lines none of which holds a line break */
async function digest(...lines) {
  const text = [`videocall-words/${VERSION}`, ...lines].join("\n");
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

/** @param {Uint8Array} bytes */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Says the first 40 bits as four words of ten bits each.
 * @param {Uint8Array} bytes
 * @param {readonly string[]} list
 */
function wordsOf(bytes, list) {
  const bits = Array.from(bytes.subarray(0, 5), (byte) => byte.toString(2).padStart(8, "0"));
  return (bits.join("").match(/.{10}/g) ?? []).map((ten) => list[Number.parseInt(ten, 2)]);
}
