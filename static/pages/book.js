// @ts-check
// A booking page: the times on the clock of this browser.

import { guessZone } from "../lib/guess.js";

guessZone();
