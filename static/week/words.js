// @ts-check
// Times on this page are read on the therapist's own clock, wherever she looks at it.

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const STYLES = {
  time: { timeStyle: "short" },
  day: { weekday: "long", day: "numeric", month: "long" },
};

/**
 * @param {number} at_ms
 * @param {"time" | "day"} style
 * @param {string | undefined} zone
 */
export function clock(at_ms, style, zone) {
  const language = document.documentElement.lang;
  const own = navigator.languages.filter((each) => each.split("-")[0] === language);
  const locales = own.length ? own : language;
  try {
    return new Intl.DateTimeFormat(locales, { ...STYLES[style], timeZone: zone }).format(at_ms);
  } catch {
    // A zone this browser has not heard of yet.
    return new Intl.DateTimeFormat(locales, STYLES[style]).format(at_ms);
  }
}
