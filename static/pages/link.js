// @ts-check
// Exchanges the token of a session link for a cookie and goes to the session.

import { addressElsewhere, browserOf } from "../call/browser.js";
import { Media } from "../call/media.js";
import { find, say, show } from "../lib/dom.js";
import { ofTab } from "../lib/storage.js";
import { t } from "../lib/text.js";

const browser = browserOf(navigator.userAgent, navigator.maxTouchPoints);
const SECTIONS = ["opening", "elsewhere", "unknown", "unreached"];

let link = "";

/** @param {string} id */
function turn(id) {
  for (const each of SECTIONS) show(find(document, `#${each}`, HTMLElement), each === id);
  const heading = document.querySelector(`#${id} h1`);
  if (heading instanceof HTMLElement) heading.focus();
}

function begin() {
  if (!location.hash && link) return;
  link = location.hash.length > 1 ? location.href : "";
  history.replaceState(null, "", location.pathname);
  if (!link) turn("unknown");
  else if (browser.inApp || !Media.supported) offerElsewhere();
  else void exchange();
}

async function exchange() {
  turn("opening");
  try {
    const response = await fetch("/j", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token: new URL(link).hash.slice(1) }),
    });
    if (!response.ok)
      return turn(response.status >= 500 || response.status === 429 ? "unreached" : "unknown");
    const { to } = await response.json();
    if (typeof to === "string" && /^\/(?!\/)/.test(to)) location.replace(to);
    else turn("unknown");
  } catch {
    turn("unreached");
  }
}

/** This browser may have no camera: the link is kept for this tab, to be copied later on as well. */
function offerElsewhere() {
  ofTab.set("link", link);
  const usual = browser.system === "ios" ? "Safari" : "Chrome";
  say(
    find(document, "#elsewhere-text", HTMLElement),
    browser.inApp
      ? t("The app you are in often has no camera and microphone for pages. {browser} has.", {
          browser: usual,
        })
      : t(
          "This browser has no camera and microphone for pages. A current Chrome, Edge, Firefox or Safari has.",
        ),
  );
  const open = find(document, "#open-elsewhere", HTMLAnchorElement);
  const address = addressElsewhere(browser, link);
  show(open, address !== null);
  if (address) {
    open.href = address;
    say(open, t("Open in {browser}", { browser: usual }));
  }
  turn("elsewhere");
}

find(document, "#copy-link", HTMLButtonElement).addEventListener("click", async () => {
  const copied = find(document, "#copied", HTMLElement);
  try {
    await navigator.clipboard.writeText(link);
    say(copied, t("Copied. Paste it into the address field of your usual browser."));
  } catch {
    say(copied, t("Please copy the link from your message."));
  }
});
find(document, "#go-on", HTMLButtonElement).addEventListener("click", () => void exchange());
find(document, "#again", HTMLButtonElement).addEventListener("click", () => void exchange());
addEventListener("hashchange", begin);
begin();
