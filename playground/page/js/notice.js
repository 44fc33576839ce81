/** Short notices at the bottom of the page: something could not be done. */

import { h } from "./element.js";
import { icon } from "./icon.js";

const SHOWN_MS = 7000;

export class Notices {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
  }

  /** @param {string} text */
  show(text) {
    const notice = h("div", { class: "notice", role: "alert", "data-testid": "notice" }, h("span", {}, text));
    const close = h("button", { type: "button", "aria-label": "Dismiss", on: { click: () => notice.remove() } }, icon("close"));
    notice.append(close);
    this.element.append(notice);
    while (this.element.children.length > 3) this.element.firstElementChild?.remove();
    setTimeout(() => notice.remove(), SHOWN_MS);
  }
}
