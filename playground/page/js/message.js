/** One message on the page. It updates in place: each part is drawn anew only when that part changed. */

import { avatar } from "./avatar.js";
import { Blocks } from "./blocks.js";
import { fill, h } from "./element.js";
import { emojiFor, emojiWords, PICKABLE } from "./emoji.js";
import { drawFile } from "./file.js";
import { icon } from "./icon.js";
import { settleTail } from "./markdown_tail.js";
import { openMenu } from "./menu.js";
import { Prose } from "./prose.js";
import { askFirst } from "./question.js";
import { Tasks } from "./tasks.js";
import { clockOf, fullOf, lastReplyOf } from "./time.js";

/** @typedef {import("./store.js").Message} Message */

/**
 * @typedef {object} Desk what a message needs around it
 * @property {import("./store.js").Store} store
 * @property {import("./workspace.js").Workspace} workspace
 * @property {() => import("./platforms/slack.js").Platform} platform
 * @property {(channel: string, thread: string) => void} openThread
 * @property {(work: Promise<any>) => Promise<boolean>} attempt tells the person when it fails; false then
 */

/** Blocks that stand in for the text. */
const SAYING = new Set(["markdown", "rich_text", "section", "header", "table", "input"]);

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
    this.tasks = new Tasks(desk.store.names, desk.platform());
    this.prose = new Prose(desk.store.names);
    this.blocks = new Blocks({ store: desk.store, platform: desk.platform(), act: (action) => this.press(action) });
    this.said = h("div", { class: "said" }, this.prose.element, this.blocks.element);
    this.files = h("div", { class: "files" });
    this.reactions = h("div", { class: "reactions" });
    this.replies = h("div", {});
    this.content = h("div", { class: "content" }, this.onlyYou, this.head, this.tasks.element, this.said, this.files, this.reactions, this.replies);
    this.element = h("li", { class: "message", tabindex: "-1", "data-testid": "message" }, this.gutter, this.content);
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
    const author = message.bot_id ?? message.user ?? "";
    const name = this.authorName;
    this.element.dataset.ts = message.ts;
    this.element.classList.toggle("compact", compact);
    this.element.classList.toggle("ephemeral", Boolean(message.ephemeral_to));
    this.element.classList.toggle("note", isNote(message));
    this.element.setAttribute("aria-label", `${name}, ${clockOf(message.ts)}`);

    this.part("head", [author, name, compact, message.ts, Boolean(message.edited), message.ephemeral_to], () => this.drawHead(author, name));
    this.part("tasks", [message.tasks ?? [], message.plan_title], () => this.tasks.show(message.tasks ?? [], message.plan_title));
    this.part("text", [message.text, message.markdown, message.blocks, message.streaming, message.subtype], () => this.drawText());
    this.part("files", message.files ?? [], () => {
      this.files.hidden = !message.files?.length;
      fill(this.files, (message.files ?? []).map(drawFile));
    });
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
    const local = store.loaded.has(place) ? store.thread(message.channel, message.ts).filter(({ ts, ephemeral_to: to }) => ts !== message.ts && !to) : null;
    const count = local?.length ?? message.reply_count ?? 0;
    const latest = local?.at(-1)?.ts ?? message.latest_reply ?? null;
    const faces = message.reply_users ?? [];
    const isWorking = !store.isDirect(message.channel) && store.sessionOf(message.channel, message.ts)?.status === "processing";
    const isFresh = store.firstUnread(place) !== null && store.place.thread !== message.ts;
    this.part("replies", [count, latest, faces, isWorking, isFresh], () => this.drawReplies(count, latest, faces, isWorking, isFresh));
  }

  get authorName() {
    const { message } = this;
    return this.desk.store.nameOf(message.bot_id ?? message.user ?? "") ?? /** @type {any} */ (message).username ?? "Someone";
  }

  get isMine() {
    return this.message.user === this.desk.store.me && !this.message.bot_id;
  }

  /** @param {string} part @param {any} from @param {() => void} draw */
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
    const time = h("time", { datetime: new Date(Number.parseFloat(message.ts) * 1000).toISOString(), title: fullOf(message.ts) }, clockOf(message.ts));
    const edited = message.edited ? h("span", { class: "edited" }, "(edited)") : null;
    fill(this.gutter, compact ? time : avatar(store, author));
    fill(
      this.head,
      compact ? edited : [h("span", { class: "author" }, name), store.isByBot(message) ? h("span", { class: "app-badge" }, platform().words.appBadge) : null, time, edited],
    );
    this.head.hidden = compact && !edited;
    this.onlyYou.hidden = !message.ephemeral_to;
    fill(this.onlyYou, icon("eye"), platform().words.onlyYou);
  }

  drawText() {
    const { message } = this;
    const platform = this.desk.platform();
    const hasMarkdown = typeof message.markdown === "string";
    const blocks = this.ownBlocks();
    const saysItself = blocks.some((block) => SAYING.has(block.type));
    const showsProse = hasMarkdown ? !blocks.some((block) => block.type === "markdown") : !saysItself;
    const markdown = message.streaming ? settleTail(message.markdown ?? "") : (message.markdown ?? "");
    let text = hasMarkdown ? platform.readMarkdown(markdown) : platform.readText(message.text ?? "");
    if (message.subtype === "tombstone") text = [{ t: "p", c: [{ t: "text", v: "This message was deleted." }] }];
    this.prose.show(showsProse ? text : []);
    this.prose.element.hidden = !message.streaming && this.prose.element.childElementCount === 0;
    this.blocks.show(blocks);
    this.blocks.element.hidden = blocks.length === 0;
    this.said.classList.toggle("streaming", Boolean(message.streaming));
    if (message.streaming) this.element.setAttribute("aria-busy", "true");
    else this.element.removeAttribute("aria-busy");
  }

  /**
   * The blocks that say more than is drawn already: a person's rich text repeats what they typed, a stream's blocks
   * repeat its text and tasks.
   */
  ownBlocks() {
    const { message } = this;
    const hasMarkdown = typeof message.markdown === "string";
    const repeated = new Set();
    if (hasMarkdown || !this.desk.store.isByBot(message)) repeated.add("rich_text");
    if (message.tasks?.length) repeated.add("task_card").add("plan");
    const blocks = (message.blocks ?? []).filter((block) => !repeated.has(block.type));
    const isOneMarkdown = hasMarkdown && blocks.filter((block) => block.type === "markdown").length === 1;
    return isOneMarkdown && blocks[0].type === "markdown" ? blocks.slice(1) : blocks;
  }

  drawReactions() {
    const { store } = this.desk;
    const reactions = (this.message.reactions ?? []).filter(({ users }) => users.length > 0);
    this.reactions.hidden = reactions.length === 0;
    fill(
      this.reactions,
      reactions.map(({ name, users }) => {
        const who = users.map((id) => store.nameOf(id) ?? "someone").join(", ");
        return h(
          "button",
          {
            class: "reaction", type: "button", "aria-pressed": String(users.includes(store.me)), title: `${who} reacted with ${emojiWords(name)}`,
            "aria-label": `${emojiWords(name)}, ${users.length}: ${who}`, on: { click: () => this.react(name) },
          },
          h("span", { class: "emoji" }, emojiFor(name) ?? `:${name}:`),
          String(users.length),
        );
      }),
    );
  }

  /**
   * @param {number} count
   * @param {string | null} latest
   * @param {string[]} faces
   * @param {boolean} isWorking
   * @param {boolean} isFresh
   */
  drawReplies(count, latest, faces, isWorking, isFresh) {
    const { store, openThread } = this.desk;
    const { message } = this;
    this.replies.hidden = count === 0 && !isWorking;
    if (this.replies.hidden) return fill(this.replies);
    const words = count === 0 ? "Thread" : count === 1 ? "1 reply" : `${count} replies`;
    fill(
      this.replies,
      h(
        "button",
        { class: isFresh ? "replies-line fresh" : "replies-line", type: "button", "data-testid": "replies", on: { click: () => openThread(message.channel, message.ts) } },
        h("span", { class: "faces" }, faces.slice(0, 4).map((id) => avatar(store, id, "small"))),
        h("strong", {}, words),
        isFresh ? h("span", { class: "offscreen" }, "(new)") : null,
        isWorking
          ? [h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span", { class: "when" }, `${store.hello.bot.name} is at it`)]
          : latest
            ? h("span", { class: "when" }, lastReplyOf(latest))
            : null,
      ),
    );
  }

  offerActions() {
    if (this.actions || this.message.ephemeral_to || isNote(this.message)) return;
    this.actions = h("div", { class: "actions", role: "toolbar", "aria-label": "What to do with this message" });
    this.keys.set("actions", JSON.stringify([this.desk.store.me]));
    this.drawActions();
    this.element.append(this.actions);
  }

  drawActions() {
    const { openThread } = this.desk;
    const tool = (/** @type {import("./icon.js").IconName} */ name, /** @type {string} */ label, /** @type {(button: HTMLButtonElement) => void} */ run) => {
      const button = h("button", { class: "tool", type: "button", "aria-label": label, title: label }, icon(name));
      button.addEventListener("click", () => run(button));
      return button;
    };
    const react = tool("smile", "Add reaction", (button) =>
      this.menu(button, "Reactions", PICKABLE.map((name) => ({ label: emojiWords(name), show: emojiFor(name) ?? name, run: () => this.react(name) })), 8),
    );
    const reply = this.scope === "channel" ? tool("reply", "Reply in thread", () => openThread(this.message.channel, this.message.ts)) : null;
    const more = tool("dots", "More actions", (button) => this.menu(button, "More actions", this.moreActions()));
    for (const button of [react, more]) {
      button.setAttribute("aria-haspopup", "menu");
      button.setAttribute("aria-expanded", "false");
    }
    fill(/** @type {HTMLElement} */ (this.actions), react, reply, this.moreActions().length ? more : null);
  }

  /** @returns {import("./menu.js").MenuItem[]} */
  moreActions() {
    const { store, workspace, attempt } = this.desk;
    const { message } = this;
    /** @type {import("./menu.js").MenuItem[]} */
    const items = [];
    for (const { callback_id: id, name } of store.hello.shortcuts ?? []) {
      items.push({ label: name, icon: "bolt", run: () => void attempt(workspace.shortcut(message.channel, message.ts, id)) });
    }
    if (this.isMine) {
      if (items.length) items.push("line");
      items.push({ label: "Edit message", icon: "pencil", run: () => this.edit() });
      items.push({ label: "Delete message…", icon: "trash", danger: true, run: () => void this.askAndDelete() });
    }
    return items;
  }

  /** @param {HTMLButtonElement} button @param {string} label @param {import("./menu.js").MenuItem[]} items @param {number} [columns] */
  menu(button, label, items, columns = 1) {
    this.element.classList.add("menu-open");
    openMenu(button, label, items, { columns, onClose: () => this.element.classList.remove("menu-open") });
  }

  /** @param {string} name */
  react(name) {
    void this.desk.attempt(this.desk.workspace.react(this.message.channel, this.message.ts, name));
  }

  /** @param {Record<string, any>} action */
  async press(action) {
    await this.desk.attempt(this.desk.workspace.press({ channel: this.message.channel, ts: this.message.ts, ...action }));
  }

  async askAndDelete() {
    const sure = await askFirst({ title: "Delete message", text: "Delete this message? This cannot be undone.", yes: "Delete", danger: true });
    if (sure) await this.desk.attempt(this.desk.workspace.delete(this.message.channel, this.message.ts));
  }

  /** Turn the text into a field. Enter saves, Escape leaves it. */
  edit() {
    if (!this.isMine || this.element.classList.contains("editing")) return;
    const { store, workspace, platform, attempt } = this.desk;
    const field = h("textarea", { "aria-label": "Edit message", rows: 1 });
    field.value = platform().asTyped(this.message.text ?? "", store.names);
    const done = () => {
      form.remove();
      this.said.hidden = false;
      this.element.classList.remove("editing");
      this.element.focus();
    };
    const save = async () => {
      const text = field.value.trim();
      if (text === "") return void this.askAndDelete();
      if (await attempt(workspace.edit(this.message.channel, this.message.ts, text))) done();
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
    this.said.hidden = true;
    this.said.after(form);
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    form.scrollIntoView({ block: "nearest" });
  }
}

/** Whether it only tells that something happened (someone joined, it was deleted). @param {Message} message */
export function isNote(message) {
  return /^(channel_|group_|tombstone$)/.test(message.subtype ?? "");
}
