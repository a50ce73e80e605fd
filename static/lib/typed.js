// @ts-check
// Whether somebody has begun to fill a form, which must not be lost.

/** @param {ParentNode} root */
export function halfFilled(root) {
  if (root.querySelector('[aria-invalid="true"]')) return true;
  return [...root.querySelectorAll("input, textarea, select")].some((field) => {
    if (field instanceof HTMLSelectElement) {
      const served = [...field.options].findIndex((each) => each.defaultSelected);
      return field.selectedIndex !== Math.max(served, 0);
    }
    if (field instanceof HTMLInputElement && ["radio", "checkbox"].includes(field.type)) {
      return field.checked !== field.defaultChecked;
    }
    const text = /** @type {HTMLInputElement | HTMLTextAreaElement} */ (field);
    return text.value !== text.defaultValue;
  });
}
