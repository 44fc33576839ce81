/** How the page looks, reads and speaks while it stands for Slack. */

import { emojiFor, emojiWords, PICKABLE } from "../emoji.js";
import { parseMarkdown } from "../markdown.js";
import { askFirst } from "../question.js";
import { clockOf } from "../time.js";
import { SlackBody } from "./slack_body.js";
import { completeSlash, readSlash } from "./slack_command.js";
import { asTyped, DIALECT, parseMrkdwn, parseRichText } from "./slack_text.js";
import { SlackWorkspace } from "./slack_workspace.js";

/** @type {import("./platform.js").Platform} */
export const slack = {
  id: "slack",
  name: "Slack",
  address: "/page/live",
  prefix: "",
  look: "system",
  workspace: (store) => new SlackWorkspace(store),
  dateOf: (ts) => new Date(Number.parseFloat(ts) * 1000),
  stamp: clockOf,
  readText: parseMrkdwn,
  readMarkdown: (text) => parseMarkdown(text, DIALECT),
  readRichText: parseRichText,
  asTyped,
  emoji: (name) => ({ show: emojiFor(name) ?? `:${name}:`, words: emojiWords(name) }),
  reactions: PICKABLE,
  files: { folds: true, bar: "above", lines: 6, room: { width: 360, height: 360 } },
  body: (desk, view) => new SlackBody(desk, view),
  isNote: (message) => /^(channel_|group_|tombstone$)/.test(message.subtype ?? ""),
  above: () => null,
  below: () => null,
  tools: (view) => (view.scope === "channel" ? [{ label: "Reply in thread", icon: "reply", run: () => openThread(view) }] : []),
  items: ({ desk, message }) => [
    ...(desk.store.hello.shortcuts ?? []).map((/** @type {any} */ { callback_id: id, name }) => ({
      label: name,
      icon: "bolt",
      run: () => void desk.attempt(desk.workspace.shortcut(message, id)),
    })),
    ...(message.files ?? [])
      .filter(({ user, mode }) => user === desk.store.me && mode !== "tombstone")
      .map(({ id, title, name }) => ({ label: `Delete “${title || name}”…`, icon: /** @type {const} */ ("trash"), run: () => void deleteFile(desk, id, title || name) })),
  ],
  mayDelete: () => false,
  enter: (view) => {
    if (view.scope === "channel" && !view.message.ephemeral_to) openThread(view);
  },
  threadItems: () => [],
  readCommand: readSlash,
  complete: completeSlash,
  commandsInThreads: false,
  namesThreads: false,
  longest: 0,
  channelIcon: () => "hash",
  listing: null,
  isListing: () => false,
  hasRail: false,
  once: new Set(["drop_socket", "refresh_socket"]),
  words: {
    appBadge: "APP",
    onlyYou: "Only visible to you",
    kind: "Slack playground",
    people: "Who is speaking",
    channels: "Channels",
    directs: "Direct messages",
    beginning: "Mention @copilot and a thread becomes a session with it.",
  },
};

/** @param {import("../message.js").Desk} desk @param {string} id @param {string} name */
async function deleteFile(desk, id, name) {
  const sure = await askFirst({ title: "Delete file", text: `Delete “${name}” everywhere? This cannot be undone.`, yes: "Delete", danger: true });
  if (sure) await desk.attempt(desk.workspace.deleteFile(id));
}

/** @param {import("../message.js").MessageView} view */
function openThread({ desk, message }) {
  desk.openThread(message.channel, message.ts);
}
