/**
 * Reads what stands within one paragraph, heading or cell of Markdown: emphasis, code, links, mentions.
 */

import { emojiFor } from "./emoji.js";
import { safeLink } from "./link.js";

/** @typedef {import("./nodes.js").Inline} Inline */

/**
 * @typedef {object} Dialect
 * @property {(inside: string) => Inline | null} [angle] reads what a platform writes between `<` and `>`
 */

/**
 * @typedef {object} Delimiter a run of `*`, `_` or `~` that may open or close emphasis
 * @property {"delimiter"} t
 * @property {string} ch
 * @property {number} n how many are left
 * @property {number} length how many there were
 * @property {boolean} opens
 * @property {boolean} closes
 */

const PUNCTUATION = /[\p{P}\p{S}]/u;
const ESCAPABLE = /[!-/:-@[-`{-~]/;
const BARE_ADDRESS = /https?:\/\/[^\s<>"]+/iy;
const EMOJI = /:([a-z0-9_+-]{1,40}):/y;
const ENTITY = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos|nbsp|hellip|mdash|ndash|copy|rarr|larr));/y;
/** @type {Record<string, string>} */
const ENTITIES = {
  amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0", hellip: "…", mdash: "—", ndash: "–",
  copy: "©", rarr: "→", larr: "←",
};

/**
 * Read what stands within a line or paragraph.
 *
 * @param {string} text
 * @param {Dialect} [dialect]
 * @returns {Inline[]}
 */
export function parseInline(text, dialect = {}) {
  return new InlineReader(text, dialect).read();
}

/** Reads the inside of one paragraph, heading or cell, once, from left to right. */
class InlineReader {
  /**
   * @param {string} text
   * @param {Dialect} dialect
   */
  constructor(text, dialect) {
    this.text = text;
    this.dialect = dialect;
    this.at = 0;
    /** @type {(Inline | Delimiter)[]} */
    this.nodes = [];
    /** @type {{index: number, image: boolean}[]} positions of brackets that may turn out to begin a link */
    this.brackets = [];
    this.plain = "";
    /** @type {Set<number>} lengths of backtick runs known to have no partner */
    this.lonely = new Set();
  }

  /** @returns {Inline[]} */
  read() {
    while (this.at < this.text.length) {
      if (!this.readSpecial(this.text[this.at])) {
        this.plain += this.text[this.at];
        this.at += 1;
      }
    }
    this.flush();
    return paired(this.nodes);
  }

  /** @param {string} ch @returns {boolean} whether something was read */
  readSpecial(ch) {
    switch (ch) {
      case "\n": {
        this.plain = this.plain.trimEnd();
        this.push({ t: "br" });
        this.at += 1;
        return true;
      }
      case "\\":
        return this.readEscape();
      case "`":
        return this.readCode();
      case "*":
      case "_":
      case "~":
        return this.readDelimiter(ch);
      case "!":
        if (this.text[this.at + 1] !== "[") return false;
        return this.openBracket(2, true);
      case "[":
        return this.openBracket(1, false);
      case "]":
        return this.closeBracket();
      case "<":
        return this.readAngle();
      case "&":
        return this.readEntity();
      case ":":
        return this.readEmoji();
      case "h":
      case "H":
        return this.readAddress();
      default:
        return false;
    }
  }

  flush() {
    if (this.plain !== "") this.nodes.push({ t: "text", v: this.plain });
    this.plain = "";
  }

  /** @param {Inline | Delimiter} node */
  push(node) {
    this.flush();
    this.nodes.push(node);
  }

  readEscape() {
    const next = this.text[this.at + 1];
    if (next === "\n") {
      this.push({ t: "br" });
      this.at += 2;
      return true;
    }
    if (next === undefined || !ESCAPABLE.test(next)) return false;
    this.plain += next;
    this.at += 2;
    return true;
  }

  readCode() {
    const run = /** @type {string} */ (/^`+/.exec(this.text.slice(this.at, this.at + 64))?.[0]);
    if (!this.lonely.has(run.length)) {
      const from = this.at + run.length;
      const ticks = /`+/g;
      ticks.lastIndex = from;
      for (let match = ticks.exec(this.text); match; match = ticks.exec(this.text)) {
        if (match[0].length !== run.length) continue;
        let code = this.text.slice(from, match.index).replaceAll("\n", " ");
        if (code.startsWith(" ") && code.endsWith(" ") && code.trim() !== "") code = code.slice(1, -1);
        this.push({ t: "code", v: code });
        this.at = ticks.lastIndex;
        return true;
      }
      this.lonely.add(run.length);
    }
    this.plain += run;
    this.at += run.length;
    return true;
  }

  /** @param {string} ch */
  readDelimiter(ch) {
    let end = this.at;
    while (this.text[end] === ch) end += 1;
    const length = end - this.at;
    const before = this.at === 0 ? " " : characterBefore(this.text, this.at);
    const after = end >= this.text.length ? " " : String.fromCodePoint(/** @type {number} */ (this.text.codePointAt(end)));
    const left = !/\s/.test(after) && (!PUNCTUATION.test(after) || /\s/.test(before) || PUNCTUATION.test(before));
    const right = !/\s/.test(before) && (!PUNCTUATION.test(before) || /\s/.test(after) || PUNCTUATION.test(after));
    const word = ch === "_";
    const opens = word ? left && (!right || PUNCTUATION.test(before)) : left;
    const closes = word ? right && (!left || PUNCTUATION.test(after)) : right;
    this.at = end;
    if ((!opens && !closes) || (ch === "~" && length !== 2)) {
      this.plain += ch.repeat(length);
      return true;
    }
    this.push({ t: "delimiter", ch, n: length, length, opens, closes });
    return true;
  }

  /** @param {number} length @param {boolean} image */
  openBracket(length, image) {
    this.push({ t: "text", v: this.text.slice(this.at, this.at + length) });
    this.brackets.push({ index: this.nodes.length - 1, image });
    this.at += length;
    return true;
  }

  closeBracket() {
    const bracket = this.brackets.pop();
    if (!bracket) return false;
    const target = readTarget(this.text, this.at + 1);
    if (!target) return false;
    this.flush();
    const inner = paired(this.nodes.splice(bracket.index).slice(1));
    const href = safeLink(target.address);
    if (bracket.image) {
      this.nodes.push({ t: "image", href, alt: plainOf(inner) || "image" });
    } else if (href) {
      this.nodes.push({ t: "link", href, title: target.title, c: inner.length ? unlinked(inner) : [{ t: "text", v: href }] });
      this.brackets = []; // no link within a link
    } else {
      this.nodes.push(...inner, { t: "text", v: ` (${target.address})` });
    }
    this.at = target.end;
    return true;
  }

  readAngle() {
    const end = this.text.indexOf(">", this.at);
    if (end < 0 || end - this.at > 2000) return false;
    const inside = this.text.slice(this.at + 1, end);
    const special = this.dialect.angle?.(inside) ?? null;
    if (special) {
      this.push(special);
    } else if (/^(https?:\/\/|mailto:)[^\s<>]+$/i.test(inside) && safeLink(inside)) {
      this.push({ t: "link", href: /** @type {string} */ (safeLink(inside)), title: "", c: [{ t: "text", v: inside }] });
    } else if (/^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(inside)) {
      this.push({ t: "link", href: `mailto:${inside}`, title: "", c: [{ t: "text", v: inside }] });
    } else {
      return false;
    }
    this.at = end + 1;
    return true;
  }

  readEntity() {
    ENTITY.lastIndex = this.at;
    const match = ENTITY.exec(this.text);
    if (!match) return false;
    const code = match[1] ? Number.parseInt(match[1], 10) : match[2] ? Number.parseInt(match[2], 16) : -1;
    if (match[3]) this.plain += ENTITIES[match[3]];
    else this.plain += code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : "\uFFFD";
    this.at += match[0].length;
    return true;
  }

  readEmoji() {
    EMOJI.lastIndex = this.at;
    const match = EMOJI.exec(this.text);
    if (!match || emojiFor(match[1]) === null || /\w/.test(this.text[this.at - 1] ?? "")) return false;
    this.push({ t: "emoji", name: match[1] });
    this.at += match[0].length;
    return true;
  }

  readAddress() {
    if (/\w/.test(this.text[this.at - 1] ?? "")) return false;
    const address = bareAddress(this.text, this.at);
    const href = address && safeLink(address);
    if (!address || !href) return false;
    this.push({ t: "link", href, title: "", c: [{ t: "text", v: address }] });
    this.at += address.length;
    return true;
  }
}

/**
 * An address that stands in running text, without the punctuation that follows it.
 *
 * @param {string} text
 * @param {number} at
 * @returns {string | null}
 */
export function bareAddress(text, at) {
  BARE_ADDRESS.lastIndex = at;
  const match = BARE_ADDRESS.exec(text);
  if (!match) return null;
  let end = match[0].length;
  let unopened = count(match[0], ")") - count(match[0], "(");
  for (; end > 0; end -= 1) {
    const last = match[0][end - 1];
    if (last === ")" && unopened > 0) unopened -= 1;
    else if (!/[.,;:!?'"*_~`|\]}]/.test(last)) break;
  }
  const address = match[0].slice(0, end);
  return /^https?:\/\/.+/i.test(address) ? address : null;
}

/** @param {string} text @param {string} ch */
function count(text, ch) {
  return text.split(ch).length - 1;
}

/** The character before a position, whole. @param {string} text @param {number} at */
function characterBefore(text, at) {
  const low = text.charCodeAt(at - 1);
  return low >= 0xdc00 && low <= 0xdfff ? text.slice(Math.max(0, at - 2), at) : text[at - 1];
}

/**
 * Read `(address "title")`.
 *
 * @param {string} text
 * @param {number} at
 * @returns {{address: string, title: string, end: number} | null}
 */
function readTarget(text, at) {
  if (text[at] !== "(") return null;
  at += 1;
  while (/\s/.test(text[at] ?? "")) at += 1;
  let address = "";
  if (text[at] === "<") {
    const end = text.indexOf(">", at);
    if (end < 0) return null;
    address = text.slice(at + 1, end);
    at = end + 1;
  } else {
    let open = 0;
    for (; at < text.length; at += 1) {
      const ch = text[at];
      if (/\s/.test(ch)) break;
      if (ch === "\\" && ESCAPABLE.test(text[at + 1] ?? "")) {
        address += text[at + 1];
        at += 1;
        continue;
      }
      if (ch === "(") open += 1;
      if (ch === ")") {
        if (open === 0) break;
        open -= 1;
      }
      address += ch;
    }
  }
  const rest = /^\s*(?:"([^"]*)"|'([^']*)'|\(([^()]*)\))?\s*\)/.exec(text.slice(at, at + 600));
  if (!rest) return null;
  return { address, title: rest[1] ?? rest[2] ?? rest[3] ?? "", end: at + rest[0].length };
}

/**
 * Pair the delimiters up: CommonMark's rules for emphasis, in one pass with a stack of openers.
 *
 * @param {(Inline | Delimiter)[]} nodes
 * @returns {Inline[]}
 */
function paired(nodes) {
  /** @type {(Inline | Delimiter)[]} */
  const out = [];
  /** @type {number[]} */
  const openers = [];
  for (const node of nodes) {
    if (node.t !== "delimiter") {
      out.push(node);
      continue;
    }
    const closer = { ...node };
    while (closer.closes && closer.n > 0) {
      let k = openers.length - 1;
      while (k >= 0 && !fits(/** @type {Delimiter} */ (out[openers[k]]), closer)) k -= 1;
      if (k < 0) break;
      const opener = /** @type {Delimiter} */ (out[openers[k]]);
      const inner = settled(out.splice(openers[k] + 1));
      const used = opener.n >= 2 && closer.n >= 2 ? 2 : 1;
      opener.n -= used;
      closer.n -= used;
      if (opener.n === 0) out.pop();
      openers.length = opener.n === 0 ? k : k + 1;
      out.push({ t: closer.ch === "~" ? "del" : used === 2 ? "strong" : "em", c: inner });
    }
    if (closer.n > 0) {
      out.push(closer);
      if (closer.opens && openers.length < 200) openers.push(out.length - 1);
    }
  }
  return settled(out);
}

/** @param {Delimiter} opener @param {Delimiter} closer */
function fits(opener, closer) {
  if (opener.ch !== closer.ch) return false;
  if (opener.ch === "~") return true;
  if (!opener.closes && !closer.opens) return true;
  return (opener.length + closer.length) % 3 !== 0 || (opener.length % 3 === 0 && closer.length % 3 === 0);
}

/**
 * What was not paired is text; neighbouring texts are one.
 *
 * @param {(Inline | Delimiter)[]} nodes
 * @returns {Inline[]}
 */
function settled(nodes) {
  /** @type {Inline[]} */
  const out = [];
  for (const node of nodes) {
    /** @type {Inline} */
    const inline = node.t === "delimiter" ? { t: "text", v: node.ch.repeat(node.n) } : node;
    const last = out[out.length - 1];
    if (inline.t === "text" && last?.t === "text") out[out.length - 1] = { t: "text", v: last.v + inline.v };
    else out.push(inline);
  }
  return out;
}

/** @param {Inline[]} nodes @returns {Inline[]} */
function unlinked(nodes) {
  return nodes.flatMap((node) => (node.t === "link" ? node.c : [node]));
}

/** The text of nodes alone. @param {Inline[]} nodes @param {import("./prose.js").Names} [names] @returns {string} */
export function plainOf(nodes, names) {
  return nodes
    .map((node) => {
      if (node.t === "text" || node.t === "code") return node.v;
      if (node.t === "emoji") return emojiFor(node.name) ?? `:${node.name}:`;
      if (node.t === "br") return "\n";
      if (node.t === "image") return node.alt;
      if (node.t === "person") return `@${names?.person(node.id) ?? node.label}`;
      if (node.t === "channel") return `#${names?.channel(node.id) ?? node.label}`;
      if (node.t === "everyone") return `@${node.label}`;
      if (node.t === "time") return node.v;
      if (node.t === "command") return `/${node.name}`;
      if (node.t === "spoiler") return "(spoiler)";
      return "c" in node ? plainOf(node.c, names) : "";
    })
    .join("");
}
