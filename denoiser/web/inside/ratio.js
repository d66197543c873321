// How many times as much a number is as another one, in words.
import { fill } from "../fill.js";

/**
 * @param {number} before
 * @param {number} after
 * @param {Record<string, string>} text
 */
export function ratioOf(before, after, text) {
  const ratio = after / before;
  const percent = Math.round(100 * Math.abs(ratio - 1));
  if (!Number.isFinite(ratio) || percent < 1) return text.mute_same;
  if (ratio >= 1.95) return fill(text.mute_times, { times: ratio.toFixed(ratio < 9.95 ? 1 : 0) });
  return fill(ratio > 1 ? text.mute_more : text.mute_less, { percent });
}
