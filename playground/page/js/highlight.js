/**
 * Tells the parts of source code apart, line by line, so that they can be coloured. Pure: text in, tokens out.
 *
 * It knows words and brackets, not grammars: enough to colour what people and models post.
 *
 * @typedef {"comment" | "string" | "keyword" | "number" | "title" | "builtin" | "property" | "meta" | "tag" | "inserted" | "deleted"} Kind
 * @typedef {{kind: Kind | null, v: string}} Token
 *
 * @typedef {object} Language
 * @property {[string, string, "comment" | "string"][]} spans what may go on over lines: how it opens, how it closes, what it is
 * @property {[Kind, RegExp][]} rules in order; each is sticky
 * @property {Set<string>} keywords
 * @property {Set<string>} builtins
 * @property {boolean} [anyCase] whether keywords are known in capitals too
 */

const NUMBER = /(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|\d[\d_]*(?:\.[\d_]+)?(?:[eE][+-]?\d+)?)\w*/y;
const DOUBLE = /"(?:\\.|[^"\\])*(?:"|$)/y;
const SINGLE = /'(?:\\.|[^'\\])*(?:'|$)/y;
const CALL = /[A-Za-z_$][\w$]*(?=\s*\()/y;
const PLAIN_WORD = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const HASH = /#.*/y;
const SLASHES = /\/\/.*/y;

/** @param {string} words */
const set = (words) => new Set(words.split(" "));

/** @param {string} keywords @param {string} builtins @param {Partial<Language>} [more] @returns {Language} */
const cLike = (keywords, builtins, more = {}) => ({
  spans: [["/*", "*/", "comment"]],
  rules: [["comment", SLASHES], ["string", DOUBLE], ["string", SINGLE], ["number", NUMBER], ["meta", /@\w+/y], ["title", CALL]],
  keywords: set(keywords),
  builtins: set(builtins),
  ...more,
});

const C_WORDS =
  "auto break case char const continue default do double else enum extern float for goto if inline int long register return short signed sizeof static struct switch typedef union unsigned void volatile while";

/** @type {Record<string, Language>} */
const LANGUAGES = {
  python: {
    spans: [['"""', '"""', "string"], ["'''", "'''", "string"]],
    rules: [["comment", HASH], ["string", /[rbfuRBFU]{0,2}"(?:\\.|[^"\\])*(?:"|$)/y], ["string", /[rbfuRBFU]{0,2}'(?:\\.|[^'\\])*(?:'|$)/y], ["number", NUMBER], ["meta", /@[\w.]+/y], ["title", /(?<=\b(?:def|class)\s+)\w+/y]],
    keywords: set("and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield"),
    builtins: set("True False None self cls print len range int str float bool list dict set tuple bytes open enumerate zip map filter sorted sum min max abs any all isinstance super type Exception ValueError TypeError KeyError"),
  },
  javascript: cLike(
    "async await break case catch class const continue debugger default delete do else export extends finally for from function if import in instanceof let new of return static super switch this throw try typeof var void while with yield interface type enum implements namespace private protected public readonly declare abstract as satisfies keyof",
    "true false null undefined NaN Infinity console document window Math JSON Object Array String Number Boolean Promise Map Set Date RegExp Error string number boolean any unknown never void",
    { spans: [["/*", "*/", "comment"], ["`", "`", "string"]] },
  ),
  c: cLike(
    `${C_WORDS} alignas bool catch class constexpr delete explicit final friend mutable namespace new noexcept operator override private protected public template this throw try typename using virtual nullptr`,
    "true false NULL std string vector map printf malloc free size_t uint8_t uint32_t uint64_t int32_t int64_t cout endl",
    { rules: [["meta", /^\s*#.*/y], ["comment", SLASHES], ["string", DOUBLE], ["string", SINGLE], ["number", NUMBER], ["title", CALL]] },
  ),
  java: cLike(
    "abstract as assert break case catch class const continue data def default do else enum extends final finally for fun func guard if implements import in init instanceof interface internal is let lazy namespace native new object open operator out override package private protected public record return sealed static struct super switch synchronized this throw throws trait try typealias using val var void virtual volatile when where while yield",
    "true false null nil int long short byte char float double boolean string String Integer List Map Set Int Double Boolean Any Unit Object System var async await",
  ),
  go: cLike(
    "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var",
    "true false nil iota append cap close copy delete len make new panic print println recover error string int int64 uint64 float64 bool byte rune any",
    { spans: [["/*", "*/", "comment"], ["`", "`", "string"]] },
  ),
  rust: cLike(
    "as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait type unsafe use where while",
    "true false Some None Ok Err String Vec Option Result Box i32 i64 u8 u32 u64 usize f64 bool str char",
    { rules: [["comment", SLASHES], ["meta", /#!?\[[^\]]*\]?/y], ["string", DOUBLE], ["string", /'(?:\\.|[^'\\])'/y], ["number", NUMBER], ["builtin", /\w+!/y], ["title", CALL]] },
  ),
  shell: {
    spans: [],
    rules: [["comment", /(?<=^|\s)#.*/y], ["string", DOUBLE], ["string", SINGLE], ["meta", /\$(?:\{[^}]*\}?|\w+|[@*#?$!-])/y], ["property", /(?<=^|\s)--?[\w-]+/y], ["number", /(?<=^|\s)\d+(?=\s|$)/y]],
    keywords: set("if then else elif fi for in do done while until case esac function return exit local export set source select"),
    builtins: set("echo cd ls cat grep sed awk curl git make pip npm python node docker sudo mkdir rm cp mv test read eval trap printf"),
  },
  sql: {
    spans: [["/*", "*/", "comment"]],
    rules: [["comment", /--.*/y], ["string", SINGLE], ["string", DOUBLE], ["number", NUMBER], ["title", CALL]],
    keywords: set("add all alter and as asc begin between by case check column commit constraint create cross database default delete desc distinct drop else end except exists explain foreign from full group having if in index inner insert intersect into is join key left like limit not null offset on or order outer over partition primary references returning right rollback select set table then union unique update using values view when where with"),
    builtins: set("integer int text varchar boolean timestamp date numeric serial bigint json jsonb true false"),
    anyCase: true,
  },
  json: {
    spans: [["/*", "*/", "comment"]],
    rules: [["property", /"(?:\\.|[^"\\])*"(?=\s*:)/y], ["string", DOUBLE], ["comment", SLASHES], ["number", /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y]],
    keywords: set("true false null"),
    builtins: new Set(),
  },
  yaml: {
    spans: [['"""', '"""', "string"]],
    rules: [["comment", /(?<=^|\s)[#;].*/y], ["tag", /^\s*\[{1,2}[^\]]*\]{1,2}/y], ["property", /(?<=^\s*(?:-\s+)?)[\w.$/-]+(?=\s*(?::(?:\s|$)|=))/y], ["string", DOUBLE], ["string", SINGLE], ["number", /(?<=[\s,[:=])-?\d+(?:\.\d+)?(?=[\s,\]]|$)/y], ["meta", /[&*!][\w-]+/y]],
    keywords: set("true false null yes no on off"),
    builtins: new Set(),
  },
  html: {
    spans: [["<!--", "-->", "comment"]],
    rules: [["meta", /<[!?][^>]*>?/y], ["tag", /<\/?[\w:-]+|\/?>/y], ["property", /(?<=\s)[\w:@.-]+(?==)/y], ["string", DOUBLE], ["string", SINGLE], ["number", /&#?\w+;/y]],
    keywords: new Set(),
    builtins: new Set(),
  },
  css: {
    spans: [["/*", "*/", "comment"]],
    rules: [["comment", SLASHES], ["string", DOUBLE], ["string", SINGLE], ["meta", /@[\w-]+/y], ["property", /(?<=(?:^|[{;])\s*)--?[\w-]+(?=\s*:)|(?<=(?:^|[{;])\s*)[a-z-]+(?=\s*:(?!:))/y], ["number", /#[\da-fA-F]{3,8}\b|-?\d*\.?\d+(?:%|[a-z]+)?/y], ["tag", /[.#][A-Za-z][\w-]*/y], ["title", /[\w-]+(?=\()/y]],
    keywords: set("important"),
    builtins: set("inherit initial unset none auto"),
  },
  ruby: {
    spans: [],
    rules: [["comment", HASH], ["string", DOUBLE], ["string", SINGLE], ["number", NUMBER], ["meta", /[:@$]{1,2}[A-Za-z_]\w*/y], ["title", /(?<=\b(?:def|class|module|function)\s+)[\w.?!]+/y]],
    keywords: set("alias and begin break case class def defined do else elsif end ensure extend for function if in include local module next not or redo repeat require rescue retry return self super then undef unless until when while yield"),
    builtins: set("true false nil puts print raise lambda proc attr_accessor"),
  },
};

/** @type {Record<string, string>} */
const ALIASES = {
  py: "python", python3: "python", js: "javascript", jsx: "javascript", mjs: "javascript", ts: "javascript", tsx: "javascript", typescript: "javascript",
  "c++": "c", cpp: "c", h: "c", hpp: "c", objc: "c", cs: "java", csharp: "java", "c#": "java", kotlin: "java", kt: "java", swift: "java", scala: "java", dart: "java", php: "java", groovy: "java",
  golang: "go", rs: "rust", sh: "shell", bash: "shell", zsh: "shell", console: "shell", fish: "shell", dockerfile: "shell", makefile: "shell", powershell: "shell", ps1: "shell",
  postgresql: "sql", sqlite: "sql", mysql: "sql", jsonc: "json", json5: "json", jsonl: "json", yml: "yaml", toml: "yaml", ini: "yaml", conf: "yaml", env: "yaml", properties: "yaml",
  xml: "html", svg: "html", vue: "html", htm: "html", scss: "css", less: "css", rb: "ruby", lua: "ruby", elixir: "ruby", patch: "diff",
};

/**
 * The name under which a language's rules are known, or null for one that is not.
 *
 * @param {string} name as it stands after a fence, or a file's ending
 */
export function languageOf(name) {
  const lower = name.toLowerCase();
  const known = ALIASES[lower] ?? lower;
  return known === "diff" || Object.hasOwn(LANGUAGES, known) ? known : null;
}

/**
 * @param {string | null} language from `languageOf`
 * @param {string} line without its line break
 * @param {string} within what the line before left open: how that opens, or "" for nothing
 * @returns {{tokens: Token[], within: string}} the tokens, and what the line leaves open
 */
export function readLine(language, line, within) {
  if (language === null) return { tokens: line === "" ? [] : [{ kind: null, v: line }], within: "" };
  if (language === "diff") return { tokens: line === "" ? [] : [{ kind: diffKind(line), v: line }], within: "" };
  return new LineReader(LANGUAGES[language], line).read(within);
}

/** @param {string} line @returns {Kind | null} */
function diffKind(line) {
  if (/^(?:@@|diff |index |\+\+\+|---)/.test(line)) return "meta";
  return line.startsWith("+") ? "inserted" : line.startsWith("-") ? "deleted" : null;
}

class LineReader {
  /** @param {Language} language @param {string} line */
  constructor(language, line) {
    this.language = language;
    this.line = line;
    this.at = 0;
    /** @type {Token[]} */
    this.tokens = [];
  }

  /** @param {string} within */
  read(within) {
    const { line, language } = this;
    const going = language.spans.find(([open]) => open === within);
    if (going && !this.readSpan(going, 0)) return { tokens: this.tokens, within };
    while (this.at < line.length) {
      const span = language.spans.find(([open]) => line.startsWith(open, this.at));
      if (span) {
        if (!this.readSpan(span, span[0].length)) return { tokens: this.tokens, within: span[0] };
      } else if (!this.readRule() && !this.readWord()) {
        this.push(null, line[this.at]);
      }
    }
    return { tokens: this.tokens, within: "" };
  }

  /**
   * @param {[string, string, "comment" | "string"]} span
   * @param {number} opening how long what opens it is
   * @returns {boolean} whether it closes on this line
   */
  readSpan([, close, kind], opening) {
    let end = this.line.indexOf(close, this.at + opening);
    while (kind === "string" && end > 0 && this.line[end - 1] === "\\") end = this.line.indexOf(close, end + 1);
    this.push(kind, this.line.slice(this.at, end < 0 ? undefined : end + close.length));
    return end >= 0;
  }

  readRule() {
    for (const [kind, pattern] of this.language.rules) {
      pattern.lastIndex = this.at;
      const match = pattern.exec(this.line);
      if (!match || match[0] === "") continue;
      if (kind === "number" && /[\p{L}_$]/u.test(this.line[this.at - 1] ?? "")) continue;
      this.push(kind === "title" && this.isKeyword(match[0]) ? "keyword" : kind, match[0]);
      return true;
    }
    return false;
  }

  readWord() {
    PLAIN_WORD.lastIndex = this.at;
    const word = PLAIN_WORD.exec(this.line)?.[0];
    if (word === undefined) return false;
    this.push(this.isKeyword(word) ? "keyword" : this.language.builtins.has(word) ? "builtin" : null, word);
    return true;
  }

  /** @param {string} word */
  isKeyword(word) {
    return this.language.keywords.has(this.language.anyCase ? word.toLowerCase() : word);
  }

  /** @param {Kind | null} kind @param {string} v */
  push(kind, v) {
    const last = this.tokens.at(-1);
    if (last && last.kind === kind) last.v += v;
    else this.tokens.push({ kind, v });
    this.at += v.length;
  }
}
