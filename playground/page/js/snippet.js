/** A text file in a message: its first lines, and all of it when asked for. */

import { CodeText, copyButton } from "./code.js";
import { aboutFile, saveLink } from "./file.js";
import { fill, h } from "./element.js";
import { icon } from "./icon.js";

/** More is for an editor. */
const MOST_LINES = 2000;
const LONGEST = 200_000;

export class Snippet {
  /**
   * @param {import("./file.js").Attached} file
   * @param {{bar: "above" | "below", lines: number}} look where its name stands, and how many lines are shown at first
   */
  constructor(file, { bar, lines }) {
    this.file = file;
    this.most = lines;
    /** @type {string | null} all of it, once it was read */
    this.whole = null;
    this.isOpen = false;
    this.code = new CodeText(file.ending);
    this.numbers = h("pre", { class: "numbers", "aria-hidden": "true" });
    this.shown = h("div", { class: "snippet-text" }, this.numbers, h("pre", { tabindex: "0", "aria-label": `Text of ${file.name}` }, this.code.element));
    this.trouble = h("p", { class: "trouble", role: "alert", hidden: true });
    this.more = h("button", { class: "more", type: "button", "aria-expanded": "false", hidden: true, on: { click: () => void this.turn() } });
    const copy = copyButton(() => this.code.element);
    copy.setAttribute("aria-label", `Copy ${file.name}`);
    const head = h(
      "div",
      { class: "snippet-bar" },
      icon("code"),
      h("span", { class: "what" }, h("strong", {}, file.name), h("span", {}, aboutFile(file))),
      h("span", { class: "tools" }, copy, saveLink(file)),
    );
    const inside = [this.shown, this.trouble, this.more];
    this.element = h("section", { class: "snippet", "aria-label": `Text file ${file.name}`, "data-testid": "file", "data-file": file.id }, bar === "above" ? [head, ...inside] : [...inside, head]);
    if (file.preview) this.draw();
    else void this.read();
  }

  /** Fetch the text, once. @returns {Promise<boolean>} whether it is there */
  async read() {
    if (this.whole !== null) return true;
    try {
      const response = await fetch(/** @type {string} */ (this.file.source));
      if (!response.ok) throw new TypeError(`${response.status}`);
      const text = (await response.text()).replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
      this.whole = text.endsWith("\n") ? text.slice(0, -1) : text;
      this.trouble.hidden = true;
    } catch (error) {
      // What fetch and a broken body throw; all else is ours.
      if (!(error instanceof TypeError)) throw error;
      this.trouble.hidden = false;
      this.trouble.textContent = "This file could not be read. Try to download it.";
    }
    this.draw();
    return this.whole !== null;
  }

  async turn() {
    if (!this.isOpen && !(await this.read())) return;
    this.isOpen = !this.isOpen;
    this.draw();
  }

  draw() {
    const { file, whole, isOpen } = this;
    const known = (whole ?? file.preview?.text ?? "").split("\n");
    const total = whole === null ? (file.preview?.lines ?? 0) : known.length;
    const text = known.slice(0, isOpen ? MOST_LINES : this.most).join("\n").slice(0, LONGEST);
    const lines = text === "" ? 0 : text.split("\n").length;
    this.code.show(text);
    this.numbers.textContent = Array.from({ length: lines }, (_, index) => index + 1).join("\n");
    this.shown.hidden = text === "";
    this.element.classList.toggle("open", isOpen);
    this.more.hidden = total <= this.most && !isOpen;
    this.more.setAttribute("aria-expanded", String(isOpen));
    const rest = total - lines;
    if (this.more.hidden) fill(this.more);
    else fill(this.more, icon("chevron", "chevron"), isOpen ? (rest > 0 ? `Show less (${rest} more lines are in the file)` : "Show less") : `Show all ${total} lines`);
  }
}
