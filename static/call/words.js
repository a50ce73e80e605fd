// @ts-check
// What is wrong with the media, in one plain sentence that says whose side it is.

import { t } from "../lib/text.js";

const LOSS = 0.05;
const LOSS_HEAVY = 0.15;
const DELAY_MS = 700;

/**
 * @param {import("./quality.js").Quality} quality
 * @param {import("./wire.js").Cause} cause
 * @param {string} name of the other person
 * @returns {string} empty where nothing is worth saying
 */
export function sentence(quality, cause, name) {
  switch (cause) {
    case "frozen":
      return t("{name}'s picture has stopped for now. You should still hear each other.", { name });
    case "black":
      return t("{name}'s picture is dark: the camera may be covered or used by another app.", {
        name,
      });
    case "silent":
      return t("No sound arrives from {name} at the moment.", { name });
    case "microphone":
      return t("Your microphone gives no sound. It may be switched off or used by another app.");
    default:
      return lineSentence(quality, name);
  }
}

/** Says which way the media goes. @param {import("./wire.js").MediaPath} path */
export function pathSentence(path) {
  if (path === "unknown") return "";
  return path === "direct"
    ? t("Picture and sound go straight between the two of you, encrypted.")
    : t(
        "Picture and sound go through a relay, which cannot see or hear them: they are encrypted between the two of you.",
      );
}

/**
 * Says that there is no way now.
 * @param {import("./state.js").State["route"]} route
 * @returns {string} empty where nothing is worth saying
 */
export function troubleSentence(route) {
  if (route?.trouble === "full") {
    return t("The relay is full at the moment. This page keeps trying; you need not do anything.");
  }
  return route?.trouble === "down"
    ? t("The relay does not answer at the moment. This page keeps trying.")
    : "";
}

/**
 * Says that the way is another one.
 * @param {import("./state.js").State["route"]} before
 * @param {import("./state.js").State["route"]} now
 * @returns {string} empty where nothing is worth saying
 */
export function turnSentence(before, now) {
  if (!before || !now || before.path === now.path) return "";
  return now.path === "direct"
    ? t("The relay did not work. Connecting you straight to each other…")
    : t("The direct way did not work. Going through the relay…");
}

/**
 * @param {import("./quality.js").Quality} quality
 * @param {string} name
 */
function lineSentence({ loss_in, loss_out, rtt_ms }, name) {
  const here = (loss_out ?? 0) > LOSS;
  const there = (loss_in ?? 0) > LOSS;
  if (here && there) {
    return t("The connection between you and {name} is unsteady. Speaking one at a time helps.", {
      name,
    });
  }
  if (here) {
    const heavy = (loss_out ?? 0) > LOSS_HEAVY;
    return heavy
      ? t(
          "Your connection is weak: {name} hears you with gaps. Moving closer to your Wi-Fi helps.",
          { name },
        )
      : t("Your connection is a little weak: {name} may hear short gaps.", { name });
  }
  if (there) return t("{name}'s connection is weak: you may hear gaps.", { name });
  if ((rtt_ms ?? 0) > DELAY_MS) return t("The line is slow: words arrive a little late.");
  return "";
}
