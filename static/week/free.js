// @ts-check
// Free time: a click leads to a new appointment at that quarter of an hour; keys choose it, too.

import { make, say } from "../lib/dom.js";
import { clock } from "./words.js";

const STEP_MIN = 15;
const STEP_MS = STEP_MIN * 60_000;

/**
 * @param {import("./sheet.js").Sheet} sheet
 * @param {() => number} now
 * @param {(text: string) => void} speak
 */
export function choosing(sheet, now, speak) {
  const { root } = sheet;
  const chip = make("span", { class: "week-chip at" });
  chip.setAttribute("aria-hidden", "true");

  root.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse") point(quarter(event));
  });
  root.addEventListener("pointerleave", () => chip.remove());
  root.addEventListener("pointerdown", () => chip.remove());
  root.addEventListener("click", (event) => {
    const mouse = /** @type {PointerEvent} */ (event).pointerType === "mouse";
    // Enter is a click as well, one without a place.
    if (!event.detail || (!mouse && !gap(event.target)) || event.ctrlKey || event.metaKey) return;
    const at_ms = quarter(event);
    if (at_ms === undefined) return;
    event.preventDefault();
    location.assign(address(at_ms));
  });

  root.addEventListener("focusin", (event) => {
    const link = gap(event.target);
    if (link) point(Date.parse(link.dataset.gap ?? ""));
  });
  root.addEventListener("focusout", (event) => {
    const link = gap(event.target);
    if (!link) return;
    chip.remove();
    link.href = address(Date.parse(link.dataset.gap ?? ""));
  });
  root.addEventListener("keydown", (event) => {
    const link = gap(event.target);
    const steps = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!link || !steps) return;
    event.preventDefault();
    const from = Date.parse(new URL(link.href).searchParams.get("start") ?? "") / STEP_MS;
    const chosen = ((steps > 0 ? Math.floor(from) : Math.ceil(from)) + steps) * STEP_MS;
    const first = Date.parse(link.dataset.gap ?? "");
    const last = Date.parse(link.dataset.until ?? "") - STEP_MS;
    const at_ms = Math.min(Math.max(chosen, first), last);
    link.href = address(at_ms);
    point(at_ms);
    speak(clock(at_ms, "time", sheet.zone));
  });

  /** @param {EventTarget | null} target */
  function gap(target) {
    const link = target instanceof Element ? target.closest("[data-gap]") : null;
    return link instanceof HTMLAnchorElement ? link : undefined;
  }

  /** The quarter of an hour under the pointer, where nothing is and it is still to come. @param {MouseEvent} event */
  function quarter(event) {
    const target = /** @type {Element} */ (event.target);
    if (root.classList.contains("carrying") || target.closest("[data-block]")) return undefined;
    if (!target.closest(".week-column")) return undefined;
    const { column, minute } = sheet.at(event.clientX, event.clientY);
    const at_ms = sheet.instant(column, Math.floor(minute / STEP_MIN) * STEP_MIN);
    return at_ms !== undefined && at_ms + STEP_MS > now() ? at_ms : undefined;
  }

  /** @param {number | undefined} at_ms */
  function point(at_ms) {
    const place = at_ms === undefined ? undefined : sheet.place(at_ms);
    if (at_ms === undefined || !place) return chip.remove();
    if (chip.parentElement !== place.element) place.element.append(chip);
    sheet.put(chip, place.minute, STEP_MIN);
    say(chip, `+ ${clock(at_ms, "time", sheet.zone)}`);
  }

  /** @param {number} at_ms */
  function address(at_ms) {
    return `/appointments/new?start=${new Date(at_ms).toISOString().replace(".000", "")}`;
  }
}
