/** What a person can do in Slack: each verb asks the server; what the server tells goes into the store. */

import { DM } from "../store.js";
import { Workspace } from "../workspace.js";

/** @typedef {import("../store.js").Message} Message */

export class SlackWorkspace extends Workspace {
  /** @param {import("../store.js").Store} store */
  constructor(store) {
    super(store, { live: "/page/live", upload: "/page/upload" });
    /** Whose direct message is being looked at. */
    this.visiting = "";
  }

  async show() {
    const { store } = this;
    const { where, thread } = store.place;
    const as = store.me;
    if (!where || !store.hello) return;
    if (where !== DM) this.visiting = "";
    if (!store.channel || !store.loaded.has(store.channel)) await this.open(where);
    if (where === DM) await this.arriveAtHome(as);
    const { channel } = store;
    if (thread && channel && as === store.me && !store.loaded.has(`${channel}:${thread}`)) await this.openThread(channel, thread);
  }

  /** @param {string} where a channel's id or "dm" */
  async open(where) {
    const as = this.store.me;
    const answer = await this.ask("open", { channel: where });
    const channel = typeof answer.channel === "string" ? answer.channel : (answer.channel?.id ?? where);
    if (where === DM) this.store.setDirect(as, channel);
    for (const { thread_ts: thread, status, title } of answer.sessions ?? []) this.store.setSession(channel, thread, { status, title });
    this.store.load(channel, answer.messages ?? []);
  }

  /** Tell the bot, once a visit, that someone looks at its direct message. @param {string} as */
  async arriveAtHome(as) {
    if (this.visiting === as) return;
    this.visiting = as;
    await this.lookAtHome("messages");
  }

  /** @param {string} channel @param {string} thread */
  async openThread(channel, thread) {
    const answer = await this.ask("thread", { channel, thread_ts: thread });
    this.store.loadThread(channel, thread, answer.messages ?? [], answer.session ?? null);
  }

  /**
   * @param {string} channel
   * @param {string | null} thread
   * @param {string} text
   * @param {string[]} files ids of uploads
   * @returns {Promise<string>} the message's ts
   */
  async say(channel, thread, text, files) {
    const { ts } = await this.ask("say", { channel, text, ...(thread ? { thread_ts: thread } : {}), ...(files.length ? { files } : {}) });
    return ts;
  }

  /** @param {Message} message @param {string} text */
  edit({ channel, ts }, text) {
    return this.ask("edit", { channel, ts, text });
  }

  /** @param {Message} message */
  delete({ channel, ts }) {
    return this.ask("delete", { channel, ts });
  }

  /** @param {string} file id */
  deleteFile(file) {
    return this.ask("delete_file", { file });
  }

  /** @param {Message} message @param {string} name adds the reaction, or takes it back */
  react({ channel, ts }, name) {
    return this.ask("react", { channel, ts, name });
  }

  /** @param {string} channel @param {string} command with its slash @param {string} text */
  slash(channel, command, text) {
    return this.ask("slash", { channel, command, text });
  }

  /** @param {Message} message @param {string} callbackId */
  shortcut({ channel, ts }, callbackId) {
    return this.ask("shortcut", { channel, ts, callback_id: callbackId });
  }

  /** @param {Record<string, any>} action where it stands (`channel` and `ts`, or `view_id`) and what was chosen */
  press(action) {
    return this.ask("press", action);
  }

  /** @param {any} view @param {Record<string, any>} values */
  submit(view, values) {
    return this.ask("submit", { view_id: view.id, values });
  }

  /** @param {any} view */
  closeView(view) {
    return this.ask("close_view", { view_id: view.id });
  }

  /** @param {string} channel @param {string} thread */
  stop(channel, thread) {
    return this.ask("stop", { channel, thread_ts: thread });
  }

  /** @param {"home" | "messages"} tab */
  async lookAtHome(tab) {
    const as = this.store.me;
    const { view } = await this.ask("home", { tab });
    if (view) this.store.setHome(as, view);
  }

  /** @param {any} call */
  asCall(call) {
    const { tier, per_minute: max, used, ...rest } = call;
    const name = tier === undefined || tier === null ? "" : /^\d+$/.test(String(tier)) ? `tier ${tier}` : String(tier);
    const isCounted = typeof max === "number" && typeof used === "number";
    const limit = isCounted ? { name, max, used, title: `${name}: ${used} of ${max} calls used this minute` } : name ? { name } : null;
    return { ...rest, limit };
  }

  /** @param {any} event */
  take(event) {
    const { store } = this;
    switch (event.event) {
      case "message":
        store.put(event.channel, event.message);
        break;
      case "gone":
        store.remove(event.channel, event.ts);
        break;
      case "session":
        store.setSession(event.channel, event.thread_ts ?? null, event.status ? { status: event.status, title: event.title } : null);
        break;
      case "view":
        store.setView(event.as, event.view);
        break;
      case "view_gone":
        store.removeView(event.as, event.view_id);
        break;
      case "home":
        store.setHome(event.as, event.view);
        break;
      default:
        super.take(event);
    }
  }

  /** Whose direct message is which. */
  async prepare() {
    const { store } = this;
    this.visiting = "";
    await Promise.all([...store.people.keys()].filter((person) => !store.directs.has(person)).map((person) => this.learnDirect(person)));
  }

  /** @param {string} person */
  async learnDirect(person) {
    const answer = await this.live.ask("open", { as: person, channel: DM });
    const channel = typeof answer.channel === "string" ? answer.channel : answer.channel?.id;
    if (!channel) return;
    this.store.setDirect(person, channel);
    this.store.load(channel, answer.messages ?? []);
  }
}
