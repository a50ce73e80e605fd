// @ts-check
// Which browser and system this is, as far as it changes what a person must press.

/**
 * @typedef {"chrome" | "edge" | "firefox" | "safari" | "samsung" | "other"} BrowserName
 * @typedef {"ios" | "android" | "macos" | "windows" | "linux"} SystemName
 * @typedef {{name: BrowserName, system: SystemName, inApp: boolean}} Browser
 */

// Facebook, Instagram, Line, the Google app, Android's bare web view and their like.
const IN_APP =
  /FBAN|FBAV|FB_IAB|Instagram|\bLine\/|\bGSA\/|; wv\)|MicroMessenger|Snapchat|musical_ly|BytedanceWebview|Twitter for|LinkedInApp|Pinterest/;

/**
 * @param {string} userAgent
 * @param {number} touchPoints tells an iPad, which calls itself a Mac, from a Mac
 * @returns {Browser}
 */
export function browserOf(userAgent, touchPoints = 0) {
  const system = systemOf(userAgent, touchPoints);
  return { name: nameOf(userAgent), system, inApp: IN_APP.test(userAgent) };
}

/** @param {string} userAgent @param {number} touchPoints @returns {SystemName} */
function systemOf(userAgent, touchPoints) {
  if (/iPhone|iPad|iPod/.test(userAgent)) return "ios";
  if (/Macintosh/.test(userAgent)) return touchPoints > 1 ? "ios" : "macos";
  if (/Android/.test(userAgent)) return "android";
  return /Windows/.test(userAgent) ? "windows" : "linux";
}

/** @param {string} userAgent @returns {BrowserName} */
function nameOf(userAgent) {
  if (/Edg(e|A|iOS)?\//.test(userAgent)) return "edge";
  if (/Firefox\/|FxiOS\//.test(userAgent)) return "firefox";
  if (/SamsungBrowser\//.test(userAgent)) return "samsung";
  if (/Chrome\/|CriOS\/|Chromium\//.test(userAgent)) return "chrome";
  return /Safari\//.test(userAgent) ? "safari" : "other";
}

/**
 * Returns an address that opens `link` in the system's own browser, where apps allow that.
 * @param {Browser} browser
 * @param {string} link
 */
export function addressElsewhere({ system }, link) {
  if (system === "ios" && link.startsWith("https:")) return `x-safari-${link}`;
  if (system === "android") {
    const { protocol, host, pathname, hash } = new URL(link);
    const scheme = protocol.replace(":", "");
    return `intent://${host}${pathname}${hash}#Intent;scheme=${scheme};action=android.intent.action.VIEW;end`;
  }
  return null;
}
