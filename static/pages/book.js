// @ts-check
// A booking page: shows the times on the clock of this browser, unless a zone was chosen.

import { find } from "../lib/dom.js";
import { zoneHere } from "../lib/times.js";

const form = find(document, "#zone-form", HTMLFormElement);
const zone = find(form, "#zone", HTMLSelectElement);

if ("guess" in form.dataset && form.method === "get") {
  const here = zoneHere();
  const known = [...zone.options].some((option) => option.value === here);
  const asked = new URLSearchParams(location.search);
  if (known && here !== zone.value && !asked.has("zone")) {
    asked.set("zone", here);
    // Replaced, so that the way back does not lead here again.
    location.replace(`${location.pathname}?${asked}`);
  }
}
