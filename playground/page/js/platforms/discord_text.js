/** Reads Discord's Markdown into nodes. */

import { emojiFor } from "../emoji.js";
import { safeLink } from "../link.js";
import { bareAddress } from "../markdown_inline.js";
import { agoOf } from "../time.js";

/** @typedef {import("../nodes.js").Block} Block */
/** @typedef {import("../nodes.js").Inline} Inline */

const FENCE = /```(?:([\w+#.-]+)\n)?\n*([\s\S]*?)\n*```/g;
const ITEM = /^( *)([-*]|\d{1,9}\.) +(.*)$/;
const DEEPEST = 8;

/** Pairs of marks, the longer ones first; each reads what stands between. */
const MARKS = /** @type {const} */ ([
  ["strong", /\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/y],
  ["u", /__((?:\\[\s\S]|[^\\])+?)__(?!_)/y],
  ["del", /~~((?:\\[\s\S]|[^\\])+?)~~/y],
  ["spoiler", /\|\|((?:\\[\s\S]|[^\\])+?)\|\|/y],
  ["em", /\*(?=[^\s*])((?:\*\*|\s+(?=[^\s*]|\*\*)|\\[\s\S]|[^\s*\\])+?)\*(?!\*)/y],
  ["em", /_(?=[^_])((?:__|\\[\s\S]|[^\\_])+?)_(?!\w)/y],
]);
const CODE = /(`+)([\s\S]*?[^`])\1(?!`)/y;
const ANGLE = /<([^<>\n]{1,400})>/y;
const MASKED = /\[((?:\\[\s\S]|[^[\]\\])+)\]\(\s*<?([^\s<>()]+(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:\s+"([^"]*)")?\s*\)/y;
const EMOJI = /:([a-z0-9_+-]{1,40}):/y;
const EVERYONE = /@(everyone|here)\b/y;

/**
 * @param {string} text as the API carries it
 * @returns {Block[]}
 */
export function parseDiscord(text) {
  /** @type {Block[]} */
  const blocks = [];
  const whole = text.replace(/\r\n?/g, "\n");
  let from = 0;
  for (const match of whole.matchAll(FENCE)) {
    if (match[2] === "") continue;
    blocks.push(...readLines(whole.slice(from, match.index).replace(/\n$/, "").split("\n")));
    blocks.push({ t: "code", lang: match[1] ?? "", v: match[2], open: false });
    from = match.index + match[0].length;
  }
  blocks.push(...readLines(whole.slice(from).replace(/^\n/, "").split("\n")));
  return blocks;
}

/**
 * What a person would have typed for this text: mentions as `@name`.
 *
 * @param {string} text
 * @param {import("../prose.js").Names} names
 */
export function asTyped(text, names) {
  return text
    .replace(/<@!?(\d+)>/g, (whole, id) => (names.handle(id) ? `@${names.handle(id)}` : whole))
    .replace(/<#(\d+)>/g, (whole, id) => (names.channel(id) ? `#${names.channel(id)}` : whole));
}

/**
 * Read what stands between `<` and `>`.
 *
 * @param {string} inside
 * @returns {Inline | null}
 */
export function parseAngle(inside) {
  let match = /^@!?(\d+)$/.exec(inside);
  if (match) return { t: "person", id: match[1], label: "unknown-user" };
  match = /^@&(\d+)$/.exec(inside);
  if (match) return { t: "person", id: match[1], label: "deleted-role" };
  match = /^#(\d+)$/.exec(inside);
  if (match) return { t: "channel", id: match[1], label: "unknown" };
  match = /^t:(-?\d{1,12})(?::([tTdDfFR]))?$/.exec(inside);
  if (match) return { t: "time", at: Number(match[1]) * 1000, v: timeAs(new Date(Number(match[1]) * 1000), match[2] ?? "f") };
  match = /^\/([\w -]{1,100}):\d+$/.exec(inside);
  if (match) return { t: "command", name: match[1] };
  match = /^a?:(\w+):\d+$/.exec(inside);
  if (match) return { t: "emoji", name: match[1] };
  const href = /\s/.test(inside) || /^mailto:/i.test(inside) ? null : safeLink(inside);
  return href ? { t: "link", href, title: "", c: [{ t: "text", v: inside }] } : null;
}

/** @param {Date} date @param {string} style */
function timeAs(date, style) {
  if (style === "R") return agoOf(date);
  /** @type {Record<string, Intl.DateTimeFormatOptions>} */
  const styles = {
    t: { timeStyle: "short" },
    T: { timeStyle: "medium" },
    d: { dateStyle: "short" },
    D: { dateStyle: "long" },
    f: { dateStyle: "long", timeStyle: "short" },
    F: { dateStyle: "full", timeStyle: "short" },
  };
  return new Intl.DateTimeFormat(undefined, styles[style]).format(date);
}

/**
 * @param {string[]} lines
 * @returns {Block[]}
 */
function readLines(lines) {
  /** @type {Block[]} */
  const blocks = [];
  /** @type {string[]} */
  let run = [];
  const close = () => {
    if (run.length) blocks.push({ t: "p", c: inline(run.join("\n")) });
    run = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    if (line.startsWith(">>> ")) {
      close();
      blocks.push({ t: "quote", c: readLines([line.slice(4), ...lines.slice(at + 1)]) });
      return blocks;
    }
    if (/^> /.test(line) || line === ">") {
      close();
      const quoted = [];
      for (; at < lines.length && (/^> /.test(lines[at]) || lines[at] === ">"); at += 1) quoted.push(lines[at].slice(2));
      at -= 1;
      blocks.push({ t: "quote", c: readLines(quoted) });
      continue;
    }
    const heading = /^(#{1,3}) +(.+)$/.exec(line);
    const small = /^-# +(.+)$/.exec(line);
    if (heading || small) {
      close();
      if (heading) blocks.push({ t: "h", n: heading[1].length, c: inline(heading[2].trim()) });
      else if (small) blocks.push({ t: "small", c: inline(small[1]) });
    } else if (ITEM.test(line)) {
      close();
      const items = [];
      for (; at < lines.length && (ITEM.test(lines[at]) || (/^ +\S/.test(lines[at]) && items.length)); at += 1) items.push(lines[at]);
      at -= 1;
      blocks.push(...readList(items, 0));
    } else if (line.trim() === "") {
      close();
    } else {
      run.push(line);
    }
  }
  close();
  return blocks;
}

/**
 * @param {string[]} lines items, and lines that go on in one
 * @param {number} depth
 * @returns {Block[]} a list for each run of one kind
 */
function readList(lines, depth) {
  /** @type {Block[]} */
  const lists = [];
  const outer = /** @type {RegExpExecArray} */ (ITEM.exec(lines[0]))[1].length;
  for (let at = 0; at < lines.length; ) {
    const match = /** @type {RegExpExecArray} */ (ITEM.exec(lines[at]));
    const ordered = /\d/.test(match[2]);
    let text = match[3];
    at += 1;
    const inner = [];
    for (; at < lines.length; at += 1) {
      const next = ITEM.exec(lines[at]);
      if (next && next[1].length <= outer) break;
      if (next || inner.length) inner.push(lines[at]);
      else text += `\n${lines[at].trim()}`;
    }
    /** @type {Block[]} */
    const c = [{ t: "p", c: inline(text) }];
    if (inner.length && depth < DEEPEST) c.push(...readList(inner, depth + 1));
    const last = lists.at(-1);
    if (last?.t === "list" && last.ordered === ordered) last.items.push({ task: null, c });
    else lists.push({ t: "list", ordered, start: ordered ? Number.parseInt(match[2], 10) : 1, loose: false, items: [{ task: null, c }] });
  }
  return lists;
}

/** Match a sticky pattern at a place. @param {RegExp} pattern @param {string} text @param {number} at */
function here(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/**
 * @param {string} text
 * @param {number} [depth]
 * @returns {Inline[]}
 */
export function inline(text, depth = 0) {
  /** @type {Inline[]} */
  const nodes = [];
  let plain = "";
  const push = (/** @type {Inline} */ node) => {
    if (plain !== "") nodes.push({ t: "text", v: plain });
    plain = "";
    nodes.push(node);
  };
  let at = 0;
  while (at < text.length) {
    const read = special(text, at, depth);
    if (read === null) {
      plain += text[at];
      at += 1;
    } else {
      if (typeof read.node === "string") plain += read.node;
      else push(read.node);
      at += read.length;
    }
  }
  if (plain !== "") nodes.push({ t: "text", v: plain });
  return nodes;
}

/**
 * What begins here, unless it is just a letter.
 *
 * @param {string} text
 * @param {number} at
 * @param {number} depth
 * @returns {{node: Inline | string, length: number} | null}
 */
function special(text, at, depth) {
  const ch = text[at];
  switch (ch) {
    case "\n":
      return { node: { t: "br" }, length: 1 };
    case "\\":
      return /[^0-9A-Za-z\s]/.test(text[at + 1] ?? "a") ? { node: text[at + 1], length: 2 } : null;
    case "`": {
      const match = here(CODE, text, at);
      return match ? { node: { t: "code", v: match[2].replace(/^ (?=`)|(?<=`) $/g, "") }, length: match[0].length } : { node: /** @type {RegExpExecArray} */ (/^`+/.exec(text.slice(at)))[0], length: /** @type {RegExpExecArray} */ (/^`+/.exec(text.slice(at)))[0].length };
    }
    case "<": {
      const match = here(ANGLE, text, at);
      const node = match ? parseAngle(match[1]) : null;
      return match && node ? { node, length: match[0].length } : null;
    }
    case "[": {
      const match = here(MASKED, text, at);
      const href = match ? safeLink(match[2]) : null;
      return match && href ? { node: { t: "link", href, title: match[3] ?? "", c: depth < DEEPEST ? inline(match[1], depth + 1) : [{ t: "text", v: match[1] }] }, length: match[0].length } : null;
    }
    case ":": {
      const match = here(EMOJI, text, at);
      return match && emojiFor(match[1]) !== null ? { node: { t: "emoji", name: match[1] }, length: match[0].length } : null;
    }
    case "@": {
      const match = here(EVERYONE, text, at);
      return match ? { node: { t: "everyone", label: match[1] }, length: match[0].length } : null;
    }
    case "h":
    case "H": {
      const address = /\w/.test(text[at - 1] ?? "") ? null : bareAddress(text, at);
      const href = address ? safeLink(address) : null;
      return address && href ? { node: { t: "link", href, title: "", c: [{ t: "text", v: address }] }, length: address.length } : null;
    }
    case "*":
    case "_":
    case "~":
    case "|": {
      if (depth >= DEEPEST || (ch === "_" && /\w/.test(text[at - 1] ?? ""))) return null;
      for (const [t, pattern] of MARKS) {
        const match = here(pattern, text, at);
        if (match) return { node: { t, c: inline(match[1], depth + 1) }, length: match[0].length };
      }
      return null;
    }
    default:
      return null;
  }
}
