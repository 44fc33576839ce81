/** The middle of the page: a channel, or the direct message with the bot. */

import { avatar } from "./avatar.js";
import { Blocks } from "./blocks.js";
import { handleOf } from "./completion.js";
import { Composer } from "./composer.js";
import { takeDrops } from "./drop.js";
import { fill, h } from "./element.js";
import { icon } from "./icon.js";
import { Status } from "./status.js";
import { DM } from "./store.js";
import { Timeline } from "./timeline.js";

export class Conversation {
  /**
   * @param {HTMLElement} element
   * @param {import("./message.js").Desk} desk
   */
  constructor(element, desk) {
    this.element = element;
    this.desk = desk;
    this.store = desk.store;
    /** @type {"messages" | "home"} */
    this.tab = "messages";
    this.shown = "";

    this.head = h("div", { class: "pane-head" });
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "App", hidden: true });
    this.timeline = new Timeline(desk, "channel");
    this.home = h("div", { class: "home-view", hidden: true, role: "tabpanel", "aria-label": "Home", "data-testid": "home-view" });
    this.composer = new Composer(desk, "channel", { editLast: () => this.editLast() });
    this.status = new Status(desk, "channel");
    /** @type {{platform: string, listing: import("./platforms/platform.js").Listing} | null} */
    this.listed = null;
    this.place = h("div", { class: "listing-place", hidden: true });
    this.foot = h("div", { class: "foot" }, this.timeline.jump, this.status.element, this.composer.element);
    element.append(this.head, this.tabs, this.timeline.element, this.home, this.place, this.foot);
    takeDrops(element, this.composer);

    this.store.on("place", () => this.refresh());
    this.store.on("me", () => this.refresh());
    this.store.on("hello", () => this.refresh());
    this.store.on("bot", () => this.drawHead());
    this.store.on("home", () => this.drawTabs());
    this.store.on("channel", () => this.drawHead());
    this.store.on("message", ({ channel, before }) => {
      if (!before && channel === this.store.channel) this.timeline.lead.querySelector(".prompts")?.remove();
    });
    this.store.on("loaded", ({ channel, thread }) => {
      if (channel === this.store.channel && thread === null) this.refresh(true);
      else if (channel === this.store.channel) this.timeline.views.get(thread)?.refreshReplies();
    });
  }

  editLast() {
    const view = this.timeline.lastOwn;
    view?.edit();
    return view !== null;
  }

  /** @param {boolean} [anew] also when the place is the same */
  refresh(anew = false) {
    const { store } = this;
    if (!store.hello || !store.place.where) return;
    const key = `${store.me} ${store.place.where} ${store.channel}`;
    if (key === this.shown && !anew) return;
    if (key !== this.shown) this.tab = "messages";
    this.shown = key;
    this.drawHead();
    this.drawTabs();
    this.timeline.show(store.channel, null, `Messages in ${this.title}`, this.lead());
    if (this.isListing) this.listing?.show(store.place.where);
    this.composer.moveTo(`${store.hello.platform} ${store.place.where}`, `Message ${this.title}`);
    document.title = `${this.title} – Threadpilot playground`;
    this.element.setAttribute("aria-label", this.title);
  }

  get isListing() {
    return !this.isDirect && this.desk.platform().isListing(this.store.channelNamed(this.store.place.where));
  }

  /** The platform's own way to list what a channel holds. */
  get listing() {
    const platform = this.desk.platform();
    if (!platform.listing) return null;
    if (this.listed?.platform !== platform.id) {
      this.listed = { platform: platform.id, listing: platform.listing(this.desk) };
      fill(this.place, this.listed.listing.element);
    }
    return this.listed.listing;
  }

  get isDirect() {
    return this.store.place.where === DM;
  }

  get title() {
    const { store } = this;
    return this.isDirect ? store.hello.bot.name : `#${store.channelNamed(store.place.where)?.name ?? ""}`;
  }

  drawHead() {
    const { store } = this;
    if (!store.hello || !store.place.where) return;
    if (this.isDirect) {
      const me = store.nameOf(store.me) ?? "";
      fill(
        this.head,
        avatar(store, store.hello.bot.id, "small"),
        h("h1", {}, store.hello.bot.name),
        h("span", { class: store.bot.connected ? "presence on" : "presence", "aria-hidden": "true" }),
        h("span", { class: "about" }, `${store.bot.connected ? "" : "The bot is not connected. "}Direct message with ${me}. Nobody else sees it.`),
      );
    } else {
      const channel = store.channelNamed(store.place.where);
      fill(this.head, h("h1", {}, icon(this.desk.platform().channelIcon(channel)), channel?.name ?? ""), h("span", { class: "about" }, channel?.topic ?? ""));
    }
  }

  drawTabs() {
    const { store } = this;
    const view = this.isDirect ? store.homes.get(store.me) : null;
    const hasHome = this.isDirect && Boolean(view || store.hello?.has_home);
    if (!hasHome) this.tab = "messages";
    this.tabs.hidden = !hasHome;
    const isHome = this.tab === "home";
    const tab = (/** @type {"messages" | "home"} */ name, /** @type {string} */ label) =>
      h("button", { role: "tab", type: "button", "aria-selected": String(this.tab === name), tabindex: this.tab === name ? "0" : "-1", on: { click: () => this.turnTo(name), keydown: (/** @type {KeyboardEvent} */ event) => this.onTabKey(event) } }, label);
    fill(this.tabs, tab("home", "Home"), tab("messages", "Messages"));
    this.home.hidden = !isHome;
    this.place.hidden = !this.isListing;
    this.timeline.element.hidden = isHome || this.isListing;
    this.foot.hidden = isHome || this.isListing;
    if (!view) return fill(this.home, hasHome ? h("p", {}, "The app has published nothing here yet.") : null);
    const blocks = new Blocks({
      store,
      platform: this.desk.platform(),
      act: async (action) => void (await this.desk.attempt(this.desk.workspace.press({ view_id: view.id, ...action }))),
    });
    blocks.show(view.blocks ?? []);
    fill(this.home, blocks.element);
  }

  /** @param {"messages" | "home"} name */
  turnTo(name) {
    this.tab = name;
    this.drawTabs();
    void this.desk.attempt(this.desk.workspace.lookAtHome(name));
  }

  /** @param {KeyboardEvent} event */
  onTabKey(event) {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    this.turnTo(this.tab === "home" ? "messages" : "home");
    /** @type {HTMLElement | null} */ (this.tabs.querySelector('[aria-selected="true"]'))?.focus();
  }

  /** @returns {Node[]} */
  lead() {
    const { store } = this;
    if (!store.channel || !store.loaded.has(store.channel)) return [];
    if (!this.isDirect) {
      const channel = store.channelNamed(store.place.where);
      const bot = store.hello.bot.name;
      return [h("h2", {}, `#${channel?.name}`), h("p", {}, `This is the very beginning of the channel. ${this.desk.platform().words.beginning.replace("@copilot", `@${handleOf(bot)}`)}`)];
    }
    const prompts = store.hello.suggested_prompts ?? [];
    return [
      avatar(store, store.hello.bot.id),
      h("h2", {}, store.hello.bot.name),
      h("p", {}, "This is your own session. Only you can see it."),
      prompts.length && store.topLevel(store.channel).length === 0
        ? h(
            "div",
            { class: "prompts", role: "group", "aria-label": "Suggested prompts" },
            prompts.map((/** @type {any} */ { title, message }) =>
              h("button", { type: "button", on: { click: () => void this.desk.attempt(this.desk.workspace.say(/** @type {string} */ (store.channel), null, message, [], null)) } }, h("strong", {}, title), h("span", {}, message)),
            ),
          )
        : null,
    ].filter((node) => node !== null);
  }
}
