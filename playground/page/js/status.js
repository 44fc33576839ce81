/** What the bot is doing here, and the button that stops it. */

import { fill, h } from "./element.js";
import { icon } from "./icon.js";

export class Status {
  /**
   * @param {import("./message.js").Desk} desk
   * @param {"channel" | "thread"} scope
   */
  constructor(desk, scope) {
    this.desk = desk;
    this.store = desk.store;
    this.scope = scope;
    this.element = h("div", { class: "status", hidden: true, "data-testid": `${scope}-status` });
    this.words = h("span", { class: "what", role: "status" });
    this.key = "";
    for (const topic of ["session", "place", "me", "loaded", "message"]) this.store.on(topic, () => this.refresh());
  }

  /** The session that this place shows, if one is at work or waits. */
  get current() {
    const { store } = this;
    const { channel } = store;
    if (!channel) return null;
    const isShown = (/** @type {any} */ { session }) => session.status === "processing" || session.status === "suspended";
    if (this.scope === "thread") {
      const session = store.place.thread ? store.sessionOf(channel, store.place.thread) : null;
      return session && isShown({ session }) ? { thread: store.place.thread ?? "", session } : null;
    }
    // A direct message's own session answers at the top level: its thread is nobody's root.
    if (!store.isDirect(channel)) return null;
    const own = store.sessionsIn(channel).filter(({ thread }) => thread !== store.place.thread && !store.message(channel, thread)?.reply_count);
    return own.find(isShown) ?? null;
  }

  refresh() {
    const current = this.current;
    const key = JSON.stringify([current, this.store.me, this.store.channel]);
    if (key === this.key) return;
    this.key = key;
    this.element.hidden = current === null;
    if (!current) return fill(this.element);
    const bot = this.store.hello.bot.name;
    const isWaiting = current.session.status === "suspended";
    this.element.classList.toggle("waiting", isWaiting);
    this.words.textContent = isWaiting ? `${bot} is waiting for an answer` : `${bot} is working on it…`;
    const stop = h("button", { class: "button", type: "button" }, icon("stop"), "Stop");
    stop.addEventListener("click", () => void this.stop(stop, current.thread));
    fill(
      this.element,
      isWaiting ? null : h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
      this.words,
      isWaiting ? null : stop,
    );
  }

  /** @param {HTMLButtonElement} button @param {string} thread */
  async stop(button, thread) {
    const { channel } = this.store;
    if (!channel) return;
    button.disabled = true;
    fill(button, icon("stop"), "Stopping…");
    if (await this.desk.attempt(this.desk.workspace.stop(channel, thread))) return;
    button.disabled = false;
    fill(button, icon("stop"), "Stop");
  }
}
