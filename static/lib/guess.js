// @ts-check
// Shows times on the clock of this browser, unless a zone was chosen.

import { find } from "./dom.js";
import { zoneHere } from "./times.js";

/** The zone form of free times, where it was left to the page to guess. */
export function guessZone() {
  const form = document.querySelector("#zone-form");
  if (!(form instanceof HTMLFormElement)) return;
  const zone = find(form, "#zone", HTMLSelectElement);
  if (!("guess" in form.dataset) || form.method !== "get") return;
  if ([...zone.options].some((option) => option.value === zoneHere())) showHere(zone.value);
}

/** @param {string} shown the zone of the times on this page */
export function showHere(shown) {
  const asked = new URLSearchParams(location.search);
  if (zoneHere() === shown || asked.has("zone")) return;
  asked.set("zone", zoneHere());
  // Replaced, so that the way back does not lead here again.
  location.replace(`${location.pathname}?${asked}`);
}
