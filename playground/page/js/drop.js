/** Files dragged onto a pane go to its composer. */

import { h } from "./element.js";

/** @param {DragEvent} event */
const isFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;

/** A file dropped beside every pane would take the page's place in the window. */
export function refuseOtherDrops() {
  for (const kind of /** @type {const} */ (["dragover", "drop"])) addEventListener(kind, (event) => isFiles(event) && event.preventDefault());
}

/**
 * @param {HTMLElement} pane
 * @param {import("./composer.js").Composer} composer
 */
export function takeDrops(pane, composer) {
  const overlay = h("div", { class: "drop", hidden: true, "data-testid": "drop" }, "Drop files to share them here");
  pane.append(overlay);
  let depth = 0;
  pane.addEventListener("dragenter", (event) => {
    if (!isFiles(event)) return;
    depth += 1;
    overlay.hidden = false;
  });
  pane.addEventListener("dragover", (event) => {
    if (isFiles(event)) event.preventDefault();
  });
  pane.addEventListener("dragleave", (event) => {
    if (!isFiles(event)) return;
    depth = Math.max(0, depth - 1);
    overlay.hidden = depth === 0;
  });
  pane.addEventListener("drop", (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    depth = 0;
    overlay.hidden = true;
    composer.add(event.dataTransfer?.files ?? null);
  });
}
