// @ts-check
// Moving without a mouse: arrows, by key or by button, then Enter. Escape leaves it where it was.

import { find, say, show } from "../lib/dom.js";
import { t } from "../lib/text.js";
import { Carry } from "./carry.js";

const STEP_MIN = 15;
const FINE_MIN = 5;

/**
 * @param {import("./sheet.js").Sheet} sheet
 * @param {object} ears
 * @param {() => void} ears.begun
 * @param {(carry: Carry | undefined) => void} ears.dropped without one where nothing is to be moved
 * @param {(text: string) => void} ears.speak
 * @returns {(block: HTMLElement) => void} begins to move an appointment
 */
export function moving(sheet, { begun, dropped, speak }) {
  const bar = find(document, "#week-bar", HTMLElement);
  const title = find(bar, "h2", HTMLElement);
  const when = find(bar, ".week-bar-when", HTMLElement);
  const enter = find(bar, "[data-go='enter']", HTMLElement);
  /** @type {Carry | undefined} */
  let carry;

  bar.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-go]");
    if (button instanceof HTMLElement) go(button.dataset.go ?? "", STEP_MIN);
  });
  bar.addEventListener("keydown", (event) => {
    const way = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right", Escape: "leave" }[
      event.key
    ];
    if (!way) return;
    event.preventDefault();
    go(way, event.shiftKey ? FINE_MIN : STEP_MIN);
  });

  /** @param {string} way @param {number} step */
  function go(way, step) {
    if (!carry) return;
    if (way === "enter") return done(carry.moved ? carry : undefined);
    if (way === "leave") return done(undefined);
    const went =
      way === "up" ? carry.by(-1, step)
      : way === "down" ? carry.by(1, step)
      : carry.byDays(way === "left" ? -1 : 1);
    draw();
    speak(went ? carry.when : t("The page shows no more than this."));
  }

  function draw() {
    if (!carry) return;
    say(title, t("Move {name}", { name: carry.name }));
    say(when, carry.when);
    carry.ghost.scrollIntoView({ block: "nearest" });
  }

  /** @param {Carry | undefined} asked */
  function done(asked) {
    const left = carry;
    carry = undefined;
    show(bar, false);
    if (!asked) left?.drop();
    left?.block.querySelector("a")?.focus({ preventScroll: true });
    dropped(asked);
  }

  return (block) => {
    if (Carry.underway(sheet)) return;
    begun();
    carry = new Carry(sheet, block);
    show(bar, true);
    draw();
    enter.focus({ preventScroll: true });
  };
}
