/**
 * Makes DOM elements. Text always becomes text nodes, so nothing here can turn a string into markup.
 */

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * Make an element.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [attributes] `on` holds event handlers, `prop` properties; an attribute
 *   that is null, undefined or false is left out, `true` becomes an empty attribute.
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    } else if (name === "prop") {
      Object.assign(element, value);
    } else if (/^on|^style$/i.test(name)) {
      throw new Error(`${name} is not an attribute to set: handlers go into "on", looks into CSS`);
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.flat().filter(isShown).map(asNode));
  return element;
}

/**
 * Fill an element anew.
 *
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter(isShown).map(asNode));
}

/** @param {Child} child */
function isShown(child) {
  return child !== null && child !== undefined && child !== false && child !== "";
}

/**
 * @param {any} child
 * @returns {Node | string}
 */
function asNode(child) {
  return child instanceof Node ? child : String(child);
}
