/** Draws source code: coloured, of fixed width, and growing in place while it is being written. */

import { h } from "./element.js";
import { languageOf, readLine } from "./highlight.js";
import { icon } from "./icon.js";
import { cutByWidth } from "./width.js";

/** Lines that are longer are data rather than code, and are left plain. */
const LONGEST_COLOURED = 2000;
const COPIED_FOR_MS = 1600;

/** @typedef {{text: string, before: string, within: string, nodes: (Text | HTMLElement)[]}} Line */

/** The text of some code. What stays the same keeps its nodes, and with them what is selected. */
export class CodeText {
  /** @param {string} language as it was named */
  constructor(language) {
    this.language = languageOf(language);
    this.element = h("code");
    /** @type {Line[]} */
    this.lines = [];
  }

  /** @param {string} text */
  show(text) {
    const texts = text.split("\n").map((line, index, all) => (index < all.length - 1 ? `${line}\n` : line));
    let same = 0;
    while (same < texts.length && same < this.lines.length && texts[same] === this.lines[same].text) same += 1;
    const grown = this.lines[same];
    for (const line of this.lines.splice(same)) if (line !== grown) for (const node of line.nodes) node.remove();
    let within = this.lines.at(-1)?.within ?? "";
    for (const [index, line] of texts.slice(same).entries()) {
      const drawn = this.draw(line, within, index === 0 && grown ? grown.nodes : []);
      this.lines.push(drawn);
      within = drawn.within;
    }
    if (grown && same >= texts.length) for (const node of grown.nodes) node.remove();
  }

  /**
   * @param {string} text with its line break
   * @param {string} before what the line before left open
   * @param {(Text | HTMLElement)[]} old nodes of this line as it was
   * @returns {Line}
   */
  draw(text, before, old) {
    const bare = text.endsWith("\n") ? text.slice(0, -1) : text;
    const { tokens, within } = readLine(bare.length > LONGEST_COLOURED ? null : this.language, bare, before);
    if (bare !== text) tokens.push({ kind: null, v: "\n" });
    const pieces = tokens.flatMap(({ kind, v }) => cutByWidth(v).map((piece) => ({ ...piece, name: [kind ? `tok-${kind}` : "", piece.isWide ? "wide" : ""].filter(Boolean).join(" ") })));
    const nodes = pieces.map(({ v, name }, index) => reuse(old[index], v, name) ?? (name === "" ? document.createTextNode(v) : h("span", { class: name }, v)));
    const anchor = old.at(-1)?.nextSibling ?? null;
    for (const [index, node] of nodes.entries()) {
      if (node === old[index]) continue;
      if (old[index]) old[index].replaceWith(node);
      else this.element.insertBefore(node, anchor);
    }
    for (const node of old.slice(nodes.length)) node.remove();
    return { text, before, within, nodes };
  }
}

/**
 * A node that is there already, made to say this, if it can.
 *
 * @param {Text | HTMLElement | undefined} node
 * @param {string} v
 * @param {string} name its class
 */
function reuse(node, v, name) {
  if (!node) return null;
  if (name === "" ? !(node instanceof Text) : !(node instanceof HTMLElement && node.className === name)) return null;
  const said = node.textContent ?? "";
  if (!v.startsWith(said)) return null;
  const text = /** @type {Text} */ (node instanceof Text ? node : node.firstChild);
  if (v !== said) text.appendData(v.slice(said.length));
  return node;
}

/** A block of code, with its language and a button that copies it. */
export class CodeBlock {
  /** @param {string} language */
  constructor(language) {
    this.text = new CodeText(language);
    this.element = h(
      "div",
      { class: "code", "data-lang": language },
      h("div", { class: "bar" }, h("span", { class: "language" }, language || "text"), copyButton(() => this.text.element)),
      h("pre", { tabindex: "0", "aria-label": language ? `Code in ${language}` : "Code" }, this.text.element),
    );
  }
}

/**
 * @param {() => HTMLElement} source whose text is copied
 * @returns {HTMLElement}
 */
export function copyButton(source) {
  const word = h("span", {}, "Copy");
  const copy = h("button", { type: "button", class: "copy", "aria-label": "Copy code" }, icon("copy"), word);
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source().textContent ?? "");
      word.textContent = "Copied";
    } catch {
      getSelection()?.selectAllChildren(source());
      word.textContent = "Press Ctrl+C";
    }
    setTimeout(() => (word.textContent = "Copy"), COPIED_FOR_MS);
  });
  return copy;
}
