// The network as Keras code, beside its strip: a line leads to its layer, a layer marks its lines.
//
// Knows the lines, and which layer each is of; not what they mean.
import { create, find } from "../elements.js";
/** @import { Listen } from "../types.js" */
/** @import { Stage } from "./stages.js" */

/** @typedef {{ text: string, layer: string | null }} CodeLine */

export class CodeView {
  /**
   * @param {HTMLElement} root
   * @param {object} hands
   * @param {Listen} hands.listen
   * @param {(stage: string) => void} hands.choose - A line of this stage was chosen.
   */
  constructor(root, hands) {
    this.root = root;
    this.hands = hands;
    this.key = "";
    this.stage = ""; // that is marked
    /** @type {CodeLine[] | null} */
    this.lines = null;
    /** @type {Stage[] | null} */
    this.stages = null;
    /** @type {{ stage: string, item: HTMLElement }[]} */
    this.marked = [];
  }

  /**
   * @param {CodeLine[]} lines - None where the program is not known.
   * @param {Stage[]} stages
   */
  take(lines, stages) {
    if (lines === this.lines && stages === this.stages) return;
    Object.assign(this, { lines, stages });
    const key = JSON.stringify([lines, stages.map(({ name }) => name)]);
    this.root.hidden = lines.length === 0 || stages.length === 0;
    if (key === this.key) return;
    this.key = key;
    this.stage = "";
    this.marked = [];
    find(this.root, "[data-code-lines]").replaceChildren(...lines.map((line) => this.build(line, stages)));
  }

  /** @param {CodeLine} line @param {Stage[]} stages */
  build({ text: code, layer }, stages) {
    const item = create("li");
    const stage = stages.find(({ layers }) => layers.some(({ name }) => name === layer));
    if (!stage) {
      item.append(create("code", { textContent: code, className: code.startsWith("#") ? "comment" : "" }));
      return item;
    }
    const button = create("button", { type: "button", translate: false });
    button.append(create("code", { textContent: code }));
    this.hands.listen(button, "click", () => this.hands.choose(stage.name));
    item.append(button);
    this.marked.push({ stage: stage.name, item });
    return item;
  }

  /** Marks the lines of a stage. @param {string} stage - Its name; "" for none. */
  mark(stage) {
    if (stage === this.stage) return;
    this.stage = stage;
    for (const { stage: own, item } of this.marked) {
      item.classList.toggle("marked", own === stage);
      item.ariaCurrent = own === stage ? "true" : null;
    }
    const [first] = this.marked.filter((each) => each.stage === stage);
    const list = find(this.root, "[data-code-lines]");
    if (first) list.scrollTo({ top: first.item.offsetTop - list.offsetTop - 24 });
  }
}
