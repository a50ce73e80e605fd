// @ts-check
// Exchanges the token of /signin#<token> for a session, and takes it out of the address bar.

import { t } from "../lib/text.js";

const failed = element("failed");
const linking = element("linking");

// A link that is pasted while this page is open changes the fragment alone.
addEventListener("hashchange", take);
if (!failed.hidden) failed.focus();
take();

function take() {
  const token = location.hash.slice(1);
  if (!token) return;
  history.replaceState(null, "", location.pathname + location.search);
  exchange(token);
}

/** @param {string} token */
async function exchange(token) {
  linking.hidden = false;
  failed.hidden = true;
  try {
    const answer = await fetch("/signin/link", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    });
    const body = await answer.json();
    if (answer.ok) {
      location.replace(body.to);
      return;
    }
    tell(t(body.text));
  } catch {
    tell(t("There is no connection just now. Please open the link again in a moment."));
  }
}

/** @param {string} text */
function tell(text) {
  linking.hidden = true;
  failed.textContent = text;
  failed.hidden = false;
  failed.focus();
}

/** @param {string} id */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
