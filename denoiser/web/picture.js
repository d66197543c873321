// What is done to one picture: scores, drawing. A picture is 28x28 numbers in [0, 1].
import { create } from "./elements.js";

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

/** @param {ArrayLike<number>} clean @param {ArrayLike<number>} picture - As long as `clean`. */
export function meanSquaredError(clean, picture) {
  let sum = 0;
  for (let i = 0; i < clean.length; i++) sum += (clean[i] - picture[i]) ** 2;
  return sum / clean.length;
}

/**
 * Peak signal-to-noise ratio in dB; the peak is 1.
 * @param {number} mse - A mean squared error; Infinity comes of 0.
 */
export function psnr(mse) {
  return -10 * Math.log10(mse);
}

/** @param {HTMLCanvasElement} canvas @param {CanvasRenderingContext2DSettings} [settings] */
export function contextOf(canvas, settings) {
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("the browser gives no canvas to draw on");
  return context;
}

/**
 * Returns a function that draws a picture in greys on a 28x28 canvas.
 * @param {HTMLCanvasElement} canvas @returns {(picture: ArrayLike<number>) => void}
 */
export function painter(canvas) {
  const context = contextOf(canvas, { alpha: false, willReadFrequently: true });
  const image = context.createImageData(SIDE, SIDE);
  const pixels = image.data.fill(255);
  return (picture) => {
    for (let i = 0, at = 0; i < PIXELS; i++, at += 4) {
      pixels[at] = pixels[at + 1] = pixels[at + 2] = picture[i] * 255; // the array rounds
    }
    context.putImageData(image, 0, 0);
  };
}

/**
 * Offers a canvas as a PNG file, enlarged without smoothing.
 * @param {HTMLCanvasElement} canvas
 * @param {number} side - Of the file's picture, in pixels.
 * @param {string} name - Of the file.
 */
export function download(canvas, side, name) {
  const copy = create("canvas", { width: side, height: side });
  const context = contextOf(copy);
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, side, side);
  create("a", { href: copy.toDataURL(), download: name }).click();
}
