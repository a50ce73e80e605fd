// @ts-check
// The private address of a therapist's calendar: copied, or selected whole.

import { copyOnClick } from "../lib/copy.js";

copyOnClick(document, document.getElementById("copied"));

const address = document.getElementById("link-text");
if (address instanceof HTMLInputElement) address.addEventListener("focus", () => address.select());
