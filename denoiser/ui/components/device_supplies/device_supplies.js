import { deviceLab } from "../../../web/device_lab.js";
/** @import { Streamlit } from "../../../web/types.js" */

/** @type {Uint8Array | undefined} */
let supplied;

/** @param {Streamlit<Uint8Array>} streamlit */
export default function deviceSupplies({ data }) {
  if (data === supplied) return;
  supplied = data;
  deviceLab().workers.supply(data);
}
