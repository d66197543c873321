// What the browser's Back button goes back to.
//
// Streamlit makes an entry of the history of every change of the address. Here an entry is a place: a
// page, a run, a step of a lesson. Settings belong to the entry of their place and replace it.

const PLACE = ["run", "device", "lesson", "step", "worksheet"]; // in the query of an address

/** @param {URL | Location} address @returns {string} what is the same for addresses of one place */
export function placeOf({ pathname, search }) {
  const query = new URLSearchParams(search);
  return JSON.stringify([pathname, ...PLACE.map((name) => query.get(name))]);
}

/** Lets settings replace the entry of their place from now on, however often this is called. */
export function keepOneEntryAPlace() {
  if (Object.hasOwn(history, "pushState")) return;
  history.pushState = (state, title, url) => {
    const isSame = placeOf(new URL(url ?? "", location.href)) === placeOf(location);
    History.prototype[isSame ? "replaceState" : "pushState"].call(history, state, title, url);
  };
}
