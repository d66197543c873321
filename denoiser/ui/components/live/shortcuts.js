// Single keys, for who teaches at a projector.

/**
 * Returns the key that was pressed as a shortcut. On a projector single keys do what a teacher would
 * walk back to the mouse for. Elsewhere they do nothing: speech input types single keys by accident
 * (WCAG 2.1.4).
 *
 * @param {KeyboardEvent} event
 * @returns {string} A small letter; "" for what is no shortcut.
 */
export function shortcutOf(event) {
  if (!document.documentElement.classList.contains("projector") || isTyping(event)) return "";
  return event.key.toLowerCase();
}

/** @param {KeyboardEvent} event */
function isTyping(event) {
  const isShortcut = event.ctrlKey || event.metaKey || event.altKey;
  const [target] = event.composedPath();
  const isField = target instanceof Element && target.matches("input:not([type=radio]), select, textarea");
  return isShortcut || isField;
}
