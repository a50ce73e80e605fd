// @ts-check
// The four words beside the call, for who wants to compare them. They never get in the way.

import { find, make, say, show } from "../../lib/dom.js";
import { t } from "../../lib/text.js";

/** @typedef {import("../../call/prover.js").Shown} Shown */

export class ProofPanel {
  #chip;
  #news;
  #panel;
  #told;
  #shown;
  #words;
  #language;
  #notice;
  /** @type {Shown | null} */
  #proof = null;
  /** What was on the panel when it was last looked at; who never looks is not told of news. */
  #looked = "";

  /**
   * @param {HTMLElement} room
   * @param {(text: string) => void} notice says something for a while; empty to take it back
   */
  constructor(room, notice) {
    this.#chip = find(room, "#check", HTMLElement);
    this.#news = find(room, "#proof-news", HTMLElement);
    this.#panel = find(room, "#proof", HTMLElement);
    this.#told = find(room, "#proof-told", HTMLElement);
    this.#shown = find(room, "#proof-shown", HTMLElement);
    this.#words = find(room, "#proof-words", HTMLElement);
    this.#language = find(room, "#proof-language", HTMLElement);
    this.#notice = notice;
  }

  /** @param {Shown | null} proof */
  render(proof) {
    if (proof === this.#proof) return;
    this.#proof = proof;
    show(this.#chip, proof !== null || !this.#panel.hidden);
    const state = proof?.state ?? "checking";
    this.#chip.dataset.state = this.#panel.dataset.state = state;
    say(this.#told, sentence(proof));
    show(this.#told, Boolean(this.#told.textContent));
    show(this.#shown, state === "shown");
    this.#spell(proof);
    if (!this.#panel.hidden) this.read();
    else if (this.#looked && state !== "checking" && this.#looked !== mark(proof))
      this.#tell(state);
  }

  /** The panel is open now. */
  read() {
    this.#looked = mark(this.#proof) || this.#looked;
    if (this.#news.hidden) return;
    show(this.#news, false);
    this.#notice("");
  }

  /** @param {"shown" | "unverified"} state */
  #tell(state) {
    if (!this.#news.hidden) return;
    show(this.#news, true);
    this.#notice(
      state === "shown"
        ? t("There are new words to compare: the connection was made anew.")
        : t("The connection was made anew, and its words could not be verified."),
    );
  }

  /** @param {Shown | null} proof */
  #spell(proof) {
    const language = proof?.language ?? "";
    show(this.#language, language !== document.documentElement.lang);
    this.#words.lang = language;
    this.#words.replaceChildren(
      ...(proof?.words ?? []).map((word) =>
        make(
          "li",
          {},
          make("span", { class: "proof-word", text: word }),
          make("span", { class: "visually-hidden", text: `, ${[...word].join(" ")}` }),
        ),
      ),
    );
  }
}

/** @param {Shown | null} proof what tells one look at the panel from another */
function mark(proof) {
  return proof && proof.state !== "checking" ? [proof.state, ...proof.words].join() : "";
}

/** @param {Shown | null} proof */
function sentence(proof) {
  if (proof?.state === "unverified") {
    return t(
      "The words could not be verified this time. Your call goes on as before. If you need to be sure that nobody sits in between, use another way to talk, such as the telephone.",
    );
  }
  if (proof?.state === "shown") {
    return proof.fresh
      ? t("These words are new: the connection was made anew. Please compare them again.")
      : "";
  }
  return t("Your browsers are agreeing on four words…");
}
