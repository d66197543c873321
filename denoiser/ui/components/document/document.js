import { keepOneEntryAPlace } from "./history.js";
/** @import { DocumentData } from "../types.js" */
/** @import { Streamlit } from "../../../web/types.js" */

/**
 * Tells the page's document in which language it is, and whether a projector shows it; and the
 * browser what its Back button goes back to.
 * @param {Streamlit<DocumentData>} streamlit
 */
export default function tell({ data }) {
  document.documentElement.lang = data.language;
  document.documentElement.classList.toggle("projector", data.isProjected);
  keepOneEntryAPlace();
}
