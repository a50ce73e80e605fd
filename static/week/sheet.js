// @ts-check
// The grid as it stands on the page. Nothing is remembered: the grid is swapped when it changes.

import { instantAt, placeOf, readStrips } from "./strips.js";

const MINUTE_MS = 60_000;

/**
 * @typedef {object} Column
 * @property {HTMLElement} element
 * @property {import("./strips.js").Strip[]} strips
 */

export class Sheet {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
  }

  /** The therapist's zone. */
  get zone() {
    return this.root.dataset.zone;
  }

  /** How many minutes high the grid is. */
  get minutes() {
    return Number(this.root.dataset.forH) * 60 + Number(this.root.dataset.forM);
  }

  /** @returns {Column[]} */
  get columns() {
    return [...this.root.querySelectorAll(".week-column")].map((each) => {
      const element = /** @type {HTMLElement} */ (each);
      return { element, strips: readStrips(element.dataset.strips ?? "") };
    });
  }

  /**
   * Returns the column and the minute at a point of the window; beyond the edge, the nearest.
   * @param {number} x
   * @param {number} y
   */
  at(x, y) {
    const columns = this.columns;
    const boxes = columns.map(({ element }) => element.getBoundingClientRect());
    const away = boxes.map((box) => Math.max(box.left - x, x - box.right, 0));
    const column = away.indexOf(Math.min(...away));
    const box = boxes[column];
    return { column, minute: ((y - box.top) / box.height) * this.minutes };
  }

  /** @param {number} column @param {number} minute */
  instant(column, minute) {
    return instantAt(this.columns[column]?.strips ?? [], minute);
  }

  /**
   * Returns where an instant is shown, if it is.
   * @param {number} at_ms
   */
  place(at_ms) {
    for (const [column, { element, strips }] of this.columns.entries()) {
      const minute = placeOf(strips, at_ms);
      if (minute !== undefined) return { column, element, minute };
    }
    return undefined;
  }

  /**
   * Returns the other appointments that lie in these minutes, as far as they are on the page.
   * @param {number} start_ms
   * @param {number} minutes
   * @param {string} except
   */
  inTheWay(start_ms, minutes, except) {
    const blocks = /** @type {NodeListOf<HTMLElement>} */ (
      this.root.querySelectorAll("[data-block][data-movable]:not(.continued), [data-block].live")
    );
    return [...blocks].filter(({ dataset }) => {
      const other_ms = Date.parse(dataset.start ?? "");
      const ends_ms = other_ms + Number(dataset.minutes) * MINUTE_MS;
      return (
        dataset.block !== except && other_ms < start_ms + minutes * MINUTE_MS && start_ms < ends_ms
      );
    });
  }

  /** Puts an element where css/minutes.css would. @param {HTMLElement} element @param {number} top @param {number} [minutes] */
  put(element, top, minutes = 0) {
    const place = { "--h": 0, "--m": top, "--for-h": 0, "--for-m": minutes };
    for (const [name, value] of Object.entries(place)) element.style.setProperty(name, String(value));
  }
}
