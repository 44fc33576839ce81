/** What a person can do in a workspace, whatever the platform: the connection, files, faults, and what the server tells. */

import { Live, Refused } from "./live.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").Message} Message */

/**
 * Each platform's own workspace extends this with its verbs. Messages and threads are named as the store has them.
 */
export class Workspace {
  /**
   * @param {Store} store
   * @param {{live: string, upload: string}} addresses on this server
   */
  constructor(store, { live, upload }) {
    this.store = store;
    this.uploadAddress = upload;
    this.live = new Live(live, { onEvent: (event) => this.take(event), onLink: (link) => store.setLink(link) });
  }

  connect() {
    this.live.connect();
  }

  close() {
    this.live.close();
  }

  /** @param {string} kind @param {boolean} on @param {Record<string, any>} options */
  fault(kind, on, options) {
    return this.ask("fault", { kind, on, options });
  }

  /**
   * @param {File} file
   * @param {AbortSignal} [signal] gives it up
   * @returns {Promise<any>} the file as the server keeps it
   */
  async upload(file, signal) {
    const body = new FormData();
    body.append("file", file, file.name);
    let answer;
    try {
      const response = await fetch(`${this.uploadAddress}?as=${encodeURIComponent(this.store.me)}`, { method: "POST", body, signal });
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
        store.welcome(this.asHello(event));
        void this.arrive();
        break;
      case "bot":
        store.setBot(event);
        break;
      case "call":
        store.addCall(this.asCall(event));
        break;
      case "fault":
        store.setFault(event);
        break;
      default: // a newer server may say more than this page knows
    }
  }

  /** After each connect: the calls so far, and what we look at. */
  async arrive() {
    const { store } = this;
    try {
      await this.prepare();
      const { calls } = await this.ask("calls", {});
      store.setCalls((calls ?? []).map((/** @type {any} */ call) => this.asCall(call)));
      await this.show();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.code !== "not_connected") store.tell("trouble", error);
    }
  }

  /** What must be known before anything is shown. */
  async prepare() {}

  /** Load what the person looks at, unless it is here already. */
  async show() {}

  /** The server's hello, as the store has it. @param {any} hello */
  asHello(hello) {
    return hello;
  }

  /** An API call, as the list shows it: its limit as `{name, max, used, title}`. @param {any} call */
  asCall(call) {
    return call;
  }

  /** Somebody writes; not every platform shows that. @param {string} _channel @param {string | null} _thread */
  typing(_channel, _thread) {}
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
  if (known[error.code]) return known[error.code];
  const words = error.code.replaceAll("_", " ").replace(/[.\s]+$/, "");
  return /^The |^This /.test(words) ? `${words}.` : `That did not work: ${words}.`;
}
