/**
 * Draws text nodes. A text that changes keeps the elements of all that stayed the same, down to the letters of a paragraph
 * that goes on, so that nothing flickers while it is being written, and a selection in it stays.
 */

import { CodeBlock } from "./code.js";
import { h } from "./element.js";
import { emojiFor, emojiWords } from "./emoji.js";
import { icon } from "./icon.js";
import { safeLink } from "./link.js";
import { fullOf } from "./time.js";

/** @typedef {import("./nodes.js").Block} Block */
/** @typedef {import("./nodes.js").Inline} Inline */
/** @typedef {Extract<Block, {t: "list"}>["items"][number]} Item */

/**
 * @typedef {object} Names who is who, for mentions
 * @property {(id: string) => string | null} person
 * @property {(id: string) => string | null} channel
 * @property {(id: string) => boolean} isMe
 * @property {(id: string) => string | null} handle how one writes to a person
 * @property {(id: string) => string} address of a channel, for the address bar
 */

/** @type {WeakMap<Node, CodeBlock>} by its element */
const codeBlocks = new WeakMap();

/** One text on the page. */
export class Prose {
  /** @param {Names} names */
  constructor(names) {
    this.names = names;
    this.element = h("div", { class: "prose" });
    /** @type {Block[]} */
    this.drawn = [];
  }

  /** @param {Block[]} blocks */
  show(blocks) {
    patchBlocks(this.element, 0, this.drawn, blocks, this.names);
    this.drawn = blocks;
    this.element.classList.toggle("jumbo", isOnlyEmoji(blocks));
  }
}

/**
 * Bring a run of an element's children in line with what they are drawn from: each node of `now` is one child.
 *
 * @template T
 * @param {Element} parent
 * @param {number} from where the run begins
 * @param {T[]} before what is drawn there
 * @param {T[]} now what is to be
 * @param {(node: T) => Node} draw
 * @param {(child: Node, before: T, now: T) => boolean} patch changes a child in place; false when it cannot
 */
function patchRun(parent, from, before, now, draw, patch) {
  const children = parent.childNodes;
  let index = 0;
  while (index < now.length && now[index] === before[index]) index += 1;
  for (; index < now.length; index += 1) {
    const child = index < before.length ? children[from + index] : null;
    if (child === null) parent.insertBefore(draw(now[index]), children[from + index] ?? null);
    else if (!isSame(before[index], now[index]) && !patch(child, before[index], now[index])) child.replaceWith(draw(now[index]));
  }
  for (let extra = before.length - now.length; extra > 0; extra -= 1) children[from + now.length].remove();
}

/** @param {unknown} one @param {unknown} other */
function isSame(one, other) {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** @param {Element} parent @param {number} from @param {Block[]} before @param {Block[]} now @param {Names} names */
function patchBlocks(parent, from, before, now, names) {
  patchRun(parent, from, before, now, (block) => drawBlock(block, names), (child, old, block) => child instanceof HTMLElement && patchBlock(child, old, block, names));
}

/**
 * @param {HTMLElement} element
 * @param {Block} old
 * @param {Block} block
 * @param {Names} names
 * @returns {boolean} whether the element now shows the block
 */
function patchBlock(element, old, block, names) {
  if ((old.t === "p" && block.t === "p") || (old.t === "small" && block.t === "small") || (old.t === "h" && block.t === "h" && old.n === block.n)) {
    patchInline(element, 0, old.c, block.c, names);
    return true;
  }
  if (old.t === "quote" && block.t === "quote") {
    patchBlocks(element, 0, old.c, block.c, names);
    return true;
  }
  if (old.t === "code" && block.t === "code" && old.lang === block.lang) {
    codeBlocks.get(element)?.text.show(block.v);
    return true;
  }
  if (old.t === "list" && block.t === "list" && old.ordered === block.ordered && old.start === block.start && old.loose === block.loose) {
    const { loose } = block;
    patchRun(element, 0, old.items, block.items, (item) => drawItem(item, loose, names), (child, one, other) => patchItem(/** @type {HTMLElement} */ (child), one, other, loose, names));
    return true;
  }
  if (old.t === "table" && block.t === "table" && isSame([old.align, old.head], [block.align, block.head])) {
    const body = /** @type {HTMLElement} */ (element.querySelector("tbody"));
    patchRun(body, 0, old.rows, block.rows, (row) => drawRow(row, block.align, names), () => false);
    return true;
  }
  return false;
}

/** @param {HTMLElement} element @param {Item} old @param {Item} item @param {boolean} loose @param {Names} names */
function patchItem(element, old, item, loose, names) {
  if (old.task !== item.task) return false;
  const from = item.task === null ? 0 : 1;
  const [first, ...rest] = item.c;
  const [oldFirst, ...oldRest] = old.c;
  if (loose || (first?.t !== "p" && oldFirst?.t !== "p")) {
    patchBlocks(element, from, old.c, item.c, names);
    return true;
  }
  if (first?.t !== "p" || oldFirst?.t !== "p") return false;
  // In a tight list the first paragraph has no element of its own.
  patchInline(element, from, oldFirst.c, first.c, names);
  patchBlocks(element, from + first.c.length, oldRest, rest, names);
  return true;
}

/** @param {Element} parent @param {number} from @param {Inline[]} before @param {Inline[]} now @param {Names} names */
function patchInline(parent, from, before, now, names) {
  patchRun(parent, from, before, now, (node) => drawInline([node], names)[0], (child, old, node) => {
    if (old.t === "text" && node.t === "text" && child instanceof Text) {
      if (node.v.startsWith(old.v)) child.appendData(node.v.slice(old.v.length));
      else child.data = node.v;
      return true;
    }
    if (child instanceof Element && old.t === node.t && (node.t === "strong" || node.t === "em" || node.t === "del" || node.t === "u") && "c" in old) {
      patchInline(child, 0, old.c, node.c, names);
      return true;
    }
    return false;
  });
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
          h("tbody", {}, block.rows.map((row) => drawRow(row, block.align, names))),
        ),
      );
    case "list":
      return h(
        block.ordered ? "ol" : "ul",
        { class: block.loose ? "loose" : null, start: block.ordered && block.start !== 1 ? block.start : null },
        block.items.map((item) => drawItem(item, block.loose, names)),
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
  const drawn = new CodeBlock(block.lang);
  drawn.text.show(block.v);
  codeBlocks.set(drawn.element, drawn);
  return drawn.element;
}

/** @param {Inline[][]} row @param {("left" | "centre" | "right")[]} align @param {Names} names */
function drawRow(row, align, names) {
  return h("tr", {}, row.map((cell, column) => drawCell("td", cell, align[column], names)));
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

/** @param {Item} item @param {boolean} loose @param {Names} names */
function drawItem(item, loose, names) {
  const inside = item.c.flatMap((block, index) => (block.t === "p" && !loose && index === 0 ? drawInline(block.c, names) : [drawBlock(block, names)]));
  return h("li", { class: item.task === null ? null : "todo" }, item.task === null ? null : drawBox(item.task), inside);
}

/** @param {Block[]} blocks */
function isOnlyEmoji(blocks) {
  if (blocks.length !== 1 || blocks[0].t !== "p") return false;
  const seen = blocks[0].c.filter((node) => node.t !== "text" || node.v.trim() !== "");
  return seen.length > 0 && seen.length <= 6 && seen.every((node) => node.t === "emoji");
}
