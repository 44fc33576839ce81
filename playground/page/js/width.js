/** Characters that take two cells in a text of fixed width: East Asian wide ones, and emoji. */

/** Emoji with all that joins them into one picture, then the wide scripts and forms. */
const WIDE =
  /(?:[\p{Emoji_Presentation}\p{Regional_Indicator}]|\p{Extended_Pictographic}\uFE0F)(?:\uFE0F|\p{Emoji_Modifier}|\u200D\p{Extended_Pictographic}\uFE0F?|\p{Regional_Indicator})*|[\u1100-\u115F\u2329\u232A\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{17000}-\u{18CFF}\u{1B000}-\u{1B2FF}\u{20000}-\u{3FFFD}]/gu;

/**
 * Cut a text into what is as wide as it has characters, and single characters of two cells.
 *
 * @param {string} text
 * @returns {{v: string, isWide: boolean}[]}
 */
export function cutByWidth(text) {
  const pieces = [];
  let from = 0;
  for (const match of text.matchAll(WIDE)) {
    if (match.index > from) pieces.push({ v: text.slice(from, match.index), isWide: false });
    pieces.push({ v: match[0], isWide: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push({ v: text.slice(from), isWide: false });
  return pieces;
}
