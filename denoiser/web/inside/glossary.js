// A few words on the terms of a map's arithmetic; a term in the arithmetic leads to its words.
//
// The texts are called `glossary_` and the name of what they are of.
import { create, find, findOf } from "../elements.js";
/** @import { Listen } from "../types.js" */

/** @typedef {{ name: string, title: string }} Term - `name` as in the texts. */

export class Glossary {
  /** @param {ParentNode} root - What it is in. @param {Listen} listen */
  constructor(root, listen) {
    this.root = findOf(HTMLDetailsElement, root, "[data-glossary]");
    this.listen = listen;
    /** @type {Map<string, HTMLElement>} */
    this.words = new Map();
  }

  /** Takes the terms that are in use. @param {Term[]} terms @param {Record<string, string>} text */
  take(terms, text) {
    this.words.clear();
    const known = terms.filter(({ name }, i) => {
      const isFirst = terms.findIndex((other) => other.name === name) === i;
      return isFirst && text[`glossary_${name}`];
    });
    const entries = known.flatMap(({ name, title }) => {
      const term = create("dt", { textContent: title, tabIndex: -1 });
      this.words.set(name, term);
      return [term, create("dd", { textContent: text[`glossary_${name}`] })];
    });
    this.root.hidden = entries.length === 0;
    find(this.root, "[data-glossary-words]").replaceChildren(...entries);
  }

  /** Returns a term that leads to its words, or the term alone. @param {Term} term */
  link({ name, title }) {
    if (!this.words.has(name)) return create("span", { textContent: title });
    const button = create("button", { type: "button", className: "term", textContent: title });
    this.listen(button, "click", () => {
      this.root.open = true;
      this.words.get(name)?.focus();
    });
    return button;
  }
}
