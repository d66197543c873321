/** @import { DocumentData } from "../types.js" */
/** @import { Streamlit } from "../../../web/types.js" */

/**
 * Tells the page's document in which language it is, and whether a projector shows it.
 * @param {Streamlit<DocumentData>} streamlit
 */
export default function tell({ data }) {
  document.documentElement.lang = data.language;
  document.documentElement.classList.toggle("projector", data.isProjected);
}
