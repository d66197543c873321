// The lines between stages: straight to the next one, an arch over those that a skip connection passes.
//
// Knows where stages lie, nothing of what is in them.
import { createSvg, setAttributes } from "../elements.js";
/** @import { Stage } from "./stages.js" */

export const ARCH = 34; // how much room arches have above the stages, in CSS pixels
const STEP = 8; // between arches that lie over each other

/** @typedef {{ left: number, width: number }} Span - Across, in CSS pixels. */

/**
 * Draws the cables of a network.
 *
 * @param {SVGElement} svg - As wide as all stages.
 * @param {Stage[]} stages
 * @param {Span[]} spans - Of the stages.
 * @param {number} middle - Of their height, in CSS pixels, without the room for arches.
 */
export function drawCables(svg, stages, spans, middle) {
  const places = new Map(stages.map(({ name }, place) => [name, place]));
  const last = spans[spans.length - 1];
  setAttributes(svg, { width: last.left + last.width, height: "100%" });
  const pairs = cablesOf(stages);
  const skips = pairs.filter(({ from, to }) => (places.get(to) ?? 0) - (places.get(from) ?? 0) > 1);
  const lines = pairs.map((cable) => {
    const [from, to] = [cable.from, cable.to].map((name) => spans[places.get(name) ?? 0]);
    const rank = skips.indexOf(cable);
    const path = rank < 0 ? straight(from, to, middle) : arch(from, to, rank);
    const line = createSvg("path", { d: path, class: rank < 0 ? "cable" : "cable skip" });
    line.dataset.from = cable.from;
    line.dataset.to = cable.to;
    return line;
  });
  svg.replaceChildren(...lines);
}

/** @param {Stage[]} stages @returns {{ from: string, to: string }[]} */
export function cablesOf(stages) {
  return stages.flatMap(({ name, from, added }) =>
    [...from, ...added].map((other) => ({ from: other, to: name })),
  );
}

/** @param {Span} from @param {Span} to @param {number} middle */
function straight(from, to, middle) {
  const y = ARCH + middle;
  const end = to.left - 3;
  return `M${from.left + from.width + 3} ${y}H${end}M${end - 5} ${y - 4}L${end} ${y}L${end - 5} ${y + 4}`;
}

/** @param {Span} from @param {Span} to @param {number} rank - Among the arches. */
function arch(from, to, rank) {
  const [start, end] = [from.left + from.width * 0.7, to.left + to.width * 0.3];
  const top = Math.max(2, ARCH - 10 - rank * STEP);
  return (
    `M${start} ${ARCH}C${start} ${top} ${start + 6} ${top} ${start + 14} ${top}` +
    `H${end - 14}C${end - 6} ${top} ${end} ${top} ${end} ${ARCH}` +
    `M${end - 4} ${ARCH - 5}L${end} ${ARCH}L${end + 4} ${ARCH - 5}`
  );
}
