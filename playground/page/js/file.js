/** What a file of a message is, whatever the platform, and the card that stands for it. */

import { h } from "./element.js";
import { icon } from "./icon.js";
import { safeLink, safeSource } from "./link.js";

/**
 * @typedef {object} Attached
 * @property {string} id
 * @property {string} name
 * @property {string} type its media type
 * @property {number | null} size in bytes
 * @property {string | null} source where it is, on this server
 * @property {string | null} elsewhere its address, where it is not on this server
 * @property {"picture" | "text" | "sound" | "film" | "other" | "gone"} kind
 * @property {string} words what it is, for people: "PDF", "Python"
 * @property {string} ending of its name, without the dot, in small letters
 * @property {string | null} alt what a picture shows
 * @property {{width: number, height: number} | null} pixels
 * @property {boolean} isHidden until one asks for it
 * @property {{text: string, lines: number} | null} preview the first lines of a text, and how many it has
 */

/** A longer text is not read for its first lines. */
const LONGEST_READ = 1_000_000;
const PICTURE = /^image\/(?:png|jpeg|gif|webp|avif|bmp)$/;
const TEXT = /^(?:text\/|application\/(?:json|xml|javascript|x-javascript|yaml|x-yaml|toml|x-sh|sql|x-httpd-php|x-ndjson)\b|[\w.+-]+\/[\w.-]+\+(?:json|xml|yaml)\b)/;
const TEXT_ENDINGS = new Set("txt log md py js mjs ts tsx jsx json jsonl yaml yml toml ini cfg env sh bash sql c h cpp hpp cs go rs rb php java kt swift css html xml csv tsv diff patch tex".split(" "));

/** @type {Record<string, string>} what a file is, by the ending of its name */
const WORDS = {
  bash: "Shell", c: "C", cpp: "C++", cs: "C#", css: "CSS", csv: "CSV", diff: "Diff", doc: "Word", docx: "Word document", gif: "GIF", go: "Go", gz: "Gzip", html: "HTML", java: "Java", jpeg: "JPEG",
  jpg: "JPEG", js: "JavaScript", json: "JSON", kt: "Kotlin", log: "Plain text", md: "Markdown", mp3: "MP3", mp4: "MP4", odt: "OpenDocument text", ods: "OpenDocument spreadsheet", pdf: "PDF", png: "PNG",
  ppt: "PowerPoint", pptx: "PowerPoint presentation", py: "Python", rb: "Ruby", rs: "Rust", sh: "Shell", sql: "SQL", svg: "SVG", tar: "Tar", toml: "TOML", ts: "TypeScript", txt: "Plain text", wav: "WAV",
  webp: "WebP", xls: "Excel", xlsx: "Excel spreadsheet", xml: "XML", yaml: "YAML", yml: "YAML", zip: "Zip",
};

/** @type {Record<string, string>} endings by what they look like */
const LOOKS = {
  pdf: "pdf", doc: "document", docx: "document", odt: "document", rtf: "document", xls: "sheet", xlsx: "sheet", ods: "sheet", csv: "sheet", tsv: "sheet", ppt: "slides", pptx: "slides", odp: "slides",
  zip: "archive", gz: "archive", tar: "archive", tgz: "archive", "7z": "archive", rar: "archive",
};

/**
 * @param {any} file as a platform's message has it
 * @returns {Attached}
 */
export function attached(file) {
  const name = String(file.title || file.name || "file");
  const type = String(file.mimetype ?? file.content_type ?? "").split(";")[0].trim().toLowerCase();
  const ending = endingOf(String(file.name ?? name));
  const source = safeSource(file.url ?? file.url_private);
  const size = typeof file.size === "number" ? file.size : null;
  const width = Number(file.width ?? file.original_w);
  const height = Number(file.height ?? file.original_h);
  return {
    id: String(file.id ?? name),
    name,
    type,
    size,
    source,
    elsewhere: source === null && file.mode === "external" ? safeLink(String(file.url ?? "")) : null,
    kind: kindOf(file, type, ending, size, source !== null),
    words: file.pretty_type ?? WORDS[ending] ?? (type.includes("svg") ? "SVG" : ending ? ending.toUpperCase() : "File"),
    ending,
    alt: file.alt_txt ?? file.description ?? null,
    pixels: width > 0 && height > 0 ? { width, height } : null,
    isHidden: (Number(file.flags ?? 0) & 8) !== 0 || String(file.filename ?? "").startsWith("SPOILER_"),
    preview: typeof file.preview === "string" ? { text: file.preview, lines: Number(file.lines ?? 0) || file.preview.split("\n").length } : null,
  };
}

/** @param {any} file @param {string} type @param {string} ending @param {number | null} size @param {boolean} isHere @returns {Attached["kind"]} */
function kindOf(file, type, ending, size, isHere) {
  if (file.mode === "tombstone" || file.mode === "hidden_by_limit") return "gone";
  if (!isHere) return "other";
  if (PICTURE.test(type)) return "picture";
  if (type.startsWith("audio/")) return "sound";
  if (type.startsWith("video/")) return "film";
  const isText = file.mode === "snippet" || TEXT.test(type) || TEXT_ENDINGS.has(ending);
  return isText && !type.includes("svg") && (size ?? 0) <= LONGEST_READ ? "text" : "other";
}

/** @param {{type: string}} file one that a person chose */
export function isPicture(file) {
  return PICTURE.test(file.type);
}

/** @param {string} name */
export function endingOf(name) {
  return /\.([A-Za-z0-9]{1,8})$/.exec(name)?.[1].toLowerCase() ?? "";
}

/** @param {number} bytes */
export function sizeOf(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** @param {Attached} file */
export function aboutFile({ words, size }) {
  return size === null ? words : `${words} · ${sizeOf(size)}`;
}

/** @param {string} ending @returns {HTMLElement} a sheet of paper with the ending of the file's name */
export function badge(ending) {
  return h("span", { class: "badge", "data-looks": LOOKS[ending] ?? "file", "data-ending": ending.slice(0, 4), "aria-hidden": "true" }, icon("file"));
}

/** A card that stands for a file that is not shown itself. @param {Attached} file @returns {HTMLElement} */
export function drawCard(file) {
  const inside = [badge(file.ending), h("span", { class: "what" }, h("strong", {}, file.name), h("span", {}, aboutFile(file)))];
  if (file.elsewhere) return h("a", { class: "file", href: file.elsewhere, target: "_blank", rel: "noopener noreferrer", "data-testid": "file" }, inside);
  if (!file.source) return h("div", { class: "file", "data-testid": "file" }, inside);
  return h("a", { class: "file", href: file.source, download: file.name, "data-testid": "file" }, inside, h("span", { class: "save", title: "Download" }, icon("download")));
}

/** @param {any} file that is not there any more */
export function drawGone(file) {
  const words = file.mode === "hidden_by_limit" ? "This file is hidden: it is older than the plan shows." : "This file was deleted.";
  return h("div", { class: "file gone", "data-testid": "file" }, icon("trash"), words);
}

/** A link that saves a file. @param {Attached} file */
export function saveLink(file) {
  const words = `Download ${file.name}`;
  return h("a", { class: "tool", href: file.source, download: file.name, "aria-label": words, title: words }, icon("download"));
}
