// @ts-check
// A therapist's calendars: the private address copied, or selected whole; a file too large is said
// before it is sent.

import { copyOnClick } from "../lib/copy.js";
import { t } from "../lib/text.js";

copyOnClick(document, document.getElementById("copied"));

const address = document.getElementById("link-text");
if (address instanceof HTMLInputElement) address.addEventListener("focus", () => address.select());

for (const input of document.querySelectorAll("input[type=file]")) {
  if (!(input instanceof HTMLInputElement)) continue;
  input.addEventListener("change", () => {
    const large = (input.files?.[0]?.size ?? 0) > Number(input.dataset.maxBytes);
    input.setCustomValidity(large ? t("This file is larger than 5 MB.") : "");
    input.reportValidity();
  });
}
