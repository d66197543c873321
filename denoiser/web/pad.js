// A sheet to draw a digit on; handwriting.js says which digit it becomes.
import { create, findAll, findOf } from "./elements.js";
import { digitOf } from "./handwriting.js";
import { contextOf, painter, SIDE } from "./picture.js";
/** @import { Listen } from "./types.js" */

const KEPT = "denoising-lab-pad"; // in the session's storage, so that other pages lose no drawing
const MOST_UNDONE = 100;

/** @typedef {[x: number, y: number]} Point - In the sheet's pixels. */
/** @typedef {{ width: number, points: Point[] }} Stroke */
/** @typedef {{ pixels: number[], label?: number }} PutDigit - 28x28 pixels from 0 to 255. */

/**
 * A sheet is a list of strokes, perhaps on top of a digit. Every change makes another sheet, so that
 * undo is to go back to the one before.
 * @typedef {(Stroke | PutDigit)[]} Sheet
 */

export class Pad {
  /**
   * @param {HTMLElement} root @param {Listen} listen
   * @param {() => void} drawn - Called with every piece of a stroke.
   */
  constructor(root, listen, drawn) {
    this.root = root;
    this.drawn = drawn;
    this.canvas = findOf(HTMLCanvasElement, root, "canvas");
    this.context = contextOf(this.canvas, { alpha: false, willReadFrequently: true });
    Object.assign(this.context, { lineCap: "round", lineJoin: "round", strokeStyle: "#fff" });
    /** @type {Uint8Array | null} */
    this.digit = null; // until it is asked for
    this.sheets = [kept()];
    /** @type {Stroke | null} */
    this.stroke = null;
    this.pen = findOf(HTMLInputElement, root, "[name=pen]");
    this.undoButton = findOf(HTMLButtonElement, root, "[data-pad-action=undo]");
    this.clearButton = findOf(HTMLButtonElement, root, "[data-pad-action=clear]");
    listen(this.canvas, "pointerdown", (event) => this.begin(event));
    listen(this.canvas, "pointermove", (event) => this.move(event));
    listen(this.canvas, "pointerup", () => this.end());
    listen(this.canvas, "pointercancel", () => this.end());
    for (const step of root.querySelectorAll("[name=step]")) listen(step, "change", () => this.changed());
    listen(this.undoButton, "click", () => this.undo());
    listen(this.clearButton, "click", () => this.show([]));
    this.redraw();
  }

  get sheet() {
    return this.sheets[this.sheets.length - 1];
  }

  get isBlank() {
    return this.sheet.length === 0;
  }

  /** The digit that was put there and not drawn on. */
  get untouched() {
    const [first] = this.sheet;
    return this.sheet.length === 1 && "pixels" in first ? first : null;
  }

  /** What digit it is, where that is known. */
  get label() {
    return this.untouched?.label;
  }

  // --- what the visitor does ---

  /**
   * Puts a digit there, as from a gallery.
   * @param {Uint8Array} pixels - 28x28 of them.
   * @param {number} [label]
   */
  put(pixels, label) {
    this.show([{ pixels: Array.from(pixels), label }]);
  }

  undo() {
    this.sheets.pop();
    if (!this.sheets.length) this.sheets.push([]);
    this.redraw();
  }

  /** @param {PointerEvent} event */
  begin(event) {
    if (!event.isPrimary || event.button > 0) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.stroke = { width: this.pen.valueAsNumber, points: [this.place(event)] };
    this.add([...this.sheet, this.stroke]);
    this.line(this.stroke, 0);
    this.changed();
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!this.stroke || !event.isPrimary) return;
    const { points } = this.stroke;
    const from = points.length - 1;
    points.push(...piecesOf(event).map((part) => this.place(part)));
    this.line(this.stroke, from);
    this.changed();
  }

  /** A stroke that was drawn piece by piece has other edges than one drawn whole, as it will be again. */
  end() {
    if (!this.stroke) return;
    this.stroke = null;
    this.redraw();
  }

  /** @param {PointerEvent} event @returns {Point} */
  place({ clientX, clientY }) {
    const { clientLeft, clientTop, clientWidth, clientHeight } = this.canvas; // without its border
    const { left, top } = this.canvas.getBoundingClientRect();
    return [
      ((clientX - left - clientLeft) / clientWidth) * this.canvas.width,
      ((clientY - top - clientTop) / clientHeight) * this.canvas.height,
    ];
  }

  // --- the sheet ---

  /** @param {Sheet} sheet */
  add(sheet) {
    this.sheets.push(sheet);
    if (this.sheets.length > MOST_UNDONE) this.sheets.shift();
  }

  /** @param {Sheet} sheet */
  show(sheet) {
    this.add(sheet);
    this.redraw();
  }

  redraw() {
    this.context.fillStyle = "#000";
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    for (const item of this.sheet) "pixels" in item ? this.picture(item) : this.line(item, 0);
    keep(this.sheet);
    this.changed();
  }

  changed() {
    this.digit = null;
    this.undoButton.disabled = this.sheets.length === 1 && this.isBlank;
    this.clearButton.disabled = this.isBlank;
    this.root.classList.toggle("blank", this.isBlank);
    this.drawn();
  }

  /** @param {Stroke} stroke @param {number} from - The first of its points that is new. */
  line({ width, points }, from) {
    this.context.lineWidth = width;
    this.context.beginPath();
    this.context.moveTo(...points[from]);
    for (const point of points.slice(from)) this.context.lineTo(...point);
    this.context.stroke();
  }

  /** @param {PutDigit} digit */
  picture({ pixels }) {
    const small = create("canvas", { width: SIDE, height: SIDE });
    painter(small)(pixels.map((pixel) => pixel / 255));
    this.context.drawImage(small, 0, 0, this.canvas.width, this.canvas.height);
  }

  // --- the digit that it becomes ---

  /** Returns 28x28 numbers from 0 to 255. */
  read() {
    this.digit ??= this.untouched
      ? Uint8Array.from(this.untouched.pixels)
      : digitOf(this.ink(), this.canvas.width, this.steps);
    return this.digit;
  }

  get steps() {
    const off = findAll(HTMLInputElement, this.root, "[name=step]:not(:checked)").map(({ value }) => value);
    return { fit: !off.includes("fit"), center: !off.includes("center") };
  }

  ink() {
    const { width, height } = this.canvas;
    const { data } = this.context.getImageData(0, 0, width, height);
    const ink = new Uint8Array(width * height);
    for (let i = 0; i < ink.length; i++) ink[i] = data[4 * i];
    return ink;
  }
}

/**
 * Returns the places that a pen passed since the last event, where the browser tells them.
 * @param {PointerEvent} event
 */
function piecesOf(event) {
  const pieces = event.getCoalescedEvents?.() ?? [];
  return pieces.length ? pieces : [event];
}

/** @returns {Sheet} */
function kept() {
  try {
    const sheet = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(sheet) ? sheet : [];
  } catch {
    return []; // a browser may keep nothing, or others may have written there
  }
}

/** @param {Sheet} sheet */
function keep(sheet) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(sheet));
  } catch {
    // full, or not allowed: the drawing stays on this page
  }
}
