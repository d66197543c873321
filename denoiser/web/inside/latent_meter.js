// The meter of how far a code is from the nearest digit's.
//
// Knows distances alone, as multiples of the usual one.
import { create, createSvg } from "../elements.js";
import { fill } from "../fill.js";

export class FarMeter {
  /**
   * @param {HTMLElement} root - What it is built in.
   * @param {Record<string, string>} text
   * @param {number} limit - As a multiple of the usual distance: beyond it nothing was taught.
   */
  constructor(root, text, limit) {
    this.text = text;
    this.limit = limit;
    this.most = Math.max(3, 2 * limit); // what the meter shows
    this.scale = create("div", { className: "latent-meter", ariaLabel: text.meter });
    this.scale.setAttribute("role", "meter");
    this.scale.ariaValueMin = "0";
    this.scale.ariaValueMax = String(this.most);
    for (const [name, value] of Object.entries({ "--usual": 1, "--limit": limit }))
      this.scale.style.setProperty(name, `${(100 * value) / this.most}%`);
    this.needle = create("i");
    this.scale.append(this.needle);
    this.told = create("p", { className: "latent-told" });
    this.word = create("b");
    this.detail = create("span");
    this.told.append(createSign(), this.word, " ", this.detail);
    root.append(this.scale, this.told);
  }

  /**
   * @param {number} times - The usual distance.
   * @param {number} label - Of the nearest digit.
   * @returns {string} What it says.
   */
  show(times, label) {
    const { text, limit, most } = this;
    const isFar = times > limit;
    const shown = Math.min(times, most);
    this.needle.style.left = `${(100 * shown) / most}%`;
    this.scale.parentElement?.classList.toggle("is-far", isFar);
    this.word.textContent = times <= 1 ? text.near : isFar ? text.far : text.between;
    this.detail.textContent = fill(text.times, { times: times.toFixed(1), label });
    const told = `${this.word.textContent} ${this.detail.textContent}`;
    this.scale.ariaValueNow = shown.toFixed(2);
    this.scale.setAttribute("aria-valuetext", told);
    return told;
  }
}

/** The sign that says without colour that nothing was taught there. */
function createSign() {
  const sign = createSvg("svg", { viewBox: "0 0 16 16", class: "latent-sign", "aria-hidden": "true" });
  sign.append(createSvg("path", { d: "M8 1.5 15 14H1zM8 6v4M8 11.6v.9" }));
  return sign;
}
