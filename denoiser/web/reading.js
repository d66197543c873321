// What a classifier's probabilities mean: a digit, or none.

const DIGITS = 10;

/** @typedef {{ digit: number | null, shares: number[] }} Reading - The shares of 0 to 9, what is missing to 1 is "no digit". */

/**
 * Returns what a classifier's probabilities mean; `is_digit` in denoiser/metrics.py says the same.
 * @param {ArrayLike<number>} probabilities - Of the digits 0 to 9, and after them of no digit.
 * @param {number} least - How likely it has to be that there is any digit.
 * @returns {Reading} Its digit is null for none; of two that are as likely, it is the smaller one.
 */
export function readingOf(probabilities, least) {
  const shares = Array.from({ length: DIGITS }, (_, digit) => probabilities[digit]);
  const isDigit = shares.reduce((sum, share) => sum + share, 0) >= least;
  return { digit: isDigit ? shares.indexOf(Math.max(...shares)) : null, shares };
}

/** Returns whether a picture is all of one brightness: there is nothing on it to read or to score. @param {ArrayLike<number>} picture */
export function isFeatureless(picture) {
  return Array.prototype.every.call(picture, (pixel) => pixel === picture[0]);
}
