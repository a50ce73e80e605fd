// @ts-check
// Exchanges the token of /signin#<token> for a session, and takes it out of the address bar.

import { t } from "../lib/text.js";

const token = location.hash.slice(1);
const failed = element("failed");
const linking = element("linking");

if (token) {
  history.replaceState(null, "", location.pathname + location.search);
  exchange(token);
} else if (!failed.hidden) {
  failed.focus();
}

/** @param {string} token */
async function exchange(token) {
  linking.hidden = false;
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
