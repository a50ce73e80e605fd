// @ts-check
// What to press when camera or microphone are blocked, for this browser on this system.

import { t } from "../../lib/text.js";

/**
 * @typedef {import("../../call/browser.js").Browser} Browser
 * @typedef {import("../../call/media.js").Capture} Capture
 * @typedef {{title: string, steps: string[]}} Help
 */

/**
 * @param {Browser} browser
 * @param {"camera" | "microphone" | "both"} what
 * @param {Capture | "unsupported"} why
 * @returns {Help}
 */
export function helpFor(browser, what, why) {
  if (why === "unsupported" || (browser.inApp && why === "blocked")) return elsewhere(browser);
  if (why === "blocked") {
    return { title: blockedTitle(what), steps: [...inBrowser(browser), inSystem(browser)] };
  }
  return deviceHelp(what, why);
}

/** @param {Browser} browser @returns {Help} */
function elsewhere({ inApp, system }) {
  const usual = system === "ios" ? "Safari" : "Chrome";
  return {
    title: inApp
      ? t("This app does not let pages use the camera and microphone")
      : t("This browser cannot use the camera and microphone"),
    steps: [
      inApp
        ? t(
            "Open the menu of this app (often ⋯ or the share sign) and choose “Open in {browser}”.",
            { browser: usual },
          )
        : t("Open the link of your session in {browser}, Firefox or Edge, in its newest version.", {
            browser: usual,
          }),
      t("Or copy the link of your session and paste it into {browser}.", { browser: usual }),
    ],
  };
}

/** @param {"camera" | "microphone" | "both"} what */
function blockedTitle(what) {
  if (what === "camera") return t("Your camera is blocked");
  if (what === "microphone") return t("Your microphone is blocked");
  return t("Camera and microphone are blocked");
}

/** @param {Browser} browser @returns {string[]} */
function inBrowser({ name, system }) {
  if (system === "ios") {
    if (name === "safari") {
      return [
        t(
          "Tap the sign on the left of the address (ᴀA or a small page) and choose “Website Settings”.",
        ),
        t("Set Camera and Microphone to “Allow”, then load this page again."),
      ];
    }
    return [
      t(
        "Open the Settings of your phone, scroll to this browser and switch on Camera and Microphone.",
      ),
      t("Come back here and press “Try again”."),
    ];
  }
  if (system === "android") {
    return name === "firefox"
      ? [
          t(
            "Tap the lock on the left of the address, then “Camera” and “Microphone”, and allow both.",
          ),
        ]
      : [
          t(
            "Tap the sign on the left of the address, then “Permissions”, and allow camera and microphone.",
          ),
        ];
  }
  switch (name) {
    case "firefox":
      return [
        t(
          "Click the crossed-out camera or microphone left of the address and remove “Blocked”, then press “Try again”.",
        ),
      ];
    case "safari":
      return [
        t(
          "In the menu bar choose Safari, then “Settings for This Website…”, and set Camera and Microphone to “Allow”.",
        ),
      ];
    case "edge":
      return [
        t(
          "Click the lock on the left of the address, then “Permissions for this site”, and allow camera and microphone.",
        ),
      ];
    default:
      return [t("Click the sign on the left of the address and switch on camera and microphone.")];
  }
}

/** The system itself may say no, whatever the page is allowed. @param {Browser} browser */
function inSystem({ name, system }) {
  switch (system) {
    case "ios":
      return t(
        "Still blocked? Settings, Privacy & Security, Camera and Microphone: switch your browser on.",
      );
    case "android":
      return t(
        "Still blocked? Settings, Apps, your browser, Permissions: allow camera and microphone.",
      );
    case "macos":
      return t(
        "Still blocked? System Settings, Privacy & Security, Camera and Microphone: switch {browser} on.",
        {
          browser: name === "safari" ? "Safari" : t("your browser"),
        },
      );
    case "windows":
      return t(
        "Still blocked? Settings, Privacy & security, Camera and Microphone: let desktop apps use them.",
      );
    default:
      return t(
        "Still blocked? Look in your system's privacy settings, and whether another program uses them.",
      );
  }
}

/**
 * @param {"camera" | "microphone" | "both"} what
 * @param {Capture | "unsupported"} why
 * @returns {Help}
 */
function deviceHelp(what, why) {
  const again = t("Then press “Try again”.");
  if (why === "missing") {
    const found = {
      camera: t("No camera was found"),
      microphone: t("No microphone was found"),
      both: t("No camera and no microphone were found"),
    };
    return { title: found[what], steps: [t("If there is a cable or a switch, check it."), again] };
  }
  const answers = {
    camera: t("Your camera does not answer"),
    microphone: t("Your microphone does not answer"),
    both: t("Your camera and microphone do not answer"),
  };
  const busy = t("Another program may be using it: close other video calls and camera apps.");
  return { title: answers[what], steps: [busy, again] };
}
