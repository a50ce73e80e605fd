// @ts-check
// One appointment, or the form for a new one: copies the link, goes to the first wrong field.

import { copyOnClick } from "../lib/copy.js";
import { show } from "../lib/dom.js";
import { keepFresh } from "../lib/fresh.js";
import { hideWhenPast } from "../lib/past.js";
import { halfFilled } from "../lib/typed.js";

copyOnClick(document, document.getElementById("copied"));

const first = document.querySelector('[aria-invalid="true"]');
if (first instanceof HTMLElement) first.focus();

document.addEventListener("focusin", ({ target }) => {
  if (target instanceof HTMLInputElement && target.id === "link-text") target.select();
});

const appointment = document.getElementById("appointment");
if (appointment) follow(appointment);

/** Shows it as it is now; but what is half filled stays, and a line tells. @param {HTMLElement} part */
function follow(part) {
  const meanwhile = document.getElementById("meanwhile");
  const fresh = keepFresh(part, () => hideWhenPast(part));
  hideWhenPast(part);

  function busy() {
    return halfFilled(part) || part.querySelector(".changes details[open]") !== null;
  }

  function rest() {
    if (busy()) fresh.hold();
    else fresh.release();
  }

  rest();
  part.addEventListener("input", rest);
  part.addEventListener("toggle", rest, true);
  document.addEventListener("desk:changed", (event) => {
    const { appointment: id } = /** @type {CustomEvent} */ (event).detail;
    if (id && id !== part.dataset.id) return;
    if (id && meanwhile && busy()) show(meanwhile, true);
    void fresh.refresh();
  });
}
