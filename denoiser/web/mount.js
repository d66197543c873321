// What Streamlit makes of a component: it asks for it first to be mounted, then whenever its data
// are others, and calls what it got back when the component leaves the page.
const mounted = new WeakMap();

// `make` builds the component, with `receive` and `stop`, below its parent element.
export function mount(streamlit, make) {
  const { data, parentElement } = streamlit;
  if (!mounted.has(parentElement)) mounted.set(parentElement, make(parentElement));
  mounted.get(parentElement).receive(data, streamlit);
  return () => {
    mounted.get(parentElement)?.stop();
    mounted.delete(parentElement);
  };
}
