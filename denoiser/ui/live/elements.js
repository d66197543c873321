// An element with its properties.
export function create(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}
