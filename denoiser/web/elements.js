// Elements of a page: found, made, and listened to.
/** @import { Listen } from "./types.js" */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Returns the first element below `root` that a selector names.
 * @param {ParentNode} root @param {string} selector @returns {HTMLElement}
 * @throws {TypeError} There is none.
 */
export function find(root, selector) {
  return findOf(HTMLElement, root, selector);
}

/**
 * The same for an element of a narrower type, such as HTMLInputElement.
 * @template {Element} E @param {new () => E} type @param {ParentNode} root @param {string} selector
 * @returns {E}
 * @throws {TypeError} There is none, or it is of another type.
 */
export function findOf(type, root, selector) {
  const found = root.querySelector(selector);
  if (found instanceof type) return found;
  throw new TypeError(`expected ${selector} to be one ${type.name}, found ${found?.tagName ?? "none"}`);
}

/**
 * Returns every element below `root` that a selector names and that is of a type.
 * @template {Element} E @param {new () => E} type @param {ParentNode} root @param {string} selector
 * @returns {E[]}
 */
export function findAll(type, root, selector) {
  const isOfType = /** @type {(element: Element) => element is E} */ ((element) => element instanceof type);
  return [...root.querySelectorAll(selector)].filter(isOfType);
}

/**
 * Makes an element with its properties.
 * @template {keyof HTMLElementTagNameMap} Tag @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} properties @returns {HTMLElementTagNameMap[Tag]}
 */
export function create(tag, properties = {}) {
  const made = document.createElement(tag);
  Object.assign(made, properties);
  return made;
}

/**
 * Makes an element of a drawing with its attributes.
 * @param {string} name @param {Record<string, string | number>} attributes @param {string | number} text
 */
export function createSvg(name, attributes, text = "") {
  const made = setAttributes(document.createElementNS(SVG, name), attributes);
  made.textContent = String(text);
  return made;
}

/** @template {Element} E @param {E} element @param {Record<string, string | number>} attributes */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/**
 * Returns `listen`, which adds a listener, and `stop`, which removes all that it added.
 * @returns {{ listen: Listen, stop: () => void }}
 */
export function listening() {
  const controller = new AbortController();
  const { signal } = controller;
  return {
    listen: (target, type, listener) =>
      target.addEventListener(type, /** @type {EventListener} */ (listener), { signal }),
    stop: () => controller.abort(),
  };
}
