/** The bar at the very left, where a platform has one: the direct messages, and the server. */

import { fill, h } from "./element.js";
import { icon } from "./icon.js";
import { DM } from "./store.js";

export class Rail {
  /**
   * @param {HTMLElement} element
   * @param {import("./message.js").Desk} desk
   */
  constructor(element, desk) {
    this.element = element;
    this.desk = desk;
    this.store = desk.store;
    /** Where one was in the server. */
    this.last = "";
    for (const topic of ["hello", "me", "place", "unread", "channel"]) this.store.on(topic, () => this.draw());
  }

  draw() {
    const { store } = this;
    this.element.hidden = !store.hello || !this.desk.platform().hasRail;
    if (this.element.hidden) return fill(this.element);
    const { where } = store.place;
    if (where && where !== DM) this.last = where;
    const isDirect = where === DM;
    const focused = this.element.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
    const direct = store.directs.get(store.me) ?? "";
    const count = direct ? store.unreadCount(direct) : 0;
    const { name } = store.hello.team;
    const home = store.channels.some(({ id }) => id === this.last) ? this.last : (store.channels[0]?.id ?? DM);
    const unread = store.channels.some(({ id }) => store.unreadCount(id) > 0);
    fill(
      this.element,
      h(
        "a",
        { class: "rail-entry", href: store.addressOf({ where: DM, thread: null }), "aria-current": isDirect ? "true" : null, "aria-label": count ? `Direct messages, ${count} unread` : "Direct messages", title: "Direct messages" },
        icon("plane"),
        count && !isDirect ? h("span", { class: "count", "aria-hidden": "true" }, String(count)) : null,
      ),
      h("hr"),
      h(
        "a",
        { class: unread ? "rail-entry unread" : "rail-entry", href: store.addressOf({ where: home, thread: null }), "aria-current": isDirect ? null : "true", "aria-label": unread ? `${name}, unread messages` : name, title: name },
        name.split(/\s+/).map((/** @type {string} */ word) => [...word][0] ?? "").join("").slice(0, 3),
      ),
    );
    if (focused) /** @type {HTMLElement | null} */ (this.element.querySelector(`a[href="${CSS.escape(focused)}"]`))?.focus();
  }
}
