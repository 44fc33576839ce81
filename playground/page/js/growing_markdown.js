/** Reads a Markdown text again and again while it is being written, at the cost of its end. */

import { parseWithStarts } from "./markdown.js";
import { settleTail } from "./markdown_tail.js";

/** @typedef {import("./nodes.js").Block} Block */

export class GrowingMarkdown {
  /** @param {import("./markdown.js").Dialect} dialect */
  constructor(dialect) {
    this.dialect = dialect;
    /** The text of the blocks that nothing that follows can change. */
    this.closedText = "";
    /** @type {Block[]} */
    this.closed = [];
  }

  /**
   * @param {string} text
   * @param {boolean} isGrowing whether more of it will come
   * @returns {Block[]} what has not changed since is the same object as before
   */
  read(text, isGrowing) {
    text = text.replace(/\r\n?/g, "\n"); // lines are counted
    if (!text.startsWith(this.closedText)) {
      this.closedText = "";
      this.closed = [];
    }
    const end = text.slice(this.closedText.length);
    const { blocks, starts } = parseWithStarts(isGrowing ? settleTail(end) : end, this.dialect);
    const all = [...this.closed, ...blocks];
    // The last block may go on, and what begins it may yet turn out to belong to the one before.
    const open = starts.at(-2);
    if (isGrowing && open) {
      this.closedText += end.split("\n").slice(0, open).join("\n") + "\n";
      this.closed = all.slice(0, -2);
    }
    return all;
  }
}
