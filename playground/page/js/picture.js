/** The pictures of a message: one in its own proportions, several side by side; each opens large. */

import { drawCard, saveLink } from "./file.js";
import { fill, h } from "./element.js";
import { icon } from "./icon.js";
import { openLightbox } from "./lightbox.js";
import { safeLink } from "./link.js";

/** @typedef {import("./file.js").Attached} Attached */

/**
 * @param {Attached} file
 * @param {{width: number, height: number} | null} room for a picture that stands alone
 * @param {() => Attached[]} all the pictures among which it is
 * @param {() => void} lose is called when it cannot be shown
 * @returns {HTMLElement}
 */
export function drawPicture(file, room, all, lose) {
  const source = /** @type {string} */ (file.source);
  const image = h("img", { src: source, alt: file.alt ?? file.name, loading: "lazy", decoding: "async" });
  const link = h("a", { class: "open", href: source, target: "_blank", rel: "noopener noreferrer", title: file.name }, image);
  const element = h("div", { class: "picture", "data-testid": "file", "data-file": file.id }, link, h("div", { class: "over" }, saveLink(file)));
  if (room && file.pixels) {
    // Its place is kept before it is loaded: nothing under it moves.
    const { width, height } = file.pixels;
    const scale = Math.min(1, room.width / width, room.height / height);
    image.style.setProperty("width", `${Math.max(1, Math.round(width * scale))}px`);
    image.style.setProperty("aspect-ratio", `${width} / ${height}`);
  }
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const pictures = all();
    openLightbox(pictures, Math.max(0, pictures.findIndex(({ id }) => id === file.id)));
  });
  image.addEventListener("error", lose, { once: true });
  if (file.isHidden) cover(element, link);
  return element;
}

/** What stands in the place of a picture that cannot be shown. @param {Attached} file */
export function drawLost(file) {
  return h("div", { class: "lost" }, drawCard(file), h("p", {}, "This picture could not be shown."));
}

/** Hidden until one asks for it. @param {HTMLElement} element @param {HTMLElement} link */
function cover(element, link) {
  const show = h("button", { class: "uncover", type: "button", "aria-label": "Spoiler: press to show the picture" }, "Spoiler");
  element.classList.add("covered");
  link.setAttribute("tabindex", "-1");
  link.setAttribute("aria-hidden", "true");
  show.addEventListener("click", () => {
    element.classList.remove("covered");
    link.removeAttribute("tabindex");
    link.removeAttribute("aria-hidden");
    show.remove();
    link.focus();
  });
  element.append(show);
}

/**
 * A line over pictures that folds them away.
 *
 * @param {HTMLElement} pictures
 * @returns {{element: HTMLElement, name: (words: string) => void}}
 */
export function drawFold(pictures) {
  const words = h("span", {});
  const element = h("button", { class: "fold", type: "button", "aria-expanded": "true" });
  fill(element, words, icon("chevron", "chevron"));
  element.addEventListener("click", () => {
    pictures.hidden = !pictures.hidden;
    element.setAttribute("aria-expanded", String(!pictures.hidden));
  });
  return { element, name: (text) => void (words.textContent = text) };
}

/**
 * What stands for a picture that is elsewhere: nothing is loaded from there, one may go and look.
 *
 * @param {unknown} address
 * @param {string} alt
 * @returns {HTMLElement}
 */
export function drawElsewhere(address, alt) {
  const href = typeof address === "string" ? safeLink(address) : null;
  const inside = [icon("picture"), alt || "Picture"];
  return href ? h("a", { class: "elsewhere", href, target: "_blank", rel: "noopener noreferrer" }, inside) : h("span", { class: "elsewhere" }, inside);
}
