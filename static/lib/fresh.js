// @ts-check
// Keeps a part of a page as the service would show it now, without loading the page anew.

/**
 * @typedef {object} Fresh
 * @property {() => Promise<void>} refresh fetches the page and swaps the part, if it has changed
 * @property {() => void} hold nothing is swapped from now on
 * @property {() => void} release swaps what was held back
 */

/**
 * What has `data-keep` gets the focus back when it, or what took its place, has it still.
 * @param {HTMLElement} part an element with an id
 * @param {() => void} [swapped]
 * @param {string} [address] of a page that has this part; this one, if it can be asked for again
 * @returns {Fresh}
 */
export function keepFresh(part, swapped, address = location.href) {
  let served = part.innerHTML;
  let held = false;
  let stale = false;
  /** @type {Promise<void> | undefined} */
  let running;

  async function look() {
    do {
      stale = false;
      const found = (await load(address))?.getElementById(part.id);
      if (found && !held) swap(found);
      else if (held) stale = true;
    } while (stale && !held);
  }

  /** @param {HTMLElement} found */
  function swap(found) {
    const next = found.innerHTML;
    if (next === served) return;
    served = next;
    const focused = document.activeElement;
    const inside = part.contains(focused);
    const keep = focused?.closest("[data-keep]")?.getAttribute("data-keep");
    for (const { name, value } of found.attributes) {
      if (name.startsWith("data-")) part.setAttribute(name, value);
    }
    part.replaceChildren(...found.childNodes);
    swapped?.();
    if (!inside) return;
    const again = keep ? part.querySelector(`[data-keep="${CSS.escape(keep)}"]`) : null;
    const main = document.getElementById("main");
    (again instanceof HTMLElement ? again : main)?.focus({ preventScroll: true });
  }

  function refresh() {
    stale = true;
    if (held) return Promise.resolve();
    running ??= look().finally(() => (running = undefined));
    return running;
  }

  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  addEventListener("pageshow", (event) => event.persisted && refresh());
  return {
    refresh,
    hold() {
      held = true;
    },
    release() {
      held = false;
      if (stale) refresh();
    },
  };
}

/**
 * Returns a page as it is now; nothing when it cannot be had, or leads elsewhere.
 * @param {string} address
 */
function load(address) {
  return new Promise((/** @type {(page: Document | null) => void} */ resolve) => {
    // The parser of a request makes a page of what comes; a text would first have to be trusted.
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.setRequestHeader("Accept", "text/html");
    request.responseType = "document";
    request.timeout = 15_000;
    request.onloadend = () => {
      const came = new URL(request.responseURL || "about:blank").pathname;
      const asked = new URL(address, location.href).pathname;
      resolve(request.status === 200 && came === asked ? request.responseXML : null);
    };
    request.send();
  });
}
