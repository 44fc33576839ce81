/**
 * What a text is made of once it is read: the same nodes from Markdown, from a platform's own markup and from rich text,
 * so that there is one place that draws them (prose.js).
 *
 * @typedef {(
 *   | {t: "text", v: string}
 *   | {t: "code", v: string}
 *   | {t: "br"}
 *   | {t: "strong" | "em" | "del" | "u" | "spoiler", c: Inline[]}
 *   | {t: "time", at: number, v: string}
 *   | {t: "command", name: string}
 *   | {t: "link", href: string, title: string, c: Inline[]}
 *   | {t: "image", href: string | null, alt: string}
 *   | {t: "emoji", name: string}
 *   | {t: "person", id: string, label: string}
 *   | {t: "channel", id: string, label: string}
 *   | {t: "everyone", label: string}
 * )} Inline
 *
 * @typedef {(
 *   | {t: "p" | "small", c: Inline[]}
 *   | {t: "h", n: number, c: Inline[]}
 *   | {t: "code", lang: string, v: string, open: boolean}
 *   | {t: "quote", c: Block[]}
 *   | {t: "list", ordered: boolean, start: number, loose: boolean, items: {task: boolean | null, c: Block[]}[]}
 *   | {t: "table", align: ("left" | "centre" | "right")[], head: Inline[][], rows: Inline[][][]}
 *   | {t: "hr"}
 * )} Block
 */

export {};
