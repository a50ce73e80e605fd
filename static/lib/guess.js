// @ts-check
// Shows free times on the clock of this browser, unless a zone was chosen.

import { find } from "./dom.js";
import { zoneHere } from "./times.js";

export function guessZone() {
  const form = document.querySelector("#zone-form");
  if (!(form instanceof HTMLFormElement)) return;
  const zone = find(form, "#zone", HTMLSelectElement);
  if (!("guess" in form.dataset) || form.method !== "get") return;
  const here = zoneHere();
  const known = [...zone.options].some((option) => option.value === here);
  const asked = new URLSearchParams(location.search);
  if (known && here !== zone.value && !asked.has("zone")) {
    asked.set("zone", here);
    // Replaced, so that the way back does not lead here again.
    location.replace(`${location.pathname}?${asked}`);
  }
}
