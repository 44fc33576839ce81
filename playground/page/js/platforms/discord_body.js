/** What a Discord message says: its text, embeds and components; or that something happened, or that the bot thinks. */

import { h, fill } from "../element.js";
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
    this.embeds = h("div", { class: "embeds" });
    this.components = h("div", { class: "components" });
    this.elements = [this.note, this.said, this.embeds, this.components];
  }

  /** @param {import("../store.js").Message} message */
  show(message) {
    const { view, desk } = this;
    view.part("text", [message.text, message.loading, message.subtype, message.user], () => this.draw(message));
    view.part("embeds", message.embeds ?? [], () => {
      this.embeds.hidden = !message.embeds?.length;
      fill(this.embeds, (message.embeds ?? []).map((embed) => drawEmbed(embed, desk.store.names)));
    });
    view.part("components", message.components ?? [], () => {
      this.components.hidden = !message.components?.length;
      fill(this.components, drawComponents(message.components ?? [], desk, () => view.message));
    });
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
    if (what === "renamed") return [h("span", {}, who, " changed the name: ", h("strong", {}, message.text ?? ""))];
    const address = this.desk.store.addressOf({ where: message.channel, thread: thread || message.ts });
    return [h("span", {}, who, " started a thread: ", h("a", { href: address }, message.text || "thread"), ".")];
  }
}
