/** Tells screen readers what is new: a message once it is whole, not each piece of it. */

import { DM } from "./store.js";
import { plainOf } from "./markdown_inline.js";

const LONGEST = 400;
/** A message of the bot that grows by edits is whole when it has not changed for this long. */
const WHOLE_AFTER_MS = 1500;

export class Announcer {
  /**
   * @param {import("./message.js").Desk} desk
   * @param {HTMLElement} element a polite live region
   */
  constructor(desk, element) {
    const { store } = desk;
    this.desk = desk;
    this.store = store;
    this.element = element;
    this.wasLost = false;
    /** @type {Map<string, number>} messages of the bot that may still grow → timer */
    this.growing = new Map();
    store.on("message", ({ channel, message, before }) => this.hear(channel, message, before));
    store.on("link", () => {
      if (store.link === "lost") this.say("The connection is lost. Trying again.");
      if (store.link === "open" && this.wasLost) this.say("Connected again.");
      this.wasLost = store.link === "lost";
    });
  }

  /** @param {string} text */
  say(text) {
    const line = document.createElement("div");
    line.textContent = text;
    this.element.append(line);
    while (this.element.children.length > 4) this.element.firstElementChild?.remove();
  }

  /** @param {string} channel @param {import("./store.js").Message} message @param {import("./store.js").Message | null} before */
  hear(channel, message, before) {
    const { store } = this;
    if (channel !== store.channel || message.user === store.me || !store.isVisible(message)) return;
    const inThread = message.thread_ts && message.thread_ts !== message.ts;
    if (inThread && message.thread_ts !== store.place.thread && store.place.where !== DM) return;
    const who = store.nameOf(message.bot_id ?? message.user ?? "") ?? "Someone";
    const key = `${channel} ${message.ts}`;
    const speak = () => {
      this.growing.delete(key);
      this.say(`${who}: ${this.spoken(message)}`);
    };
    const mayGrow = this.growing.has(key);
    clearTimeout(this.growing.get(key));
    if (message.streaming || message.loading) {
      if (!before) this.say(`${who} is answering`);
    } else if (before?.streaming || before?.loading || (!before && !store.isByBot(message))) {
      speak();
    } else if (!before || mayGrow) {
      this.growing.set(key, setTimeout(speak, WHOLE_AFTER_MS));
    }
  }
  /** @param {import("./store.js").Message} message */
  spoken(message) {
    const platform = this.desk.platform();
    const blocks = message.markdown ? platform.readMarkdown(message.markdown) : platform.readText(message.text ?? "");
    const text = wordsOf(blocks, this.store.names).replace(/\s+/g, " ").trim();
    return text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text || "sent something";
  }
}

/** @param {import("./nodes.js").Block[]} blocks @param {import("./prose.js").Names} names @returns {string} */
function wordsOf(blocks, names) {
  return blocks
    .map((block) => {
      if (block.t === "p" || block.t === "h" || block.t === "small") return plainOf(block.c, names);
      if (block.t === "code") return "(code)";
      if (block.t === "quote") return wordsOf(block.c, names);
      if (block.t === "list") return block.items.map((item) => wordsOf(item.c, names)).join(", ");
      return block.t === "table" ? "(table)" : "";
    })
    .join(" ");
}
