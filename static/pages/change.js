// @ts-check
// What a client keeps of an appointment and can change: follows it, and loses nothing typed.

import { copyOnClick } from "../lib/copy.js";
import { find, show } from "../lib/dom.js";
import { follow, turner } from "../lib/follow.js";
import { guessZone, showHere } from "../lib/guess.js";
import { hideWhenPast } from "../lib/past.js";
import { localiseTimes } from "../lib/times.js";
import { halfFilled } from "../lib/typed.js";

guessZone();
copyOnClick(document, document.getElementById("copied"));
localiseTimes(document);
hideWhenPast(document);

const page = find(document, "#follow", HTMLElement);
if (page.dataset.guess) showHere(page.dataset.guess);
const meanwhile = document.getElementById("meanwhile");
const turn = turner();

follow(page, (answer) => {
  if (answer.changed_at === page.dataset.changed) return;
  if (meanwhile && writing()) show(meanwhile, true);
  else turn(page.dataset.fresh ?? "");
});

/** Words that came back with the page are somebody's words as well. */
function writing() {
  const words = page.querySelector("textarea");
  return halfFilled(page) || Boolean(words?.value);
}

const link = document.getElementById("link-text");
if (link instanceof HTMLInputElement) link.addEventListener("focus", () => link.select());
