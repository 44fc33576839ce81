/** What the bot did on the way to its answer: a quiet line each, to unfold. */

import { h } from "./element.js";
import { icon } from "./icon.js";
import { safeLink } from "./link.js";
import { Prose } from "./prose.js";

/** @typedef {import("./store.js").Task} Task */

const FOLDED_FROM = 4;

/** @type {Record<string, {icon: import("./icon.js").IconName, words: string}>} */
const STATES = {
  pending: { icon: "circle", words: "waiting" },
  in_progress: { icon: "spinner", words: "running" },
  complete: { icon: "done", words: "done" },
  error: { icon: "cross", words: "failed" },
};

export class Tasks {
  /**
   * @param {import("./prose.js").Names} names
   * @param {import("./platforms/platform.js").Platform} platform
   */
  constructor(names, platform) {
    this.names = names;
    this.platform = platform;
    this.element = h("div", { class: "tasks", "data-testid": "tasks" });
    /** @type {Map<string, {key: string, element: HTMLElement}>} */
    this.lines = new Map();
    this.caption = h("span", {});
    this.inner = h("div", {});
    this.group = h("details", { class: "group" }, h("summary", {}, icon("chevron", "chevron"), this.caption), this.inner);
  }

  /**
   * @param {Task[]} tasks
   * @param {string} [title] of the whole plan
   */
  show(tasks, title = "") {
    this.element.hidden = tasks.length === 0;
    const elements = tasks.map((task) => this.line(task));
    const folded = tasks.length >= FOLDED_FROM;
    const holder = folded ? this.inner : this.element;
    if (folded && !this.group.isConnected) this.element.replaceChildren(this.group);
    if (!folded && this.group.parentNode) this.group.remove();
    elements.forEach((element, index) => {
      if (holder.children[index] !== element) holder.insertBefore(element, holder.children[index] ?? null);
    });
    while (holder.children.length > elements.length) holder.lastElementChild?.remove();
    if (folded) this.caption.textContent = title || summary(tasks);
  }

  /** @param {Task} task */
  line(task) {
    const key = JSON.stringify(task);
    const known = this.lines.get(task.id);
    if (known?.key === key) return known.element;
    const wasOpen = known?.element.querySelector("details")?.open ?? false;
    const state = STATES[task.status] ?? STATES.pending;
    const line = [icon(state.icon, "state"), h("span", { class: "title" }, task.title), h("span", { class: "offscreen" }, state.words)];
    const more = [task.details, task.output, ...(task.sources ?? [])].filter(Boolean);
    const element = known?.element ?? h("div", {});
    element.className = `task ${task.status}`;
    element.dataset.task = task.id;
    if (more.length === 0) {
      element.replaceChildren(h("div", { class: "line" }, line));
    } else {
      const texts = more.map((text) => {
        const href = typeof text === "object" && text.url ? safeLink(text.url) : null;
        if (href) return h("div", {}, h("a", { href, target: "_blank", rel: "noopener noreferrer" }, text.text || text.url));
        const prose = new Prose(this.names);
        prose.show(typeof text === "string" ? this.platform.readMarkdown(text) : this.platform.readRichText(text));
        return prose.element;
      });
      element.replaceChildren(
        h("details", { prop: { open: wasOpen } }, h("summary", {}, line, icon("chevron", "chevron")), h("div", { class: "more" }, texts)),
      );
    }
    this.lines.set(task.id, { key, element });
    return element;
  }
}

/** @param {Task[]} tasks */
function summary(tasks) {
  const running = tasks.find((task) => task.status === "in_progress");
  const failed = tasks.filter((task) => task.status === "error").length;
  if (running) return `${running.title} (step ${tasks.indexOf(running) + 1} of ${tasks.length})`;
  return `${tasks.length} steps${failed ? `, ${failed} failed` : ""}`;
}
