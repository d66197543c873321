// The arithmetic of one cell in words and numbers.
//
// Knows what a map is made of, and texts; no elements but those it gives back.
import { create } from "../elements.js";
import { fill } from "../fill.js";
import { sumOf } from "./terms.js";
/** @import { After, Arithmetic, Term } from "./terms.js" */

const SHOWN = 3; // terms that are written out

/** @param {number} number - To three digits, as people write it. */
export function told(number) {
  if (Math.abs(number) >= 100) return number.toFixed(0).replace("-", "−");
  const text = number.toFixed(Math.abs(number) >= 10 ? 1 : 2);
  return (text === "-0.00" ? "0.00" : text).replace("-", "−");
}

/** @param {number} number - That is added. */
function signOf(number) {
  return number < 0 ? "−" : "+";
}

/** @param {number} number - That comes after a sign. */
export function inBrackets(number) {
  return number < 0 ? `(${told(number)})` : told(number);
}

/**
 * Returns what a term adds at a place.
 *
 * @param {Arithmetic} arithmetic
 * @param {Term} term
 * @param {number} place
 */
export function added({ way }, { product }, place) {
  return way === "weighs" ? sumOf(product.numbers) : product.numbers[place];
}

/**
 * Returns the pairs of which a term's number at a place is the sum: what came in, and its weight.
 *
 * @param {Arithmetic} arithmetic
 * @param {Term} term
 * @param {number} place
 * @returns {{ place: number, tap: number, number: number, weight: number }[]}
 */
export function pairsOf({ links }, { incoming, kernel }, place) {
  if (!links) return [];
  const { starts, places, taps } = links;
  return Array.from({ length: starts[place + 1] - starts[place] }, (_, i) => {
    const [from, tap] = [places[starts[place] + i], taps[starts[place] + i]];
    return { place: from, tap, number: incoming.numbers[from], weight: kernel.numbers[tap] };
  });
}

/**
 * Returns the sum over all terms: the strongest at this place one by one, the others together.
 *
 * @param {Arithmetic} arithmetic
 * @param {number} place
 * @param {Record<string, string>} text
 * @param {(term: Term) => string} name - Of what comes in.
 */
export function sumLine(arithmetic, place, text, name) {
  const all = arithmetic.terms.map((term) => ({ term, adds: added(arithmetic, term, place) }));
  const strongest = [...all].sort((a, b) => Math.abs(b.adds) - Math.abs(a.adds)).slice(0, SHOWN);
  const rest = all.length - strongest.length;
  const others = sumOf(all.map(({ adds }) => adds)) - sumOf(strongest.map(({ adds }) => adds));
  /** @type {[number, string][]} */
  const parts = strongest.map(({ term, adds }) => [adds, name(term)]);
  if (rest > 0) parts.push([others, fill(text.detail_others, { count: rest })]);
  parts.push([arithmetic.bias(place), text.detail_bias]);
  const summed = parts.flatMap(([number, from], i) => [
    i ? signOf(number) : "",
    [told(i ? Math.abs(number) : number), from],
  ]);
  return row(text.detail_sum, [...summed, "=", told(arithmetic.sum.numbers[place])]);
}

/**
 * Returns what was done to the sum, a line a layer.
 *
 * @param {Arithmetic} arithmetic
 * @param {number} place
 * @param {Record<string, string>} text
 */
export function afterLines({ sum, after }, place, text) {
  let before = sum.numbers[place];
  return after.map((layer) => {
    const result = layer.picture.numbers[place];
    const line = row(text[`detail_${layer.op}`] ?? layer.op, partsOf(layer, before, result, place, text));
    before = result;
    return line;
  });
}

/**
 * @param {After} layer
 * @param {number} before
 * @param {number} result
 * @param {number} place
 * @param {Record<string, string>} text
 * @returns {(string | string[])[]}
 */
function partsOf({ op, values }, before, result, place, text) {
  const { slope, scale, shift } = values(place);
  if (op === "batch_normalization")
    return [told(scale), "×", inBrackets(before), signOf(shift), told(Math.abs(shift)), "=", told(result)];
  if (op === "leaky_relu" && before < 0) return [told(before), "×", told(slope), "=", told(result)];
  if (op === "leaky_relu" || op === "relu")
    return [told(before), before < 0 ? text.detail_to_zero : text.detail_stays, "=", told(result)];
  if (op === "add") {
    const skipped = result - before;
    return [told(before), signOf(skipped), [told(Math.abs(skipped)), text.detail_skip], "=", told(result)];
  }
  return [told(before), "→", told(result)];
}

/**
 * @param {string} title
 * @param {(string | string[])[]} parts - A number with its name below, or anything without.
 */
function row(title, parts) {
  const line = create("p", { className: "formula-line" });
  line.append(create("b", { textContent: title }));
  for (const part of parts.filter((each) => each.length > 0)) {
    const [number, name] = Array.isArray(part) ? part : [part, ""];
    const piece = create("span", { textContent: number });
    if (name) piece.append(create("small", { textContent: name }));
    line.append(piece);
  }
  return line;
}
