/** @import { Mounted, Streamlit } from "./types.js" */

/** @type {WeakMap<ParentNode, Mounted<unknown>>} */
const mounted = new WeakMap();

/**
 * Does what Streamlit expects of a component: it asks for it first to be mounted, then whenever its
 * data are others, and calls what it got back when the component leaves the page.
 * @template Data @param {Streamlit<Data>} streamlit
 * @param {(parent: ParentNode) => Mounted<Data>} make - Builds the component below its parent element.
 * @returns {() => void}
 */
export function mount(streamlit, make) {
  const { data, parentElement } = streamlit;
  const component = mounted.get(parentElement) ?? make(parentElement);
  mounted.set(parentElement, component);
  component.receive(data, streamlit);
  return () => {
    component.stop();
    mounted.delete(parentElement);
  };
}
