// @ts-check
// Follows a client's appointment while the page is looked at: hears at once that it has changed.

const ASK_EVERY_MS = 30_000;
const AGAIN_MS = 5_000;

/**
 * @typedef {object} Answer how the door is now
 * @property {string} door
 * @property {string | null} changed_at
 * @property {number} now_ms
 */

/**
 * `element` has data-follow, the address of the session, and data-changed, when the appointment was
 * last changed as the page shows it. `heard` gets every answer of the door.
 * @param {HTMLElement} element
 * @param {(answer: Answer) => void} heard
 * @returns {{ask: () => Promise<void>, end: () => void}} asks the door now; hears no more
 */
export function follow(element, heard) {
  const { follow: address, changed } = element.dataset;
  /** @type {EventSource | undefined} */
  let stream;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let later;
  let askedAt = Date.now();
  let over = false;

  async function ask() {
    askedAt = Date.now();
    try {
      const response = await fetch(`${address}/door`, { cache: "no-store" });
      if (response.ok) heard(await response.json());
    } catch {
      // Asked again soon.
    }
  }

  function listen() {
    clearTimeout(later);
    if (stream || over || document.hidden) return;
    const mine = new EventSource(`${address}/events`);
    stream = mine;
    mine.onmessage = (event) => {
      if (event.data !== changed) void ask();
    };
    mine.onerror = () => {
      // A browser comes again by itself, but not where it was refused.
      if (mine.readyState !== EventSource.CLOSED || stream !== mine) return;
      rest();
      later = setTimeout(listen, AGAIN_MS * (1 + Math.random()));
    };
  }

  function rest() {
    clearTimeout(later);
    stream?.close();
    stream = undefined;
  }

  /** A page nobody looks at holds no connection; it looks when somebody does again. */
  function look() {
    if (over || document.hidden) return rest();
    void ask();
    listen();
  }

  document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", rest);
  addEventListener("pageshow", (event) => event.persisted && look());
  const timer = setInterval(() => {
    if (!document.hidden && Date.now() - askedAt >= ASK_EVERY_MS) void ask();
  }, AGAIN_MS);
  listen();
  return {
    ask,
    end() {
      over = true;
      clearInterval(timer);
      rest();
    },
  };
}

/**
 * Shows the page anew, but not while it is being left: that would undo the click.
 * @returns {(address: string) => void}
 */
export function turner() {
  let leaving = false;
  document.addEventListener("submit", () => (leaving = true));
  addEventListener("pageshow", () => (leaving = false));
  return (address) => {
    if (!leaving) location.replace(address);
  };
}
