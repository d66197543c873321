const SVG = "http://www.w3.org/2000/svg";

// An element with its properties.
export function create(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

// An element of a drawing with its attributes.
export function createSvg(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}
