/** Reads Slack's own markup (mrkdwn) and rich text into nodes. */

import { emojiFor } from "../emoji.js";
import { safeLink } from "../link.js";
import { bareAddress } from "../markdown_inline.js";

/** @typedef {import("../nodes.js").Block} Block */
/** @typedef {import("../nodes.js").Inline} Inline */

const MARKS = /** @type {const} */ ({ "*": "strong", _: "em", "~": "del" });

/**
 * Read mrkdwn.
 *
 * @param {string} text as the API carries it: `&amp;`, `&lt;` and `&gt;` escaped, `<…>` for links and mentions
 * @returns {Block[]}
 */
export function parseMrkdwn(text) {
  /** @type {Block[]} */
  const blocks = [];
  const parts = text.replace(/\r\n?/g, "\n").split("```");
  parts.forEach((part, index) => {
    const isCode = index % 2 === 1 && index < parts.length - 1;
    if (isCode) {
      if (part.trim() !== "") blocks.push({ t: "code", lang: "", v: unescape(flatten(part.replace(/^\n|\n$/g, ""))), open: false });
      return;
    }
    const dangling = index % 2 === 1 ? "```" : "";
    blocks.push(...readLines((dangling + part).split("\n")));
  });
  return blocks;
}

/**
 * Read what stands between `<` and `>`: a mention, a channel, a date or a link.
 *
 * @param {string} inside
 * @returns {Inline | null}
 */
export function parseAngle(inside) {
  const [target, ...rest] = inside.split("|");
  const label = unescape(rest.join("|"));
  let match = /^@([UWB][A-Z0-9]+)$/.exec(target);
  if (match) return { t: "person", id: match[1], label };
  match = /^#([CGD][A-Z0-9]+)$/.exec(target);
  if (match) return { t: "channel", id: match[1], label };
  match = /^!(here|channel|everyone)$/.exec(target);
  if (match) return { t: "everyone", label: match[1] };
  match = /^!subteam\^[A-Z0-9]+$/.exec(target);
  if (match) return { t: "everyone", label: label.replace(/^@/, "") || "group" };
  match = /^!date\^(\d+)\^([^^|]*)(?:\^[^|]*)?$/.exec(target);
  if (match) return { t: "text", v: label || new Date(Number(match[1]) * 1000).toLocaleString() };
  const href = safeLink(unescape(target));
  if (href) return { t: "link", href, title: "", c: [{ t: "text", v: label || unescape(target).replace(/^mailto:/, "") }] };
  return null;
}

/**
 * What is Slack's own in standard Markdown: mentions. Addresses are Markdown's.
 *
 * @type {import("../markdown.js").Dialect}
 */
export const DIALECT = { angle: (inside) => (/^[@#!]/.test(inside) ? parseAngle(inside) : null) };

/**
 * Read a rich_text block.
 *
 * @param {any} block
 * @returns {Block[]}
 */
export function parseRichText(block) {
  /** @type {Block[]} */
  const out = [];
  for (const element of asList(block.elements)) {
    if (element.type === "rich_text_section") {
      out.push({ t: "p", c: richInline(element.elements) });
    } else if (element.type === "rich_text_quote") {
      out.push({ t: "quote", c: [{ t: "p", c: richInline(element.elements) }] });
    } else if (element.type === "rich_text_preformatted") {
      const code = asList(element.elements).map((inner) => String(inner.text ?? inner.url ?? "")).join("");
      out.push({ t: "code", lang: String(element.language ?? ""), v: code, open: false });
    } else if (element.type === "rich_text_list") {
      addList(out, element);
    }
  }
  return out;
}

/**
 * What a person would have typed for this text: mentions as `@name`, links as addresses.
 *
 * @param {string} text
 * @param {import("../prose.js").Names} names
 */
export function asTyped(text, names) {
  const open = text.replace(/<([^<>\n]+)>/g, (whole, inside) => {
    const node = parseAngle(inside);
    if (node === null) return whole;
    if (node.t === "person") return `@${names.person(node.id) ?? node.id}`;
    if (node.t === "channel") return `#${names.channel(node.id) ?? node.label}`;
    if (node.t === "everyone") return `@${node.label}`;
    if (node.t === "link") return node.href.replace(/^mailto:/, "");
    return node.t === "text" ? node.v : whole;
  });
  return unescape(open);
}

/**
 * @param {Block[]} out
 * @param {any} element
 */
function addList(out, element) {
  const items = asList(element.elements).map((item) => {
    /** @type {Block[]} */
    const inside = [{ t: "p", c: richInline(item.elements) }];
    return { task: null, c: inside };
  });
  /** @type {Block} */
  const list = { t: "list", ordered: element.style === "ordered", start: 1 + Number(element.offset ?? 0), loose: false, items };
  let into = out;
  for (let level = Number(element.indent ?? 0); level > 0; level -= 1) {
    const last = into[into.length - 1];
    if (last?.t !== "list" || last.items.length === 0) break;
    into = last.items[last.items.length - 1].c;
  }
  into.push(list);
}

/**
 * @param {any} elements
 * @returns {Inline[]}
 */
function richInline(elements) {
  return asList(elements).flatMap((element) => {
    /** @type {Inline[]} */
    let nodes = [];
    const style = element.style ?? {};
    if (element.type === "text") nodes = broken(String(element.text ?? ""), Boolean(style.code));
    else if (element.type === "link") {
      const href = safeLink(String(element.url ?? ""));
      const label = String(element.text ?? element.url ?? "");
      nodes = href ? [{ t: "link", href, title: "", c: [{ t: "text", v: label }] }] : [{ t: "text", v: label }];
    } else if (element.type === "user") nodes = [{ t: "person", id: String(element.user_id ?? ""), label: "" }];
    else if (element.type === "channel") nodes = [{ t: "channel", id: String(element.channel_id ?? ""), label: "" }];
    else if (element.type === "usergroup") nodes = [{ t: "everyone", label: "group" }];
    else if (element.type === "broadcast") nodes = [{ t: "everyone", label: String(element.range ?? "here") }];
    else if (element.type === "emoji") nodes = [{ t: "emoji", name: String(element.name ?? "") }];
    else if (element.type === "date") nodes = [{ t: "text", v: String(element.fallback ?? new Date(Number(element.timestamp) * 1000).toLocaleString()) }];
    else if (element.type === "color") nodes = [{ t: "code", v: String(element.value ?? "") }];
    if (style.bold) nodes = [{ t: "strong", c: nodes }];
    if (style.italic) nodes = [{ t: "em", c: nodes }];
    if (style.strike) nodes = [{ t: "del", c: nodes }];
    return nodes;
  });
}

/** @param {string} text @param {boolean} code @returns {Inline[]} */
function broken(text, code) {
  if (code) return [{ t: "code", v: text }];
  return text.split("\n").flatMap((line, index) => {
    /** @type {Inline[]} */
    const nodes = index === 0 ? [] : [{ t: "br" }];
    if (line !== "") nodes.push({ t: "text", v: line });
    return nodes;
  });
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
  let quoting = false;
  const close = () => {
    while (run.length > 0 && run[run.length - 1].trim() === "") run.pop();
    if (run.length > 0) {
      /** @type {Block} */
      const paragraph = { t: "p", c: run.flatMap((line, index) => (index === 0 ? inline(line) : [/** @type {Inline} */ ({ t: "br" }), ...inline(line)])) };
      blocks.push(quoting ? { t: "quote", c: [paragraph] } : paragraph);
    }
    run = [];
  };
  for (const line of lines) {
    const quote = /^(?:&gt;|>) ?/.exec(line);
    if (Boolean(quote) !== quoting || line.trim() === "") close();
    quoting = Boolean(quote);
    if (line.trim() !== "") run.push(quote ? line.slice(quote[0].length) : line);
  }
  close();
  return blocks;
}

/**
 * @param {string} text one line
 * @returns {Inline[]}
 */
function inline(text, depth = 0) {
  /** @type {Inline[]} */
  const nodes = [];
  let plain = "";
  const push = (/** @type {Inline} */ node) => {
    if (plain !== "") nodes.push({ t: "text", v: unescape(plain) });
    plain = "";
    nodes.push(node);
  };
  let at = 0;
  while (at < text.length) {
    const ch = text[at];
    if (ch === "<") {
      const end = text.indexOf(">", at);
      const node = end > 0 ? parseAngle(text.slice(at + 1, end)) : null;
      if (node) {
        push(node);
        at = end + 1;
        continue;
      }
    } else if (ch === "`") {
      const end = text.indexOf("`", at + 1);
      if (end > at + 1) {
        push({ t: "code", v: unescape(flatten(text.slice(at + 1, end))) });
        at = end + 1;
        continue;
      }
    } else if (ch === "*" || ch === "_" || ch === "~") {
      const end = depth < 4 ? closing(text, at, ch) : -1;
      if (end > 0) {
        push({ t: MARKS[ch], c: inline(text.slice(at + 1, end), depth + 1) });
        at = end + 1;
        continue;
      }
    } else if (ch === ":") {
      const match = /^:([a-z0-9_+-]{1,40}):/.exec(text.slice(at, at + 44));
      if (match && emojiFor(match[1]) !== null) {
        push({ t: "emoji", name: match[1] });
        at += match[0].length;
        continue;
      }
    } else if ((ch === "h" || ch === "H") && !/\w/.test(text[at - 1] ?? "")) {
      const address = bareAddress(text, at);
      const href = address && safeLink(unescape(address));
      if (address && href) {
        push({ t: "link", href, title: "", c: [{ t: "text", v: unescape(address) }] });
        at += address.length;
        continue;
      }
    }
    plain += ch;
    at += 1;
  }
  if (plain !== "") nodes.push({ t: "text", v: unescape(plain) });
  return nodes;
}

/**
 * Where a mark opened at `at` ends, or -1: it hugs its text and stands at the edges of words.
 *
 * @param {string} text
 * @param {number} at
 * @param {string} mark
 */
function closing(text, at, mark) {
  if (/[\p{L}\p{N}]/u.test(text[at - 1] ?? "") || /\s/.test(text[at + 1] ?? " ") || text[at + 1] === mark || text[at - 1] === mark) return -1;
  for (let end = text.indexOf(mark, at + 2); end > 0; end = text.indexOf(mark, end + 1)) {
    if (!/\s/.test(text[end - 1]) && text[end + 1] !== mark && !/[\p{L}\p{N}]/u.test(text[end + 1] ?? "")) return end;
  }
  return -1;
}

/** Links inside code lose their brackets. @param {string} text */
function flatten(text) {
  return text.replace(/<(https?:[^|>]+|mailto:[^|>]+)(?:\|([^>]+))?>/g, (_, address, label) => label ?? address);
}

/** @param {string} text */
function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** @param {any} value @returns {any[]} */
function asList(value) {
  return Array.isArray(value) ? value : [];
}
