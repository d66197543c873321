// A sheet to draw a digit on, and the digit that it becomes, the MNIST way: scaled into 20x20 pixels,
// its centre of mass in the centre of 28x28 (LeCun et al., 1998; denoiser/handwriting.py does the same).
import { create } from "./elements.js";
import { painter, PIXELS, SIDE } from "./picture.js";

const BOX = 20;
const CENTER = SIDE / 2; // MNIST's digits have their centre of mass in this row and column
const KEPT = "denoising-lab-pad"; // in the session's storage, so that other pages lose no drawing
const MOST_UNDONE = 100;

// A sheet is a list of strokes, perhaps on top of a digit. Every change makes another sheet, so that
// undo is to go back to the one before.
export class Pad {
  // `listen` adds an event listener; `drawn` is called with every piece of a stroke.
  constructor(root, listen, drawn) {
    this.root = root;
    this.drawn = drawn;
    this.canvas = root.querySelector("canvas");
    this.context = this.canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    Object.assign(this.context, { lineCap: "round", lineJoin: "round", strokeStyle: "#fff" });
    this.digit = new Uint8Array(PIXELS);
    this.sheets = [kept()];
    listen(this.canvas, "pointerdown", (event) => this.begin(event));
    listen(this.canvas, "pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) listen(this.canvas, end, () => this.end());
    for (const step of root.querySelectorAll("[name=step]")) listen(step, "change", () => this.changed());
    this.buttons = Object.fromEntries(
      [...root.querySelectorAll("[data-pad-action]")].map((button) => [button.dataset.padAction, button]),
    );
    listen(this.buttons.undo, "click", () => this.undo());
    listen(this.buttons.clear, "click", () => this.show([]));
    this.redraw();
  }

  get sheet() {
    return this.sheets.at(-1);
  }

  get isBlank() {
    return this.sheet.length === 0;
  }

  // What digit it is, where that is known: one that was put there and not drawn on.
  get label() {
    return this.sheet.length === 1 ? this.sheet[0].label : undefined;
  }

  // --- what the visitor does ---

  // Put a digit there, as from a gallery.
  put(pixels, label) {
    this.show([{ pixels: Array.from(pixels), label }]);
  }

  undo() {
    this.sheets.pop();
    if (!this.sheets.length) this.sheets.push([]);
    this.redraw();
  }

  begin(event) {
    if (!event.isPrimary || event.button > 0) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.stroke = { width: this.root.querySelector("[name=pen]").valueAsNumber, points: [this.place(event)] };
    this.add([...this.sheet, this.stroke]);
    this.line(this.stroke, 0);
    this.changed();
  }

  move(event) {
    if (!this.stroke || !event.isPrimary) return;
    const { points } = this.stroke;
    const from = points.length - 1;
    points.push(...(event.getCoalescedEvents?.() || [event]).map((part) => this.place(part)));
    this.line(this.stroke, from);
    this.changed();
  }

  // A stroke that was drawn piece by piece has other edges than one drawn whole, as it will be again.
  end() {
    if (!this.stroke) return;
    this.stroke = null;
    this.redraw();
  }

  place({ clientX, clientY }) {
    const { clientLeft, clientTop, clientWidth, clientHeight } = this.canvas; // without its border
    const { left, top } = this.canvas.getBoundingClientRect();
    return [
      ((clientX - left - clientLeft) / clientWidth) * this.canvas.width,
      ((clientY - top - clientTop) / clientHeight) * this.canvas.height,
    ];
  }

  // --- the sheet ---

  add(sheet) {
    this.sheets.push(sheet);
    if (this.sheets.length > MOST_UNDONE) this.sheets.shift();
  }

  show(sheet) {
    this.add(sheet);
    this.redraw();
  }

  redraw() {
    this.context.fillStyle = "#000";
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    for (const item of this.sheet) item.pixels ? this.picture(item.pixels) : this.line(item, 0);
    keep(this.sheet);
    this.changed();
  }

  changed() {
    this.isRead = false;
    this.buttons.undo.disabled = this.sheets.length === 1 && this.isBlank;
    this.buttons.clear.disabled = this.isBlank;
    this.root.classList.toggle("blank", this.isBlank);
    this.drawn();
  }

  line({ width, points }, from) {
    this.context.lineWidth = width;
    this.context.beginPath();
    this.context.moveTo(...points[from]);
    for (const point of points.slice(from)) this.context.lineTo(...point);
    this.context.stroke();
  }

  picture(pixels) {
    const small = create("canvas", { width: SIDE, height: SIDE });
    painter(small)(pixels.map((pixel) => pixel / 255));
    this.context.drawImage(small, 0, 0, this.canvas.width, this.canvas.height);
  }

  // --- the digit that it becomes ---

  // Returns 28x28 numbers from 0 to 255; the next call overwrites them.
  read() {
    if (!this.isRead) this.fill(this.digit.fill(0));
    this.isRead = true;
    return this.digit;
  }

  fill(digit) {
    if (this.sheet.length === 1 && this.sheet[0].pixels) return digit.set(this.sheet[0].pixels);
    const { fit, center } = this.steps;
    const { width, height } = this.canvas;
    const ink = this.ink();
    const drawn = bounds(ink, width, height);
    if (!drawn) return;
    const box = fit ? drawn : { left: 0, top: 0, width, height };
    const scale = (fit ? BOX : SIDE) / Math.max(box.width, box.height);
    const [columns, rows] = [box.width, box.height].map((length) => Math.max(1, Math.round(length * scale)));
    const scaled = averaged(ink, width, box, columns, rows);
    const [left, top] = center
      ? massCenter(scaled, columns, rows).map((place) => CENTER - Math.round(place))
      : [
          Math.round(((SIDE - columns) * box.left) / Math.max(1, width - box.width)),
          Math.round(((SIDE - rows) * box.top) / Math.max(1, height - box.height)),
        ];
    const darkest = scaled.reduce((most, value) => Math.max(most, value), 0);
    for (let i = 0; i < scaled.length; i++) {
      const [column, row] = [left + (i % columns), top + Math.floor(i / columns)];
      if (column < 0 || column >= SIDE || row < 0 || row >= SIDE) continue;
      digit[row * SIDE + column] = Math.round((255 * scaled[i]) / darkest);
    }
  }

  get steps() {
    const boxes = [...this.root.querySelectorAll("[name=step]")];
    return Object.fromEntries(boxes.map(({ value, checked }) => [value, checked]));
  }

  ink() {
    const { width, height } = this.canvas;
    const { data } = this.context.getImageData(0, 0, width, height);
    const ink = new Uint8Array(width * height);
    for (let i = 0; i < ink.length; i++) ink[i] = data[4 * i];
    return ink;
  }
}

function kept() {
  try {
    const sheet = JSON.parse(sessionStorage.getItem(KEPT));
    return Array.isArray(sheet) ? sheet : [];
  } catch {
    return []; // a browser may keep nothing, or others may have written there
  }
}

function keep(sheet) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(sheet));
  } catch {
    // full, or not allowed: the drawing stays on this page
  }
}

function bounds(ink, width, height) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++) {
      if (!ink[i]) continue;
      if (column < left) left = column;
      if (column > right) right = column;
      if (row < top) top = row;
      bottom = row;
    }
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

// Scale by averaging areas, which leaves grey edges.
function averaged(ink, stride, box, columns, rows) {
  const scaled = new Float64Array(columns * rows);
  const [across, down] = [shares(box.width, columns), shares(box.height, rows)];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (const [y, tall] of down[row]) {
        for (const [x, wide] of across[column]) {
          sum += ink[(box.top + y) * stride + box.left + x] * tall * wide;
        }
      }
      scaled[row * columns + column] = sum;
    }
  }
  return scaled;
}

// For each of `count` parts of a length, which of its pixels lie in it, and their shares of it.
function shares(length, count) {
  const size = length / count;
  return Array.from({ length: count }, (_, part) => {
    const [from, to] = [part * size, (part + 1) * size];
    const found = [];
    for (let pixel = Math.floor(from); pixel < Math.min(length, Math.ceil(to)); pixel++) {
      found.push([pixel, (Math.min(pixel + 1, to) - Math.max(pixel, from)) / size]);
    }
    return found;
  });
}

function massCenter(picture, columns, rows) {
  let [mass, x, y] = [0, 0, 0];
  for (let i = 0; i < picture.length; i++) {
    mass += picture[i];
    x += picture[i] * (i % columns);
    y += picture[i] * Math.floor(i / columns);
  }
  return mass ? [x / mass, y / mass] : [columns / 2, rows / 2];
}
