// @ts-check
// Buttons with data-copy="text" copy that text and say so.

import { t } from "./text.js";

const SAID_MS = 2500;

/** @param {ParentNode & EventTarget} root @param {HTMLElement | null} status a live region for the spoken word */
export function copyOnClick(root, status) {
  root.addEventListener("click", async (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-copy]");
    if (!(button instanceof HTMLButtonElement)) return;
    const copied = await copy(button.dataset.copy ?? "");
    const said = copied ? t("Copied") : t("Select the link and copy it");
    if (status) status.textContent = said;
    const label = /** @type {ChildNode} */ (button.firstChild);
    const before = button.dataset.label ?? label.textContent ?? "";
    button.dataset.label = before;
    label.textContent = said;
    setTimeout(() => (label.textContent = before), SAID_MS);
  });
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
