// The live panel: what is on the screen follows the controls, frame by frame.
//
// While a slider moves everything happens here. When it is let go, and when a
// button is pressed, the settings go to Python once, which keeps them in the URL
// and sends the weights when another model was chosen.
import { create, find, findAll, findOf, listening } from "../../../web/elements.js";
import { fill } from "../../../web/fill.js";
import { Inside } from "../../../web/inside/inside.js";
import { followDeviceModel } from "../../../web/device_models.js";
import { deviceModel } from "../../../web/device_names.js";
import { mount } from "../../../web/mount.js";
import { NoiseControls } from "../../../web/noise_controls.js";
import { pixelsOf } from "../../../web/noisy_digit.js";
import { Pad } from "../../../web/pad.js";
import { download, PIXELS } from "../../../web/picture.js";
import { randomSeed } from "../../../web/random.js";
import { AwaitedModel } from "./awaited.js";
import { galleryDigits, sameNumbers, unpack } from "./content.js";
import { Gallery } from "./gallery.js";
import { Hero } from "./hero.js";
import { shortcutOf } from "./shortcuts.js";
/** @import { Digit } from "../../../web/noisy_digit.js" */
/** @import { Streamlit } from "../../../web/types.js" */
/** @import { PanelContent, Settings } from "../types.js" */
/** @import { Tile } from "./hero.js" */

const PAUSE = 100; // milliseconds without a change, after which the gallery may take whole frames
const DRAWN = -1; // in place of a digit's number: what is on the pad

/** @param {Streamlit<Uint8Array>} streamlit */
export default function live(streamlit) {
  return mount(streamlit, (parent) => new Panel(find(parent, ".panel"), streamlit));
}

class Panel {
  /** @param {HTMLElement} root @param {Streamlit<Uint8Array>} streamlit */
  constructor(root, { data, setStateValue }) {
    this.root = root;
    this.send = (/** @type {Settings} */ settings) => setStateValue("settings", settings);
    this.listeners = listening();
    this.hero = new Hero(root);
    this.gallery = new Gallery(find(root, "[data-grid]"));
    this.inside = new Inside(find(root, "[data-strip]"), {
      listen: this.listeners.listen,
      change: () => this.refresh(),
      ask: (model) => {
        this.change({ model });
        this.settle();
      },
      chooseDigit: (digit) => this.choose(digit),
    });
    this.newNoise = findOf(HTMLButtonElement, root, '[data-action="noise"]');
    this.newDigit = findOf(HTMLButtonElement, root, '[data-action="digit"]');
    this.changedAt = 0;
    this.frameRequest = 0;
    this.heroIsStale = true;
    this.isAnnounced = true;
    this.awaited = new AwaitedModel(
      find(root, "[data-missing]"),
      () => this.send({ ...this.settings }),
      () => this.giveUp(),
    );
    this.data = data;
    this.content = unpack(data);
    this.settings = this.opened();
    this.sent = JSON.stringify(this.settings);
    /** @type {Pad | null} */
    this.pad = this.content.mode === "pad" ? this.buildPad() : null;
    this.stopFollowing = () => {};
    this.followModel();
    this.listen();
    this.noiseControls = this.buildTexts();
    this.buildChoices();
    this.buildGallery();
    this.showContent();
    if (this.content.isOpen) this.inside.strip.open(true);
  }

  /**
   * Shows what Python sent. Settings are taken over when the page was opened anew;
   * what the visitor has changed meanwhile stays when only the model is another.
   * @param {Uint8Array} data
   */
  receive(data) {
    if (data === this.data) return;
    this.data = data;
    const before = this.content;
    this.content = unpack(data);
    const isOther = (/** @type {keyof PanelContent} */ name) =>
      JSON.stringify(before[name]) !== JSON.stringify(this.content[name]);
    if (isOther("initial")) {
      this.settings = this.opened();
      this.sent = JSON.stringify(this.settings);
    }
    this.awaited.stop();
    if (this.awaited.missing === this.content.model) this.settings.model = this.content.model; // late, but here
    if (this.awaited.mayCome || this.settings.model === this.awaited.missing) this.awaited.clear();
    this.followModel();
    if (isOther("text")) this.noiseControls = this.buildTexts(); // the visitor may have chosen another language
    if (isOther("models")) this.buildChoices();
    if (isOther("text") || !sameNumbers(before.digits, this.content.digits)) this.buildGallery();
    this.showContent();
  }

  stop() {
    this.stopFollowing();
    this.awaited.stop();
    this.inside.stop();
    cancelAnimationFrame(this.frameRequest);
    this.listeners.stop();
  }

  /** Takes the model from this device where it is one of the device's, also while it learns. */
  followModel() {
    this.stopFollowing();
    const { content } = this;
    this.stopFollowing = followDeviceModel(content.model, (found) => {
      if (content !== this.content) return;
      if (!found) {
        this.loseModel(content.model);
        return;
      }
      content.network = found.network;
      this.inside.take(this.content);
      this.nameModel(content.model, found.title);
      this.refresh();
    });
  }

  /** @param {string} name @param {string} title */
  nameModel(name, title) {
    const model = this.content.models.find((each) => each.name === name);
    if (!model || model.title === title) return;
    model.title = title;
    this.buildChoices();
    this.showSettings();
  }

  /** Returns the settings with which the page was opened. */
  opened() {
    return { ...this.content.initial };
  }

  // --- built once, or where language, models or digits are others ---

  listen() {
    const { listen } = this.listeners;
    for (const button of findAll(HTMLElement, this.root, "[data-action]")) {
      listen(button, "click", () => this.press(button.dataset.action ?? ""));
    }
    for (const button of findAll(HTMLElement, this.root, "[data-save]")) {
      listen(button, "click", () => this.save(/** @type {Tile} */ (button.dataset.save)));
    }
    listen(window, "popstate", reopen);
    listen(document, "keydown", (event) => {
      const key = shortcutOf(event);
      if (key === "d") this.newDigit.click();
      if (key === "n") this.newNoise.click();
      if (key === "m") this.nextModel().click();
    });
  }

  buildPad() {
    const root = find(this.root, "[data-pad]");
    this.root.classList.add("with-pad");
    root.hidden = false;
    return new Pad(root, this.listeners.listen, () => this.refreshDrawn());
  }

  buildTexts() {
    const { text, kinds } = this.content;
    for (const element of findAll(HTMLElement, this.root, "[data-text]")) {
      element.textContent = text[element.dataset.text ?? ""];
    }
    for (const element of findAll(HTMLElement, this.root, "[data-label]")) {
      element.ariaLabel = text[element.dataset.label ?? ""];
    }
    return new NoiseControls(find(this.root, "[data-noise]"), {
      kinds,
      label: text.noise,
      listen: this.listeners.listen,
      change: (settings) => this.change(settings),
      settle: () => this.settle(),
    });
  }

  buildChoices() {
    const choices = this.content.models.map((model) => this.buildChoice(model));
    find(this.root, "[data-models]").replaceChildren(...choices);
  }

  /** @param {PanelContent["models"][number]} model */
  buildChoice({ name, title, summary }) {
    const input = create("input", { type: "radio", name: "model", value: name });
    this.listeners.listen(input, "change", () => {
      this.change({ model: name });
      this.settle();
    });
    const label = create("label", { className: "choice" });
    const isOwn = deviceModel(name) !== null; // then somebody gave the title
    label.append(
      input,
      create("b", { textContent: title, translate: !isOwn }),
      create("small", { textContent: summary }),
    );
    return label;
  }

  buildGallery() {
    const { labels, text } = this.content;
    const numbers = galleryDigits(this.content);
    const buttons = this.gallery.build(numbers, (digit) =>
      fill(text.enlarge, { digit, number: digit + 1, label: labels?.[digit] }),
    );
    buttons.forEach((button, i) => this.listeners.listen(button, "click", () => this.choose(numbers[i])));
  }

  // --- what the visitor does ---

  /** @param {string} action */
  press(action) {
    if (action === "noise") this.change({ seed: randomSeed() });
    if (action === "digit") this.change({ digit: this.anotherDigit() });
    if (action === "reset") this.change({ parameters: this.noiseControls.defaults });
    if (action === "again") this.change({ model: this.awaited.missing });
    this.settle();
  }

  get choices() {
    return findAll(HTMLInputElement, this.root, "[name=model]");
  }

  nextModel() {
    const { choices } = this;
    return choices[(choices.findIndex((choice) => choice.checked) + 1) % choices.length];
  }

  /** @param {number} digit */
  choose(digit) {
    const { pixels, label } = this.digit(digit);
    if (this.pad) {
      this.pad.put(pixels, label);
    } else {
      this.change({ digit });
      this.settle();
    }
    find(this.root, ".hero").scrollIntoView({ block: "nearest" });
  }

  /** @param {Tile} tile */
  save(tile) {
    const side = Number(findOf(HTMLSelectElement, this.root, "[data-save-side]").value);
    const digit = this.pad ? "drawn" : this.settings.digit;
    download(this.hero.canvas(tile), side, `digit-${digit}-${tile}-${side}x${side}.png`);
  }

  anotherDigit() {
    const count = this.content.digits.length / PIXELS;
    const step = 1 + Math.floor(Math.random() * (count - 1));
    return (this.settings.digit + step) % count;
  }

  /** @param {Partial<Settings>} settings */
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
    this.isAnnounced = false;
    this.requestFrame();
    if (this.settings.model !== this.content.model) this.awaited.start();
  }

  // --- models that do not come ---

  /** Goes on with the model that is here, and says so; the other one may still come. */
  giveUp() {
    const name = this.settings.model;
    this.sent = "";
    this.change({ model: this.content.model });
    this.awaited.show(name, this.titleOf(name), this.content.text.missing, true);
  }

  /** Goes on with another model where this device has no such one. @param {string} name */
  loseModel(name) {
    const other = this.content.models.find((model) => model.name !== name);
    if (!other || this.settings.model !== name) return;
    this.change({ model: other.name });
    this.settle();
    this.awaited.show(name, this.titleOf(name), this.content.text.not_here, false);
  }

  /** @param {string} name - Of a model. */
  titleOf(name) {
    return this.content.models.find((model) => model.name === name)?.title ?? "";
  }

  // --- what is shown ---

  showContent() {
    this.root.dataset.hidden = this.content.hidden.join(" ");
    this.root.classList.toggle("inside", this.content.isInside);
    this.inside.take(this.content);
    this.showSettings();
    this.refresh();
  }

  showSettings() {
    const { digits, text } = this.content;
    this.noiseControls.show(this.settings);
    this.newNoise.disabled = !this.noiseControls.kind.is_random;
    this.newNoise.title = this.newNoise.disabled ? text.same_noise : "";
    this.newDigit.hidden = this.pad !== null || digits.length === PIXELS;
    for (const input of this.choices) input.checked = input.value === this.settings.model;
    this.gallery.showChosen(this.settings.digit);
    this.root.ariaBusy = String(this.waiting);
  }

  showSource() {
    const { text } = this.content;
    const { digit } = this.settings;
    const source = this.pad?.isBlank ? text.nothing : text.source;
    this.hero.showSource(fill(source, { digit, number: digit + 1 }));
  }

  /** Everything is to be drawn again: the hero in the next frame, the gallery as time allows. */
  refresh() {
    this.gallery.refresh();
    this.refreshHero();
  }

  refreshHero() {
    this.changedAt = performance.now();
    this.heroIsStale = true;
    this.requestFrame();
  }

  refreshDrawn() {
    this.isAnnounced = false;
    this.refreshHero();
  }

  /** Returns a digit by its number, or what is on the pad. @param {number} number @returns {Digit} */
  digit(number) {
    if (number === DRAWN && this.pad) return { pixels: this.pad.read(), label: this.pad.label, stream: 0 };
    const { digits, labels } = this.content;
    return { pixels: pixelsOf(digits, number), label: labels?.[number], stream: number };
  }

  requestFrame() {
    this.frameRequest ||= requestAnimationFrame(() => this.frame());
  }

  frame() {
    const start = performance.now();
    const paused = start - this.changedAt > PAUSE;
    this.frameRequest = 0;
    const galleryIsDue = this.heroIsStale || paused;
    const { content, settings } = this;
    if (this.heroIsStale) this.drawHero();
    if (this.waiting) return; // the weights bring the next frame
    if (galleryIsDue) this.gallery.draw(start, paused, (number) => this.digit(number), content, settings);
    if (!this.isAnnounced) this.announce();
    if (this.gallery.isStale) this.requestFrame();
  }

  drawHero() {
    this.hero.draw(this.digit(this.settings.digit), this.content, this.settings);
    this.showSource();
    if (!this.waiting) this.inside.draw(this.settings);
    this.heroIsStale = false;
  }

  /** Whether another model was chosen whose weights are not here yet. */
  get waiting() {
    return this.settings.model !== this.content.model || !this.content.network;
  }

  /** Tells screen readers, once a change has settled. */
  announce() {
    this.hero.announce(this.content, this.titleOf(this.settings.model));
    this.isAnnounced = true;
  }
}

/**
 * The browser's back button changes the address only: open anew what it says. A jump
 * within the page, which changes the hash, is no such change.
 */
function reopen() {
  if (!location.hash) location.reload();
}
