import { mount } from "../../../web/mount.js";
import { classPost } from "../../../web/class_post.js";
/** @import { ClassNewsData } from "../types.js" */
/** @import { Mounted, Streamlit } from "../../../web/types.js" */

/** @param {Streamlit<ClassNewsData>} streamlit */
export default function classNews(streamlit) {
  return mount(streamlit, () => new ClassNews());
}

/** @implements {Mounted<ClassNewsData>} */
class ClassNews {
  /** @type {((name: string, value: unknown) => void) | null} */
  send = null;

  /** @param {ClassNewsData} news @param {Streamlit<ClassNewsData>} streamlit */
  receive(news, { setTriggerValue }) {
    this.send = setTriggerValue;
    Object.assign(classPost(), { news, send: setTriggerValue });
  }

  stop() {
    const post = classPost();
    if (post.send === this.send) post.send = null;
  }
}
