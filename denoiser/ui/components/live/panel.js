// The live panel: what is on the screen follows the controls, frame by frame.
//
// While a slider moves everything happens here. When it is let go, and when a
// button is pressed, the settings go to Python once, which keeps them in the URL
// and sends the weights when another model was chosen.
import { mount } from "../../../web/mount.js";
import { parse } from "../../../web/safetensors.js";
import { randomSeed } from "../../../web/random.js";
import { download, meanSquaredError, painter, PIXELS, psnr } from "../../../web/picture.js";
import { drawNoise } from "../../../web/noise.js";
import { create } from "../../../web/elements.js";
import { NoiseControls } from "../../../web/noise_controls.js";
import { Pad } from "../../../web/pad.js";
import { buildNetwork } from "../../../web/network.js";

const FRAME_BUDGET = 8; // milliseconds, of the 16.7 that a frame has at 60 Hz
const PAUSE = 100; // milliseconds without a change, after which the grid may take whole frames
const GRID_ROUNDS = 2; // how often the grid shows each of the ten digits
const READINGS = 3; // of the classifier's ten, the likeliest
const DRAWN = -1; // in place of a digit's number: what is on the pad

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
    labels: tensors.labels?.data, // nobody knows what a visitor's own digits are
    denoise: buildNetwork(panel.model_graph, withPrefix(tensors, "model/")),
    classify: buildNetwork(panel.classifier_graph, withPrefix(tensors, "classifier/")),
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

  // Take a digit; its noise is drawn once for a kind, a seed and a stream of random numbers.
  hold({ pixels, label, stream }, kinds, { noise, seed }) {
    for (let i = 0; i < PIXELS; i++) this.clean[i] = pixels[i] / 255;
    this.label = label;
    if (this.stream === stream && this.seed === seed && this.noise === noise) return;
    this.applyNoise = drawNoise(noise, kinds, seed, stream);
    Object.assign(this, { stream, noise, seed });
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
    this.cells = [];
    this.updates = 0;
    this.cellCost = 0;
    this.listeners = new AbortController();
  }

  // Show what Python sent. Settings are taken over when the page was opened anew;
  // what the visitor has changed meanwhile stays when only the model is another.
  receive(data) {
    if (data === this.data) return;
    this.data = data;
    const before = this.content;
    this.content = unpack(data);
    const isOther = (name) => JSON.stringify(before?.[name]) !== JSON.stringify(this.content[name]);
    if (isOther("initial")) {
      this.settings = { ...this.content.initial };
      this.sent = JSON.stringify(this.settings);
    }
    if (!before) this.build();
    if (isOther("text")) this.buildTexts(); // the visitor may have chosen another language
    if (isOther("models")) this.buildChoices();
    if (isOther("text") || !sameNumbers(before.digits, this.content.digits)) this.buildGrid();
    this.root.dataset.hidden = this.content.hidden.join(" ");
    this.showSettings();
    this.refresh();
  }

  stop() {
    cancelAnimationFrame(this.frameRequest);
    this.listeners.abort();
  }

  // --- built once ---

  build() {
    for (const button of this.all("[data-action]")) {
      this.listen(button, "click", () => this.press(button.dataset.action));
    }
    for (const button of this.all("[data-save]")) {
      this.listen(button, "click", () => this.save(button.dataset.save));
    }
    this.listen(window, "popstate", reopen);
    this.listen(document, "keydown", (event) => this.pressKey(event));
    if (this.content.mode === "pad") this.buildPad();
  }

  buildTexts() {
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
  }

  buildPad() {
    this.root.classList.add("with-pad");
    this.find("[data-pad]").hidden = false;
    this.pad = new Pad(this.find("[data-pad]"), (...event) => this.listen(...event), () => this.drawn());
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
    this.cells = gridDigits(this.content).map((digit) => {
      const [noisy, denoised] = [0, 1].map(() => create("canvas", { width: 28, height: 28 }));
      const button = create("button", { type: "button", className: "cell" });
      button.append(noisy, denoised);
      button.ariaLabel = fill(this.content.text.enlarge, {
        digit,
        number: digit + 1,
        label: this.content.labels?.[digit],
      });
      this.listen(button, "click", () => this.choose(digit));
      return { digit, button, picture: new Picture(noisy, denoised), stale: true };
    });
    this.queue = [...this.cells];
    this.find("[data-grid]").replaceChildren(...this.cells.map(({ button }) => button));
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

  // On a projector single keys do what a teacher would walk back to the mouse for. Elsewhere they
  // do nothing: speech input types single keys by accident (WCAG 2.1.4).
  pressKey(event) {
    if (!document.documentElement.classList.contains("projector") || isTyping(event)) return;
    const keys = {
      d: () => this.find('[data-action="digit"]').click(),
      n: () => this.find('[data-action="noise"]').click(),
      m: () => this.nextModel().click(),
    };
    keys[event.key.toLowerCase()]?.();
  }

  nextModel() {
    const choices = [...this.all("[name=model]")];
    return choices[(choices.findIndex((choice) => choice.checked) + 1) % choices.length];
  }

  choose(digit) {
    const { pixels, label } = this.digit(digit);
    if (this.pad) {
      this.pad.put(pixels, label);
    } else {
      this.change({ digit });
      this.settle();
    }
    this.find(".hero").scrollIntoView({ block: "nearest" });
  }

  save(which) {
    const side = Number(this.find("[data-save-side]").value);
    const digit = this.pad ? "drawn" : this.settings.digit;
    download(this.canvas(which), side, `digit-${digit}-${which}-${side}x${side}.png`);
  }

  anotherDigit() {
    const count = this.content.digits.length / PIXELS;
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
    const { text } = this.content;
    this.noiseControls.show(this.settings);
    const redraw = this.find('[data-action="noise"]');
    redraw.disabled = !this.noiseControls.kind.is_random;
    redraw.title = redraw.disabled ? text.same_noise : "";
    this.find('[data-action="digit"]').hidden = this.pad || this.content.digits.length === PIXELS;
    for (const input of this.all("[name=model]")) {
      input.checked = input.value === this.settings.model;
    }
    for (const { digit, button } of this.cells) {
      button.ariaPressed = String(digit === this.settings.digit);
    }
    this.root.ariaBusy = String(this.waiting);
  }

  showSource() {
    const { text } = this.content;
    const { digit } = this.settings;
    this.find("[data-known]").hidden = this.hero.label === undefined;
    this.find("[data-label-of-hero]").textContent = this.hero.label ?? "";
    const source = this.pad?.isBlank ? text.nothing : text.source;
    this.find("[data-source]").textContent = fill(source, { digit, number: digit + 1 });
  }

  // Everything is to be drawn again: the hero in the next frame, the grid as time allows.
  refresh() {
    for (const cell of this.cells) cell.stale = true;
    this.refreshHero();
  }

  refreshHero() {
    this.changedAt = performance.now();
    this.heroStale = true;
    this.requestFrame();
  }

  drawn() {
    this.unsaid = true;
    this.refreshHero();
  }

  // A digit by its number, or what is on the pad.
  digit(number) {
    if (number === DRAWN) return { pixels: this.pad.read(), label: this.pad.label, stream: 0 };
    const { digits, labels } = this.content;
    const pixels = digits.subarray(number * PIXELS, (number + 1) * PIXELS);
    return { pixels, label: labels?.[number], stream: number };
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
    hero.hold(this.digit(settings.digit), content.kinds, settings);
    this.showSource();
    this.drawClean(hero.clean);
    this.showReading("clean", this.readClean());
    hero.addNoise(settings);
    this.showScores("noisy", hero.noisy);
    this.heroStale = false;
    if (this.waiting) return this.showWaiting();
    this.showScores("denoised", hero.denoise(content.denoise));
    this.canvas("denoised").dataset.updates = ++this.updates;
  }

  // It is as it was while a slider moves.
  readClean() {
    const { clean } = this.hero;
    if (!this.known || !sameNumbers(this.known.clean, clean)) {
      this.known = { clean: clean.slice(), probabilities: this.content.classify(clean).slice() };
    }
    return this.known.probabilities;
  }

  showWaiting() {
    this.find('[data-reading="denoised"]').textContent = this.content.text.loading;
    for (const score of this.all('[data-score^="denoised"], [data-others="denoised"]')) score.textContent = "…";
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
    picture.hold(this.digit(digit), this.content.kinds, this.settings);
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
    this.showReading(which, this.content.classify(picture));
  }

  // What the classifier takes a picture for, and what it would say next.
  showReading(which, probabilities) {
    const { text } = this.content;
    const [first, ...others] = [...probabilities.keys()]
      .sort((a, b) => probabilities[b] - probabilities[a])
      .slice(0, READINGS);
    const sure = (digit) => `${Math.floor(100 * probabilities[digit]) || "<1"}%`;
    const { label } = this.hero;
    const element = this.find(`[data-reading="${which}"]`);
    element.replaceChildren(`${text.reads} `, create("b", { textContent: first }), ` · ${sure(first)}`);
    if (label !== undefined) element.append(" ", this.mark(first === label));
    element.classList.toggle("wrong", label !== undefined && first !== label);
    element.dataset.digit = first;
    const next = others.map((digit) => `${digit} ${sure(digit)}`).join(" · ");
    this.find(`[data-others="${which}"]`).textContent = fill(text.others, { next });
  }

  mark(isRight) {
    const { text } = this.content;
    const ariaLabel = isRight ? text.right : text.wrong;
    return create("span", { role: "img", ariaLabel, textContent: isRight ? "✓" : "✗" });
  }

  // For screen readers, once a change has settled.
  say() {
    const { text, models } = this.content;
    const reading = (which) => this.find(`[data-reading="${which}"]`).dataset.digit;
    this.unsaid = false;
    const { label } = this.hero;
    this.find("[data-summary]").textContent = fill(label === undefined ? text.summary_unknown : text.summary, {
      model: models.find(({ name }) => name === this.settings.model).title,
      clean: reading("clean"),
      noisy: reading("noisy"),
      denoised: reading("denoised"),
      label,
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

function isTyping(event) {
  const isShortcut = event.ctrlKey || event.metaKey || event.altKey;
  return isShortcut || event.composedPath()[0].matches?.("input:not([type=radio]), select, textarea");
}

function sameNumbers(one, other) {
  return one.length === other.length && one.every((number, i) => number === other[i]);
}

// The first digits of each class, 0 to 9 and again; all where classes are not known.
function gridDigits({ digits, labels }) {
  if (!labels) return Array.from({ length: digits.length / PIXELS }, (_, digit) => digit);
  const byClass = Array.from({ length: 10 }, () => []);
  labels.forEach((label, digit) => byClass[label].push(digit));
  const rounds = Array.from({ length: GRID_ROUNDS }, (_, round) => round);
  return rounds.flatMap((round) => byClass.flatMap((digits) => digits.slice(round, round + 1)));
}

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
