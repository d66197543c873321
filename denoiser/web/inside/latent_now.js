// What the code is now: the picture that is decoded from it, and how far it is from all digits.
//
// Knows neither where the code comes from nor who decodes it.
import { create } from "../elements.js";
import { painter, SIDE } from "../picture.js";
import { FarMeter } from "./latent_meter.js";

export class NowSection {
  /**
   * @param {HTMLElement} root - What it is built in.
   * @param {Record<string, string>} text
   * @param {number | null} limit - Of the meter; null where no map tells distances.
   */
  constructor(root, text, limit) {
    this.canvas = create("canvas", { width: SIDE, height: SIDE, ariaLabel: text.decoded_picture });
    this.canvas.setAttribute("role", "img");
    this.paint = painter(this.canvas);
    const figure = create("figure", { className: "latent-decoded" });
    figure.append(create("figcaption", { textContent: text.decoded }), this.canvas);
    this.back = create("button", {
      type: "button",
      className: "latent-release",
      textContent: text.back,
      disabled: true,
    });
    const side = create("div", { className: "latent-side" });
    const box = create("div", { className: "latent-distance" });
    if (limit !== null) {
      box.append(create("h3", { textContent: text.meter }));
      side.append(box);
    }
    this.meter = limit === null ? null : new FarMeter(box, text, limit);
    const why = limit === null ? text.no_map : text.no_generator;
    side.append(create("p", { className: "latent-why", textContent: why }), this.back);
    root.append(figure, side);
  }
}
