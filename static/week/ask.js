// @ts-check
// The question before anything is changed: move it there? And what the service answers.

import { find, say, show } from "../lib/dom.js";
import { t } from "../lib/text.js";
import { change } from "./change.js";
import { clock } from "./words.js";

/**
 * Asks, moves, and tells what stands in the way.
 * @param {import("./carry.js").Carry} carry
 * @returns {Promise<boolean>} whether it was moved
 */
export function ask(carry) {
  const dialog = find(document, "#week-ask", HTMLDialogElement);
  const wrong = find(dialog, ".week-wrong", HTMLElement);
  const move = find(dialog, "[value='move']", HTMLButtonElement);
  const again = find(dialog, ".week-again", HTMLElement);
  const elsewhere = find(dialog, ".week-elsewhere", HTMLAnchorElement);
  const note = carry.told
    ? t("Your client gets a message with the new time. The link stays the same.")
    : t("The link stays the same. Nothing is sent from here: please tell your client.");
  say(find(dialog, "h2", HTMLElement), t("Move to {when}?", { when: carry.when }));
  say(find(dialog, ".week-who", HTMLElement), carry.name);
  say(find(dialog, ".week-note", HTMLElement), note);
  elsewhere.href = `/appointments/${encodeURIComponent(carry.id)}#start`;
  let moved = false;
  let busy = false;
  tell("");

  /** @param {string} text */
  function tell(text, signedOut = false) {
    say(wrong, text);
    show(wrong, Boolean(text));
    show(again, signedOut);
    show(move, !signedOut);
  }

  /** @param {Event} event */
  async function pressed(event) {
    event.preventDefault();
    if (busy) return;
    busy = true;
    move.setAttribute("aria-disabled", "true");
    tell("");
    const start = new Date(carry.start_ms).toISOString().replace(".000", "");
    const answer = await change(carry.id, "move", { start, minutes: String(carry.minutes) });
    busy = false;
    move.removeAttribute("aria-disabled");
    moved = answer.done;
    if (moved) dialog.close();
    else tell(answer.code === "overlap" ? inTheWay(carry) : answer.text, answer.signedOut);
  }

  return new Promise((resolve) => {
    move.addEventListener("click", pressed);
    // To leave while the answer is on its way would leave it open what has become of it.
    dialog.oncancel = dialog.onsubmit = (/** @type {Event} */ event) => {
      if (busy) event.preventDefault();
    };
    dialog.onclose = () => {
      move.removeEventListener("click", pressed);
      resolve(moved);
    };
    dialog.showModal();
    move.focus();
  });
}

/** Names what lies there, as far as this page knows. @param {import("./carry.js").Carry} carry */
function inTheWay(carry) {
  const [other] = carry.sheet.inTheWay(carry.start_ms, carry.minutes, carry.id);
  if (!other) return t("You have another appointment then. Nothing was changed.");
  const time = clock(Date.parse(other.dataset.start ?? ""), "time", carry.sheet.zone);
  const name = other.dataset.name ?? "";
  return t("You have another appointment then: {name}, {time}. Nothing was changed.", { name, time });
}
