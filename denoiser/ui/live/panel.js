// The live panel: what is on the screen follows the controls, frame by frame.
//
// While a slider moves everything happens here. When it is let go, and when a
// button is pressed, the settings go to Python once, which keeps them in the URL
// and sends the weights when another model was chosen.
import { mount } from "./mount.js";
import { parse } from "./safetensors.js";
import { randomSeed } from "./random.js";
import { meanSquaredError, painter, PIXELS, psnr } from "./picture.js";
import { drawNoise } from "./noise.js";
import { create, NoiseControls } from "./noise_controls.js";
import { buildNetwork } from "./network.js";

const FRAME_BUDGET = 8; // milliseconds, of the 16.7 that a frame has at 60 Hz
const PAUSE = 100; // milliseconds without a change, after which the grid may take whole frames
const GRID_ROUNDS = 2; // how often the grid shows each of the ten digits

export default function live(streamlit) {
  const make = (parent) => new Panel(parent.querySelector(".panel"), streamlit.setStateValue);
  return mount(streamlit, make);
}

// Unpacks what Python sent (see denoiser/ui/live/__init__.py).
export function unpack(bytes) {
  const { metadata, tensors } = parse(bytes);
  const panel = JSON.parse(metadata.panel);
  return {
    ...panel,
    digits: tensors.digits.data,
    labels: tensors.labels.data,
    denoise: buildNetwork(panel.model_graph, withPrefix(tensors, "model/")),
    read: buildNetwork(panel.reader_graph, withPrefix(tensors, "reader/")),
  };
}

function withPrefix(tensors, prefix) {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

// One digit on the screen, noisy and denoised.
class Picture {
  constructor(noisyCanvas, denoisedCanvas) {
    this.drawNoisy = painter(noisyCanvas);
    this.drawDenoised = painter(denoisedCanvas);
    this.clean = new Float64Array(PIXELS);
    this.noisy = new Float64Array(PIXELS);
  }

  // Take a digit; its noise is drawn once for a kind and a seed.
  hold(content, digit, { noise, seed }) {
    if (this.digit === digit && this.seed === seed && this.noise === noise) return;
    const bytes = content.digits.subarray(digit * PIXELS, (digit + 1) * PIXELS);
    for (let i = 0; i < PIXELS; i++) this.clean[i] = bytes[i] / 255;
    this.applyNoise = drawNoise(noise, content.kinds, seed, digit);
    Object.assign(this, { digit, noise, seed, label: content.labels[digit] });
  }

  addNoise({ parameters }) {
    this.applyNoise(this.clean, parameters, this.noisy);
    this.drawNoisy(this.noisy);
  }

  // Returns the denoised picture; the network's next call overwrites it.
  denoise(network) {
    const denoised = network(this.noisy);
    this.drawDenoised(denoised);
    return denoised;
  }
}

class Panel {
  constructor(root, setStateValue) {
    this.root = root;
    this.send = (settings) => setStateValue("settings", settings);
    this.canvas = (name) => root.querySelector(`[data-testid="live-${name}"]`);
    this.hero = new Picture(this.canvas("noisy"), this.canvas("denoised"));
    this.drawClean = painter(this.canvas("clean"));
    this.updates = 0;
    this.cellCost = 0;
    this.listeners = new AbortController();
  }

  // Show what Python sent. Settings are taken over when the page was opened anew;
  // what the visitor has changed meanwhile stays when only the model is another.
  receive(data) {
    if (data === this.data) return;
    this.data = data;
    const opened = JSON.stringify(this.content?.initial);
    const offered = JSON.stringify(this.content?.models);
    this.content = unpack(data);
    if (opened === undefined) this.build();
    if (offered !== JSON.stringify(this.content.models)) this.buildChoices();
    if (opened !== JSON.stringify(this.content.initial)) {
      this.settings = { ...this.content.initial };
      this.sent = JSON.stringify(this.settings);
    }
    this.showSettings();
    this.refresh();
  }

  stop() {
    cancelAnimationFrame(this.frameRequest);
    this.listeners.abort();
  }

  // --- built once ---

  build() {
    const { text, kinds } = this.content;
    for (const element of this.all("[data-text]")) {
      element.textContent = text[element.dataset.text];
    }
    for (const element of this.all("[data-label]")) {
      element.ariaLabel = text[element.dataset.label];
    }
    this.noiseControls = new NoiseControls(this.find("[data-noise]"), {
      kinds,
      label: text.noise,
      listen: (...event) => this.listen(...event),
      change: (settings) => this.change(settings),
      settle: () => this.settle(),
    });
    for (const button of this.all("[data-action]")) {
      this.listen(button, "click", () => this.press(button.dataset.action));
    }
    this.listen(window, "popstate", reopen);
    this.buildGrid();
  }

  buildChoices() {
    const choices = this.content.models.map((model) => this.buildChoice(model));
    this.find("[data-models]").replaceChildren(...choices);
  }

  buildChoice({ name, title, summary }) {
    const input = create("input", { type: "radio", name: "model", value: name });
    this.listen(input, "change", () => {
      this.change({ model: name });
      this.settle();
    });
    const label = create("label", { className: "choice" });
    label.append(input, create("b", { textContent: title }), create("small", { textContent: summary }));
    return label;
  }

  buildGrid() {
    this.cells = gridDigits(this.content.labels).map((digit) => {
      const [noisy, denoised] = [0, 1].map(() => create("canvas", { width: 28, height: 28 }));
      const button = create("button", { type: "button", className: "cell" });
      button.append(noisy, denoised);
      button.ariaLabel = fill(this.content.text.enlarge, {
        digit,
        label: this.content.labels[digit],
      });
      this.listen(button, "click", () => {
        this.change({ digit });
        this.settle();
        this.find(".hero").scrollIntoView({ block: "nearest" });
      });
      return { digit, button, picture: new Picture(noisy, denoised), stale: true };
    });
    this.queue = [...this.cells];
    this.find("[data-grid]").append(...this.cells.map(({ button }) => button));
  }

  // --- what the visitor does ---

  press(action) {
    const changes = {
      noise: () => ({ seed: randomSeed() }),
      digit: () => ({ digit: this.anotherDigit() }),
      reset: () => ({ parameters: this.noiseControls.defaults }),
    };
    this.change(changes[action]());
    this.settle();
  }

  anotherDigit() {
    const count = this.content.labels.length;
    const step = 1 + Math.floor(Math.random() * (count - 1));
    return (this.settings.digit + step) % count;
  }

  change(settings) {
    Object.assign(this.settings, settings);
    this.showSettings();
    this.refresh();
  }

  settle() {
    const settled = JSON.stringify(this.settings);
    if (settled === this.sent) return;
    this.sent = settled;
    this.send({ ...this.settings });
    this.unsaid = true;
    this.requestFrame();
  }

  // --- what is shown ---

  showSettings() {
    const { text, labels } = this.content;
    this.noiseControls.show(this.settings);
    const redraw = this.find('[data-action="noise"]');
    redraw.disabled = !this.noiseControls.kind.is_random;
    redraw.title = redraw.disabled ? text.same_noise : "";
    for (const input of this.all("[name=model]")) {
      input.checked = input.value === this.settings.model;
    }
    for (const { digit, button } of this.cells) {
      button.ariaPressed = String(digit === this.settings.digit);
    }
    const { digit } = this.settings;
    this.root.ariaBusy = String(this.waiting);
    this.find("[data-label-of-hero]").textContent = labels[digit];
    this.find("[data-source]").textContent = fill(text.source, { digit });
  }

  // Everything is to be drawn again: the hero in the next frame, the grid as time allows.
  refresh() {
    this.changedAt = performance.now();
    this.heroStale = true;
    for (const cell of this.cells) cell.stale = true;
    this.requestFrame();
  }

  requestFrame() {
    this.frameRequest ||= requestAnimationFrame(() => this.frame());
  }

  frame() {
    const start = performance.now();
    const paused = start - this.changedAt > PAUSE;
    this.frameRequest = 0;
    const cellsAreDue = this.heroStale || paused;
    if (this.heroStale) this.drawHero();
    if (this.waiting) return; // the weights bring the next frame
    if (cellsAreDue) this.drawCells(start, paused);
    if (this.unsaid) this.say();
    if (this.queue.some((cell) => cell.stale)) this.requestFrame();
  }

  // Another model was chosen, and its weights are not here yet.
  get waiting() {
    return this.settings.model !== this.content.model;
  }

  drawHero() {
    const { hero, content, settings } = this;
    hero.hold(content, settings.digit, settings);
    this.drawClean(hero.clean);
    hero.addNoise(settings);
    this.showScores("noisy", hero.noisy);
    this.heroStale = false;
    if (this.waiting) return this.showWaiting();
    this.showScores("denoised", hero.denoise(content.denoise));
    this.canvas("denoised").dataset.updates = ++this.updates;
  }

  showWaiting() {
    this.find('[data-reading="denoised"]').textContent = this.content.text.loading;
    for (const score of this.all('[data-score^="denoised"]')) score.textContent = "…";
  }

  // As many cells as fit into the frame, at least one in a pause; each has its turn.
  drawCells(start, paused) {
    for (let drawn = 0; drawn < this.cells.length; drawn++) {
      const cell = this.queue.find(({ stale }) => stale);
      const fits = performance.now() - start + this.cellCost < FRAME_BUDGET;
      if (!cell || !(fits || (paused && drawn === 0))) return;
      this.drawCell(cell);
      this.queue.push(...this.queue.splice(this.queue.indexOf(cell), 1));
    }
  }

  drawCell(cell) {
    const start = performance.now();
    const { digit, picture } = cell;
    picture.hold(this.content, digit, this.settings);
    picture.addNoise(this.settings);
    picture.denoise(this.content.denoise);
    cell.stale = false;
    this.cellCost = performance.now() - start;
  }

  showScores(which, picture) {
    const mse = meanSquaredError(this.hero.clean, picture);
    const decibels = psnr(mse);
    this.find(`[data-score="${which}-mse"]`).textContent = mse.toFixed(4);
    this.find(`[data-score="${which}-psnr"]`).textContent =
      `${Number.isFinite(decibels) ? decibels.toFixed(1) : "∞"} dB`;
    this.showReading(which, this.content.read(picture));
  }

  showReading(which, probabilities) {
    const { text } = this.content;
    const digit = probabilities.indexOf(Math.max(...probabilities));
    const right = digit === this.hero.label;
    const confidence = `${Math.floor(100 * probabilities[digit])}%`;
    const element = this.find(`[data-reading="${which}"]`);
    element.classList.toggle("wrong", !right);
    element.replaceChildren(
      `${text.reads} `,
      create("b", { textContent: digit }),
      ` · ${confidence} `,
      create("span", { role: "img", ariaLabel: right ? text.right : text.wrong, textContent: right ? "✓" : "✗" }),
    );
    element.dataset.digit = digit;
  }

  // For screen readers, once a change has settled.
  say() {
    const { text, models } = this.content;
    const reading = (which) => this.find(`[data-reading="${which}"]`).dataset.digit;
    this.unsaid = false;
    this.find("[data-summary]").textContent = fill(text.summary, {
      model: models.find(({ name }) => name === this.settings.model).title,
      noisy: reading("noisy"),
      denoised: reading("denoised"),
      label: this.hero.label,
    });
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  all(selector) {
    return this.root.querySelectorAll(selector);
  }

  listen(element, type, listener) {
    element.addEventListener(type, listener, { signal: this.listeners.signal });
  }
}

// The browser's back button changes the address only: open anew what it says. A jump
// within the page, which changes the hash, is none of our business.
function reopen() {
  if (!location.hash) location.reload();
}

// The first digits of each class, 0 to 9 and again.
function gridDigits(labels) {
  const byClass = Array.from({ length: 10 }, () => []);
  labels.forEach((label, digit) => byClass[label].push(digit));
  const rounds = Array.from({ length: GRID_ROUNDS }, (_, round) => round);
  return rounds.flatMap((round) => byClass.flatMap((digits) => digits.slice(round, round + 1)));
}

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
