// A picture with frames over it: a tap chooses a digit, leaves it out, or takes what was left out.
import { create, createSvg, find, findAll, findOf, listening, setAttributes } from "../../../web/elements.js";
import { mount } from "../../../web/mount.js";
import { areaOf, indexAt, overlap, ownPoint, readable, viewOf } from "./places.js";
/** @import { Box, MarkedPictureData, Marks } from "../types.js" */
/** @import { Streamlit } from "../../../web/types.js" */

const LARGE = 0.2; // of the picture: taps within are for what lies there
const WAIT_MS = 20000; // then the server has nothing to say

/** @param {Streamlit<MarkedPictureData>} streamlit */
export default function markedPicture(streamlit) {
  return mount(streamlit, (parent) => new MarkedPicture(find(parent, ".marked"), streamlit));
}

class MarkedPicture {
  /** @param {HTMLElement} root @param {Streamlit<MarkedPictureData>} streamlit */
  constructor(root, { data, setTriggerValue }) {
    this.root = root;
    this.data = data;
    this.setTriggerValue = setTriggerValue;
    this.sent = "";
    /** @type {[x: number, y: number] | null} */
    this.tapped = null; // by the keyboard, where the focus goes on
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.sheet = find(root, "[data-sheet]");
    this.frames = find(root, "[data-marks]");
    this.listeners = listening();
    this.resized = new ResizeObserver(() => this.showLabels());
    this.resized.observe(this.sheet);
    const { listen } = this.listeners;
    listen(this.frames, "keydown", (event) => this.press(event));
    listen(find(root, "[data-undo]"), "click", () => this.act("undo"));
    listen(find(root, "[data-reset]"), "click", () => this.act("reset"));
  }

  stop() {
    clearTimeout(this.timer);
    this.resized.disconnect();
    this.listeners.stop();
  }

  /** @param {MarkedPictureData} data @param {Streamlit<MarkedPictureData>} streamlit */
  receive(data, { setTriggerValue }) {
    this.setTriggerValue = setTriggerValue;
    const sent = JSON.stringify(data);
    if (sent === this.sent) return;
    Object.assign(this, { sent, data });
    this.wait(false);
    this.showPictures();
    find(this.root, "[data-whole]").hidden = data.marks === null;
    if (data.marks) this.showMarks(data.marks);
  }

  // --- the pictures to choose from ---

  showPictures() {
    const { shown, text, thumbnails } = this.data;
    const list = setAttributes(find(this.root, "[data-pictures]"), { "aria-label": text.pictures });
    const focused = findAll(HTMLElement, list, "button").findIndex((button) => button.matches(":focus"));
    list.replaceChildren(
      ...thumbnails.map(({ id, name, picture, told }) => {
        const item = create("li", { className: id === shown ? "shown" : "" });
        const show = create("button", {
          type: "button",
          className: "show",
          onclick: () => this.act("show", id),
        });
        show.setAttribute("aria-pressed", String(id === shown));
        const image = picture
          ? create("img", { src: picture, alt: "" })
          : create("span", { textContent: "?" });
        image.classList.add("thumbnail");
        const words = create("span", { className: "words" });
        words.append(create("b", { textContent: name }), create("small", { textContent: told }));
        show.append(image, words);
        const label = text.remove.replace("{name}", name);
        const remove = create("button", {
          type: "button",
          className: "remove",
          textContent: "×",
          title: label,
        });
        remove.setAttribute("aria-label", label);
        remove.onclick = () => this.act("remove", id);
        item.append(show, remove);
        return item;
      }),
    );
    if (focused >= 0) findAll(HTMLElement, list, "button")[focused]?.focus();
  }

  // --- the large picture ---

  /** @param {Marks} marks */
  showMarks(marks) {
    const { text } = this.data;
    const boxes = [...marks.digits, ...marks.leftOut].map(({ box }) => box);
    const view = viewOf(marks.corners, boxes, marks.size);
    const [left, top, width, height] = view;
    const image = findOf(HTMLImageElement, this.root, "[data-picture]");
    if (image.src !== marks.picture) image.src = marks.picture;
    image.alt = text.alt;
    Object.assign(image.style, {
      left: `${(-100 * left) / width}%`,
      top: `${(-100 * top) / height}%`,
      width: `${(100 * marks.size[0]) / width}%`,
      height: `${(100 * marks.size[1]) / height}%`,
    });
    this.sheet.style.setProperty("--ratio", String(width / height));
    this.showOutline(marks, view);
    this.showFrames(marks, view);
    find(this.root, "[data-told]").textContent = marks.told;
    find(this.root, "[data-hint]").textContent = text.hint;
    for (const name of ["undo", "reset"]) {
      const button = findOf(HTMLButtonElement, this.root, `[data-${name}]`);
      Object.assign(button, { textContent: text[name], hidden: !marks.isChanged });
    }
    const notes = marks.notes.map(({ reason, name, meaning }) => {
      const item = create("li", { className: reason === "doubtful" ? "doubtful" : "" });
      item.append(create("b", { textContent: name }), `: ${meaning}`);
      return item;
    });
    find(this.root, "[data-notes]").replaceChildren(...notes);
  }

  /** Dims what the paper lies on. @param {Marks} marks @param {Box} view */
  showOutline({ corners, size: [width, height] }, view) {
    const outline = findOf(SVGSVGElement, this.root, "[data-outline]");
    setAttributes(outline, { viewBox: view.join(" ") });
    const sheet = corners?.map(([x, y]) => `${x} ${y}`).join("L");
    const around = `M0 0H${width}V${height}H0Z`;
    const parts = sheet
      ? [
          createSvg("path", { class: "table", d: `${around}M${sheet}Z` }),
          createSvg("path", { d: `M${sheet}Z` }),
        ]
      : [];
    outline.replaceChildren(...parts);
  }

  /** @param {Marks} marks @param {Box} view */
  showFrames({ chosen, digits, leftOut }, view) {
    const { text } = this.data;
    const [fromLeft, fromTop, ...size] = view;
    const hadFocus = this.frames.matches(":focus-within");
    const boxes = [...digits, ...leftOut].map(({ box }) => box);
    const frames = boxes.map((box, i) => {
      const frame = create("button", { type: "button", className: "frame" });
      const [left, top, ...sides] = box;
      const seen = [left - fromLeft, top - fromTop, ...sides];
      const [x, y, width, height] = seen.map((value, j) => (100 * value) / size[j % 2]);
      Object.assign(frame.style, { left: `${x}%`, top: `${y}%`, width: `${width}%`, height: `${height}%` });
      const isBelow = boxes.some((other) => areaOf(other) < areaOf(box) && overlap(other, box));
      frame.classList.toggle("below", isBelow); // a tap is for the smallest that is there
      frame.classList.toggle("to-the-left", x > 70);
      frame.dataset.index = String(i);
      return frame;
    });
    digits.forEach(({ isDoubtful, label }, i) => {
      const frame = frames[i];
      frame.classList.add("digit", ...(isDoubtful ? ["doubtful"] : []));
      setAttributes(frame, { "aria-label": label, "aria-pressed": String(i === chosen) });
      frame.append(create("span", { className: "tag", textContent: `${i + 1}${isDoubtful ? "?" : ""}` }));
      frame.onclick = () => this.act("choose", i);
    });
    leftOut.forEach(({ box, label, name, reason }, i) => {
      const frame = frames[digits.length + i];
      const isLarge = areaOf(box) > LARGE * size[0] * size[1];
      frame.classList.add("left-out", reason.replace(" ", "-"), ...(isLarge ? ["large"] : []));
      setAttributes(frame, { "aria-label": label, title: label });
      frame.append(create("span", { className: "tag", textContent: `+ ${name}` }));
      frame.onclick = () => this.tap(digits.length + i);
    });
    this.frames.replaceChildren(...frames);
    if (chosen !== null && frames[chosen]) frames[chosen].after(this.crossOf(chosen, frames[chosen]));
    this.showLabels();
    if (hadFocus) frames[this.tapped ? indexAt(boxes, this.tapped) : (chosen ?? 0)]?.focus();
    this.tapped = null;
    find(this.root, "[data-marks]").setAttribute("aria-label", text.alt);
  }

  /** Returns what leaves a digit out, at a corner of its frame. @param {number} index @param {HTMLElement} frame */
  crossOf(index, { style }) {
    const label = this.data.text.leave_out;
    const cross = create("button", { type: "button", className: "cross", textContent: "×", title: label });
    cross.setAttribute("aria-label", label);
    Object.assign(cross.style, { left: `calc(${style.left} + ${style.width})`, top: style.top });
    cross.onclick = () => this.tap(index);
    return cross;
  }

  /** Shows of the words on the picture those that can be read: they lie over no other frame, nor on the cross. */
  showLabels() {
    const { marks } = this.data;
    if (!marks || !this.sheet.offsetWidth) return;
    const frames = findAll(HTMLElement, this.frames, ".frame");
    const over = [...frames, ...findAll(HTMLElement, this.frames, ".cross")];
    const boxes = over.map((element) => this.boxOf(element));
    const [, , width] = this.boxOf(this.sheet);
    const tags = frames.slice(marks.digits.length).map((frame, i) => {
      const tag = find(frame, ".tag");
      tag.hidden = false;
      return { tag, label: this.boxOf(tag), frame: marks.digits.length + i };
    });
    const isShown = readable(tags, boxes);
    tags.forEach(({ tag, label: [left, , wide] }, i) => {
      tag.hidden = !isShown[i] || left < -8 || left + wide > width + 8;
    });
  }

  /** Returns where an element is on the sheet, in pixels of the screen. @param {HTMLElement} element @returns {Box} */
  boxOf(element) {
    const { left, top } = this.sheet.getBoundingClientRect();
    const box = element.getBoundingClientRect();
    return [box.left - left, box.top - top, box.width, box.height];
  }

  // --- what the visitor does ---

  /** @param {KeyboardEvent} event */
  press(event) {
    const index = Number(event.target instanceof HTMLElement ? event.target.dataset.index : NaN);
    const isDigit = index < (this.data.marks?.digits.length ?? 0);
    if (!["Delete", "Backspace"].includes(event.key) || !isDigit) return;
    event.preventDefault();
    this.tap(index);
  }

  /** Takes what is left out, or leaves a digit out. @param {number} index */
  tap(index) {
    const { marks } = this.data;
    if (!marks) return;
    const boxes = [...marks.digits, ...marks.leftOut].map(({ box }) => box);
    const point = ownPoint(boxes[index], boxes);
    if (this.frames.matches(":focus-within")) this.tapped = point;
    find(this.frames, `[data-index="${index}"]`).classList.add("changing");
    this.act("tap", point);
  }

  /** @param {string} kind @param {unknown} value */
  act(kind, value = null) {
    this.wait(kind !== "choose");
    this.setTriggerValue("act", { kind, value });
  }

  /** Says that the picture is read again. @param {boolean} waits */
  wait(waits) {
    clearTimeout(this.timer);
    this.root.setAttribute("aria-busy", String(waits));
    if (waits) this.timer = setTimeout(() => this.wait(false), WAIT_MS);
  }
}
