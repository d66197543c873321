// Texts with places in them, as Python sends them.

/**
 * Puts values in the place of their {names} in a text.
 * @param {string} template @param {Record<string, string | number | undefined>} values
 */
export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}
