/** What a person can do in the workspace: each verb asks the server; what the server tells goes into the store. */

import { Live, Refused } from "./live.js";
import { DM } from "./store.js";

/** @typedef {import("./store.js").Store} Store */

export class Workspace {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    /** Whose direct message is being looked at. */
    this.visiting = "";
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.live = new Live(`${scheme}//${location.host}/page/live`, {
      onEvent: (event) => this.take(event),
      onLink: (link) => store.setLink(link),
    });
  }

  connect() {
    this.live.connect();
  }

  /** Load what the person looks at, unless it is here already. */
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
   */
  say(channel, thread, text, files) {
    return this.ask("say", { channel, text, ...(thread ? { thread_ts: thread } : {}), ...(files.length ? { files } : {}) });
  }

  /** @param {string} channel @param {string} ts @param {string} text */
  edit(channel, ts, text) {
    return this.ask("edit", { channel, ts, text });
  }

  /** @param {string} channel @param {string} ts */
  delete(channel, ts) {
    return this.ask("delete", { channel, ts });
  }

  /** @param {string} channel @param {string} ts @param {string} name adds the reaction, or takes it back */
  react(channel, ts, name) {
    return this.ask("react", { channel, ts, name });
  }

  /** @param {string} channel @param {string} command with its slash @param {string} text */
  slash(channel, command, text) {
    return this.ask("slash", { channel, command, text });
  }

  /** @param {string} channel @param {string} ts @param {string} callbackId */
  shortcut(channel, ts, callbackId) {
    return this.ask("shortcut", { channel, ts, callback_id: callbackId });
  }

  /** @param {Record<string, any>} action where it stands (`channel` and `ts`, or `view_id`) and what was chosen */
  press(action) {
    return this.ask("press", action);
  }

  /** @param {string} viewId @param {Record<string, any>} values */
  submit(viewId, values) {
    return this.ask("submit", { view_id: viewId, values });
  }

  /** @param {string} viewId */
  closeView(viewId) {
    return this.ask("close_view", { view_id: viewId });
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

  /** @param {string} kind @param {boolean} on @param {Record<string, any>} options */
  fault(kind, on, options) {
    return this.ask("fault", { kind, on, options });
  }

  /**
   * @param {File} file
   * @returns {Promise<any>} the file as the server keeps it
   */
  async upload(file) {
    const body = new FormData();
    body.append("file", file, file.name);
    let answer;
    try {
      const response = await fetch(`/page/upload?as=${encodeURIComponent(this.store.me)}`, { method: "POST", body });
      answer = await response.json();
    } catch {
      throw new Refused("not_connected");
    }
    if (!answer.ok) throw new Refused(String(answer.error ?? "upload_failed"), answer);
    return answer.file;
  }

  /** @param {string} what @param {Record<string, any>} fields */
  ask(what, fields) {
    return this.live.ask(what, { as: this.store.me, ...fields });
  }

  /** @param {any} event */
  take(event) {
    const { store } = this;
    switch (event.event) {
      case "hello":
        store.welcome(event);
        void this.arrive();
        break;
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
      case "bot":
        store.setBot(event);
        break;
      case "call":
        store.addCall(event);
        break;
      case "fault":
        store.setFault(event);
        break;
      default: // a newer server may say more than this page knows
    }
  }

  /** After each connect: whose direct message is which, the calls so far, and what we look at. */
  async arrive() {
    const { store } = this;
    this.visiting = "";
    try {
      await Promise.all([...store.people.keys()].filter((person) => !store.directs.has(person)).map((person) => this.learnDirect(person)));
      const { calls } = await this.ask("calls", {});
      store.setCalls(calls ?? []);
      await this.show();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.code !== "not_connected") store.tell("trouble", error);
    }
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

/**
 * Why something could not be done, for people.
 *
 * @param {unknown} error
 */
export function explain(error) {
  if (!(error instanceof Refused)) throw error;
  /** @type {Record<string, string>} */
  const known = {
    not_connected: "There is no connection right now. Try again when it is back.",
    no_answer: "The playground did not answer. Try again.",
    upload_failed: "The file could not be uploaded.",
    dispatch_failed: "The bot did not answer in time. Is it running?",
    operation_timeout: "The bot did not answer in time. Try again.",
    msg_too_long: "This message is too long.",
    cant_delete_message: "This message cannot be deleted.",
    cant_update_message: "This message cannot be changed.",
  };
  return known[error.code] ?? `That did not work: ${error.code.replaceAll("_", " ").replace(/[.\s]+$/, "")}.`;
}
