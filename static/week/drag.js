// @ts-check
// Dragging: a mouse as soon as it moves; a finger or a pen after it was held, so that it can scroll.

import { Carry } from "./carry.js";

const MOUSE_PX = 5;
const STILL_PX = 10;
const HELD_MS = 450;
const STEP_MIN = 15;
const FINE_MIN = 5;
const EDGE_PX = 64;
const SCROLL_PX = 9;

/**
 * @param {import("./sheet.js").Sheet} sheet
 * @param {object} ears
 * @param {() => void} ears.begun
 * @param {(carry: Carry | undefined) => void} ears.dropped without one where nothing is to be moved
 */
export function dragging(sheet, { begun, dropped }) {
  const { root } = sheet;
  /** @type {{id: number, x: number, y: number, touch: boolean, block: HTMLElement} | undefined} */
  let pressed;
  /** @type {Carry | undefined} */
  let carry;
  /** The minute of the appointment that is under the pointer. */
  let grip = 0;
  let last = { x: 0, y: 0, fine: false };
  let swallow = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let frame = 0;

  root.addEventListener("pointerdown", (event) => {
    swallow = false;
    const target = /** @type {Element} */ (event.target);
    const block = target.closest("[data-movable]");
    if (event.button !== 0 || !event.isPrimary || target.closest("[data-move]")) return;
    if (!(block instanceof HTMLElement) || Carry.underway(sheet)) return;
    const touch = event.pointerType !== "mouse";
    pressed = { id: event.pointerId, x: event.clientX, y: event.clientY, touch, block };
    if (touch) timer = setTimeout(begin, HELD_MS);
  });

  root.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pressed?.id) return;
    last = { x: event.clientX, y: event.clientY, fine: event.shiftKey };
    const far = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y);
    if (!carry && pressed.touch && far > STILL_PX) release();
    else if (!carry && !pressed.touch && far > MOUSE_PX) begin();
    if (carry) follow();
  });

  root.addEventListener("pointerup", (event) => {
    if (event.pointerId !== pressed?.id) return;
    const carried = carry;
    release();
    if (!carried) return;
    swallow = true;
    if (carried.moved) dropped(carried);
    else leave(carried);
  });

  root.addEventListener("pointercancel", (event) => {
    if (event.pointerId === pressed?.id) giveUp();
  });
  addEventListener("blur", giveUp);
  addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !carry) return;
      event.preventDefault();
      event.stopPropagation();
      swallow = true;
      giveUp();
    },
    true,
  );
  // Held long enough, the finger no longer scrolls; and no menu of the link opens under it.
  root.addEventListener("touchmove", (event) => carry && event.preventDefault(), { passive: false });
  root.addEventListener("contextmenu", (event) => pressed?.touch && event.preventDefault());
  root.addEventListener(
    "click",
    (event) => {
      if (!swallow) return;
      swallow = false;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );

  function begin() {
    if (!pressed) return;
    clearTimeout(timer);
    begun();
    carry = new Carry(sheet, pressed.block);
    const place = sheet.place(carry.from_ms);
    // The second piece of one over midnight is gripped where it lies, as if it were the first.
    const top = pressed.block.classList.contains("continued") ? undefined : place?.minute;
    grip = top === undefined ? 0 : sheet.at(pressed.x, pressed.y).minute - top;
    last = { x: pressed.x, y: pressed.y, fine: false };
    root.setPointerCapture(pressed.id);
    root.classList.add("carrying");
    if (pressed.touch) navigator.vibrate?.(10);
    frame = requestAnimationFrame(scroll);
  }

  function follow() {
    const { column, minute } = sheet.at(last.x, last.y);
    carry?.to(column, minute - grip, last.fine ? FINE_MIN : STEP_MIN);
  }

  /** Near the upper and the lower edge of the window the page comes along. */
  function scroll() {
    if (!carry) return;
    frame = requestAnimationFrame(scroll);
    const by = last.y < EDGE_PX ? -SCROLL_PX : last.y > innerHeight - EDGE_PX ? SCROLL_PX : 0;
    if (!by) return;
    scrollBy(0, by);
    follow();
  }

  function release() {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    if (pressed && root.hasPointerCapture(pressed.id)) root.releasePointerCapture(pressed.id);
    root.classList.remove("carrying");
    pressed = carry = undefined;
  }

  function giveUp() {
    const carried = carry;
    release();
    if (carried) leave(carried);
  }

  /** @param {Carry} carried */
  function leave(carried) {
    carried.drop();
    dropped(undefined);
  }
}
