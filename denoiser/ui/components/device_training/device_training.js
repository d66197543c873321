// A training on this device: how it stands, what its last step changed, and what can be done with it.
//
// All happens in the browser; Python is sent the training only where the visitor asks for it.
import { deviceLab } from "../../../web/device_lab.js";
import { modelName } from "../../../web/device_names.js";
import { create, find, findAll, findOf, listening } from "../../../web/elements.js";
import { fill } from "../../../web/fill.js";
import { mount } from "../../../web/mount.js";
import { savedAs } from "../../../web/saving.js";
import { aboutStep, factsOf, noticeOf, shareDone, stateOf } from "./words.js";
import { base64, handedOver, weightsFile } from "./hand_over.js";
/** @import { DeviceRecord } from "../../../web/device_store.js" */
/** @import { Followed } from "../../../web/device_lab.js" */
/** @import { DeviceTrainingData } from "../types.js" */
/** @import { Streamlit } from "../../../web/types.js" */

const OWNED = ["resume", "rename", "delete", "keep", "keras"]; // by the tab that has its worker

const PATIENCE_MS = 90_000; // for the lab's computer, which may have to load TensorFlow first

/** @param {Streamlit<DeviceTrainingData>} streamlit */
export default function deviceTraining(streamlit) {
  return mount(streamlit, (parent) => new TrainingHead(find(parent, ".training"), streamlit));
}

class TrainingHead {
  /** @param {HTMLElement} root @param {Streamlit<DeviceTrainingData>} streamlit */
  constructor(root, { data, setTriggerValue }) {
    this.root = root;
    this.data = data;
    this.setTriggerValue = setTriggerValue;
    this.sending = ""; // what is on its way to Python: "keep" or "keras"
    this.asked = ""; // the same until the answer has come, which may be late
    this.said = "";
    this.focusOnceShown = ""; // the button in whose place the focus was
    /** @type {Followed | null} */
    this.followed = null;
    this.followedId = "";
    this.gone = ""; // the id of a training that is not here
    this.called = ""; // the id of the training that has got its name
    this.stopFollowing = () => {};
    this.listeners = listening();
    for (const button of findAll(HTMLElement, root, "[data-action]"))
      this.listeners.listen(button, "click", () => this.press(button.dataset.action ?? ""));
    this.listeners.listen(find(root, "[data-rename]"), "submit", (event) => this.rename(event));
    this.listeners.listen(root, "keydown", (event) => this.escape(event));
  }

  /** @param {DeviceTrainingData} data @param {Streamlit<DeviceTrainingData>} streamlit */
  receive(data, { setTriggerValue }) {
    Object.assign(this, { data, setTriggerValue });
    this.root.classList.toggle("brief", data.isBrief);
    for (const element of findAll(HTMLElement, this.root, "[data-text]"))
      element.textContent = data.text[element.dataset.text ?? ""];
    findOf(HTMLInputElement, this.root, "[data-new-name]").ariaLabel = data.text.name;
    find(this.root, "[data-progress]").ariaLabel = data.text.progress;
    if (data.id !== this.followedId) {
      this.stopFollowing();
      this.followedId = data.id;
      this.stopFollowing = deviceLab().follow(data.id, (followed) => {
        this.followed = followed;
        this.show();
      });
    }
    this.hearAnswer();
    this.hearName();
    if (this.root.ariaBusy === "false") this.show();
  }

  stop() {
    this.stopFollowing();
    this.listeners.stop();
  }

  /** Takes what Python answered to what was sent. */
  hearAnswer() {
    const { answer, id, text } = this.data;
    if (!answer || answer.id !== id || answer.sent !== this.asked) return;
    Object.assign(this, { asked: "", sending: "" });
    this.said = answer.problem || (answer.run ? text.kept : "");
    if (answer.run) deviceLab().change(id, { run: answer.run });
  }

  /** Takes the name that Python gives a training that was begun here. */
  hearName() {
    const { called, id } = this.data;
    if (called?.id !== id || this.called === id) return;
    this.called = id;
    deviceLab().change(id, { name: called.name, about: called.about });
  }

  // --- what the visitor does ---

  /** @param {string} action */
  press(action) {
    const { id } = this.data;
    const lab = deviceLab();
    /** @type {Record<string, () => unknown>} */
    const actions = {
      resume: () => this.goOn(),
      pause: () => this.wait(),
      step: () => lab.step(id),
      fix: () => this.fix(),
      keep: () => this.send("keep"),
      keras: () => this.send("keras"),
      weights: () => this.saveWeights(),
      rename: () => this.askForName(true),
      keep_name: () => this.askForName(false),
      delete: () => this.askWhetherSure(true),
      spare: () => this.askWhetherSure(false),
      delete_for_good: () => this.remove(),
      new: () => this.setTriggerValue("left", true),
    };
    actions[action]();
  }

  goOn() {
    deviceLab().resume(this.data.id);
    this.focusOnceShown = "pause";
  }

  wait() {
    deviceLab().pause(this.data.id);
    this.focusOnceShown = "resume";
  }

  get record() {
    return this.followed?.record;
  }

  /** Starts again with a lower learning rate. */
  fix() {
    const { record } = this;
    if (!record) return;
    const { task } = record;
    const config = { ...task.config, learning_rate: lowerRate(task.config.learning_rate) };
    const id = deviceLab().start({ ...task, config }, record.name, record.about);
    this.setTriggerValue("started", { id, config }); // Python calls it by its settings
  }

  /** @param {"keep" | "keras"} what - Is done with it there. */
  async send(what) {
    const { record } = this;
    if (!record || this.sending) return;
    Object.assign(this, { sending: what, asked: what, said: "" });
    this.show();
    const content = await handedOver(record, deviceLab(), what === "keep");
    if (content) this.setTriggerValue(what, { id: record.id, content: base64(content) });
    setTimeout(() => this.giveUp(what), content ? PATIENCE_MS : 0);
  }

  /** Says that no answer came, and lets the visitor try again. @param {string} what */
  giveUp(what) {
    if (this.sending !== what) return;
    this.sending = "";
    this.said = this.data.text.no_answer;
    this.show();
  }

  async saveWeights() {
    const { record } = this;
    const given = record && (await deviceLab().weights(record));
    if (given) savedAs(weightsFile(given.tensors), `${fileName(record.name)}.safetensors`);
  }

  /** @param {boolean} asks */
  askForName(asks) {
    find(this.root, "[data-rename]").hidden = !asks;
    find(this.root, "[data-name]").hidden = asks;
    if (!asks) {
      find(this.root, '[data-action="rename"]').focus();
      return;
    }
    const field = findOf(HTMLInputElement, this.root, "[data-new-name]");
    field.value = this.record?.name ?? "";
    field.select();
    field.focus();
  }

  /** @param {KeyboardEvent} event */
  escape(event) {
    if (event.key !== "Escape") return;
    if (!find(this.root, "[data-rename]").hidden) this.askForName(false);
    if (!find(this.root, "[data-sure]").hidden) this.askWhetherSure(false);
  }

  /** @param {Event} event */
  rename(event) {
    event.preventDefault();
    const name = findOf(HTMLInputElement, this.root, "[data-new-name]").value.trim();
    if (name) deviceLab().change(this.data.id, { name });
    this.askForName(false);
  }

  /** @param {boolean} asks */
  askWhetherSure(asks) {
    find(this.root, "[data-sure]").hidden = !asks;
    find(this.root, '[data-action="delete"]').hidden = asks;
    find(this.root, '[data-action="new"]').hidden = asks;
    find(this.root, asks ? '[data-action="spare"]' : '[data-action="delete"]').focus();
  }

  async remove() {
    this.stopFollowing();
    await deviceLab().remove(this.data.id);
    this.setTriggerValue("left", true);
  }

  // --- what is shown ---

  show() {
    const { record, root, data } = this;
    const { text } = data;
    if (root.ariaBusy === "true") root.scrollIntoView({ block: "end" }); // Start may have been far below
    root.ariaBusy = "false";
    find(root, "[data-name]").textContent = record ? record.name : text.gone_title;
    find(root, "[data-buttons]").classList.toggle("gone", !record);
    this.showNotice();
    find(root, "[data-said]").textContent = this.sending ? text[`${this.sending}_sending`] : this.said;
    for (const part of [".head", ".about"]) find(root, part).hidden = !record;
    if (record) this.showRecord(record);
    else this.showGone();
    const next = this.focusOnceShown && find(root, `[data-action="${this.focusOnceShown}"]`);
    if (!next || next.hidden) return;
    this.focusOnceShown = "";
    next.focus();
  }

  /** Says that there is no such training, once, so that the rest of the page goes. */
  showGone() {
    this.showButtons(() => false);
    if (this.gone === this.data.id) return;
    this.gone = this.data.id;
    this.setTriggerValue("gone", this.data.id);
  }

  /** @param {DeviceRecord} record */
  showRecord(record) {
    const { root, data, followed } = this;
    const { text, links } = data;
    find(root, "[data-state]").textContent = stateOf(record, text);
    find(root, "[data-about]").textContent = `· ${record.about}`;
    const facts = factsOf(record, followed?.run, text).map(([name, value]) => {
      const pair = create("div");
      pair.append(create("dt", { textContent: name }), create("dd", { textContent: value }));
      return pair;
    });
    find(root, "[data-facts]").replaceChildren(...facts);
    findOf(HTMLProgressElement, root, "[data-progress]").value = shareDone(record);
    findOf(HTMLAnchorElement, root, "[data-try]").href = fill(links.try, { model: modelName(record.id) });
    findOf(HTMLAnchorElement, root, "[data-run]").href = fill(links.run, { run: record.run });
    const isElsewhere = followed?.isElsewhere ?? false;
    this.showButtons((action) => isPossible(action, record) && !(isElsewhere && OWNED.includes(action)));
    this.showChange();
  }

  /** @param {(action: string) => boolean} isShown */
  showButtons(isShown) {
    const isAsking = !find(this.root, "[data-sure]").hidden;
    find(this.root, '[data-action="new"]').hidden = isAsking;
    for (const button of findAll(HTMLElement, this.root, "[data-buttons] > [data-action]")) {
      const action = button.dataset.action ?? "";
      if (action === "new") continue;
      button.hidden = !isShown(action) || (action === "delete" && isAsking);
      if (button instanceof HTMLButtonElement && ["keep", "keras"].includes(action))
        button.disabled = this.sending !== "";
      if (button instanceof HTMLButtonElement && ["pause", "step"].includes(action))
        button.disabled = !isPossibleNow(action, this.followed);
    }
    find(this.root, "[data-try]").hidden = !isShown("try");
    find(this.root, "[data-run]").hidden = !isShown("run");
  }

  showNotice() {
    const { text } = this.data;
    const { record, followed } = this;
    const notice = find(this.root, "[data-notice]");
    const said = followed ? noticeOf(followed, text) : text.gone;
    notice.hidden = !said;
    notice.classList.toggle("bad", !record || ["diverged", "failed"].includes(record.status));
    find(this.root, "[data-notice-text]").textContent = said;
    const fix = find(this.root, '[data-action="fix"]');
    fix.hidden = record?.status !== "diverged";
    if (record) fix.textContent = fill(text.fix, { rate: lowerRate(record.task.config.learning_rate) });
  }

  showChange() {
    const { followed, root, data } = this;
    const change = followed?.run?.change;
    find(root, "[data-change]").hidden = !change;
    if (!change || !followed) return;
    const { title, loss, moved } = aboutStep(change, followed.record, data.text);
    find(root, "[data-change-title]").textContent = title;
    find(root, "[data-change-loss]").textContent = loss;
    const rows = moved.map(({ layer, share, text }) => {
      const row = create("li");
      const bar = create("i");
      bar.style.setProperty("--share", String(share));
      row.append(create("span", { textContent: layer }), create("b", { textContent: text }), bar);
      return row;
    });
    find(root, "[data-moved]").replaceChildren(...rows);
  }
}

/** Returns a name as a file's. @param {string} name */
function fileName(name) {
  return name.replace(/[^\p{L}\p{N}.]+/gu, "-").replace(/^[-.]+|[-.]+$/g, "") || "network";
}

/** As on the lab's computer: a tenth, in one digit. @param {number} rate */
function lowerRate(rate) {
  return Math.max(1e-7, Number((rate / 10).toPrecision(1)));
}

/** Whether a button that stays where it is can be pressed. @param {string} action @param {Followed | null} followed */
function isPossibleNow(action, followed) {
  const status = followed?.isElsewhere ? "" : followed?.record.status;
  return action === "pause" ? status === "running" : status === "paused";
}

/** @param {string} action @param {DeviceRecord} record */
function isPossible(action, { status, history, run }) {
  const [isRunning, isPaused] = [status === "running", status === "paused"];
  const hasModel = history.length > 0;
  /** @type {Record<string, boolean>} */
  const possible = {
    resume: isPaused,
    pause: !isPaused,
    step: true,
    try: hasModel && !isRunning,
    keep: hasModel && !isRunning && run === "",
    run: run !== "",
    weights: hasModel && !isRunning,
    keras: hasModel && !isRunning,
    rename: true,
    delete: !isRunning,
  };
  return possible[action];
}
