/**
 * What the page knows, in one place. Views read it and listen to its topics; only the workspace (what the server
 * says) and the address bar (where we are) change it.
 *
 * A message is named by its `ts`, which orders a channel's messages too; a reply names its thread's root with
 * `thread_ts`. Threads that are more than their replies (they have a name, they can be locked) are in `threads`, named by
 * their root's `ts`; `home` is where such a message is kept, if not in its channel.
 *
 * @typedef {{id: string, name: string, display_name?: string, role: "member" | "admin", color: string, dm?: string}} Person
 * @typedef {{
 *   id: string, channel: string, name: string, owner?: string, archived: boolean, locked: boolean, count: number, latest: string | null,
 *   members?: string[], tags?: string[],
 * }} Thread
 * @typedef {{id: string, title: string, status: string, details?: any, output?: any, sources?: any[]}} Task
 * @typedef {{
 *   ts: string, channel: string, thread_ts?: string, user?: string, bot_id?: string, text?: string, blocks?: any[],
 *   markdown?: string, streaming?: boolean, tasks?: Task[], edited?: any, ephemeral_to?: string, files?: any[],
 *   reactions?: {name: string, users: string[]}[], reply_count?: number, reply_users?: string[], latest_reply?: string,
 *   subtype?: string, plan_title?: string, home?: string, embeds?: any[], components?: any[], loading?: boolean, pinged?: string[],
 *   forwarded?: {text: string, files: any[], embeds: any[]}[], stickers?: string[], poll?: any,
 *   quoted?: {ts: string, user: string, text: string, gone: boolean} | null, used?: {user: string, name: string} | null,
 * }} Message
 * @typedef {{status: string, title?: string | null}} Session
 * @typedef {{where: string, thread: string | null}} Place `where` is a channel's id, or "dm" for the speaking person's own
 */

/** The place that is each person's direct message with the bot. */
export const DM = "dm";

const CALLS_KEPT = 200;

export class Store {
  constructor() {
    /** @type {Map<string, Set<(detail: any) => void>>} */
    this.listeners = new Map();
    /** @type {"connecting" | "open" | "lost"} */
    this.link = "connecting";
    /** @type {any} what the server said at connect */
    this.hello = null;
    /** @type {Map<string, Person>} */
    this.people = new Map();
    /** @type {string} who is speaking */
    this.me = "";
    /** Their name, which is the same in each workspace. */
    this.myName = "";
    /** @type {Place} */
    this.place = { where: "", thread: null };
    /** @type {Map<string, Map<string, Message>>} by channel and ts, replies too */
    this.messages = new Map();
    /** @type {Set<string>} channels and `channel:thread`s whose messages are here */
    this.loaded = new Set();
    /** @type {Map<string, string>} person → their direct message's channel */
    this.directs = new Map();
    /** @type {Map<string, Session>} by `channel:thread` */
    this.sessions = new Map();
    /** @type {Map<string, string>} `person channel` or `person channel:thread` → ts of the first message not yet read */
    this.unread = new Map();
    /** @type {any[]} */
    this.calls = [];
    /** @type {any[]} */
    this.faults = [];
    /** @type {{connected: boolean, connections: number}} */
    this.bot = { connected: false, connections: 0 };
    /** @type {Map<string, any[]>} person → their stack of open modals */
    this.views = new Map();
    /** @type {Map<string, any>} person → their home tab */
    this.homes = new Map();
    /** @type {Map<string, Thread>} named threads, by their root's ts */
    this.threads = new Map();
    /** @type {Map<string, Map<string, number>>} channel or `channel:thread` → who writes there → timer that ends it */
    this.typists = new Map();
    /** What places begin with in the address bar. */
    this.prefix = "";
    /** @type {import("./prose.js").Names} */
    this.names = {
      person: (id) => this.nameOf(id),
      channel: (id) => this.channelNamed(id)?.name ?? this.threads.get(id)?.name ?? null,
      handle: (id) => (this.isBot(id) ? (this.hello.bot.handle ?? this.hello.bot.name) : (this.people.get(id)?.name ?? null)),
      isMe: (id) => id === this.me,
      address: (id) => {
        const thread = this.threads.get(id);
        return this.addressOf(thread ? { where: thread.channel, thread: id } : { where: id, thread: null });
      },
    };
  }

  // ---- listening

  /**
   * @param {string} topic link, hello, me, place, loaded, message, gone, session, unread, call, calls, fault, bot, view, home, channel, thread, typing
   * @param {(detail: any) => void} listener
   */
  on(topic, listener) {
    const set = this.listeners.get(topic) ?? new Set();
    set.add(listener);
    this.listeners.set(topic, set);
  }

  /** @param {string} topic @param {any} [detail] */
  tell(topic, detail) {
    for (const listener of this.listeners.get(topic) ?? []) listener(detail);
  }

  // ---- reading

  /** The channel we look at, or null while the direct message is not yet known. */
  get channel() {
    return this.place.where === DM ? (this.directs.get(this.me) ?? null) : this.place.where || null;
  }

  /** Channels that the person who is speaking sees: a private one is its members'. @returns {any[]} */
  get channels() {
    return (this.hello?.channels ?? []).filter((/** @type {any} */ channel) => !channel.is_private || (channel.members ?? []).includes(this.me));
  }

  /** What the address bar shows for a place. @param {Place} place */
  addressOf({ where, thread }) {
    return `#/${this.prefix}${where}${thread ? `/${thread}` : ""}`;
  }

  /** A channel's named threads that the speaking person sees, the newest activity first. @param {string} channel */
  threadsIn(channel) {
    return [...this.threads.values()]
      .filter((thread) => thread.channel === channel && this.seesThread(thread))
      .sort((one, other) => compareTs(other.latest ?? other.id, one.latest ?? one.id));
  }

  /** @param {Thread} thread */
  seesThread({ members }) {
    return !members || members.includes(this.me) || this.isAdmin;
  }

  get isAdmin() {
    return this.people.get(this.me)?.role === "admin";
  }

  /** @param {Thread | null} thread */
  stateOf(thread) {
    return thread?.locked ? "Locked" : thread?.archived ? "Archived" : "";
  }

  /** @param {string} place a channel or `channel:thread` @returns {string[]} who writes there, but for who is speaking */
  typing(place) {
    return [...(this.typists.get(place)?.keys() ?? [])].filter((user) => user !== this.me);
  }

  /** @param {string} id */
  channelNamed(id) {
    return this.hello?.channels.find((/** @type {any} */ channel) => channel.id === id) ?? null;
  }

  /** @param {string} id a person's id, the bot's or its user's @returns {string | null} */
  nameOf(id) {
    if (this.isBot(id)) return this.hello.bot.name;
    const person = this.people.get(id);
    return person ? person.display_name || person.name : null;
  }

  /** @param {string | undefined} id */
  isBot(id) {
    return Boolean(id) && (id === this.hello?.bot.user_id || id === this.hello?.bot.id);
  }

  /** @param {Message} message */
  isByBot(message) {
    return Boolean(message.bot_id) || this.isBot(message.user);
  }

  /** @param {string} channel */
  isDirect(channel) {
    return [...this.directs.values()].includes(channel);
  }

  /** @param {Message} message whether the person who is speaking may see it */
  isVisible(message) {
    return !message.ephemeral_to || message.ephemeral_to === this.me;
  }

  /** @param {string} channel @param {string} ts */
  message(channel, ts) {
    return this.messages.get(channel)?.get(ts) ?? null;
  }

  /** @param {string} channel @returns {Message[]} the channel's own messages, oldest first */
  topLevel(channel) {
    return this.sorted(channel, isTopLevel);
  }

  /** @param {string} channel @param {string} thread @returns {Message[]} the root and its replies */
  thread(channel, thread) {
    return this.sorted(channel, (message) => message.ts === thread || message.thread_ts === thread);
  }

  /** @param {string} channel @param {string | null} thread */
  sessionOf(channel, thread) {
    return this.sessions.get(`${channel}:${thread ?? ""}`) ?? null;
  }

  /** Sessions of a channel. @param {string} channel @returns {{thread: string, session: Session}[]} */
  sessionsIn(channel) {
    return [...this.sessions].flatMap(([key, session]) =>
      key.startsWith(`${channel}:`) ? [{ thread: key.slice(channel.length + 1), session }] : [],
    );
  }

  /** @param {string} place a channel or `channel:thread` @returns {string | null} */
  firstUnread(place, person = this.me) {
    return this.unread.get(`${person} ${place}`) ?? null;
  }

  /** How many messages of a channel a person has not read. @param {string} channel */
  unreadCount(channel, person = this.me) {
    const first = this.firstUnread(channel, person);
    return first ? this.topLevel(channel).filter((message) => compareTs(message.ts, first) >= 0 && message.user !== person).length : 0;
  }

  /** The modal on top for the person who is speaking. */
  get view() {
    return this.views.get(this.me)?.at(-1) ?? null;
  }

  /** @param {string} channel @param {(message: Message) => boolean} wanted @returns {Message[]} */
  sorted(channel, wanted) {
    return [...(this.messages.get(channel)?.values() ?? [])]
      .filter((message) => wanted(message) && this.isVisible(message))
      .sort((one, other) => compareTs(one.ts, other.ts));
  }

  // ---- changing

  /** @param {"connecting" | "open" | "lost"} link */
  setLink(link) {
    if (this.link === link) return;
    this.link = link;
    this.tell("link");
  }

  /** Turn away from a workspace: another one says hello next. @param {string} prefix of the next one's addresses */
  leave(prefix) {
    const before = this.place;
    this.place = { where: "", thread: null };
    this.prefix = prefix;
    this.hello = null;
    this.calls = [];
    this.link = "connecting";
    this.threads.clear();
    this.views.clear();
    this.tell("place", { before });
    this.tell("view");
    this.tell("link");
  }

  /** A fresh start: what was loaded before may be stale. @param {any} hello */
  welcome(hello) {
    this.hello = hello;
    this.people = new Map(hello.people.map((/** @type {Person} */ person) => [person.id, person]));
    const known = hello.people.find((/** @type {Person} */ { id, name }) => id === this.me || name === this.myName);
    this.me = (known ?? hello.people[0])?.id ?? "";
    this.myName = this.people.get(this.me)?.name ?? "";
    this.loaded.clear();
    this.directs = new Map(hello.people.flatMap((/** @type {Person} */ person) => (person.dm ? [[person.id, person.dm]] : [])));
    this.sessions.clear();
    this.views.clear();
    this.typists.clear();
    this.threads = new Map((hello.threads ?? []).map((/** @type {Thread} */ thread) => [thread.id, thread]));
    this.faults = hello.faults ?? [];
    this.bot = { connected: Boolean(hello.bot.connected), connections: hello.bot.connections ?? (hello.bot.connected ? 1 : 0) };
    this.tell("hello");
    this.tell("view");
  }

  /** @param {string} person */
  speakAs(person) {
    if (this.me === person || !this.people.has(person)) return;
    this.me = person;
    this.myName = this.people.get(person)?.name ?? "";
    this.tell("me");
  }

  /** @param {Place} place */
  goTo(place) {
    if (this.place.where === place.where && this.place.thread === place.thread) return;
    const before = this.place;
    this.place = place;
    this.tell("place", { before });
  }

  /** @param {string} person @param {string} channel */
  setDirect(person, channel) {
    if (this.directs.get(person) === channel) return;
    this.directs.set(person, channel);
    this.tell("unread");
  }

  /** A channel's messages, in full. @param {string} channel @param {Message[]} messages */
  load(channel, messages) {
    const known = this.messages.get(channel) ?? new Map();
    for (const [ts, message] of known) if (isTopLevel(message) && !message.ephemeral_to) known.delete(ts);
    for (const message of messages) known.set(message.ts, message);
    this.messages.set(channel, known);
    this.loaded.add(channel);
    this.tell("loaded", { channel, thread: null });
  }

  /**
   * @param {string} channel
   * @param {string} thread
   * @param {Message[]} messages
   * @param {Session | null} session
   */
  loadThread(channel, thread, messages, session) {
    const known = this.messages.get(channel) ?? new Map();
    for (const [ts, message] of known) if (message.thread_ts === thread && ts !== thread && !message.ephemeral_to) known.delete(ts);
    for (const message of messages) known.set(message.ts, message);
    this.messages.set(channel, known);
    this.loaded.add(`${channel}:${thread}`);
    this.setSession(channel, thread, session);
    this.tell("loaded", { channel, thread });
  }

  /** @param {string} channel @param {Message} message new or changed */
  put(channel, message) {
    const known = this.messages.get(channel) ?? new Map();
    this.messages.set(channel, known);
    const before = known.get(message.ts) ?? null;
    known.set(message.ts, message);
    this.setTyping(isTopLevel(message) ? channel : `${channel}:${message.thread_ts}`, message.bot_id ?? message.user ?? "", 0);
    if (!before) this.markUnread(channel, message);
    this.tell("message", { channel, message, before });
  }

  /** @param {string} channel @param {string} ts */
  remove(channel, ts) {
    const message = this.message(channel, ts);
    if (!message) return;
    this.messages.get(channel)?.delete(ts);
    this.tell("gone", { channel, message });
  }

  /** @param {string} channel @param {string | null} thread @param {Session | null} session */
  setSession(channel, thread, session) {
    const key = `${channel}:${thread ?? ""}`;
    if (session) this.sessions.set(key, session);
    else this.sessions.delete(key);
    this.tell("session", { channel, thread: thread ?? "" });
  }

  /** A new message is unread for those who did not write it. @param {string} channel @param {Message} message */
  markUnread(channel, message) {
    const owner = [...this.directs].find(([, direct]) => direct === channel)?.[0];
    const place = isTopLevel(message) ? channel : `${channel}:${message.thread_ts}`;
    for (const person of owner ? [owner] : this.people.keys()) {
      if (message.user === person || (message.ephemeral_to && message.ephemeral_to !== person)) continue;
      if (!this.unread.has(`${person} ${place}`)) this.unread.set(`${person} ${place}`, message.ts);
    }
    this.tell("unread");
  }

  /** @param {string} place a channel or `channel:thread` that the speaking person has now read */
  markRead(place) {
    if (this.unread.delete(`${this.me} ${place}`)) this.tell("unread");
  }

  /** A channel that is new, or changed. @param {any} channel */
  setChannel(channel) {
    const { channels } = this.hello;
    const at = channels.findIndex((/** @type {any} */ { id }) => id === channel.id);
    if (at >= 0) channels[at] = channel;
    else channels.push(channel);
    this.tell("channel", channel);
  }

  /** @param {Thread} thread new or changed */
  setThread(thread) {
    this.threads.set(thread.id, thread);
    this.tell("thread", thread);
  }

  /** A channel or a named thread is gone. @param {string} id */
  removeChannel(id) {
    const thread = this.threads.get(id);
    if (thread) {
      this.threads.delete(id);
      this.tell("thread", thread);
    } else {
      for (const { id: inner, channel } of [...this.threads.values()]) if (channel === id) this.threads.delete(inner);
      this.hello.channels = this.hello.channels.filter((/** @type {any} */ channel) => channel.id !== id);
      this.tell("channel", { id });
    }
  }

  /** @param {string} place a channel or `channel:thread` @param {string} user @param {number} forMs 0 when they are done */
  setTyping(place, user, forMs) {
    const typists = this.typists.get(place) ?? new Map();
    this.typists.set(place, typists);
    const wasTyping = typists.has(user);
    clearTimeout(typists.get(user));
    typists.delete(user);
    if (forMs > 0) typists.set(user, setTimeout(() => this.setTyping(place, user, 0), forMs));
    if (wasTyping || forMs > 0) this.tell("typing", place);
  }

  /** @param {any[]} commands */
  setCommands(commands) {
    this.hello.commands = commands;
  }

  /** @param {any[]} calls */
  setCalls(calls) {
    this.calls = calls.slice(-CALLS_KEPT);
    this.tell("calls");
  }

  /** @param {any} call */
  addCall(call) {
    this.calls.push(call);
    if (this.calls.length > CALLS_KEPT) this.calls.shift();
    this.tell("call", call);
  }

  /** @param {{kind: string, on: boolean, options?: any}} change */
  setFault(change) {
    this.faults = this.faults.map((fault) =>
      fault.kind === change.kind ? { ...fault, on: change.on, options: change.options ?? fault.options } : fault,
    );
    this.tell("fault", change.kind);
  }

  /** @param {{connected: boolean, connections?: number}} bot */
  setBot(bot) {
    this.bot = { connected: bot.connected, connections: bot.connections ?? (bot.connected ? 1 : 0) };
    this.tell("bot");
  }

  /** Open a modal, or put a new version in its place. @param {string} person @param {any} view */
  setView(person, view) {
    const stack = [...(this.views.get(person) ?? [])];
    const at = stack.findIndex((open) => open.id === view.id);
    if (at >= 0) stack[at] = view;
    else stack.push(view);
    this.views.set(person, stack);
    if (person === this.me) this.tell("view");
  }

  /** @param {string} person @param {string} viewId */
  removeView(person, viewId) {
    this.views.set(person, (this.views.get(person) ?? []).filter((view) => view.id !== viewId));
    if (person === this.me) this.tell("view");
  }

  /** @param {string} person @param {any} view */
  setHome(person, view) {
    this.homes.set(person, view);
    if (person === this.me) this.tell("home");
  }
}

/** @param {Message} message */
export function isTopLevel(message) {
  return !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast";
}

/** Order of two timestamps, as a sort wants it. @param {string} one @param {string} other */
export function compareTs(one, other) {
  const [a, b] = one.split(".");
  const [c, d] = other.split(".");
  // Whole numbers may be greater than a Number holds: the longer is the greater, then digit by digit.
  return a.length - c.length || (a < c ? -1 : a > c ? 1 : 0) || Number(b ?? 0) - Number(d ?? 0);
}
