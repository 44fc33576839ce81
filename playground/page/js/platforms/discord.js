/** How the page looks, reads and speaks while it stands for Discord. */

import { avatar } from "../avatar.js";
import { h } from "../element.js";
import { emojiFor, emojiWords, nameOfEmoji, PICKABLE } from "../emoji.js";
import { icon } from "../icon.js";
import { plainOf } from "../markdown_inline.js";
import { askFirst, askForText } from "../question.js";
import { clockOf, dayOf } from "../time.js";
import { DiscordBody } from "./discord_body.js";
import { completeCommand, readCommand } from "./discord_command.js";
import { Forum } from "./discord_forum.js";
import { asTyped, inline, parseDiscord } from "./discord_text.js";
import { DiscordWorkspace } from "./discord_workspace.js";

/** When Discord's ids begin to count, in milliseconds since 1970. */
const EPOCH_MS = 1_420_070_400_000;
const ON_MESSAGE = 3;
const FORUMS = [15, 16];
const LONGEST_QUOTE = 140;

/** @type {import("./platform.js").Platform} */
export const discord = {
  id: "discord",
  name: "Discord",
  address: "/page/discord/live",
  prefix: "discord/",
  look: "dark",
  workspace: (store) => new DiscordWorkspace(store),
  dateOf: (id) => new Date(Number(BigInt(id) >> 22n) + EPOCH_MS),
  stamp: (date) => {
    const day = dayOf(date);
    return day === "Today" ? clockOf(date) : `${day} at ${clockOf(date)}`;
  },
  readText: parseDiscord,
  readMarkdown: parseDiscord,
  readRichText: () => [],
  asTyped,
  emoji: (name) => ({ show: name, words: emojiWords(nameOfEmoji(name) ?? name) }),
  reactions: PICKABLE.map((name) => emojiFor(name) ?? name),
  files: { folds: false, bar: "below", lines: 6, room: { width: 550, height: 350 } },
  body: (desk, view) => new DiscordBody(desk, view),
  isNote: ({ subtype }) => subtype === "renamed" || (subtype ?? "").startsWith("thread_created"),
  above,
  below,
  tools: (view) => [
    { label: "Reply", icon: "quote", run: () => view.desk.answer(view.message) },
    ...(mayHaveThread(view) ? [{ label: view.desk.store.threads.has(view.message.ts) ? "Open thread" : "Create thread", icon: /** @type {const} */ ("thread"), run: () => void openThread(view) }] : []),
  ],
  items: ({ desk, message }) =>
    (desk.store.hello.commands ?? [])
      .filter((/** @type {any} */ { type }) => type === ON_MESSAGE)
      .map((/** @type {any} */ { id, name }) => ({ label: name, icon: "bolt", run: () => void desk.attempt(desk.workspace.contextMenu(message, id)) })),
  mayDelete: (message, store) => store.isAdmin && !message.ephemeral_to,
  enter: (view) => {
    const { desk, message } = view;
    if (desk.platform().isNote(message) || message.ephemeral_to) return;
    if (view.scope === "channel" && desk.store.threads.has(message.ts)) desk.openThread(message.channel, message.ts);
    else desk.answer(message);
  },
  threadItems,
  readCommand,
  complete: completeCommand,
  commandsInThreads: true,
  namesThreads: true,
  longest: 2000,
  channelIcon: (channel) => (channel?.type === 5 ? "megaphone" : channel?.type === 15 ? "forum" : channel?.type === 16 ? "picture" : "hash"),
  listing: (desk) => new Forum(desk),
  isListing: (channel) => FORUMS.includes(channel?.type),
  hasRail: true,
  once: new Set(["drop_gateway", "reconnect", "invalid_session"]),
  words: {
    appBadge: "APP",
    onlyYou: "",
    kind: "Discord playground",
    people: "Who is speaking",
    channels: "Channels",
    directs: "Direct messages",
    beginning: "Mention @copilot and a thread begins, which is a session with it.",
  },
};

/** @param {import("../message.js").MessageView} view */
function mayHaveThread({ scope, desk, message }) {
  return scope === "channel" && !desk.store.isDirect(message.channel);
}

/** @param {import("../message.js").MessageView} view */
async function openThread({ desk, message }) {
  if (desk.store.threads.has(message.ts)) return desk.openThread(message.channel, message.ts);
  const value = plainOf(inline((message.text ?? "").replace(/<@[!&]?\d+>/g, "")), desk.store.names).replace(/\s+/g, " ").trim().slice(0, 100);
  const name = await askForText({ title: "Create thread", label: "Thread name", value, yes: "Create thread" });
  if (name === null) return;
  const started = desk.workspace.startThread(message, name);
  if (await desk.attempt(started)) desk.openThread(message.channel, await started);
}

/**
 * The message that this one answers, or the command that it is the answer to.
 *
 * @param {import("../store.js").Message} message
 * @param {import("../message.js").Desk} desk
 */
function above({ quoted, used, channel }, { store }) {
  if (used) {
    const name = used.name.startsWith("/") || used.name === "" ? used.name : `/${used.name}`;
    return h("div", { class: "reference", "data-testid": "reference" }, avatar(store, used.user, "tiny"), h("strong", {}, store.nameOf(used.user) ?? "Someone"), " used ", h("span", { class: "mention" }, name || "a command"));
  }
  if (!quoted) return null;
  if (quoted.gone) return h("div", { class: "reference", "data-testid": "reference" }, icon("quote"), h("em", {}, "Original message was deleted"));
  const text = plainOf(parseDiscord(quoted.text).flatMap((block) => ("c" in block && block.t !== "quote" ? /** @type {import("../nodes.js").Inline[]} */ (block.c) : [])), store.names);
  const jump = () => {
    const original = [...document.querySelectorAll(`.message[data-ts="${CSS.escape(quoted.ts)}"]`)].at(-1);
    if (!(original instanceof HTMLElement)) return;
    original.scrollIntoView({ block: "center" });
    original.focus({ preventScroll: true });
  };
  return h(
    "button",
    { class: "reference", type: "button", "data-testid": "reference", "aria-label": `In reply to ${store.nameOf(quoted.user) ?? "someone"}: ${text.slice(0, LONGEST_QUOTE)}`, "data-channel": channel, on: { click: jump } },
    avatar(store, quoted.user, "tiny"),
    h("strong", {}, `@${store.nameOf(quoted.user) ?? "someone"}`),
    h("span", { class: "text" }, text.slice(0, LONGEST_QUOTE) || "Click to see attachment"),
  );
}

/**
 * @param {import("../store.js").Message} message
 * @param {import("../message.js").Desk} desk
 */
function below(message, desk) {
  if (!message.ephemeral_to) return null;
  const dismiss = h("button", { class: "link", type: "button", on: { click: () => desk.workspace.dismiss(message) } }, "Dismiss message");
  return h("div", { class: "dismissable" }, icon("eye"), "Only you can see this · ", dismiss);
}

/**
 * @param {import("../message.js").Desk} desk
 * @param {import("../store.js").Thread} thread
 * @returns {import("../menu.js").MenuItem[]}
 */
function threadItems(desk, thread) {
  const { store, workspace, attempt } = desk;
  /** @type {import("../menu.js").MenuItem[]} */
  const items = [];
  if (store.isAdmin || thread.owner === store.me) {
    items.push({ label: thread.archived ? "Unarchive thread" : "Archive thread", icon: "archive", run: () => void attempt(workspace.archive(thread.id, !thread.archived)) });
    items.push({
      label: "Rename thread…",
      icon: "pencil",
      run: async () => {
        const name = await askForText({ title: "Rename thread", label: "Thread name", value: thread.name, yes: "Rename" });
        if (name !== null) await attempt(workspace.rename(thread.id, name));
      },
    });
  }
  if (store.isAdmin) {
    items.push({ label: thread.locked ? "Unlock thread" : "Lock thread", icon: "lock", run: () => void attempt(workspace.lock(thread.id, !thread.locked)) });
    items.push("line", {
      label: "Delete thread…",
      icon: "trash",
      danger: true,
      run: async () => {
        const sure = await askFirst({ title: "Delete thread", text: `Delete “${thread.name}” and all that was said in it?`, yes: "Delete", danger: true });
        if (sure) await attempt(workspace.deleteChannel(thread.id));
      },
    });
  }
  return items;
}
