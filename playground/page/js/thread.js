/** The thread at the right. */

import { Composer } from "./composer.js";
import { takeDrops } from "./drop.js";
import { fill, h } from "./element.js";
import { icon } from "./icon.js";
import { Status } from "./status.js";
import { DM } from "./store.js";
import { Timeline } from "./timeline.js";

export class ThreadPane {
  /**
   * @param {HTMLElement} element
   * @param {import("./message.js").Desk} desk
   * @param {() => void} close
   */
  constructor(element, desk, close) {
    this.element = element;
    this.desk = desk;
    this.store = desk.store;
    this.shown = "";

    this.title = h("span", { class: "about", "data-testid": "thread-title" });
    this.timeline = new Timeline(desk, "thread");
    this.composer = new Composer(desk, "thread", {
      editLast: () => {
        const view = this.timeline.lastOwn;
        view?.edit();
        return view !== null;
      },
    });
    this.status = new Status(desk, "thread");
    element.append(
      h(
        "div",
        { class: "pane-head" },
        h("div", { class: "titles" }, h("h2", {}, "Thread"), this.title),
        h("button", { class: "tool", type: "button", "aria-label": "Close thread", title: "Close thread (Escape)", on: { click: close } }, icon("close")),
      ),
      this.timeline.element,
      h("div", { class: "foot" }, this.timeline.jump, this.status.element, this.composer.element),
    );
    takeDrops(element, this.composer);

    this.store.on("place", () => this.refresh());
    this.store.on("me", () => this.refresh());
    this.store.on("hello", () => this.refresh());
    this.store.on("session", () => this.drawTitle());
    this.store.on("loaded", ({ channel, thread }) => {
      if (channel === this.store.channel && thread === this.store.place.thread) this.refresh(true);
    });
  }

  /** @param {boolean} [anew] also when the thread is the same */
  refresh(anew = false) {
    const { store } = this;
    const { where, thread } = store.place;
    this.element.hidden = thread === null || !store.hello;
    if (this.element.hidden || !thread) {
      this.shown = "";
      return;
    }
    const key = `${store.me} ${store.channel} ${thread}`;
    if (key === this.shown && !anew) return;
    const isOpening = !this.shown.endsWith(thread);
    this.shown = key;
    this.drawTitle();
    this.timeline.show(store.channel, thread, "Messages in the thread", []);
    this.composer.moveTo(`${where} ${thread}`, "Reply…");
    if (isOpening) this.composer.focus();
  }

  drawTitle() {
    const { store } = this;
    const { where, thread } = store.place;
    if (!thread || !store.channel || !store.hello) return;
    const place = where === DM ? store.hello.bot.name : `#${store.channelNamed(where)?.name ?? ""}`;
    const title = store.sessionOf(store.channel, thread)?.title;
    fill(this.title, title ? `${title} · ${place}` : place);
  }
}
