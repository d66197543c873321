// A line of a chart's legend: the curve's stroke, its mark if it has one, and its name.
import { createSvg } from "./elements.js";

export function legendItem(name, text, color, mark = null) {
  const item = document.createElement("li");
  const key = createSvg("svg", { viewBox: "0 0 28 12" });
  key.append(createSvg("path", { class: name, stroke: color, d: "M0 6H28" }));
  if (mark) key.append(createSvg("path", { class: "marks", fill: color, d: mark(14, 6) }));
  item.append(key, text);
  return item;
}
