/** Where one writes: text, files, commands, and phrases to try. */

import { Completion, handleOf } from "./completion.js";
import { fill, h } from "./element.js";
import { isPicture, sizeOf } from "./file.js";
import { icon } from "./icon.js";
import { Tray } from "./tray.js";
import { Typing } from "./typing.js";
import { explain } from "./workspace.js";

/** A text may be this close to the longest one before the characters left are shown. */
const LEFT_SHOWN_FROM = 200;
/** Those who read are told that one writes at most this often. */
const TYPING_EVERY_MS = 8000;
/** What the platforms take, where the server does not say. */
const MOST_FILES = 10;
const LARGEST_FILE = 50 * 1024 * 1024;

/** @typedef {import("./tray.js").Upload} Upload */
/** @typedef {{message: import("./store.js").Message, ping: boolean}} Answer to which message, and whether its author is told */
/** @typedef {{text: string, uploads: Upload[], answer?: Answer | null}} Draft */

export class Composer {
  /**
   * @param {import("./message.js").Desk} desk
   * @param {"channel" | "thread"} scope
   * @param {{editLast: () => boolean}} actions
   */
  constructor(desk, scope, actions) {
    this.desk = desk;
    this.store = desk.store;
    this.scope = scope;
    this.actions = actions;
    /** @type {Map<string, Draft>} by person and place */
    this.drafts = new Map();
    this.key = "";
    this.lastUpload = 0;
    this.isShut = false;
    /** @type {{place: string, at: number} | null} when those who read were last told that one writes */
    this.told = null;

    this.field = h("textarea", { id: scope === "channel" ? "write" : "write-reply", rows: 1, "data-testid": `${scope}-composer`, enterkeyhint: "send" });
    this.tray = new Tray((upload) => this.drop(upload));
    this.chips = h("div", { class: "chips", role: "group", "aria-label": "Phrases to try" });
    this.refusal = h("div", { class: "refusal", role: "alert", hidden: true, "data-testid": "refusal" });
    this.picker = h("input", { type: "file", multiple: true, hidden: true, "data-testid": `${scope}-file` });
    this.send = h("button", { class: "send", type: "submit", "aria-label": "Send", title: "Send", disabled: true }, icon("send"));
    this.left = h("span", { class: "left", hidden: true, "data-testid": "characters-left" });
    this.commands = h("button", { class: "tool", type: "button", "aria-label": "Run a command", title: "Run a command", on: { click: () => this.begin("/") } }, icon("bolt"));
    this.answering = h("div", { class: "answering", hidden: true, "data-testid": "answering" });
    this.closed = h("div", { class: "closed", hidden: true, role: "note", "data-testid": "closed" });
    this.typing = new Typing(this.store, scope);
    this.completion = new Completion(desk, this.field, { inThread: scope === "thread" });
    this.element = h(
      "form",
      { class: "composer", on: { submit: (/** @type {Event} */ event) => (event.preventDefault(), void this.submit()) } },
      this.completion.element,
      this.chips,
      this.closed,
      h(
        "div",
        { class: "box-write" },
        this.answering,
        this.tray.element,
        this.field,
        h(
          "div",
          { class: "row" },
          this.picker,
          h("button", { class: "tool attach", type: "button", "aria-label": "Attach files", title: "Attach files", on: { click: () => this.picker.click() } }, icon("plus")),
          h("button", { class: "tool", type: "button", "aria-label": "Mention someone", title: "Mention someone", on: { click: () => this.begin("@") } }, icon("at")),
          this.commands,
          h("span", { class: "hint", "aria-hidden": "true" }, scope === "channel" ? "Enter to send, Shift+Enter for a new line" : "Enter to send"),
          this.left,
          this.send,
        ),
      ),
      this.refusal,
      this.typing.element,
    );
    this.field.addEventListener("keydown", (event) => this.onKey(event));
    this.field.addEventListener("input", () => {
      this.refresh();
      this.tellTyping();
    });
    this.field.addEventListener("paste", (event) => this.onPaste(event));
    this.picker.addEventListener("change", () => {
      this.add(this.picker.files);
      this.picker.value = "";
    });
    this.store.on("link", () => this.refresh());
  }

  /**
   * Write to this place now; what was begun elsewhere waits there.
   *
   * @param {string} place
   * @param {string} label
   */
  moveTo(place, label) {
    this.name(label);
    const key = `${this.store.me} ${place}`;
    if (key !== this.key) {
      if (this.key) this.drafts.set(this.key, { ...this.draft, text: this.field.value });
      this.key = key;
      this.field.value = this.draft.text;
      this.completion.close();
      this.refuse(null);
    }
    this.commands.hidden = this.scope === "thread" && !this.desk.platform().commandsInThreads;
    this.drawChips();
    this.drawTray();
    this.drawAnswer();
    this.typing.refresh();
    this.refresh();
  }

  /** What the field is called. @param {string} label */
  name(label) {
    this.field.placeholder = label;
    this.field.setAttribute("aria-label", label);
  }

  /** Nobody can write here, for this reason; null opens it again. @param {string | null} why */
  shut(why) {
    this.isShut = why !== null;
    this.closed.hidden = why === null;
    fill(this.closed, why === null ? [] : [icon("lock"), why]);
    this.field.disabled = this.isShut;
    this.element.classList.toggle("shut", this.isShut);
    this.refresh();
  }

  /** The next message answers this one. @param {import("./store.js").Message} message */
  answer(message) {
    this.draft.answer = { message, ping: message.user !== this.store.me };
    this.drawAnswer();
    this.focus();
  }

  drawAnswer() {
    const { answer } = this.draft;
    this.answering.hidden = !answer;
    if (!answer) return fill(this.answering);
    const name = this.store.nameOf(answer.message.bot_id ?? answer.message.user ?? "") ?? "someone";
    const ping = h("button", { class: "ping", type: "button", role: "switch", "aria-checked": String(answer.ping), "aria-label": `Mention ${name}` }, answer.ping ? "@ ON" : "@ OFF");
    ping.addEventListener("click", () => {
      answer.ping = !answer.ping;
      this.drawAnswer();
      /** @type {HTMLElement | null} */ (this.answering.querySelector(".ping"))?.focus();
    });
    const drop = () => {
      this.draft.answer = null;
      this.drawAnswer();
      this.focus();
    };
    fill(
      this.answering,
      h("span", { class: "whom" }, "Replying to ", h("strong", {}, name)),
      ping,
      h("button", { class: "tool", type: "button", "aria-label": "Do not reply", title: "Do not reply (Escape)", on: { click: drop } }, icon("close")),
    );
  }

  tellTyping() {
    const { channel } = this.store;
    const now = Date.now();
    const place = `${channel} ${this.thread}`;
    if (!channel || this.field.value === "" || this.field.value.startsWith("/") || (this.told?.place === place && now - this.told.at < TYPING_EVERY_MS)) return;
    this.told = { place, at: now };
    this.desk.workspace.typing(channel, this.thread);
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  /** @returns {Draft} */
  get draft() {
    const draft = this.drafts.get(this.key) ?? { text: "", uploads: [] };
    this.drafts.set(this.key, draft);
    return draft;
  }

  get thread() {
    return this.scope === "thread" ? this.store.place.thread : null;
  }

  refresh() {
    // Browsers without field-sizing grow the field by its content's height.
    if (!CSS.supports("field-sizing", "content")) {
      this.field.style.setProperty("height", "auto");
      this.field.style.setProperty("height", `${this.field.scrollHeight}px`);
    }
    const { uploads } = this.draft;
    const waits = uploads.some(({ id, failed }) => id === null && failed === null);
    const ready = uploads.some(({ id }) => id !== null);
    const { longest } = this.desk.platform();
    const left = longest - [...this.field.value].length;
    this.left.hidden = longest === 0 || left > LEFT_SHOWN_FROM;
    this.left.textContent = String(left);
    this.left.classList.toggle("over", left < 0);
    this.send.disabled = this.isShut || waits || this.store.link !== "open" || (longest > 0 && left < 0) || (this.field.value.trim() === "" && !ready);
    if (this.refusal.hidden === false && this.field.value !== this.refused) this.refuse(null);
  }

  /** @param {string | null} why */
  refuse(why) {
    this.refused = this.field.value;
    this.refusal.hidden = why === null;
    fill(this.refusal, why === null ? [] : [icon("alert"), why]);
  }

  /** @param {"@" | "/"} mark */
  begin(mark) {
    const { field } = this;
    field.focus();
    if (mark === "/") {
      if (!field.value.startsWith("/")) field.value = "/";
      field.setSelectionRange(field.value.length, field.value.length);
    } else {
      const needsSpace = field.selectionStart > 0 && !/\s/.test(field.value[field.selectionStart - 1]);
      field.setRangeText(needsSpace ? " @" : "@", field.selectionStart, field.selectionEnd, "end");
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.isComposing || this.completion.takeKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void this.submit();
    } else if (event.key === "ArrowUp" && this.field.value === "" && this.actions.editLast()) {
      event.preventDefault();
    } else if (event.key === "Escape" && this.draft.answer) {
      event.preventDefault();
      this.draft.answer = null;
      this.drawAnswer();
    }
  }

  async submit() {
    const { store, desk } = this;
    const text = this.field.value.trim();
    const { uploads } = this.draft;
    const { channel } = store;
    if (!channel || this.send.disabled) return;
    this.completion.close();
    const command = desk.platform().readCommand(desk, text, this.scope === "thread", uploads.flatMap(({ id }) => (id ? [id] : [])));
    if (command?.refusal) return this.refuse(command.refusal);
    const key = this.key;
    const { answer } = this.draft;
    const kept = { text: this.field.value, uploads, answer };
    this.drafts.set(key, { text: "", uploads: [] });
    this.field.value = "";
    this.told = null;
    this.drawTray();
    this.drawAnswer();
    this.refresh();
    try {
      if (command?.run) await command.run();
      else await desk.workspace.say(channel, this.thread, text, uploads.flatMap(({ id }) => (id ? [id] : [])), answer ?? null);
      for (const { preview } of uploads) if (preview) URL.revokeObjectURL(preview);
    } catch (error) {
      const why = explain(error);
      if (this.key !== key) {
        this.drafts.set(key, kept);
        return;
      }
      this.drafts.set(key, kept);
      if (this.field.value === "") this.field.value = kept.text;
      this.drawTray();
      this.drawAnswer();
      this.refresh();
      this.refuse(why);
    }
  }

  // ---- phrases to try

  drawChips() {
    const chips = this.store.hello?.chips ?? [];
    this.chips.hidden = chips.length === 0;
    fill(
      this.chips,
      h("span", { class: "caption", "aria-hidden": "true" }, "Try"),
      chips.map((/** @type {any} */ { label, text }) => h("button", { class: "chip", type: "button", title: text, disabled: !this.store.channel, on: { click: () => void this.try(text) } }, label)),
    );
  }

  /** Say a phrase at once; what was begun in the field stays there. In a channel its thread opens. @param {string} text */
  async try(text) {
    const { desk, thread } = this;
    const { channel, place } = this.store;
    if (!channel || this.store.link !== "open" || this.isShut) return;
    const command = desk.platform().readCommand(desk, text, this.scope === "thread", []);
    if (command?.refusal) return this.refuse(command.refusal);
    if (command?.run) return void desk.attempt(command.run());
    const said = desk.workspace.say(channel, thread, this.addressed(text), [], null);
    const isRoot = thread === null && !this.store.isDirect(channel);
    if ((await desk.attempt(said)) && isRoot && this.store.place === place) desk.expectThread(channel, await said);
  }

  /**
   * A phrase as one says it here: the bot is named where it would not know otherwise that it is meant.
   *
   * @param {string} text
   */
  addressed(text) {
    const { store } = this;
    const name = `@${handleOf(store.hello.bot.name)}`;
    if (text.startsWith("/")) return text;
    const bare = text.toLowerCase().startsWith(name) ? text.slice(name.length).trimStart() : text;
    const { channel } = store;
    if (!channel || store.isDirect(channel)) return bare;
    if (this.thread) {
      const messages = store.thread(channel, this.thread);
      const people = new Set(messages.filter((message) => !store.isByBot(message)).map(({ user }) => user));
      if (messages.some((message) => store.isByBot(message)) && [...people].every((id) => id === store.me)) return bare;
    }
    return `${name} ${bare}`;
  }

  // ---- files

  /** @param {ClipboardEvent} event */
  onPaste(event) {
    const { files, types } = event.clipboardData ?? { files: null, types: [] };
    // A sheet's cells come as text and as a picture of them: the text is meant.
    if (!files?.length || (types.includes("text/plain") && types.includes("text/html"))) return;
    event.preventDefault();
    this.add(files);
  }

  /** @param {Iterable<File> | FileList | null} files */
  add(files) {
    if (this.isShut) return;
    const draft = this.draft;
    const { most, largest } = this.limits;
    let tooMany = false;
    for (const file of files ? [.../** @type {Iterable<File>} */ (files)] : []) {
      tooMany = draft.uploads.length >= most;
      if (tooMany) break;
      const failed = file.size > largest ? `Too large: ${sizeOf(largest)} at most` : null;
      /** @type {Upload} */
      const upload = { key: ++this.lastUpload, file, id: null, failed, preview: isPicture(file) ? URL.createObjectURL(file) : null, stop: new AbortController() };
      draft.uploads.push(upload);
      if (failed === null) void this.upload(upload);
    }
    this.drawTray();
    this.refresh();
    this.focus();
    if (tooMany) this.refuse(`At most ${most} files go with one message.`);
  }

  /** How many files go with a message here, and how many bytes each may have. */
  get limits() {
    const { hello, channel } = this.store;
    const { most = MOST_FILES, largest = LARGEST_FILE, largest_direct: direct = largest } = hello?.files ?? {};
    return { most, largest: channel && this.store.isDirect(channel) ? direct : largest };
  }

  /** Take a file out again. @param {Upload} upload */
  drop(upload) {
    const { uploads } = this.draft;
    uploads.splice(uploads.indexOf(upload), 1);
    upload.stop.abort();
    if (upload.preview) URL.revokeObjectURL(upload.preview);
    this.drawTray();
    this.refresh();
    this.focus();
  }

  /** @param {Upload} upload */
  async upload(upload) {
    try {
      upload.id = (await this.desk.workspace.upload(upload.file, upload.stop.signal)).id;
    } catch (error) {
      upload.failed = explain(error);
    }
    this.drawTray();
    this.refresh();
  }

  drawTray() {
    this.tray.show(this.draft.uploads);
  }
}
