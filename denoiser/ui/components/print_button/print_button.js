import { find } from "../../../web/elements.js";
/** @import { Streamlit } from "../../../web/types.js" */

/** @param {Streamlit<{ print: string }>} streamlit */
export default function printButton({ data, parentElement }) {
  const button = find(parentElement, "button");
  button.textContent = data.print;
  button.onclick = () => window.print();
}
