/** Tells screen readers what is new: a message once it is whole, not each piece of it. */

import { DM } from "./store.js";
import { parseMarkdown } from "./markdown.js";
import { plainOf } from "./markdown_inline.js";

const LONGEST = 400;
/** A message of the bot that grows by edits is whole when it has not changed for this long. */
const WHOLE_AFTER_MS = 1500;

export class Announcer {
  /**
   * @param {import("./store.js").Store} store
   * @param {HTMLElement} element a polite live region
   */
  constructor(store, element) {
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
      this.say(`${who}: ${spoken(message, store)}`);
    };
    const mayGrow = this.growing.has(key);
    clearTimeout(this.growing.get(key));
    if (message.streaming) {
      if (!before) this.say(`${who} is answering`);
    } else if (before?.streaming || (!before && !store.isByBot(message))) {
      speak();
    } else if (!before || mayGrow) {
      this.growing.set(key, setTimeout(speak, WHOLE_AFTER_MS));
    }
  }
}

/**
 * @param {import("./store.js").Message} message
 * @param {import("./store.js").Store} store
 */
function spoken(message, store) {
  const text = message.markdown ? wordsOf(parseMarkdown(message.markdown)) : (message.text ?? "");
  const named = text.replace(/<@([A-Z0-9]+)>/g, (_, id) => store.nameOf(id) ?? "someone").replace(/\s+/g, " ").trim();
  return named.length > LONGEST ? `${named.slice(0, LONGEST)} …` : named || "sent something";
}

/** @param {import("./nodes.js").Block[]} blocks @returns {string} */
function wordsOf(blocks) {
  return blocks
    .map((block) => {
      if (block.t === "p" || block.t === "h") return plainOf(block.c);
      if (block.t === "code") return "(code)";
      if (block.t === "quote") return wordsOf(block.c);
      if (block.t === "list") return block.items.map((item) => wordsOf(item.c)).join(", ");
      return block.t === "table" ? "(table)" : "";
    })
    .join(" ");
}
