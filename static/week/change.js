// @ts-check
// A change to an appointment, as a form would post it; what is wrong comes back as words.

import { t } from "../lib/text.js";

const SIGNED_OUT = 401;
const FAILED = "The service does not answer just now. Please try again in a moment.";
const PATIENCE_MS = 15_000;

/**
 * @param {string} id
 * @param {"move" | "undo"} act
 * @param {Record<string, string>} [fields]
 * @returns {Promise<{done: boolean, code: string, text: string, signedOut: boolean}>}
 */
export async function change(id, act, fields = {}) {
  try {
    const answer = await fetch(`/appointments/${encodeURIComponent(id)}/${act}`, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.ok) return { done: true, code: "", text: "", signedOut: false };
    const { code, text } = await answer.json();
    return { done: false, code, text: t(text), signedOut: answer.status === SIGNED_OUT };
  } catch {
    return { done: false, code: "offline", text: t(FAILED), signedOut: false };
  }
}
