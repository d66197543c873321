// Copies a link, or the address of the page. Over plain http, as in many classrooms, browsers offer no
// clipboard to scripts: there an old command does.
import { create, find } from "../../../web/elements.js";
/** @import { CopyLinkData } from "../types.js" */
/** @import { Streamlit } from "../../../web/types.js" */

const SHOWN_MS = 2000;

/** @param {Streamlit<CopyLinkData>} streamlit @returns {() => void} */
export default function copyLink({ data, parentElement }) {
  const button = find(parentElement, "button");
  button.textContent = data.copy;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  button.onclick = async () => {
    button.textContent = (await copied(data.link ?? location.href)) ? data.copied : data.failed;
    clearTimeout(timer);
    timer = setTimeout(() => (button.textContent = data.copy), SHOWN_MS);
  };
  return () => clearTimeout(timer);
}

/** @param {string} text */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedByCommand(text);
  }
}

/** @param {string} text */
function copiedByCommand(text) {
  const area = create("textarea", { value: text });
  area.style.cssText = "position: fixed; opacity: 0";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
