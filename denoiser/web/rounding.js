// How numbers are rounded.

/** Rounds half to even, as NumPy does. @param {number} value */
export function rint(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}
