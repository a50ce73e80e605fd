// @ts-check
// Every date of a series: tells how many are chosen, and goes to what is wrong.

import { find } from "../lib/dom.js";

const first = document.querySelector('[aria-invalid="true"]');
if (first instanceof HTMLElement) first.focus();

const list = document.getElementById("dates");
const button = document.querySelector("button[data-count]");
if (list && button instanceof HTMLButtonElement) {
  list.addEventListener("change", () => count(list, button));
  list.addEventListener("input", (event) => {
    const typed = event.target;
    if (!(typed instanceof HTMLInputElement) || typed.type !== "datetime-local") return;
    const row = /** @type {Element} */ (typed.closest(".date"));
    find(row, '[value="other"]', HTMLInputElement).checked = true;
  });
}

/** @param {HTMLElement} dates @param {HTMLButtonElement} act */
function count(dates, act) {
  const out = dates.querySelectorAll('[value="skip"]:checked, [type="checkbox"]:not(:checked)');
  const chosen = dates.querySelectorAll(".date").length - out.length;
  const words = (chosen === 1 && act.dataset.countOne) || act.dataset.count || "";
  act.textContent = words.replace("{count}", String(chosen));
}
