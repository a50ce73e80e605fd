// @ts-check
// The words of a page, in the reader's language. The English text is the message id.

/** @type {Record<string, string> | undefined} */
let catalogue;

function read() {
  const source = globalThis.document?.getElementById("texts")?.textContent;
  try {
    return source ? JSON.parse(source) : {};
  } catch {
    return {};
  }
}

/**
 * Returns the text in the reader's language, with {names} filled in.
 * @param {string} text
 * @param {Record<string, string | number>} [values]
 */
export function t(text, values = {}) {
  catalogue ??= /** @type {Record<string, string>} */ (read());
  const found = catalogue[text] || text;
  return found.replace(/\{(\w+)\}/g, (whole, name) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole,
  );
}
