/** The page's one connection: questions with answers, and events. It reconnects by itself. */

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;
const ANSWER_WITHIN_MS = 30_000;

/** What the server refused, or what could not be asked. */
export class Refused extends Error {
  /** @param {string} code @param {any} [answer] */
  constructor(code, answer = null) {
    super(code);
    this.name = "Refused";
    this.code = code;
    this.answer = answer;
  }
}

export class Live {
  /**
   * @param {string} address on this server
   * @param {{onEvent: (event: any) => void, onLink: (link: "connecting" | "open" | "lost") => void}} listeners
   */
  constructor(address, { onEvent, onLink }) {
    this.address = address;
    this.onEvent = onEvent;
    this.onLink = onLink;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {Map<number, {resolve: (answer: any) => void, reject: (error: Error) => void, timer: number}>} */
    this.waiting = new Map();
    this.lastId = 0;
    this.wait = FIRST_WAIT_MS;
    this.retry = 0;
  }

  connect() {
    clearTimeout(this.retry);
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${this.address}`);
    this.socket = socket;
    socket.addEventListener("open", () => {
      if (socket !== this.socket) return;
      this.wait = FIRST_WAIT_MS;
      this.onLink("open");
    });
    socket.addEventListener("message", (message) => socket === this.socket && this.read(message.data));
    socket.addEventListener("close", () => this.lose(socket));
  }

  /** Hang up for good; nothing more is heard. */
  close() {
    clearTimeout(this.retry);
    const { socket } = this;
    this.socket = null;
    socket?.close();
    this.giveUp();
  }

  /** Try now instead of at the next turn. */
  hurry() {
    if (this.socket?.readyState === WebSocket.CLOSED) this.connect();
  }

  /**
   * Ask the server for something.
   *
   * @param {string} what
   * @param {Record<string, any>} fields
   * @returns {Promise<any>} the answer
   * @throws {Refused} when the server says no, or there is no connection
   */
  ask(what, fields) {
    const { socket } = this;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.reject(new Refused("not_connected"));
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Refused("no_answer"));
      }, ANSWER_WITHIN_MS);
      this.waiting.set(id, { resolve, reject, timer });
      socket.send(JSON.stringify({ id, do: what, ...fields }));
    });
  }

  /** @param {string} data */
  read(data) {
    const said = JSON.parse(data);
    if (typeof said.event === "string") {
      this.onEvent(said);
      return;
    }
    const waiting = this.waiting.get(said.reply);
    if (!waiting) return;
    this.waiting.delete(said.reply);
    clearTimeout(waiting.timer);
    if (said.ok) waiting.resolve(said);
    else waiting.reject(new Refused(String(said.error ?? "failed"), said));
  }

  /** @param {WebSocket} socket */
  lose(socket) {
    if (socket !== this.socket) return;
    this.giveUp();
    this.onLink("lost");
    this.retry = setTimeout(() => this.connect(), this.wait);
    this.wait = Math.min(this.wait * 1.7, LONGEST_WAIT_MS);
  }

  /** Nobody answers any more. */
  giveUp() {
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(new Refused("not_connected"));
    }
    this.waiting.clear();
  }
}
