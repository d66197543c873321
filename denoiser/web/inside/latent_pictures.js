// The pictures of a map's digits, drawn small.
//
// They come as one PNG, which the browser unpacks by itself; without it, and until then, a digit is
// shown as the network draws it from its code.
import { contextOf, painter, SIDE } from "../picture.js";
import { codeOfDigit } from "./latent_space.js";
/** @import { Code, LatentMap } from "./latent_space.js" */

export class DigitPictures {
  /**
   * @param {LatentMap} map
   * @param {(code: Code) => ArrayLike<number>} decode
   */
  constructor(map, decode) {
    this.map = map;
    this.decode = decode;
    /** @type {ImageBitmap | null} */
    this.sheet = null;
    if (map.sheet) this.unpack(map.sheet);
  }

  /** @param {Uint8Array} png */
  async unpack(png) {
    try {
      this.sheet = await createImageBitmap(new Blob([Uint8Array.from(png)], { type: "image/png" }));
    } catch {
      // a browser that cannot: it goes on with what the network draws
    }
  }

  /** @param {HTMLCanvasElement} canvas - 28x28. @param {number} digit - Its place in the map. */
  draw(canvas, digit) {
    if (!this.sheet) {
      painter(canvas)(this.decode(codeOfDigit(this.map, digit)));
      return;
    }
    const columns = this.sheet.width / SIDE;
    const [x, y] = [digit % columns, Math.floor(digit / columns)].map((place) => place * SIDE);
    contextOf(canvas, { alpha: false, willReadFrequently: true }).drawImage(
      this.sheet,
      x,
      y,
      SIDE,
      SIDE,
      0,
      0,
      SIDE,
      SIDE,
    );
  }

  stop() {
    this.sheet?.close();
    this.sheet = null;
  }
}
