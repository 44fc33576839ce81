/** Draws Block Kit: in messages, in modals and in the home tab. */

import { control, freshId, pressed, wordsOf } from "./control.js";
import { fill, h } from "./element.js";
import { attached } from "./file.js";
import { emojiFor } from "./emoji.js";
import { icon } from "./icon.js";
import { safeSource } from "./link.js";
import { drawElsewhere, drawFold, drawLost, drawPicture } from "./picture.js";
import { drawBlock, drawInline, Prose } from "./prose.js";
import { Tasks } from "./tasks.js";

/**
 * @typedef {object} BlockContext
 * @property {import("./store.js").Store} store
 * @property {import("./platforms/platform.js").Platform} platform
 * @property {(action: Record<string, any>) => Promise<void>} act
 */

/** The blocks of one message or view. */
export class Blocks {
  /** @param {BlockContext} context */
  constructor(context) {
    this.context = context;
    this.element = h("div", { class: "blocks" });
    /** @type {Map<string, {actionId: string, control: import("./control.js").Control, error: HTMLElement}>} by block id */
    this.inputs = new Map();
    /** @type {{key: string, type: string, prose: Prose | null, element: HTMLElement}[]} */
    this.drawn = [];
  }

  /**
   * Show these blocks; those that stayed the same keep their elements, and with them what was typed into them.
   *
   * @param {any[]} blocks
   */
  show(blocks) {
    const before = [...this.drawn];
    const keys = blocks.map((block) => JSON.stringify(block));
    const free = before.filter(({ key }) => !keys.includes(key));
    this.drawn = blocks.map((block, index) => {
      const key = keys[index];
      const at = before.findIndex((known) => known.key === key);
      if (at >= 0) return before.splice(at, 1)[0];
      const read = this.reader(block);
      // A text that goes on keeps its place: what is drawn of it is only added to.
      const grown = read ? free.find(({ type, prose }) => prose && type === block.type) : undefined;
      if (grown) free.splice(free.indexOf(grown), 1);
      if (!read) return { key, type: block.type, prose: null, element: this.draw(block, String(block.block_id ?? `block-${index}`)) };
      const prose = grown?.prose ?? new Prose(this.context.store.names);
      prose.show(read());
      return { key, type: block.type, prose, element: prose.element };
    });
    const wanted = this.drawn.map(({ element }) => element);
    if (wanted.length !== this.element.children.length || wanted.some((element, index) => this.element.children[index] !== element)) this.element.replaceChildren(...wanted);
  }

  /** What was entered, as Slack's `view.state.values`. @returns {Record<string, Record<string, any>>} */
  read() {
    return Object.fromEntries(
      [...this.inputs].flatMap(([blockId, { actionId, control: field }]) =>
        field.element.isConnected ? [[blockId, { [actionId]: field.read() }]] : [],
      ),
    );
  }

  /** Show what is wrong, beside each field; the first gets the focus. @param {Record<string, string>} errors */
  complain(errors) {
    let first = true;
    for (const [blockId, { control: field, error }] of this.inputs) {
      const text = errors[blockId];
      error.hidden = !text;
      fill(error, text ? [icon("alert"), text] : []);
      field.focus.setAttribute("aria-invalid", text ? "true" : "false");
      if (text && first && field.element.isConnected) {
        field.focus.focus();
        first = false;
      }
    }
  }

  /** What a block that is nothing but text says. @param {any} block @returns {(() => import("./nodes.js").Block[]) | null} */
  reader(block) {
    const { platform } = this.context;
    if (block.type === "markdown") return () => platform.readMarkdown(String(block.text ?? ""));
    return block.type === "rich_text" ? () => platform.readRichText(block) : null;
  }

  /** @param {any} block @param {string} blockId @returns {HTMLElement} */
  draw(block, blockId) {
    const { store, platform } = this.context;
    switch (block.type) {
      case "header":
        return h("div", { class: "block-header", role: "heading", "aria-level": "3" }, plain(block.text));
      case "divider":
        return h("hr", { class: "block-divider" });
      case "section":
        return this.section(block, blockId);
      case "context":
        return h("div", { class: "block-context" }, (block.elements ?? []).map((/** @type {any} */ element) => (element.type === "image" ? picture(element) : this.text(element))));
      case "context_actions":
      case "actions":
        return h("div", { class: "block-actions" }, (block.elements ?? []).map((/** @type {any} */ element) => this.controlOf(element, blockId)));
      case "image":
        return this.image(block);
      case "table":
        return h("div", { class: "prose" }, table(block, platform, store.names));
      case "input":
        return this.input(block, blockId);
      case "task_card":
        return this.tasks([block]);
      case "plan":
        return h("div", {}, block.title ? h("strong", {}, wordsOf(block.title)) : null, this.tasks(block.tasks ?? []));
      default:
        return h("div", { class: "unknown-block" }, `A block of type ${String(block.type)}, which the playground does not draw.`);
    }
  }

  /** @param {any} block */
  image(block) {
    const words = wordsOf(block.title) || String(block.alt_text ?? "") || "picture";
    const file = attached({ id: words, title: words, mimetype: "image/png", url: block.image_url ?? block.slack_file?.url, alt_txt: block.alt_text, original_w: block.image_width, original_h: block.image_height });
    if (!file.source) return h("div", { class: "block-image" }, picture(block));
    const drawn = drawPicture(file, this.context.platform.files.room, () => [file], () => drawn.replaceWith(drawLost(file)));
    if (!block.title) return h("div", { class: "block-image" }, drawn);
    const fold = drawFold(drawn);
    fold.name(words);
    return h("div", { class: "block-image" }, fold.element, drawn);
  }

  /** @param {any} block @param {string} blockId */
  section(block, blockId) {
    const accessory = block.accessory;
    const fields = block.fields ?? [];
    return h(
      "div",
      { class: "block-section" },
      h(
        "div",
        { class: "said" },
        block.text ? this.text(block.text) : null,
        fields.length ? h("div", { class: "fields" }, fields.map((/** @type {any} */ field) => this.text(field))) : null,
      ),
      accessory ? (accessory.type === "image" ? picture(accessory, "accessory") : this.controlOf(accessory, blockId, wordsOf(block.text))) : null,
    );
  }

  /** @param {any} block @param {string} blockId */
  input(block, blockId) {
    const id = freshId();
    const hint = block.hint ? h("div", { class: "hint", id: `${id}-hint` }, wordsOf(block.hint)) : null;
    const error = h("div", { class: "error", id: `${id}-error`, hidden: true, "data-testid": "field-error" });
    const spec = block.element ?? {};
    const label = wordsOf(block.label);
    const isGroup = ["checkboxes", "radio_buttons", "multi_static_select"].includes(spec.type);
    const made = control(spec, {
      store: this.context.store,
      act: block.dispatch_action ? (chosen) => this.context.act({ block_id: blockId, action_id: spec.action_id, ...pressed(chosen) }) : async () => {},
      id,
      label: isGroup ? label : undefined,
      describedBy: [hint ? `${id}-hint` : "", `${id}-error`].join(" ").trim(),
    });
    if (!made) return h("div", { class: "unknown-block" }, `A field of type ${String(spec.type)}, which the playground does not draw.`);
    if (!block.optional) made.focus.setAttribute("aria-required", "true");
    this.inputs.set(blockId, { actionId: String(spec.action_id ?? ""), control: made, error });
    const name = [label, block.optional ? h("span", { class: "optional" }, " (optional)") : null];
    return h(
      "div",
      { class: "block-input", "data-block": blockId },
      isGroup ? h("span", { class: "name", "aria-hidden": "true" }, name) : h("label", { class: "name", for: id }, name),
      made.element,
      hint,
      error,
    );
  }

  /** @param {any} spec @param {string} blockId @param {string} [label] */
  controlOf(spec, blockId, label) {
    const made = control(spec, {
      store: this.context.store,
      label: label || undefined,
      act: (chosen) => this.context.act({ block_id: blockId, action_id: spec.action_id, ...pressed(chosen) }),
    });
    return made?.element ?? h("span", { class: "unknown-block" }, `(${String(spec.type)})`);
  }

  /** @param {any} text a text object */
  text(text) {
    if (text?.type === "mrkdwn") return this.prose(this.context.platform.readText(String(text.text ?? "")));
    return h("div", { class: "prose" }, plain(text));
  }

  /** @param {import("./nodes.js").Block[]} blocks */
  prose(blocks) {
    const prose = new Prose(this.context.store.names);
    prose.show(blocks);
    return prose.element;
  }

  /** @param {any[]} cards */
  tasks(cards) {
    const tasks = new Tasks(this.context.store.names, this.context.platform);
    tasks.show(cards.map((card, index) => ({ ...card, id: String(card.task_id ?? index), title: wordsOf(card.title), status: String(card.status ?? "pending") })));
    return tasks.element;
  }
}

/**
 * Plain text with its line breaks and emoji.
 *
 * @param {any} text
 * @returns {Node[]}
 */
function plain(text) {
  const parts = wordsOf(text).split(/(\n|:[a-z0-9_+-]{1,40}:)/);
  return parts
    .filter((part) => part !== "")
    .map((part) => {
      if (part === "\n") return h("br");
      const emoji = /^:(.+):$/.exec(part);
      return document.createTextNode(emoji ? (emojiFor(emoji[1]) ?? part) : part);
    });
}

/** @param {any} spec @param {string} [className] */
function picture(spec, className) {
  const address = spec.image_url ?? spec.slack_file?.url;
  const source = safeSource(address);
  const alt = String(spec.alt_text ?? "");
  if (source === null) return drawElsewhere(address, alt);
  return h("img", { src: source, alt, class: className ?? null, loading: "lazy", referrerpolicy: "no-referrer" });
}

/**
 * @param {any} block
 * @param {import("./platforms/platform.js").Platform} platform
 * @param {import("./prose.js").Names} names
 */
function table(block, platform, names) {
  const settings = block.column_settings ?? [];
  const draw = (/** @type {any} */ cell, /** @type {number} */ column, /** @type {"th" | "td"} */ tag) => {
    const align = settings[column]?.align;
    const inside =
      cell?.type === "rich_text"
        ? platform.readRichText(cell).flatMap((inner) => (inner.t === "p" ? drawInline(inner.c, names) : [drawBlock(inner, names)]))
        : plain(cell?.text ?? "");
    const looks = [align === "center" ? "centre" : align === "right" ? "right" : "", settings[column]?.is_wrapped ? "" : "unwrapped"].filter(Boolean).join(" ");
    return h(tag, { class: looks || null, scope: tag === "th" ? "col" : null }, inside);
  };
  const rows = (block.rows ?? []).map((/** @type {any[]} */ row, /** @type {number} */ index) =>
    h("tr", {}, row.map((cell, column) => draw(cell, column, index === 0 ? "th" : "td"))),
  );
  return h("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Table" }, h("table", {}, h("thead", {}, rows.slice(0, 1)), h("tbody", {}, rows.slice(1))));
}
