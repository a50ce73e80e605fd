// @ts-check

/**
 * Tells when the network may be another one, and when the page is awake again.
 * @param {object} told
 * @param {() => void} told.awake
 * @param {() => void} told.changed
 */
export function watchNetwork({ awake, changed }) {
  addEventListener("online", changed);
  addEventListener("pageshow", awake);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) awake();
  });
  // Also fires when only an estimate of the speed has changed.
  const connection = /** @type {(EventTarget & {type?: string}) | undefined} */ (
    /** @type {any} */ (navigator).connection
  );
  let type = connection?.type;
  connection?.addEventListener("change", () => {
    if (connection.type === type) return;
    type = connection.type;
    if (navigator.onLine) changed();
  });
}
