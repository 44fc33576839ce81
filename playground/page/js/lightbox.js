/** A picture at full size, over the page; the others of its message are one key away. */

import { aboutFile, saveLink } from "./file.js";
import { fill, h } from "./element.js";
import { icon } from "./icon.js";

/** @typedef {import("./file.js").Attached} Attached */

/**
 * @param {Attached[]} pictures
 * @param {number} first which of them
 */
export function openLightbox(pictures, first) {
  let at = first;
  const name = h("h2", { id: "lightbox-name" });
  const about = h("span", { class: "about" });
  const tools = h("span", { class: "tools" });
  const stage = h("div", { class: "stage" });
  const step = (/** @type {number} */ by) => {
    at = (at + by + pictures.length) % pictures.length;
    show();
  };
  const turn = (/** @type {number} */ by, /** @type {string} */ label) =>
    pictures.length > 1 ? h("button", { class: `turn ${by < 0 ? "before" : "after"}`, type: "button", "aria-label": label, title: label, on: { click: () => step(by) } }, icon("chevron")) : null;
  const close = h("button", { class: "tool", type: "button", "aria-label": "Close", title: "Close (Escape)", on: { click: () => dialog.close() } }, icon("close"));
  const dialog = h(
    "dialog",
    { class: "lightbox", "aria-labelledby": "lightbox-name", "data-testid": "lightbox" },
    h("header", {}, h("div", { class: "titles" }, name, about), tools, close),
    stage,
    turn(-1, "Picture before"),
    turn(1, "Next picture"),
  );
  const show = () => {
    const file = pictures[at];
    const { pixels } = file;
    name.textContent = file.name;
    about.textContent = [aboutFile(file), pixels ? `${pixels.width} × ${pixels.height}` : "", pictures.length > 1 ? `${at + 1} of ${pictures.length}` : ""].filter(Boolean).join(" · ");
    const original = h("a", { class: "tool", href: file.source, target: "_blank", rel: "noopener noreferrer", "aria-label": "Open in a new tab", title: "Open in a new tab" }, icon("outside"));
    fill(tools, original, saveLink(file));
    fill(stage, h("img", { src: file.source, alt: file.alt ?? file.name }));
  };
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft" && pictures.length > 1) step(-1);
    else if (event.key === "ArrowRight" && pictures.length > 1) step(1);
    else return;
    event.preventDefault();
  });
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || target === stage) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  show();
  document.body.append(dialog);
  dialog.showModal();
  close.focus();
}
