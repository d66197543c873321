// Where the labels of lines go: beside the lines' ends, and not over one another.

/**
 * Returns where labels lie that each want to be at a level, moved as little as that needs.
 *
 * @param {number[]} levels - Where each wants to be.
 * @param {number} gap - Between two of them, at least; less where there is no room for that.
 * @param {readonly [low: number, high: number]} bounds
 * @returns {number[]} In the order of `levels`.
 */
export function apart(levels, gap, [low, high]) {
  const order = levels.map((_, i) => i).sort((one, other) => levels[one] - levels[other]);
  const least = Math.min(gap, (high - low) / Math.max(1, levels.length - 1));
  const placed = [...levels];
  let free = low;
  for (const i of order) {
    placed[i] = Math.max(levels[i], free);
    free = placed[i] + least;
  }
  let last = high;
  for (const i of [...order].reverse()) {
    placed[i] = Math.min(placed[i], last);
    last = placed[i] - least;
  }
  return placed;
}

/**
 * Returns the value in the middle; of two, the lower one. NaN for none.
 *
 * @param {number[]} values
 */
export function middle(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
}
