/** Draws text nodes. A text that grows is drawn block by block: what has not changed keeps its elements. */

import { h } from "./element.js";
import { emojiFor, emojiWords } from "./emoji.js";
import { icon } from "./icon.js";
import { safeLink } from "./link.js";
import { fullOf } from "./time.js";

/** @typedef {import("./nodes.js").Block} Block */
/** @typedef {import("./nodes.js").Inline} Inline */

/**
 * @typedef {object} Names who is who, for mentions
 * @property {(id: string) => string | null} person
 * @property {(id: string) => string | null} channel
 * @property {(id: string) => boolean} isMe
 * @property {(id: string) => string | null} handle how one writes to a person
 * @property {(id: string) => string} address of a channel, for the address bar
 */

/** One text on the page. */
export class Prose {
  /** @param {Names} names */
  constructor(names) {
    this.names = names;
    this.element = h("div", { class: "prose" });
    /** @type {string[]} */
    this.drawn = [];
  }

  /**
   * Show these blocks; elements of blocks that stayed the same are left alone.
   *
   * @param {Block[]} blocks
   */
  show(blocks) {
    const keys = blocks.map((block) => JSON.stringify(block));
    let same = 0;
    while (same < keys.length && same < this.drawn.length && keys[same] === this.drawn[same]) same += 1;
    const stale = [...this.element.childNodes].slice(same);
    const grown = blocks[same];
    if (stale.length === 1 && keys.length === same + 1 && grown.t === "code" && growCode(stale[0], grown)) {
      this.drawn = keys;
      return;
    }
    for (const node of stale) node.remove();
    this.element.append(...blocks.slice(same).map((block) => drawBlock(block, this.names)));
    this.drawn = keys;
    this.element.classList.toggle("jumbo", isOnlyEmoji(blocks));
  }
}

/**
 * Code that is still being written grows in place, so that a selection and the scroll position in it stay.
 *
 * @param {Node} node
 * @param {Extract<Block, {t: "code"}>} block
 */
function growCode(node, block) {
  if (!(node instanceof HTMLElement) || node.dataset.lang !== block.lang || !node.classList.contains("code")) return false;
  const code = node.querySelector("pre > code");
  if (!code?.firstChild || !block.v.startsWith(code.textContent ?? "")) return false;
  /** @type {Text} */ (code.firstChild).appendData(block.v.slice((code.textContent ?? "").length));
  return true;
}

/**
 * @param {Block} block
 * @param {Names} names
 * @returns {HTMLElement}
 */
export function drawBlock(block, names) {
  switch (block.t) {
    case "p":
      return h("p", {}, drawInline(block.c, names));
    case "h":
      return h(/** @type {"h1"} */ (`h${block.n}`), {}, drawInline(block.c, names));
    case "small":
      return h("p", { class: "small" }, drawInline(block.c, names));
    case "hr":
      return h("hr");
    case "quote":
      return h("blockquote", {}, block.c.map((inner) => drawBlock(inner, names)));
    case "code":
      return drawCode(block);
    case "table":
      return h(
        "div",
        { class: "table", tabindex: "0", role: "region", "aria-label": "Table" },
        h(
          "table",
          {},
          h("thead", {}, h("tr", {}, block.head.map((cell, column) => drawCell("th", cell, block.align[column], names)))),
          h(
            "tbody",
            {},
            block.rows.map((row) => h("tr", {}, row.map((cell, column) => drawCell("td", cell, block.align[column], names)))),
          ),
        ),
      );
    case "list":
      return h(
        block.ordered ? "ol" : "ul",
        { class: block.loose ? "loose" : null, start: block.ordered && block.start !== 1 ? block.start : null },
        block.items.map((item) =>
          h("li", { class: item.task === null ? null : "todo" }, item.task === null ? null : drawBox(item.task), drawItem(item.c, block.loose, names)),
        ),
      );
  }
}

/**
 * @param {Inline[]} nodes
 * @param {Names} names
 * @returns {Node[]}
 */
export function drawInline(nodes, names) {
  return nodes.map((node) => {
    switch (node.t) {
      case "text":
        return document.createTextNode(node.v);
      case "code":
        return h("code", {}, node.v);
      case "br":
        return h("br");
      case "strong":
      case "em":
      case "del":
        return h(node.t, {}, drawInline(node.c, names));
      case "link":
        return drawLink(node.href, node.title, drawInline(node.c, names));
      case "image":
        return node.href ? drawLink(node.href, "", [document.createTextNode(node.alt)]) : document.createTextNode(node.alt);
      case "emoji":
        return drawEmoji(node.name);
      case "person":
        return h("span", { class: names.isMe(node.id) ? "mention me" : "mention" }, `@${names.person(node.id) ?? (node.label || node.id)}`);
      case "channel":
        return names.channel(node.id)
          ? h("a", { class: "mention", href: names.address(node.id) }, `#${names.channel(node.id)}`)
          : h("span", { class: "mention" }, `#${node.label || node.id}`);
      case "everyone":
        return h("span", { class: "mention me" }, `@${node.label}`);
      case "u":
        return h("u", {}, drawInline(node.c, names));
      case "time":
        return h("time", { class: "stamp", datetime: new Date(node.at).toISOString(), title: fullOf(new Date(node.at)) }, node.v);
      case "command":
        return h("span", { class: "mention command" }, `/${node.name}`);
      case "spoiler":
        return drawSpoiler(drawInline(node.c, names));
    }
  });
}

/** Hidden until one asks for it. @param {Node[]} inside */
function drawSpoiler(inside) {
  const text = h("span", { class: "hidden" }, inside);
  const cover = h("button", { class: "spoiler", type: "button", "aria-label": "Spoiler: press to show", "aria-expanded": "false" }, text);
  cover.addEventListener("click", () => cover.replaceWith(h("span", { class: "spoiler shown" }, ...inside)));
  return cover;
}

/** @param {string} name */
export function drawEmoji(name) {
  const character = emojiFor(name);
  if (character === null) return h("span", {}, `:${name}:`);
  return h("span", { class: "emoji", role: "img", "aria-label": emojiWords(name) }, character);
}

/**
 * @param {string} href
 * @param {string} title
 * @param {Node[]} inside
 */
function drawLink(href, title, inside) {
  const safe = safeLink(href);
  if (safe === null) return h("span", {}, inside);
  return h("a", { href: safe, title: title || null, target: "_blank", rel: "noopener noreferrer" }, inside);
}

/** @param {Extract<Block, {t: "code"}>} block */
function drawCode(block) {
  const code = h("code");
  code.append(document.createTextNode(block.v));
  const word = h("span", {}, "Copy");
  const copy = h("button", { type: "button", "aria-label": "Copy code" }, icon("copy"), word);
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent ?? "");
      word.textContent = "Copied";
    } catch {
      getSelection()?.selectAllChildren(code);
      word.textContent = "Press Ctrl+C";
    }
    setTimeout(() => (word.textContent = "Copy"), 1600);
  });
  return h(
    "div",
    { class: "code", "data-lang": block.lang },
    h("div", { class: "bar" }, h("span", { class: "language" }, block.lang || "text"), copy),
    h("pre", { tabindex: "0", "aria-label": block.lang ? `Code in ${block.lang}` : "Code" }, code),
  );
}

/**
 * @param {"th" | "td"} tag
 * @param {Inline[]} cell
 * @param {string} align
 * @param {Names} names
 */
function drawCell(tag, cell, align, names) {
  return h(tag, { class: align === "left" ? null : align, scope: tag === "th" ? "col" : null }, drawInline(cell, names));
}

/** @param {boolean} done */
function drawBox(done) {
  return h("span", { class: done ? "box done" : "box", role: "img", "aria-label": done ? "done" : "to do" }, done ? icon("check") : null);
}

/**
 * @param {Block[]} blocks
 * @param {boolean} loose
 * @param {Names} names
 * @returns {Node[]}
 */
function drawItem(blocks, loose, names) {
  return blocks.flatMap((block, index) => (block.t === "p" && !loose && index === 0 ? drawInline(block.c, names) : [drawBlock(block, names)]));
}

/** @param {Block[]} blocks */
function isOnlyEmoji(blocks) {
  if (blocks.length !== 1 || blocks[0].t !== "p") return false;
  const seen = blocks[0].c.filter((node) => node.t !== "text" || node.v.trim() !== "");
  return seen.length > 0 && seen.length <= 6 && seen.every((node) => node.t === "emoji");
}
