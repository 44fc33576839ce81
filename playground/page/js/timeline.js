/** A list of messages that scrolls: a channel's, or a thread's. */

import { fill, h } from "./element.js";
import { icon } from "./icon.js";
import { MessageView } from "./message.js";
import { compareTs, isTopLevel } from "./store.js";
import { dayKeyOf, dayOf } from "./time.js";

/** @typedef {import("./store.js").Message} Message */

const COMPACT_WITHIN_MS = 300_000;
const AT_BOTTOM_PX = 48;

export class Timeline {
  /**
   * @param {import("./message.js").Desk} desk
   * @param {"channel" | "thread"} scope
   */
  constructor(desk, scope) {
    this.desk = desk;
    this.store = desk.store;
    this.scope = scope;
    /** @type {string | null} */
    this.channel = null;
    /** @type {string | null} */
    this.thread = null;
    /** For whom it is shown. */
    this.reader = "";
    /** @type {Map<string, MessageView>} */
    this.views = new Map();
    /** @type {Map<string, HTMLElement>} day and other rules by key */
    this.rules = new Map();
    /** @type {string | null} the first message that was new when one came here */
    this.newFrom = null;
    this.pinned = true;
    this.missed = 0;

    this.lead = h("div", { class: "lead" });
    this.list = h("ol", { role: "list", class: "messages" });
    this.element = h("div", { class: "scroller", "data-testid": `${scope}-messages` }, this.lead, this.list);
    this.jump = h("button", { class: "button fill jump", type: "button", hidden: true, "data-testid": "jump", on: { click: () => this.toBottom() } });
    this.element.addEventListener("scroll", () => this.onScroll(), { passive: true });
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    this.list.addEventListener("focusin", (event) => this.rove(event.target));
    new ResizeObserver(() => this.settle()).observe(this.list);
    new ResizeObserver(() => this.settle()).observe(this.element);
    document.addEventListener("visibilitychange", () => this.read());

    this.store.on("message", ({ channel, message, before }) => this.onMessage(channel, message, before));
    this.store.on("gone", ({ channel, message }) => this.onGone(channel, message));
    this.store.on("session", ({ channel, thread }) => channel === this.channel && this.views.get(thread)?.refreshReplies());
    this.store.on("unread", () => this.scope === "channel" && this.views.forEach((view) => view.refreshReplies()));
    this.store.on("thread", ({ id, channel }) => channel === this.channel && this.views.get(id)?.refreshReplies());
  }

  /**
   * Show a place from its end, or from its first unread message; what is shown already stays as one looks at it.
   *
   * @param {string | null} channel
   * @param {string | null} thread
   * @param {string} label
   * @param {Node[]} lead what stands above the first message
   */
  show(channel, thread, label, lead) {
    const { me } = this.store;
    const isShown = channel === this.channel && thread === this.thread && me === this.reader && this.views.size > 0;
    this.channel = channel;
    this.thread = thread;
    this.reader = me;
    this.list.setAttribute("aria-label", label);
    fill(this.lead, lead);
    this.lead.hidden = lead.length === 0;
    if (isShown) {
      this.arrange();
      this.settle();
      this.read();
      return;
    }
    this.views.clear();
    this.rules.clear();
    this.list.replaceChildren();
    this.newFrom = this.place ? this.store.firstUnread(this.place) : null;
    this.pinned = true;
    this.missed = 0;
    this.arrange();
    this.toBottom();
    const divider = this.rules.get("new");
    if (divider && divider.offsetTop < this.element.scrollTop) {
      this.element.scrollTop = Math.max(0, divider.offsetTop - 24);
      this.onScroll();
    }
    this.read();
  }

  /** One has turned away: the next look is from the end again. */
  leave() {
    this.reader = "";
  }

  /** What reading here marks as read. */
  get place() {
    if (!this.channel) return null;
    return this.scope === "thread" ? `${this.channel}:${this.thread}` : this.channel;
  }

  /** @returns {Message[]} */
  get messages() {
    if (!this.channel) return [];
    return this.scope === "thread" ? this.store.thread(this.channel, this.thread ?? "") : this.store.topLevel(this.channel);
  }

  /** The last message of the person who is speaking. @returns {MessageView | null} */
  get lastOwn() {
    const own = this.messages.filter((message) => message.user === this.store.me && !message.bot_id).at(-1);
    return own ? (this.views.get(own.ts) ?? null) : null;
  }

  /** @param {Message} message */
  holds(message) {
    return this.scope === "thread" ? message.ts === this.thread || message.thread_ts === this.thread : isTopLevel(message);
  }

  /** Bring the list in line with the messages, touching only what differs. */
  arrange() {
    const messages = this.messages;
    const { dateOf } = this.desk.platform();
    /** @type {HTMLElement[]} */
    const wanted = [];
    const seen = new Set();
    /** @type {Message | null} */
    let previous = null;
    messages.forEach((message, index) => {
      const isFirstOfDay = this.scope === "channel" && (!previous || dayKeyOf(dateOf(previous.ts)) !== dayKeyOf(dateOf(message.ts)));
      if (isFirstOfDay) wanted.push(this.rule(`day ${dayKeyOf(dateOf(message.ts))}`, "day", dayOf(dateOf(message.ts))));
      const isFirstNew = this.newFrom !== null && compareTs(message.ts, this.newFrom) >= 0 && (!previous || compareTs(previous.ts, this.newFrom) < 0);
      if (isFirstNew && message.ts !== this.thread) wanted.push(this.rule("new", "new", "New"));
      const compact = !isFirstOfDay && !isFirstNew && previous !== null && previous.ts !== this.thread && this.continues(previous, message);
      let view = this.views.get(message.ts);
      if (!view) {
        view = new MessageView(this.desk, this.scope);
        this.views.set(message.ts, view);
      }
      view.update(message, compact);
      wanted.push(view.element);
      seen.add(message.ts);
      if (this.scope === "thread" && index === 0 && message.ts === this.thread && messages.length > 1) {
        wanted.push(this.rule("replies", "replies", messages.length === 2 ? "1 reply" : `${messages.length - 1} replies`));
      }
      previous = message;
    });
    for (const ts of this.views.keys()) if (!seen.has(ts)) this.views.delete(ts);
    wanted.forEach((element, index) => {
      if (this.list.children[index] !== element) this.list.insertBefore(element, this.list.children[index] ?? null);
    });
    while (this.list.children.length > wanted.length) this.list.lastElementChild?.remove();
    if (!this.list.querySelector('.message[tabindex="0"]')) this.list.querySelector(".message:last-of-type")?.setAttribute("tabindex", "0");
  }

  /** @param {string} key @param {string} kind @param {string} text */
  rule(key, kind, text) {
    const rule = this.rules.get(key) ?? h("li", { class: `rule ${kind}`, "data-testid": `rule-${kind}` }, h("span", {}));
    this.rules.set(key, rule);
    const span = /** @type {HTMLElement} */ (rule.firstElementChild);
    if (span.textContent !== text) span.textContent = text;
    return rule;
  }

  /** @param {string} channel @param {Message} message @param {Message | null} before */
  onMessage(channel, message, before) {
    if (channel !== this.channel) return;
    if (!this.holds(message)) {
      if (this.scope === "channel" && message.thread_ts) this.views.get(message.thread_ts)?.refreshReplies();
      return;
    }
    if (!this.store.isVisible(message)) return;
    const view = this.views.get(message.ts);
    if (before && view) {
      view.update(message);
      this.settle();
      return;
    }
    if (message.user === this.store.me) {
      this.newFrom = null;
      this.pinned = true;
    } else if (!this.pinned) {
      this.missed += 1;
    }
    this.arrange();
    this.settle();
    this.offerJump();
    this.read();
  }

  /** @param {string} channel @param {Message} message */
  onGone(channel, message) {
    if (channel !== this.channel) return;
    if (this.views.has(message.ts)) this.arrange();
    else if (message.thread_ts) this.views.get(message.thread_ts)?.refreshReplies();
  }

  /** Stay at the end, if that is where one was. */
  settle() {
    if (this.pinned) this.element.scrollTop = this.element.scrollHeight;
    else this.offerJump();
  }

  toBottom() {
    this.pinned = true;
    this.missed = 0;
    this.element.scrollTop = this.element.scrollHeight;
    this.offerJump();
    this.read();
  }

  get distance() {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight;
  }

  onScroll() {
    this.pinned = this.distance < AT_BOTTOM_PX;
    if (this.pinned) {
      this.missed = 0;
      this.read();
    }
    this.offerJump();
  }

  offerJump() {
    const show = !this.pinned && (this.missed > 0 || this.distance > 600);
    if (this.jump.hidden === show) this.jump.hidden = !show;
    const words = this.missed === 0 ? "Latest messages" : this.missed === 1 ? "1 new message" : `${this.missed} new messages`;
    if (show && this.jump.textContent !== words) fill(this.jump, icon("down"), words);
  }

  read() {
    if (this.place && this.pinned && document.visibilityState === "visible") this.store.markRead(this.place);
  }

  /** @param {EventTarget | null} target */
  rove(target) {
    const message = target instanceof Element ? target.closest(".message") : null;
    if (!message || message.getAttribute("tabindex") === "0") return;
    this.list.querySelector('.message[tabindex="0"]')?.setAttribute("tabindex", "-1");
    message.setAttribute("tabindex", "0");
  }

  /** Arrow keys go from message to message; Enter opens the thread, E edits. @param {KeyboardEvent} event */
  onKey(event) {
    const { target } = event;
    if (!(target instanceof HTMLElement) || !target.classList.contains("message") || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll(":scope > .message")]);
    const at = all.indexOf(target);
    const view = this.views.get(target.dataset.ts ?? "");
    if (event.key === "ArrowDown") all[at + 1]?.focus();
    else if (event.key === "ArrowUp") all[at - 1]?.focus();
    else if (event.key === "Home") all[0]?.focus();
    else if (event.key === "End") all.at(-1)?.focus();
    else if (event.key === "Enter" && view) this.desk.platform().enter(view);
    else if (event.key === "e" && view?.isMine) view.edit();
    else return;
    event.preventDefault();
  }
  /** Whether the same person just went on. @param {Message} previous @param {Message} message */
  continues(previous, message) {
    const { isNote, dateOf, above } = this.desk.platform();
    return (
      (previous.bot_id ?? previous.user) === (message.bot_id ?? message.user) &&
      !message.ephemeral_to &&
      !previous.ephemeral_to &&
      !isNote(previous) &&
      !isNote(message) &&
      above(message, this.desk) === null &&
      dateOf(message.ts).getTime() - dateOf(previous.ts).getTime() < COMPACT_WITHIN_MS
    );
  }
}
