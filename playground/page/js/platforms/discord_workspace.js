/** What a person can do in Discord: each verb asks the server; what the server tells is turned into the store's own. */

import { DM } from "../store.js";
import { Workspace } from "../workspace.js";
import { asValues, asView } from "./discord_form.js";

/** @typedef {import("../store.js").Message} Message */
/** @typedef {import("../store.js").Thread} Thread */

/** Messages for one person that they have dismissed: the server still has them. @type {Set<string>} */
const dismissed = new Set();

const THREAD_TYPES = new Set([10, 11, 12]);
const STARTER = 21;
const COMPONENTS_V2 = 1 << 15;

export class DiscordWorkspace extends Workspace {
  /** @param {import("../store.js").Store} store */
  constructor(store) {
    super(store, { live: "/page/discord/live", upload: "/page/discord/upload" });
    /** @type {Map<string, any>} modals as the server has them, by id */
    this.modals = new Map();
  }

  // ---- from the server's objects to the store's

  /** @param {any} hello */
  asHello(hello) {
    const isThread = (/** @type {any} */ { type }) => THREAD_TYPES.has(type);
    const { bot } = hello;
    const threads = hello.channels.filter(isThread);
    this.posts = threads.flatMap((/** @type {any} */ { first_message: first }) => (first ? [first] : []));
    return {
      ...hello,
      team: hello.guild,
      people: hello.people.map((/** @type {any} */ person) => ({ ...person, name: person.username, display_name: person.global_name })),
      bot: { ...bot, user_id: bot.id, name: bot.global_name ?? bot.username, handle: bot.username },
      channels: hello.channels.filter((/** @type {any} */ channel) => !isThread(channel)).sort(byPosition),
      threads: threads.map(asThread),
    };
  }

  /**
   * @param {any} message
   * @returns {Message}
   */
  asMessage(message) {
    const { store } = this;
    const thread = store.threads.get(message.channel_id) ?? null;
    if (message.thread) store.threads.set(message.thread.id, asThread(message.thread));
    const { referenced_message: answered, interaction_metadata: used, author } = message;
    const isAnswer = message.type === 19 && message.message_reference;
    return {
      ts: message.id,
      channel: thread?.channel ?? message.channel_id,
      thread_ts: thread ? message.channel_id : undefined,
      home: message.channel_id,
      user: author.id,
      bot_id: author.bot ? author.id : undefined,
      text: message.content,
      edited: message.edited_timestamp,
      ephemeral_to: message.ephemeral_to,
      files: (message.attachments ?? []).map(asFile),
      forwarded: (message.message_snapshots ?? []).map((/** @type {any} */ { message: said }) => ({ text: said.content ?? "", files: (said.attachments ?? []).map(asFile), embeds: said.embeds ?? [] })),
      stickers: (message.sticker_items ?? []).map((/** @type {any} */ { name }) => String(name)),
      poll: message.poll ?? null,
      reactions: (message.reactions ?? []).map((/** @type {any} */ { emoji, users }) => ({ name: emoji.name, users })),
      embeds: message.embeds ?? [],
      components: message.components ?? [],
      loading: message.loading,
      pinged: message.pinged ?? [],
      subtype: message.type === 18 ? `thread_created ${message.message_reference?.channel_id ?? ""}` : message.type === 4 ? "renamed" : (message.flags & COMPONENTS_V2) !== 0 ? "components" : undefined,
      quoted: isAnswer ? { ts: message.message_reference.message_id, user: answered?.author.id ?? "", text: answered?.content ?? "", gone: !answered } : null,
      used: (message.type === 20 || message.type === 23) && used ? { user: used.user?.id ?? "", name: used.name ?? "" } : null,
    };
  }

  /** Those to be shown. @param {any[]} messages @returns {Message[]} */
  asMessages(messages) {
    return messages.filter(({ id, type }) => type !== STARTER && !dismissed.has(id)).map((message) => this.asMessage(message));
  }

  /** @param {any} call */
  asCall(call) {
    const { limit: max, remaining, reset_after_s: reset, bucket, retry_after_s: retry, ...rest } = call;
    if (typeof max !== "number") return { ...rest, limit: null };
    const used = max - remaining;
    const title = `Bucket ${bucket}: ${used} of ${max} used, resets in ${reset} s${retry === undefined ? "" : `; to be tried again in ${retry} s`}`;
    return { ...rest, limit: { name: retry === undefined ? String(bucket ?? "").slice(0, 18) : `wait ${retry} s`, max, used, title } };
  }

  /** @param {any} event */
  take(event) {
    const { store } = this;
    if (event.event !== "hello" && !store.hello) return; // we have turned away
    switch (event.event) {
      case "hello":
        super.take(event);
        for (const post of this.posts ?? []) this.keep(post);
        break;
      case "message":
        if (event.message.type !== STARTER && !dismissed.has(event.message.id)) {
          const message = this.asMessage(event.message);
          store.put(message.channel, message);
        }
        break;
      case "gone":
        store.remove(this.channelOf(event.channel), event.message);
        break;
      case "channel":
        this.takeChannel(event.channel);
        break;
      case "channel_gone":
        store.removeChannel(event.channel);
        break;
      case "typing":
        store.setTyping(this.placeOf(event.channel), event.user, event.for_s * 1000);
        break;
      case "commands":
        store.setCommands(event.commands);
        break;
      case "interaction": // what becomes of one, its asker is answered
        break;
      case "modal":
        this.modals.set(event.modal.id, event.modal);
        store.setView(event.as, asView(event.modal, store));
        break;
      case "modal_gone":
        this.modals.delete(event.modal);
        store.removeView(event.as, event.modal);
        break;
      default:
        super.take(event);
    }
  }

  /** @param {any} channel */
  takeChannel(channel) {
    if (!THREAD_TYPES.has(channel.type)) {
      if (channel.type !== 1) this.store.setChannel(channel);
      return;
    }
    this.store.setThread(asThread(channel));
    if (channel.first_message) this.keep(channel.first_message);
  }

  /** A post's first message belongs to its forum's list, seen or not. @param {any} raw */
  keep(raw) {
    const message = this.asMessage(raw);
    const known = this.store.messages.get(message.channel) ?? new Map();
    this.store.messages.set(message.channel, known);
    known.set(message.ts, message);
  }

  /** The channel that a channel or thread is listed under. @param {string} id */
  channelOf(id) {
    return this.store.threads.get(id)?.channel ?? id;
  }

  /** @param {string} id of a channel or thread */
  placeOf(id) {
    const thread = this.store.threads.get(id);
    return thread ? `${thread.channel}:${id}` : id;
  }

  // ---- what a person does

  async show() {
    const { store } = this;
    const { where, thread } = store.place;
    if (!where || !store.hello) return;
    const { channel, me } = store;
    if (channel && !store.loaded.has(channel)) {
      const { messages, threads } = await this.ask("open", { channel: where });
      for (const each of threads ?? []) this.takeChannel(each);
      const isList = [15, 16].includes(store.channelNamed(channel)?.type);
      if (where !== DM || me === store.me) store.load(channel, isList ? [...(store.messages.get(channel)?.values() ?? [])].filter(({ ts }) => store.threads.has(ts)) : this.asMessages(messages));
    }
    if (thread && channel && !store.loaded.has(`${channel}:${thread}`)) {
      const { messages, channel: opened } = await this.ask("open", { channel: thread });
      this.takeChannel(opened);
      store.loadThread(channel, thread, this.asMessages(messages), null);
    }
  }

  /**
   * @param {string} channel
   * @param {string | null} thread
   * @param {string} content
   * @param {string[]} attachments ids of uploads
   * @param {import("../composer.js").Answer | null} answer
   * @returns {Promise<string>} the message's id
   */
  async say(channel, thread, content, attachments, answer) {
    const reply = answer ? { reply_to: answer.message.ts, ping: answer.ping } : {};
    const { message } = await this.ask("say", { channel: thread ?? channel, content, ...reply, ...(attachments.length ? { attachments } : {}) });
    return message;
  }

  /** @param {Message} message @param {string} content */
  edit({ home, ts }, content) {
    return this.ask("edit", { channel: home, message: ts, content });
  }

  /** @param {Message} message */
  delete({ home, ts }) {
    return this.ask("delete", { channel: home, message: ts });
  }

  /** @param {Message} message @param {string} emoji adds the reaction, or takes it back */
  react({ home, ts }, emoji) {
    return this.ask("react", { channel: home, message: ts, emoji });
  }

  /** @param {string} channel @param {string | null} thread */
  typing(channel, thread) {
    // Nobody misses a sign that did not come through.
    this.ask("typing", { channel: thread ?? channel }).catch(() => null);
  }

  /** Take a message away that only one sees. @param {Message} message */
  dismiss({ channel, ts }) {
    dismissed.add(ts);
    this.store.remove(channel, ts);
  }

  /** @param {Message} message @param {string} name */
  async startThread({ channel, ts }, name) {
    const { channel: thread } = await this.ask("start_thread", { channel, message: ts, name });
    return thread.id;
  }

  /** @param {string} channel @param {string} name @param {string} content @param {string[]} tags @param {string[]} attachments */
  async startPost(channel, name, content, tags, attachments) {
    const { channel: thread } = await this.ask("start_post", { channel, name, content, tags, attachments });
    return thread.id;
  }

  /** @param {string} thread @param {boolean} archived */
  archive(thread, archived) {
    return this.ask("archive", { channel: thread, archived });
  }

  /** @param {string} thread @param {boolean} locked */
  lock(thread, locked) {
    return this.ask("lock", { channel: thread, locked });
  }

  /** @param {string} channel @param {string} name */
  rename(channel, name) {
    return this.ask("rename", { channel, name });
  }

  /** @param {string} channel */
  deleteChannel(channel) {
    return this.ask("delete_channel", { channel });
  }

  /** @param {string} where channel or thread @param {Record<string, any>} command */
  command(where, command) {
    return this.ask("command", { channel: where, ...command });
  }

  /** @param {string} where @param {Record<string, any>} typed @returns {Promise<{name: string, value: any}[]>} */
  async autocomplete(where, typed) {
    return (await this.ask("autocomplete", { channel: where, ...typed })).choices ?? [];
  }

  /** @param {Message} message @param {string} command id */
  contextMenu({ home, ts }, command) {
    return this.ask("context_menu", { channel: home, message: ts, command });
  }

  /** @param {Message} message @param {string} customId */
  pressButton({ home, ts }, customId) {
    return this.ask("press", { channel: home, message: ts, custom_id: customId });
  }

  /** @param {Message} message @param {string} customId @param {string[]} values */
  select({ home, ts }, customId, values) {
    return this.ask("select", { channel: home, message: ts, custom_id: customId, values });
  }

  /** @param {any} view @param {Record<string, any>} values */
  submit(view, values) {
    return this.ask("submit", { modal: view.id, values: asValues(values) });
  }

  /** @param {any} view */
  closeView(view) {
    return this.ask("close_modal", { modal: view.id });
  }
}

/** @param {any} channel @returns {Thread} */
export function asThread(channel) {
  const { thread_metadata: state } = channel;
  return {
    id: channel.id,
    channel: channel.parent_id,
    name: channel.name,
    owner: channel.owner_id,
    archived: Boolean(state?.archived),
    locked: Boolean(state?.locked),
    count: channel.message_count ?? 0,
    latest: channel.last_message_id ?? null,
    members: channel.member_ids,
    tags: channel.applied_tags ?? [],
  };
}

/** A file by the name that people gave it: Discord keeps it apart from the one that it is stored under. @param {any} file */
function asFile(file) {
  const ending = /\.\w+$/.exec(file.filename ?? "")?.[0] ?? "";
  return { ...file, name: file.filename, title: file.title ? `${file.title}${ending}` : file.filename, mimetype: file.content_type };
}

/** @param {any} one @param {any} other */
function byPosition(one, other) {
  return (one.position ?? 0) - (other.position ?? 0);
}
