import { create } from "./elements.js";

/** Offers bytes as a file. @param {Uint8Array} bytes @param {string} name */
export function savedAs(bytes, name) {
  const href = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (bytes)]));
  create("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000); // the browser reads it when it likes
}
