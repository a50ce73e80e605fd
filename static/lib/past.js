// @ts-check
// What is offered until a time goes when it has come.

/** @param {ParentNode} root whose elements with data-until (an instant) are meant */
export function hideWhenPast(root) {
  for (const element of root.querySelectorAll("[data-until]")) {
    const offered = /** @type {HTMLElement} */ (element);
    const { until, now } = offered.dataset;
    const left_ms = Date.parse(until ?? "") - Date.parse(now ?? "");
    if (!Number.isNaN(left_ms)) setTimeout(() => (offered.hidden = true), left_ms);
  }
}
