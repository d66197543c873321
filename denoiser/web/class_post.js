// What a class has told this tab last, and the way back; the same for all components on all pages.
/** @import { ClassNewsData } from "../ui/components/types.js" */

const POST_KEY = "denoisingLabClassPost";

/**
 * @typedef {{ news: ClassNewsData | null, send: ((name: string, value: unknown) => void) | null }} ClassPost -
 *   `send` is null while nobody takes anything.
 */

/** @returns {ClassPost} */
export function classPost() {
  const shared = /** @type {Record<string, unknown>} */ (globalThis);
  return /** @type {ClassPost} */ (shared[POST_KEY] ??= { news: null, send: null });
}
