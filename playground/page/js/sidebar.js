/** The left column: channels, and the direct message with the bot. */

import { avatar } from "./avatar.js";
import { fill, h } from "./element.js";
import { icon } from "./icon.js";
import { routeTo } from "./route.js";
import { DM } from "./store.js";

export class Sidebar {
  /**
   * @param {HTMLElement} element
   * @param {import("./store.js").Store} store
   */
  constructor(element, store) {
    this.element = element;
    this.store = store;
    for (const topic of ["hello", "me", "place", "unread", "bot"]) store.on(topic, () => this.draw());
    store.on("message", ({ before }) => before || this.draw());
    element.addEventListener("keydown", (event) => this.onKey(event));
  }

  draw() {
    const { store } = this;
    if (!store.hello) return;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.getAttribute("href") : null;
    const hadFocus = this.element.contains(document.activeElement);
    const direct = store.directs.get(store.me) ?? "";
    fill(
      this.element,
      h("h2", { id: "channels-head" }, "Channels"),
      h(
        "ul",
        { "aria-labelledby": "channels-head", role: "list" },
        store.channels.map((/** @type {any} */ channel) => this.entry(channel.id, channel.id, channel.name, icon("hash"))),
      ),
      h("h2", { id: "directs-head" }, "Direct messages"),
      h("ul", { "aria-labelledby": "directs-head", role: "list" }, this.entry(DM, direct, store.hello.bot.name, avatar(store, store.hello.bot.id, "tiny"), this.presence())),
    );
    if (hadFocus && focused) /** @type {HTMLElement | null} */ (this.element.querySelector(`a[href="${CSS.escape(focused)}"]`))?.focus();
  }

  presence() {
    const { connected, connections } = this.store.bot;
    const words = connected ? `connected${connections > 1 ? `, ${connections} connections` : ""}` : "not connected";
    return [h("span", { class: connected ? "presence on" : "presence", title: `The bot is ${words}`, "aria-hidden": "true" }), h("span", { class: "offscreen" }, `, ${words}`)];
  }

  /**
   * @param {string} where
   * @param {string} channel
   * @param {string} name
   * @param {Node} face
   * @param {Node[]} [after]
   */
  entry(where, channel, name, face, after = []) {
    const { store } = this;
    const isHere = store.place.where === where;
    const count = channel ? store.unreadCount(channel) : 0;
    const isUnread = count > 0;
    return h(
      "li",
      {},
      h(
        "a",
        { href: routeTo({ where, thread: null }), "aria-current": isHere ? "page" : null, class: isUnread ? "unread" : null, "data-testid": `place-${where}` },
        face,
        h("span", { class: "label" }, name),
        after,
        isUnread && where === DM ? h("span", { class: "count" }, String(count)) : null,
        isUnread ? h("span", { class: "offscreen" }, ", unread messages") : null,
      ),
    );
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const links = [...this.element.querySelectorAll("a")];
    const at = links.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
    if (at < 0) return;
    if (event.key === "ArrowDown") links[(at + 1) % links.length].focus();
    else if (event.key === "ArrowUp") links[(at - 1 + links.length) % links.length].focus();
    else if (event.key === "Home") links[0].focus();
    else if (event.key === "End") links.at(-1)?.focus();
    else return;
    event.preventDefault();
  }
}
