/** The end of a Markdown text that is still being written, shown as it will most likely turn out. */

/**
 * Close what the last line leaves open, so that stars and brackets do not flicker while text streams in.
 *
 * @param {string} text
 * @returns {string}
 */
export function settleTail(text) {
  if (isInFence(text)) return text;
  const start = text.lastIndexOf("\n") + 1;
  const line = text
    .slice(start)
    .replace(/!?\[([^\]]*)\]\([^)\s]*$/, "$1") // a link whose address is not whole yet
    .replace(/(?<=^|\s)!?\[$/, "");
  const marks = /[*_~`]+$/.exec(line)?.[0] ?? "";
  const settled = line.slice(0, line.length - marks.length);
  if (settled.trim() === "") return text;
  return text.slice(0, start) + settled + closers(settled);
}

/** @param {string} text */
function isInFence(text) {
  let fence = "";
  for (const line of text.split("\n")) {
    const match = /^ {0,3}(`{3,}|~{3,})/.exec(line);
    if (!match) continue;
    if (fence === "") fence = match[1];
    else if (match[1].startsWith(fence) && line.trim() === match[1]) fence = "";
  }
  return fence !== "";
}

/** What must follow a line to end the marks that it opens. @param {string} line */
function closers(line) {
  const bare = line.replace(/(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, (code) => "x".repeat(code.length));
  const tick = bare.indexOf("`");
  const scanned = tick < 0 ? bare : bare.slice(0, tick);
  /** @type {string[]} */
  const open = [];
  for (const match of scanned.matchAll(/\*\*|__|~~|\*|_/g)) {
    const before = scanned[match.index - 1] ?? " ";
    const after = scanned[match.index + match[0].length] ?? (tick < 0 ? " " : "x");
    if (open.at(-1) === match[0] && !/\s/.test(before)) open.pop();
    else if (/[\s\p{P}]/u.test(before) && !/\s/.test(after) && !open.includes(match[0])) open.push(match[0]);
  }
  const ticks = tick < 0 ? "" : (/^`+/.exec(bare.slice(tick))?.[0] ?? "");
  return ticks + open.reverse().join("");
}
