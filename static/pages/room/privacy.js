// @ts-check
// Whether this person keeps their internet address private: chosen here, remembered in this browser.

import { find, show } from "../../lib/dom.js";
import { kept } from "../../lib/storage.js";

const KEY = "address-privacy";

export class Privacy {
  #room;
  #box;

  /** @param {HTMLElement} room without the box where there is nothing to choose */
  constructor(room) {
    this.#room = room;
    const box = room.querySelector("#address-privacy");
    this.#box = box instanceof HTMLInputElement ? box : null;
    if (!this.#box) return;
    this.#box.checked = kept.get(KEY) === "yes";
    this.#box.addEventListener("change", () => this.#choose());
    this.#say();
  }

  /** Whether they chose so. */
  get wanted() {
    return this.#box?.checked ?? false;
  }

  #choose() {
    if (this.wanted) kept.set(KEY, "yes");
    else kept.remove(KEY);
    this.#say();
  }

  /** Says it beside the call as well. */
  #say() {
    if (this.#room.querySelector("#private")) {
      show(find(this.#room, "#private", HTMLElement), this.wanted);
    }
  }
}
