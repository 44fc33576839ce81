/** How the page looks, reads and speaks while it stands for Slack. */

import { parseMarkdown } from "../markdown.js";
import { asTyped, parseAngle, parseMrkdwn, parseRichText } from "./slack_text.js";

/**
 * @typedef {object} Platform what a platform must bring: how its texts are read, and the words that are its own
 * @property {string} id also `data-platform` of the page, which the style sheets go by
 * @property {string} name
 * @property {(text: string) => import("../nodes.js").Block[]} readText a message's own text
 * @property {(text: string) => import("../nodes.js").Block[]} readMarkdown a text that is standard Markdown
 * @property {(block: any) => import("../nodes.js").Block[]} readRichText
 * @property {(text: string, names: import("../prose.js").Names) => string} asTyped a text as its author would type it again
 * @property {boolean} commandsInThreads
 * @property {(command: string) => string} refusedInThread
 * @property {(command: string) => string} unknownCommand
 * @property {{appBadge: string, onlyYou: string, kind: string}} words
 */

/** @type {Platform} */
export const slack = {
  id: "slack",
  name: "Slack",
  readText: parseMrkdwn,
  readMarkdown: (text) => parseMarkdown(text, { angle: readAngle }),
  readRichText: parseRichText,
  asTyped,
  commandsInThreads: false,
  refusedInThread: (command) => `${command} is not supported in threads. Sorry!`,
  unknownCommand: (command) => `${command} is not a valid command.`,
  words: { appBadge: "APP", onlyYou: "Only visible to you", kind: "Slack playground" },
};

/**
 * In Markdown only mentions are Slack's; addresses are Markdown's own.
 *
 * @param {string} inside
 */
function readAngle(inside) {
  return /^[@#!]/.test(inside) ? parseAngle(inside) : null;
}
