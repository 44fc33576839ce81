/** A forum or media channel: its posts, and the form that starts one. */

import { avatar } from "../avatar.js";
import { fill, h } from "../element.js";
import { attached } from "../file.js";
import { icon } from "../icon.js";
import { plainOf } from "../markdown_inline.js";
import { explain } from "../workspace.js";
import { agoOf } from "../time.js";
import { parseDiscord } from "./discord_text.js";

export class Forum {
  /** @param {import("../message.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.store = desk.store;
    this.channel = "";
    /** @type {Set<string>} tags chosen for the new post */
    this.tags = new Set();
    this.title = h("input", { class: "field", type: "text", maxlength: 100, placeholder: "Title", "aria-label": "Title of the new post", required: true, "data-testid": "post-title" });
    this.text = h("textarea", { class: "field", rows: 3, placeholder: "Write the first message…", "aria-label": "First message", required: true, "data-testid": "post-text" });
    this.choices = h("div", { class: "tags", role: "group", "aria-label": "Tags" });
    this.files = h("input", { type: "file", multiple: true, "aria-label": "Files for the post" });
    this.refusal = h("div", { class: "refusal", role: "alert", hidden: true });
    this.send = h("button", { class: "button fill", type: "submit" }, "Post");
    this.form = h(
      "form",
      { class: "new-post", hidden: true, on: { submit: (/** @type {Event} */ event) => (event.preventDefault(), void this.submit()) } },
      this.title,
      this.text,
      this.choices,
      h("div", { class: "row" }, this.files, h("span", { class: "grow" }), h("button", { class: "button", type: "button", on: { click: () => this.open(false) } }, "Cancel"), this.send),
      this.refusal,
    );
    this.begin = h("button", { class: "button fill", type: "button", "aria-expanded": "false", on: { click: () => this.open(Boolean(this.form.hidden)) } }, icon("plus"), "New post");
    this.about = h("p", { class: "about" }, "Each post is a thread of its own, and a session with the bot once it is mentioned there.");
    this.list = h("ul", { class: "posts", role: "list", "aria-label": "Posts" });
    this.none = h("p", { class: "no-posts" }, "There are no posts here yet. Start one, and mention @copilot in it.");
    this.element = h("div", { class: "forum scroller", "data-testid": "forum" }, h("div", { class: "forum-head" }, this.about, this.begin), this.form, this.none, this.list);
    for (const topic of ["thread", "loaded", "message", "unread", "me", "place"]) this.store.on(topic, () => this.draw());
  }

  /** @param {string} channel */
  show(channel) {
    if (channel !== this.channel) {
      this.channel = channel;
      this.tags.clear();
      this.open(false);
    }
    this.draw();
  }

  get tagsOffered() {
    return this.store.channelNamed(this.channel)?.available_tags ?? [];
  }

  /** @param {boolean} isOpen */
  open(isOpen) {
    const hadFocus = this.form.contains(document.activeElement);
    this.form.hidden = !isOpen;
    this.begin.setAttribute("aria-expanded", String(isOpen));
    this.refusal.hidden = true;
    if (isOpen) {
      this.drawTags();
      this.title.focus();
    } else if (hadFocus) {
      this.begin.focus();
    }
  }

  drawTags() {
    fill(
      this.choices,
      this.tagsOffered.map((/** @type {any} */ { id, name }) => {
        const chip = h("button", { class: "tag", type: "button", "aria-pressed": String(this.tags.has(id)) }, name);
        chip.addEventListener("click", () => {
          if (!this.tags.delete(id)) this.tags.add(id);
          chip.setAttribute("aria-pressed", String(this.tags.has(id)));
        });
        return chip;
      }),
    );
  }

  async submit() {
    const { workspace } = this.desk;
    const name = this.title.value.trim();
    if (!name) return;
    this.send.disabled = true;
    try {
      const files = await Promise.all([...(this.files.files ?? [])].map((file) => workspace.upload(file)));
      const thread = await workspace.startPost(this.channel, name, this.text.value.trim(), [...this.tags], files.map(({ id }) => id));
      for (const field of [this.title, this.text, this.files]) field.value = "";
      this.tags.clear();
      this.open(false);
      this.desk.openThread(this.channel, thread);
    } catch (error) {
      this.refusal.hidden = false;
      fill(this.refusal, icon("alert"), explain(error));
    } finally {
      this.send.disabled = false;
    }
  }

  draw() {
    const { store } = this;
    if (!this.element.isConnected || store.place.where !== this.channel || !store.hello) return;
    const focused = document.activeElement instanceof HTMLElement && this.list.contains(document.activeElement) ? document.activeElement.dataset.thread : null;
    const threads = store.threadsIn(this.channel);
    this.none.hidden = threads.length > 0;
    fill(this.list, [...threads.filter(({ archived }) => !archived), ...threads.filter(({ archived }) => archived)].map((thread) => this.card(thread)));
    if (focused) /** @type {HTMLElement | null} */ (this.list.querySelector(`[data-thread="${focused}"]`))?.focus();
  }

  /** @param {import("../store.js").Thread} thread */
  card(thread) {
    const { store, desk } = this;
    const first = store.message(this.channel, thread.id);
    const author = first?.bot_id ?? first?.user ?? thread.owner ?? "";
    const names = this.tagsOffered.filter((/** @type {any} */ { id }) => thread.tags?.includes(id)).map((/** @type {any} */ { name }) => name);
    const state = store.stateOf(thread);
    const isUnread = store.firstUnread(`${this.channel}:${thread.id}`) !== null;
    const image = (first?.files ?? []).map(attached).find(({ kind }) => kind === "picture");
    const words = first ? parseDiscord(first.text ?? "").map((block) => ("c" in block && block.t !== "quote" ? plainOf(/** @type {import("../nodes.js").Inline[]} */ (block.c), store.names) : "")).join(" ") : "";
    return h(
      "li",
      {},
      h(
        "button",
        {
          class: isUnread ? "post unread" : "post", type: "button", "data-testid": "post", "data-thread": thread.id,
          "aria-current": store.place.thread === thread.id ? "true" : null, on: { click: () => desk.openThread(this.channel, thread.id) },
        },
        h(
          "span",
          { class: "what" },
          names.length || state ? h("span", { class: "tags" }, names.map((/** @type {string} */ name) => h("span", { class: "tag" }, name)), state ? h("span", { class: "tag state" }, icon(thread.locked ? "lock" : "archive"), state) : null) : null,
          h("strong", {}, thread.name),
          h("span", { class: "first" }, h("span", { class: "by" }, `${store.nameOf(author) ?? "Someone"}: `), words),
          h("span", { class: "more" }, avatar(store, author, "tiny"), icon("reply"), thread.count === 1 ? "1 reply" : `${thread.count} replies`, " · ", agoOf(desk.platform().dateOf(thread.latest ?? thread.id))),
        ),
        image ? h("img", { src: image.source, alt: "", loading: "lazy" }) : null,
      ),
    );
  }
}
