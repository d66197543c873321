import { create, createSvg } from "./elements.js";

/**
 * Makes a line of a chart's legend: the curve's stroke, its mark if it has one, and its name.
 * @param {string} name - The curve's class.
 * @param {string} text @param {string} color
 * @param {(x: number, y: number) => string} [mark] - Gives the path of a mark.
 */
export function legendItem(name, text, color, mark) {
  const key = createSvg("svg", { viewBox: "0 0 28 12" });
  key.append(createSvg("path", { class: name, stroke: color, d: "M0 6H28" }));
  if (mark) key.append(createSvg("path", { class: "marks", fill: color, d: mark(14, 6) }));
  const item = create("li");
  item.append(key, text);
  return item;
}
