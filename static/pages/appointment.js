// @ts-check
// One appointment, or the form for a new one: copies the link, goes to the first wrong field.

import { copyOnClick } from "../lib/copy.js";

copyOnClick(document, document.getElementById("copied"));

const first = document.querySelector('[aria-invalid="true"]');
if (first instanceof HTMLElement) first.focus();

const link = document.getElementById("link-text");
if (link instanceof HTMLInputElement) link.addEventListener("focus", () => link.select());
