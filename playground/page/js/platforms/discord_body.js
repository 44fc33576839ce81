/** What a Discord message says: its text, embeds and components; or that something happened, or that the bot thinks. */

import { h, fill } from "../element.js";
import { Files } from "../files.js";
import { icon } from "../icon.js";
import { Prose } from "../prose.js";
import { drawComponents } from "./discord_components.js";
import { drawEmbed } from "./discord_embed.js";

export class DiscordBody {
  /**
   * @param {import("../message.js").Desk} desk
   * @param {import("../message.js").MessageView} view
   */
  constructor(desk, view) {
    this.desk = desk;
    this.view = view;
    this.prose = new Prose(desk.store.names);
    this.note = h("div", { class: "note-line" });
    this.said = h("div", { class: "said" }, this.prose.element);
    this.extras = h("div", { class: "extras" });
    this.embeds = h("div", { class: "embeds" });
    this.components = h("div", { class: "components" });
    this.elements = [this.note, this.said, this.extras, this.embeds, this.components];
  }

  /** @param {import("../store.js").Message} message */
  show(message) {
    const { view, desk } = this;
    view.part("text", [message.text, message.loading, message.subtype, message.user], () => this.draw(message));
    view.part("extras", [message.forwarded, message.stickers, message.poll], () => {
      const extras = [...(message.forwarded ?? []).map((said) => this.forwarded(said)), ...(message.stickers ?? []).map(drawSticker), ...(message.poll ? [drawPoll(message.poll)] : [])];
      this.extras.hidden = extras.length === 0;
      fill(this.extras, extras);
    });
    view.part("embeds", message.embeds ?? [], () => {
      this.embeds.hidden = !message.embeds?.length;
      fill(this.embeds, (message.embeds ?? []).map((embed) => drawEmbed(embed, desk.store.names)));
    });
    view.part("components", message.components ?? [], () => {
      this.components.hidden = !message.components?.length;
      fill(this.components, drawComponents(message.components ?? [], desk, () => view.message));
    });
  }

  /** What was said elsewhere, without who said it. @param {{text: string, files: any[], embeds: any[]}} said */
  forwarded({ text, files, embeds }) {
    const { store, platform } = this.desk;
    const prose = new Prose(store.names);
    prose.show(platform().readText(text));
    const shown = new Files(platform().files);
    shown.show(files);
    return h("blockquote", { class: "forwarded", "data-testid": "forwarded" }, h("div", { class: "caption" }, icon("forward"), "Forwarded"), prose.element, shown.element, embeds.map((embed) => drawEmbed(embed, store.names)));
  }

  /** @param {import("../store.js").Message} message */
  draw(message) {
    const { desk } = this;
    const isNote = desk.platform().isNote(message);
    this.note.hidden = !isNote && !message.loading;
    this.said.hidden = isNote || Boolean(message.loading);
    this.view.setBusy(Boolean(message.loading));
    if (message.loading) {
      fill(this.note, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span", {}, `${this.view.authorName} is thinking…`));
    } else if (isNote) {
      fill(this.note, this.event(message));
    } else {
      this.prose.show(desk.platform().readText(message.text ?? ""));
    }
  }

  /** @param {import("../store.js").Message} message @returns {(Node | string)[]} */
  event(message) {
    const who = h("strong", {}, this.view.authorName);
    const [what, thread] = (message.subtype ?? "").split(" ");
    if (what === "renamed") return [icon("pencil"), h("span", {}, who, " changed the name: ", h("strong", {}, message.text ?? ""))];
    const address = this.desk.store.addressOf({ where: message.channel, thread: thread || message.ts });
    return [icon("thread"), h("span", {}, who, " started a thread: ", h("a", { href: address }, message.text || "thread"), ".")];
  }
}

/** @param {string} name */
function drawSticker(name) {
  return h("div", { class: "sticker", "data-testid": "sticker" }, icon("smile"), h("span", {}, name), h("span", { class: "offscreen" }, "(sticker)"));
}

/** @param {any} poll */
function drawPoll(poll) {
  return h(
    "section",
    { class: "poll", "aria-label": "Poll", "data-testid": "poll" },
    h("strong", {}, poll.question?.text ?? ""),
    h("ul", { role: "list" }, (poll.answers ?? []).map((/** @type {any} */ { poll_media: media }) => h("li", {}, media?.text ?? ""))),
  );
}
