/** One message on the page. It updates in place: each part is drawn anew only when that part changed. */

import { avatar } from "./avatar.js";
import { fill, h } from "./element.js";
import { Files } from "./files.js";
import { icon } from "./icon.js";
import { openMenu } from "./menu.js";
import { askFirst } from "./question.js";
import { clockOf, fullOf, lastReplyOf } from "./time.js";

/** @typedef {import("./store.js").Message} Message */

/**
 * @typedef {object} Desk what a message needs around it
 * @property {import("./store.js").Store} store
 * @property {any} workspace the platform's own (see workspace.js)
 * @property {() => import("./platforms/platform.js").Platform} platform
 * @property {(channel: string, thread: string) => void} openThread
 * @property {(work: Promise<any>) => Promise<boolean>} attempt tells the person when it fails; false then
 * @property {(channel: string, ts: string) => void} expectThread opens the thread of a message, as soon as there is one
 * @property {(message: Message) => void} answer begins an answer to a message, where it is shown
 */

export class MessageView {
  /**
   * @param {Desk} desk
   * @param {"channel" | "thread"} scope
   */
  constructor(desk, scope) {
    this.desk = desk;
    this.scope = scope;
    /** @type {Message} */
    this.message = /** @type {any} */ (null);
    this.compact = false;
    /** @type {Map<string, string>} part → what it was drawn from */
    this.keys = new Map();

    this.gutter = h("div", { class: "gutter" });
    this.head = h("div", { class: "head" });
    this.onlyYou = h("div", { class: "only-you" });
    this.above = h("div", { class: "above" });
    this.body = desk.platform().body(desk, this);
    this.bodyBox = h("div", { class: "body" }, this.body.elements);
    this.files = new Files(desk.platform().files);
    this.reactions = h("div", { class: "reactions" });
    this.replies = h("div", {});
    this.below = h("div", { class: "below" });
    this.content = h("div", { class: "content" }, this.onlyYou, this.head, this.bodyBox, this.files.element, this.reactions, this.replies, this.below);
    this.element = h("li", { class: "message", tabindex: "-1", "data-testid": "message" }, this.above, this.gutter, this.content);
    /** @type {HTMLElement | null} */
    this.actions = null;
    this.element.addEventListener("pointerenter", () => this.offerActions());
    this.element.addEventListener("focusin", () => this.offerActions());
  }

  /**
   * @param {Message} message
   * @param {boolean} [compact] the same person went on: no face, no name
   */
  update(message, compact = this.compact) {
    this.message = message;
    this.compact = compact;
    const { store } = this.desk;
    const platform = this.desk.platform();
    const author = message.bot_id ?? message.user ?? "";
    const name = this.authorName;
    this.element.dataset.ts = message.ts;
    this.element.classList.toggle("compact", compact);
    this.element.classList.toggle("ephemeral", Boolean(message.ephemeral_to));
    this.element.classList.toggle("note", platform.isNote(message));
    this.element.classList.toggle("for-me", Boolean(message.pinged?.includes(store.me)) && message.user !== store.me);
    this.element.setAttribute("aria-label", `${name}, ${platform.stamp(platform.dateOf(message.ts))}`);

    this.part("above", [message.quoted, message.used, message.subtype], () => this.drawBeside(this.above, platform.above(message, this.desk)));
    this.part("head", [author, name, compact, message.ts, Boolean(message.edited), message.ephemeral_to], () => this.drawHead(author, name));
    this.body.show(message);
    this.part("below", [message.ephemeral_to, message.subtype], () => this.drawBeside(this.below, platform.below(message, this.desk)));
    this.part("files", message.files ?? [], () => this.files.show(message.files ?? []));
    this.part("reactions", [message.reactions ?? [], store.me], () => this.drawReactions());
    this.refreshReplies();
    if (this.actions) this.part("actions", [store.me], () => this.drawActions());
  }

  /** The line under a root: how many replies, whose, and whether the bot is at it. */
  refreshReplies() {
    if (this.scope !== "channel") return;
    const { store } = this.desk;
    const { message } = this;
    const place = `${message.channel}:${message.ts}`;
    const named = store.threads.get(message.ts) ?? null;
    const local = store.loaded.has(place) ? store.thread(message.channel, message.ts).filter(({ ts, ephemeral_to: to }) => ts !== message.ts && !to) : null;
    const count = local?.length ?? named?.count ?? message.reply_count ?? 0;
    const latest = local?.at(-1)?.ts ?? named?.latest ?? message.latest_reply ?? null;
    const faces = message.reply_users ?? [...new Set((local ?? []).map((reply) => reply.bot_id ?? reply.user ?? ""))];
    const session = store.sessionOf(message.channel, message.ts);
    const isWorking = !store.isDirect(message.channel) && session?.status === "processing";
    const isFresh = store.firstUnread(place) !== null && store.place.thread !== message.ts;
    const line = { count, latest, faces, isWorking, isFresh, name: named?.name ?? null, title: session?.title ?? null, state: store.stateOf(named) };
    this.part("replies", line, () => this.drawReplies(line));
  }

  get authorName() {
    const { message } = this;
    return this.desk.store.nameOf(message.bot_id ?? message.user ?? "") ?? /** @type {any} */ (message).username ?? "Someone";
  }

  get isMine() {
    return this.message.user === this.desk.store.me && !this.message.bot_id;
  }

  /** Something platforms have over or under a message. @param {HTMLElement} place @param {Node | null} drawn */
  drawBeside(place, drawn) {
    place.hidden = drawn === null;
    fill(place, drawn);
  }

  /** Draw a part anew when what it is drawn from has changed. @param {string} part @param {any} from @param {() => void} draw */
  part(part, from, draw) {
    const key = JSON.stringify(from);
    if (this.keys.get(part) === key) return;
    this.keys.set(part, key);
    draw();
  }

  /** @param {string} author @param {string} name */
  drawHead(author, name) {
    const { store, platform } = this.desk;
    const { message, compact } = this;
    const date = platform().dateOf(message.ts);
    const time = h("time", { datetime: date.toISOString(), title: fullOf(date) }, compact ? clockOf(date) : platform().stamp(date));
    const edited = message.edited ? h("span", { class: "edited" }, "(edited)") : null;
    fill(this.gutter, compact ? time : avatar(store, author));
    fill(
      this.head,
      compact ? edited : [h("span", { class: "author" }, name), store.isByBot(message) ? h("span", { class: "app-badge" }, platform().words.appBadge) : null, time, edited],
    );
    this.head.hidden = compact && !edited;
    const { onlyYou } = platform().words;
    this.onlyYou.hidden = !message.ephemeral_to || onlyYou === "";
    fill(this.onlyYou, icon("eye"), onlyYou);
  }

  /** More of it is being written. @param {boolean} isBusy */
  setBusy(isBusy) {
    if (isBusy) this.element.setAttribute("aria-busy", "true");
    else this.element.removeAttribute("aria-busy");
  }

  drawReactions() {
    const { store, platform } = this.desk;
    const reactions = (this.message.reactions ?? []).filter(({ users }) => users.length > 0);
    this.reactions.hidden = reactions.length === 0;
    fill(
      this.reactions,
      reactions.map(({ name, users }) => {
        const who = users.map((id) => store.nameOf(id) ?? "someone").join(", ");
        const { show, words } = platform().emoji(name);
        return h(
          "button",
          {
            class: "reaction", type: "button", "aria-pressed": String(users.includes(store.me)), title: `${who} reacted with ${words}`,
            "aria-label": `${words}, ${users.length}: ${who}`, on: { click: () => this.react(name) },
          },
          h("span", { class: "emoji" }, show),
          String(users.length),
        );
      }),
    );
  }

  /** @param {{count: number, latest: string | null, faces: string[], isWorking: boolean, isFresh: boolean, name: string | null, title: string | null, state: string}} line */
  drawReplies({ count, latest, faces, isWorking, isFresh, name, title, state }) {
    const { store, openThread, platform } = this.desk;
    const { message } = this;
    this.replies.hidden = count === 0 && !isWorking && name === null;
    if (this.replies.hidden) return fill(this.replies);
    const replies = count === 1 ? "1 reply" : `${count} replies`;
    const words = name ?? (count === 0 ? "Thread" : replies);
    fill(
      this.replies,
      h(
        "button",
        { class: isFresh ? "replies-line fresh" : "replies-line", type: "button", "data-testid": "replies", on: { click: () => openThread(message.channel, message.ts) } },
        h("span", { class: "faces" }, faces.slice(0, 4).map((id) => avatar(store, id, "small"))),
        h("strong", {}, words),
        name === null ? null : h("span", { class: "count" }, [count === 0 ? "No replies yet" : replies, state].filter(Boolean).join(" · ")),
        title && name === null ? h("span", { class: "session-title", "data-testid": "session-title" }, title) : null,
        isFresh ? h("span", { class: "offscreen" }, "(new)") : null,
        isWorking
          ? [h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span", { class: "when" }, `${store.hello.bot.name} is at it`)]
          : latest
            ? h("span", { class: "when" }, lastReplyOf(platform().dateOf(latest)))
            : null,
      ),
    );
  }

  offerActions() {
    if (this.actions || this.message.ephemeral_to || this.desk.platform().isNote(this.message)) return;
    this.actions = h("div", { class: "actions", role: "toolbar", "aria-label": "What to do with this message" });
    this.keys.set("actions", JSON.stringify([this.desk.store.me]));
    this.drawActions();
    this.element.append(this.actions);
  }

  drawActions() {
    const platform = this.desk.platform();
    const tool = (/** @type {import("./icon.js").IconName} */ name, /** @type {string} */ label, /** @type {(button: HTMLButtonElement) => void} */ run) => {
      const button = h("button", { class: "tool", type: "button", "aria-label": label, title: label }, icon(name));
      button.addEventListener("click", () => run(button));
      return button;
    };
    const choices = platform.reactions.map((name) => {
      const { show, words } = platform.emoji(name);
      return { label: words, show, run: () => this.react(name) };
    });
    const react = tool("smile", "Add reaction", (button) => this.menu(button, "Reactions", choices, 8));
    const tools = platform.tools(this).map(({ label, icon: name, run }) => tool(name, label, run));
    const more = tool("dots", "More actions", (button) => this.menu(button, "More actions", this.moreActions()));
    for (const button of [react, more]) {
      button.setAttribute("aria-haspopup", "menu");
      button.setAttribute("aria-expanded", "false");
    }
    fill(/** @type {HTMLElement} */ (this.actions), react, tools, this.moreActions().length ? more : null);
  }

  /** @returns {import("./menu.js").MenuItem[]} */
  moreActions() {
    const { store, platform } = this.desk;
    const items = platform().items(this);
    const mayDelete = this.isMine || platform().mayDelete(this.message, store);
    if (items.length && mayDelete) items.push("line");
    if (this.isMine) items.push({ label: "Edit message", icon: "pencil", run: () => this.edit() });
    if (mayDelete) items.push({ label: "Delete message…", icon: "trash", danger: true, run: () => void this.askAndDelete() });
    return items;
  }

  /** @param {HTMLButtonElement} button @param {string} label @param {import("./menu.js").MenuItem[]} items @param {number} [columns] */
  menu(button, label, items, columns = 1) {
    this.element.classList.add("menu-open");
    openMenu(button, label, items, { columns, onClose: () => this.element.classList.remove("menu-open") });
  }

  /** @param {string} name */
  react(name) {
    void this.desk.attempt(this.desk.workspace.react(this.message, name));
  }

  async askAndDelete() {
    const sure = await askFirst({ title: "Delete message", text: "Delete this message? This cannot be undone.", yes: "Delete", danger: true });
    if (sure) await this.desk.attempt(this.desk.workspace.delete(this.message));
  }

  /** Turn the text into a field. Enter saves, Escape leaves it. */
  edit() {
    if (!this.isMine || this.element.classList.contains("editing")) return;
    const { store, workspace, platform, attempt } = this.desk;
    const field = h("textarea", { "aria-label": "Edit message", rows: 1 });
    field.value = platform().asTyped(this.message.text ?? "", store.names);
    const done = () => {
      form.remove();
      this.bodyBox.hidden = false;
      this.element.classList.remove("editing");
      this.element.focus();
    };
    const save = async () => {
      const text = field.value.trim();
      if (text === "" && !this.message.files?.length) return void this.askAndDelete();
      if (await attempt(workspace.edit(this.message, text))) done();
    };
    const form = h(
      "form",
      { class: "edit-form", on: { submit: (/** @type {Event} */ event) => (event.preventDefault(), void save()) } },
      field,
      h(
        "div",
        { class: "row" },
        h("span", { class: "hint" }, "Escape to cancel, Enter to save"),
        h("button", { class: "button", type: "button", on: { click: done } }, "Cancel"),
        h("button", { class: "button primary", type: "submit" }, "Save"),
      ),
    );
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") done();
      else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) void save();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.element.classList.add("editing");
    this.bodyBox.hidden = true;
    this.bodyBox.after(form);
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    form.scrollIntoView({ block: "nearest" });
  }
}
