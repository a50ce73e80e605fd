// @ts-check
// An appointment on its way to another time: a ghost on the grid. The appointment stays where it is.

import { make, say } from "../lib/dom.js";
import { clock } from "./words.js";

const MINUTE_MS = 60_000;

export class Carry {
  /**
   * @param {import("./sheet.js").Sheet} sheet
   * @param {HTMLElement} block
   */
  constructor(sheet, block) {
    this.sheet = sheet;
    this.block = block;
    const { block: id, start, minutes, name } = block.dataset;
    this.id = id ?? "";
    this.name = name ?? "";
    this.minutes = Number(minutes);
    this.from_ms = Date.parse(start ?? "");
    this.start_ms = this.from_ms;
    this.told = block.hasAttribute("data-told");
    this.ghost = make("div", { class: "week-ghost at" });
    this.pieces = /** @type {HTMLElement[]} */ ([
      ...sheet.root.querySelectorAll(`[data-block="${CSS.escape(this.id)}"]`),
    ]);
    for (const piece of this.pieces) piece.classList.add("carried");
    this.draw();
  }

  /** Whether anything is on its way: one at a time. @param {import("./sheet.js").Sheet} sheet */
  static underway({ root }) {
    return root.querySelector(".carried") !== null;
  }

  get moved() {
    return this.start_ms !== this.from_ms;
  }

  /** "Tuesday 24 November, 14:00" */
  get when() {
    return `${clock(this.start_ms, "day", this.sheet.zone)}, ${clock(this.start_ms, "time", this.sheet.zone)}`;
  }

  /**
   * Moves it to a column and a minute of it, in whole steps.
   * @param {number} column
   * @param {number} minute
   * @param {number} step
   */
  to(column, minute, step) {
    const last = this.sheet.minutes - step;
    const top = Math.min(Math.max(Math.round(minute / step) * step, 0), last);
    return this.at(this.sheet.instant(column, top));
  }

  /** Moves it by steps of true time. @param {number} steps @param {number} step minutes */
  by(steps, step) {
    // One that began before what is shown comes to its first minute.
    if (!this.sheet.place(this.start_ms)) return this.at(this.sheet.instant(0, 0));
    const step_ms = step * MINUTE_MS;
    const from = steps > 0 ? Math.floor(this.start_ms / step_ms) : Math.ceil(this.start_ms / step_ms);
    return this.at((from + steps) * step_ms);
  }

  /** Moves it to the same reading of the clock on another day. @param {number} days */
  byDays(days) {
    const here = this.sheet.place(this.start_ms);
    if (!here) return false;
    return this.at(this.sheet.instant(here.column + days, here.minute));
  }

  /** @param {number | undefined} at_ms @returns {boolean} whether that is shown */
  at(at_ms) {
    if (at_ms === undefined || !this.sheet.place(at_ms)) return false;
    this.start_ms = at_ms;
    this.draw();
    return true;
  }

  draw() {
    const place = this.sheet.place(this.start_ms);
    if (!place) return;
    if (this.ghost.parentElement !== place.element) place.element.append(this.ghost);
    this.sheet.put(this.ghost, place.minute, this.minutes);
    say(this.ghost, `${clock(this.start_ms, "time", this.sheet.zone)} ${this.name}`);
  }

  /** Nothing of it is left on the page. */
  drop() {
    this.ghost.remove();
    for (const piece of this.pieces) piece.classList.remove("carried");
  }
}
