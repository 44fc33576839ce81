/** The files that wait in a composer: how far each is, and a way to take it out again. */

import { fill, h } from "./element.js";
import { badge, endingOf, sizeOf } from "./file.js";
import { icon } from "./icon.js";

/** @typedef {{key: number, file: File, id: string | null, failed: string | null, preview: string | null, stop: AbortController}} Upload */

export class Tray {
  /** @param {(upload: Upload) => void} remove */
  constructor(remove) {
    this.remove = remove;
    this.list = h("ul", { class: "tray", role: "list", "aria-label": "Files to send", hidden: true });
    this.heard = h("div", { class: "offscreen", role: "status" });
    this.element = h("div", {}, this.list, this.heard);
    /** @type {Map<number, {state: string, element: HTMLElement, about: HTMLElement}>} by key of the upload */
    this.drawn = new Map();
  }

  /** @param {Upload[]} uploads */
  show(uploads) {
    const before = this.drawn;
    this.drawn = new Map(uploads.map((upload) => [upload.key, before.get(upload.key) ?? this.draw(upload)]));
    for (const upload of uploads) this.refresh(upload);
    const wanted = [...this.drawn.values()].map(({ element }) => element);
    if (wanted.length !== this.list.children.length || wanted.some((element, index) => this.list.children[index] !== element)) fill(this.list, wanted);
    this.list.hidden = uploads.length === 0;
  }

  /** @param {Upload} upload */
  refresh({ key, file, id, failed }) {
    const { element, about, state } = /** @type {{state: string, element: HTMLElement, about: HTMLElement}} */ (this.drawn.get(key));
    const now = failed ?? (id === null ? "Uploading…" : sizeOf(file.size));
    if (now === state) return;
    this.drawn.set(key, { element, about, state: now });
    about.textContent = now;
    element.classList.toggle("failed", failed !== null);
    element.classList.toggle("waits", failed === null && id === null);
    const name = file.name || "The file";
    if (failed !== null) this.heard.textContent = `${name}: ${failed}`;
    else if (id !== null) this.heard.textContent = `${name} is attached, ${now}`;
  }

  /** @param {Upload} upload */
  draw(upload) {
    const { file, preview } = upload;
    const name = file.name || "pasted file";
    const about = h("span", {});
    const take = () => {
      const own = [...this.list.children].indexOf(element);
      this.remove(upload);
      this.heard.textContent = `${name} is removed`;
      const next = this.list.children[Math.min(own, this.list.children.length - 1)];
      /** @type {HTMLElement | null | undefined} */ (next?.querySelector("button"))?.focus();
    };
    const element = h(
      "li",
      { class: preview ? "waiting pictured" : "waiting", "data-testid": "tray-file" },
      preview ? h("img", { src: preview, alt: "" }) : badge(endingOf(name)),
      h("span", { class: "what" }, h("strong", { title: name }, name), about),
      h("button", { class: "tool", type: "button", "aria-label": `Remove ${name}`, title: "Remove", on: { click: take } }, icon("close")),
    );
    return { state: "", element, about };
  }
}
