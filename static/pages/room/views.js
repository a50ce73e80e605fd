// @ts-check
// Shows one view of the room at a time and moves the focus there, so that it is read out.

import { show } from "../../lib/dom.js";

/** @typedef {"precall" | "waiting" | "stage" | `panel-${string}`} View */

export class Views {
  /** @type {View | null} */
  now = null;
  #room;
  #page;

  /**
   * @param {HTMLElement} room
   * @param {HTMLElement} page the element whose look follows the view
   */
  constructor(room, page) {
    this.#room = room;
    this.#page = page;
  }

  /** @param {View} view */
  turn(view) {
    if (view === this.now) return;
    const first = this.now === null;
    this.now = view;
    this.#page.dataset.view = view;
    for (const section of this.#room.children) {
      if (!(section instanceof HTMLElement)) continue;
      const name = section.dataset.panel ? `panel-${section.dataset.panel}` : section.id;
      show(section, name === view);
      if (name === view && !first) focus(section);
    }
  }
}

/** @param {HTMLElement} section */
function focus(section) {
  const heading = section.querySelector("h1");
  const target = heading instanceof HTMLElement ? heading : section;
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
  scrollTo(0, 0);
}
