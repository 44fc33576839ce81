/** What a Slack message says: the steps on the way, its text, its blocks. */

import { Blocks } from "../blocks.js";
import { h } from "../element.js";
import { GrowingMarkdown } from "../growing_markdown.js";
import { Prose } from "../prose.js";
import { Tasks } from "../tasks.js";
import { DIALECT } from "./slack_text.js";

/** Blocks that stand in for the text. */
const SAYING = new Set(["markdown", "rich_text", "section", "header", "table", "input", "context"]);

export class SlackBody {
  /**
   * @param {import("../message.js").Desk} desk
   * @param {import("../message.js").MessageView} view
   */
  constructor(desk, view) {
    this.desk = desk;
    this.view = view;
    const { store } = desk;
    this.tasks = new Tasks(store.names, desk.platform());
    this.markdown = new GrowingMarkdown(DIALECT);
    this.prose = new Prose(store.names);
    this.blocks = new Blocks({
      store,
      platform: desk.platform(),
      act: async (action) => {
        const { channel, ts } = view.message;
        await desk.attempt(desk.workspace.press({ channel, ts, ...action }));
      },
    });
    this.said = h("div", { class: "said" }, this.prose.element, this.blocks.element);
    this.elements = [this.tasks.element, this.said];
  }

  /** @param {import("../store.js").Message} message */
  show(message) {
    this.view.part("tasks", [message.tasks ?? [], message.plan_title], () => this.tasks.show(message.tasks ?? [], message.plan_title));
    this.view.part("text", [message.text, message.markdown, message.blocks, message.streaming, message.subtype], () => this.draw(message));
  }

  /** @param {import("../store.js").Message} message */
  draw(message) {
    const platform = this.desk.platform();
    const hasMarkdown = typeof message.markdown === "string";
    const blocks = this.ownBlocks(message);
    const saysItself = blocks.some((block) => SAYING.has(block.type));
    const showsProse = hasMarkdown ? !blocks.some((block) => block.type === "markdown") : !saysItself;
    let text = hasMarkdown ? this.markdown.read(message.markdown ?? "", Boolean(message.streaming)) : platform.readText(message.text ?? "");
    if (message.subtype === "tombstone") text = [{ t: "p", c: [{ t: "text", v: "This message was deleted." }] }];
    this.prose.show(showsProse ? text : []);
    this.prose.element.hidden = !message.streaming && this.prose.element.childElementCount === 0;
    this.blocks.show(blocks);
    this.blocks.element.hidden = blocks.length === 0;
    this.said.classList.toggle("streaming", Boolean(message.streaming));
    this.view.setBusy(Boolean(message.streaming));
  }

  /**
   * The blocks that say more than is drawn already: a person's rich text repeats what they typed, a stream's blocks
   * repeat its text and tasks.
   *
   * @param {import("../store.js").Message} message
   */
  ownBlocks(message) {
    const hasMarkdown = typeof message.markdown === "string";
    const repeated = new Set();
    if (hasMarkdown || !this.desk.store.isByBot(message)) repeated.add("rich_text");
    if (message.tasks?.length) repeated.add("task_card").add("plan");
    const blocks = (message.blocks ?? []).filter((block) => !repeated.has(block.type));
    const isOneMarkdown = hasMarkdown && blocks.filter((block) => block.type === "markdown").length === 1;
    return isOneMarkdown && blocks[0].type === "markdown" ? blocks.slice(1) : blocks;
  }
}
