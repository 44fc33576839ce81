/**
 * Reads standard Markdown into nodes (see nodes.js for what they are). Pure: text in, nodes out.
 *
 * CommonMark with GitHub's tables, task lists and strikethrough, and two habits of chats: a line break
 * stays a line break, and bare addresses are links. Raw HTML is text. Text that is still being written is fine: an
 * open fence runs to the end, open emphasis is shown as it was typed.
 */

import { parseInline } from "./markdown_inline.js";

/** @typedef {import("./nodes.js").Block} Block */

/** @typedef {import("./markdown_inline.js").Dialect} Dialect */

const DEEPEST = 16;
const FENCE = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})[ \t]*(.*)$/;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t](.*))?$/;
const RULE = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const QUOTE = /^ {0,3}>/;
const ITEM = /^( {0,3})([-+*]|\d{1,9}[.)])(?:([ \t]+)(.*))?$/;
// Two at least: while a list is being written, its first lone dash must not make the line above a heading.
const UNDERLINE = /^ {0,3}(={2,}|-{2,})[ \t]*$/;
const DELIMITER_ROW = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

/**
 * @param {string} text
 * @param {Dialect} [dialect]
 * @returns {Block[]}
 */
export function parseMarkdown(text, dialect = {}) {
  return parseWithStarts(text, dialect).blocks;
}

/**
 * @param {string} text
 * @param {Dialect} dialect
 * @returns {{blocks: Block[], starts: number[]}} the blocks, and the line with which each begins
 */
export function parseWithStarts(text, dialect) {
  const lines = text
    .replace(/\r\n?/g, "\n")
    .replaceAll("\0", "\uFFFD")
    .split("\n")
    .map((line) => line.replace(/^[ \t]+/, (indent) => indent.replaceAll("\t", "    ")));
  /** @type {number[]} */
  const starts = [];
  return { blocks: readBlocks(lines, dialect, 0, starts), starts };
}

/**
 * @param {string[]} lines
 * @param {Dialect} dialect
 * @param {number} depth
 * @param {number[]} [starts] takes the line with which each block begins
 * @returns {Block[]}
 */
function readBlocks(lines, dialect, depth, starts) {
  if (depth > DEEPEST) return [{ t: "p", c: [{ t: "text", v: lines.join("\n") }] }];
  /** @type {Block[]} */
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at];
    if (isBlank(line)) {
      at += 1;
      continue;
    }
    starts?.push(at);
    let match = FENCE.exec(line);
    if (match) {
      const [block, next] = readFence(lines, at, match);
      blocks.push(block);
      at = next;
      continue;
    }
    match = HEADING.exec(line);
    if (match) {
      blocks.push({ t: "h", n: match[1].length, c: parseInline(withoutClosing(match[2] ?? ""), dialect) });
      at += 1;
      continue;
    }
    if (RULE.test(line)) {
      blocks.push({ t: "hr" });
      at += 1;
      continue;
    }
    if (QUOTE.test(line)) {
      const [inner, next] = quoted(lines, at);
      blocks.push({ t: "quote", c: readBlocks(inner, dialect, depth + 1) });
      at = next;
      continue;
    }
    if (ITEM.test(line)) {
      const [block, next] = readList(lines, at, dialect, depth);
      blocks.push(block);
      at = next;
      continue;
    }
    if (startsTable(lines, at)) {
      const [block, next] = readTable(lines, at, dialect);
      blocks.push(block);
      at = next;
      continue;
    }
    if (line.startsWith("    ")) {
      const code = [];
      while (at < lines.length && (lines[at].startsWith("    ") || isBlank(lines[at]))) code.push(lines[at++].slice(4));
      blocks.push({ t: "code", lang: "", v: code.join("\n").trimEnd(), open: false });
      continue;
    }
    const [block, next] = readParagraph(lines, at, dialect);
    blocks.push(block);
    at = next;
  }
  return blocks;
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {RegExpExecArray} match
 * @returns {[Block, number]}
 */
function readFence(lines, at, match) {
  const [, indent, fence, info] = match;
  const end = new RegExp(`^ {0,3}${fence[0]}{${fence.length},}[ \\t]*$`);
  const inner = [];
  let open = true;
  at += 1;
  while (at < lines.length) {
    if (end.test(lines[at])) {
      open = false;
      at += 1;
      break;
    }
    const line = lines[at];
    const strip = Math.min(indent.length, line.length - line.trimStart().length);
    inner.push(line.slice(strip));
    at += 1;
  }
  if (open && inner.length > 0 && /^ {0,3}(`+|~+)$/.test(inner[inner.length - 1])) inner.pop(); // a closing fence, half typed
  return [{ t: "code", lang: info.trim().split(/\s+/)[0] ?? "", v: inner.join("\n"), open }, at];
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @returns {[string[], number]}
 */
function quoted(lines, at) {
  const inner = [];
  let lazy = false;
  while (at < lines.length) {
    const line = lines[at];
    if (QUOTE.test(line)) {
      inner.push(line.replace(/^ {0,3}> ?/, ""));
      lazy = !isBlank(inner[inner.length - 1]) && !startsBlock(inner[inner.length - 1]);
    } else if (lazy && !isBlank(line) && !startsBlock(line)) {
      inner.push(line);
    } else {
      break;
    }
    at += 1;
  }
  return [inner, at];
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {Dialect} dialect
 * @param {number} depth
 * @returns {[Block, number]}
 */
function readList(lines, at, dialect, depth) {
  const first = /** @type {RegExpExecArray} */ (ITEM.exec(lines[at]));
  const kind = markerKind(first[2]);
  const ordered = kind === "." || kind === ")";
  /** @type {{task: boolean | null, c: Block[]}[]} */
  const items = [];
  let loose = false;
  while (at < lines.length) {
    const match = ITEM.exec(lines[at]);
    if (!match || markerKind(match[2]) !== kind || RULE.test(lines[at])) break;
    const outer = match[1].length;
    const gap = match[3] ?? " ";
    const width = outer + match[2].length + (gap.length > 4 ? 1 : gap.length);
    const inner = [gap.length > 4 ? gap.slice(1) + (match[4] ?? "") : (match[4] ?? "")];
    let blankBefore = false;
    let lazy = !isBlank(inner[0]) && !startsBlock(inner[0]);
    at += 1;
    while (at < lines.length) {
      const line = lines[at];
      if (isBlank(line)) {
        blankBefore = true;
        lazy = false;
        inner.push("");
        at += 1;
        continue;
      }
      const indent = line.length - line.trimStart().length;
      const nested = ITEM.exec(line);
      // Models often indent a list in a numbered item by two columns only.
      const shallow = indent < width && indent >= outer + 2 && nested && markerKind(nested[2]) !== kind;
      if (indent >= width || shallow) {
        if (blankBefore && inner.some((text) => !isBlank(text)) && !insideFence(inner)) loose ||= indent < width + 2;
        inner.push(line.slice(shallow ? indent : width));
        lazy = !startsBlock(line.trimStart());
        blankBefore = false;
      } else if (lazy && !nested && !startsBlock(line)) {
        inner.push(line.trimStart());
      } else {
        break;
      }
      at += 1;
    }
    const next = at < lines.length ? ITEM.exec(lines[at]) : null;
    if (blankBefore && next && markerKind(next[2]) === kind) loose = true;
    while (inner.length > 0 && isBlank(inner[inner.length - 1])) inner.pop();
    const todo = /^\[([ xX])\](?:[ \t]+|$)/.exec(inner[0] ?? "");
    if (todo) inner[0] = inner[0].slice(todo[0].length);
    items.push({ task: todo ? todo[1] !== " " : null, c: readBlocks(inner, dialect, depth + 1) });
  }
  return [{ t: "list", ordered, start: ordered ? Number.parseInt(first[2], 10) : 1, loose, items }, at];
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {Dialect} dialect
 * @returns {[Block, number]}
 */
function readTable(lines, at, dialect) {
  const head = cells(lines[at]);
  /** @type {("left" | "centre" | "right")[]} */
  const align = cells(lines[at + 1]).map((cell) =>
    cell.startsWith(":") && cell.endsWith(":") ? "centre" : cell.endsWith(":") ? "right" : "left",
  );
  const rows = [];
  at += 2;
  while (at < lines.length && !isBlank(lines[at]) && !startsBlock(lines[at])) {
    const row = cells(lines[at]);
    rows.push(head.map((_, column) => parseInline(row[column] ?? "", dialect)));
    at += 1;
  }
  return [{ t: "table", align, head: head.map((cell) => parseInline(cell, dialect)), rows }, at];
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {Dialect} dialect
 * @returns {[Block, number]}
 */
function readParagraph(lines, at, dialect) {
  const inner = [lines[at].trimStart()];
  at += 1;
  while (at < lines.length && !isBlank(lines[at])) {
    const underline = UNDERLINE.exec(lines[at]);
    if (underline) {
      const n = underline[1].startsWith("=") ? 1 : 2;
      return [{ t: "h", n, c: parseInline(inner.join("\n").trimEnd(), dialect) }, at + 1];
    }
    if (startsBlock(lines[at]) || startsTable(lines, at)) break;
    inner.push(lines[at].trimStart());
    at += 1;
  }
  return [{ t: "p", c: parseInline(inner.join("\n").trimEnd(), dialect) }, at];
}

/** A heading's text without the `#` signs that may close it. @param {string} text */
function withoutClosing(text) {
  const trimmed = text.trim();
  let end = trimmed.length;
  while (trimmed[end - 1] === "#") end -= 1;
  return end === 0 || /[ \t]/.test(trimmed[end - 1]) ? trimmed.slice(0, end).trim() : trimmed;
}

/** @param {string} line */
function isBlank(line) {
  return line.trim() === "";
}

/** Whether a line ends the paragraph before it. @param {string} line */
function startsBlock(line) {
  if (FENCE.test(line) || RULE.test(line) || QUOTE.test(line)) return true;
  if (/^ {0,3}#{1,6}(?:[ \t]|$)/.test(line)) return true;
  const item = ITEM.exec(line);
  return item !== null && item[4] !== undefined && item[4] !== "" && (!/\d/.test(item[2]) || /^1[.)]$/.test(item[2]));
}

/** @param {string[]} lines @param {number} at */
function startsTable(lines, at) {
  const below = lines[at + 1];
  if (below === undefined || !lines[at].includes("|") || !below.includes("-")) return false;
  return DELIMITER_ROW.test(below) && cells(lines[at]).length === cells(below).length;
}

/** @param {string} marker */
function markerKind(marker) {
  return marker[marker.length - 1];
}

/** @param {string[]} lines */
function insideFence(lines) {
  return lines.filter((line) => /^ {0,3}(```|~~~)/.test(line)).length % 2 === 1;
}

/** @param {string} row */
function cells(row) {
  const inside = row.trim().replace(/^\|/, "").replace(/(?<!\\)\|$/, "");
  return inside.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}
