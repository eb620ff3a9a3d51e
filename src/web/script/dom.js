// Elements and their text. Whatever comes from elsewhere goes in as text: nothing here is ever read as HTML.

/**
 * An element with attributes and children. An attribute that begins with `on` is a listener; one that is `null` or
 * `false` is left out.
 */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Says `text` in an element; one that says it already is left alone, so that nothing is announced twice. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows an element, or not. */
export function show(element, visible) {
  if (element.hidden === visible) element.hidden = !visible;
}
