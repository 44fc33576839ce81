/** The thread at the right. */

import { Composer } from "./composer.js";
import { takeDrops } from "./drop.js";
import { fill, h } from "./element.js";
import { icon } from "./icon.js";
import { openMenu } from "./menu.js";
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
    this.heading = h("h2", {}, "Thread");
    this.more = h("button", { class: "tool", type: "button", "aria-label": "More about this thread", title: "More", "aria-haspopup": "menu", "aria-expanded": "false", hidden: true }, icon("dots"));
    this.more.addEventListener("click", () => {
      if (this.named) openMenu(this.more, "Thread", desk.platform().threadItems(desk, this.named));
    });
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
        h("div", { class: "titles" }, this.heading, this.title),
        this.more,
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
    this.store.on("thread", ({ id }) => {
      if (id === this.store.place.thread) this.drawTitle();
    });
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
      this.timeline.leave();
      return;
    }
    const key = `${store.me} ${store.channel} ${thread}`;
    if (key === this.shown && !anew) return;
    const isOpening = !this.shown.endsWith(thread);
    this.shown = key;
    this.drawTitle();
    this.timeline.show(store.channel, thread, "Messages in the thread", []);
    this.composer.moveTo(`${where} ${thread}`, this.label);
    if (isOpening) this.composer.focus();
  }

  get named() {
    return this.store.threads.get(this.store.place.thread ?? "") ?? null;
  }

  get label() {
    return this.named ? `Message ${this.named.name}` : "Reply…";
  }

  drawTitle() {
    const { store } = this;
    const { where, thread } = store.place;
    if (!thread || !store.channel || !store.hello) return;
    const place = where === DM ? store.hello.bot.name : `#${store.channelNamed(where)?.name ?? ""}`;
    const title = store.sessionOf(store.channel, thread)?.title;
    const { named } = this;
    const state = store.stateOf(named);
    fill(this.heading, named?.name ?? "Thread");
    this.composer.name(this.label);
    fill(this.title, [title, place, state].filter(Boolean).join(" · "));
    this.more.hidden = !named || this.desk.platform().threadItems(this.desk, named).length === 0;
    this.composer.shut(named?.locked && !store.isAdmin ? "This thread is locked. Only administrators can write here." : null);
  }
}
