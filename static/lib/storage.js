// @ts-check
// What this browser remembers. Storage may be full, blocked or absent: then nothing is remembered.

/** @param {"localStorage" | "sessionStorage"} kind */
function shelf(kind) {
  return {
    /** @param {string} key @returns {string | null} */
    get(key) {
      try {
        return globalThis[kind].getItem(key);
      } catch {
        return null;
      }
    },
    /** @param {string} key @param {string} value */
    set(key, value) {
      try {
        globalThis[kind].setItem(key, value);
      } catch {
        // Not remembered.
      }
    },
    /** @param {string} key */
    remove(key) {
      try {
        globalThis[kind].removeItem(key);
      } catch {
        // Was not remembered either.
      }
    },
  };
}

/** Outlives the tab: how this person likes the page. */
export const kept = shelf("localStorage");

/** Lives as long as the tab. */
export const ofTab = shelf("sessionStorage");
