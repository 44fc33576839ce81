/** A file in a message or in the tray of the composer. */

import { h } from "./element.js";
import { icon } from "./icon.js";
import { safeSource } from "./link.js";

/** @param {any} file @returns {HTMLElement} */
export function drawFile(file) {
  const source = safeSource(file.url ?? file.url_private);
  const name = String(file.name ?? file.title ?? "file");
  if (source && isPicture(file)) {
    return h(
      "figure",
      { class: "picture", "data-testid": "file" },
      h("figcaption", {}, name),
      h("a", { href: source, target: "_blank", rel: "noopener noreferrer" }, h("img", { src: source, alt: String(file.alt_txt ?? name), loading: "lazy" })),
    );
  }
  const inside = [h("span", { class: "badge" }, icon("file")), h("span", { class: "what" }, h("strong", {}, name), h("span", {}, kindOf(file)))];
  return source
    ? h("a", { class: "file", href: source, target: "_blank", rel: "noopener noreferrer", "data-testid": "file" }, inside)
    : h("div", { class: "file", "data-testid": "file" }, inside);
}

/** @param {any} file */
export function isPicture(file) {
  return /^image\/(png|jpeg|gif|webp|svg\+xml|avif|bmp)$/.test(String(file.mimetype ?? file.type ?? ""));
}

/** @param {number} bytes */
export function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** @param {any} file */
function kindOf(file) {
  const kind = String(file.pretty_type ?? file.filetype ?? file.mimetype ?? "File");
  return typeof file.size === "number" ? `${kind} · ${sizeOf(file.size)}` : kind;
}
