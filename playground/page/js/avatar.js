/** Faces: coloured initials for a person, the plane for the bot. */

import { h } from "./element.js";
import { icon } from "./icon.js";

/**
 * @param {import("./store.js").Store} store
 * @param {string | undefined} id of a person or the bot
 * @param {"" | "small" | "tiny"} [size]
 */
export function avatar(store, id, size = "") {
  if (id !== undefined && store.isBot(id)) return h("span", { class: `avatar bot ${size}`, "aria-hidden": "true" }, icon("plane"));
  const person = id === undefined ? undefined : store.people.get(id);
  const face = h("span", { class: `avatar ${size}`, "aria-hidden": "true" }, person ? initialsOf(person, store.people.values()) : "?");
  if (person && /^#?[0-9a-f]{6}$/i.test(person.color)) face.style.setProperty("--avatar", readable(person.color));
  return face;
}

/**
 * Two letters for a person: of the first and the last name, or of the first one where others have the same two.
 *
 * @param {import("./store.js").Person} person
 * @param {Iterable<import("./store.js").Person>} people everybody
 */
export function initialsOf(person, people) {
  const own = twoOf(person);
  const isShared = [...people].some((other) => other.id !== person.id && twoOf(other) === own);
  return isShared ? nameOf(person).slice(0, 2) : own;
}

/** @param {import("./store.js").Person} person */
function nameOf(person) {
  return (person.display_name || person.name).trim() || "?";
}

/** @param {import("./store.js").Person} person */
function twoOf(person) {
  const words = nameOf(person).split(/\s+/);
  return words.length > 1 ? `${[...words[0]][0]}${[...words[words.length - 1]][0]}`.toUpperCase() : nameOf(person).slice(0, 2);
}

/**
 * The colour, darkened until white letters on it can be read.
 *
 * @param {string} colour six hex digits, with or without `#`
 */
export function readable(colour) {
  const digits = colour.replace("#", "");
  let channels = [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16));
  while (1.05 / (luminance(channels) + 0.05) < 4.5) channels = channels.map((value) => Math.floor(value * 0.94));
  return `rgb(${channels.join(" ")})`;
}

/** @param {number[]} channels */
function luminance(channels) {
  const [r, g, b] = channels.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
