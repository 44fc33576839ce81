/** The left column: channels, and the direct message with the bot. */

import { avatar } from "./avatar.js";
import { fill, h } from "./element.js";
import { icon } from "./icon.js";
import { DM } from "./store.js";

/** So many of a channel's threads are listed. */
const THREADS_SHOWN = 12;

export class Sidebar {
  /**
   * @param {HTMLElement} element
   * @param {import("./message.js").Desk} desk
   */
  constructor(element, desk) {
    const { store } = desk;
    this.element = element;
    this.desk = desk;
    this.store = store;
    for (const topic of ["hello", "me", "place", "unread", "bot", "channel", "thread"]) store.on(topic, () => this.draw());
    store.on("message", ({ before }) => before || this.draw());
    element.addEventListener("keydown", (event) => this.onKey(event));
  }

  draw() {
    const { store } = this;
    if (!store.hello) return;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.getAttribute("href") : null;
    const hadFocus = this.element.contains(document.activeElement);
    const direct = store.directs.get(store.me) ?? "";
    const platform = this.desk.platform();
    fill(
      this.element,
      h("div", { class: "workspace-name", "aria-hidden": "true" }, store.hello.team.name),
      h("h2", { id: "channels-head" }, platform.words.channels),
      h(
        "ul",
        { "aria-labelledby": "channels-head", role: "list" },
        store.channels.flatMap((/** @type {any} */ channel) => [this.entry(channel.id, channel.id, channel.name, icon(platform.channelIcon(channel))), this.threads(channel)]),
      ),
      h("h2", { id: "directs-head" }, platform.words.directs),
      h("ul", { "aria-labelledby": "directs-head", role: "list" }, this.entry(DM, direct, store.hello.bot.name, avatar(store, store.hello.bot.id, "tiny"), this.presence())),
    );
    if (hadFocus && focused) /** @type {HTMLElement | null} */ (this.element.querySelector(`a[href="${CSS.escape(focused)}"]`))?.focus();
  }

  /** The channel's named threads: those that are not archived, and the one that is open. @param {any} channel */
  threads(channel) {
    const { store } = this;
    const shown = store.threadsIn(channel.id).filter(({ archived, id }) => !archived || id === store.place.thread).slice(0, THREADS_SHOWN);
    if (shown.length === 0) return null;
    return h(
      "li",
      { class: "threads" },
      h(
        "ul",
        { role: "list", "aria-label": `Threads in ${channel.name}` },
        shown.map((thread) => {
          const isHere = store.place.thread === thread.id;
          const isUnread = store.firstUnread(`${channel.id}:${thread.id}`) !== null && !isHere;
          const state = store.stateOf(thread);
          return h(
            "li",
            {},
            h(
              "a",
              {
                href: store.addressOf({ where: channel.id, thread: thread.id }), "aria-current": isHere ? "page" : null,
                class: isUnread ? "thread-entry unread" : "thread-entry", "data-testid": `thread-${thread.id}`, title: thread.name,
              },
              h("span", { class: "label" }, thread.name),
              state ? h("span", { class: "state", title: state }, icon(thread.locked ? "lock" : "archive"), h("span", { class: "offscreen" }, `, ${state.toLowerCase()}`)) : null,
              isUnread ? h("span", { class: "offscreen" }, ", unread messages") : null,
            ),
          );
        }),
      ),
    );
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
    const isHere = store.place.where === where && !store.threads.has(store.place.thread ?? "");
    const count = channel ? store.unreadCount(channel) : 0;
    const isUnread = count > 0;
    return h(
      "li",
      {},
      h(
        "a",
        { href: store.addressOf({ where, thread: null }), "aria-current": isHere ? "page" : null, class: isUnread ? "unread" : null, "data-testid": `place-${where}` },
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
