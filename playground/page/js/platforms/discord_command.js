/** Slash commands as Discord has them: a command, perhaps a subcommand, and options as `name:value`. */

import { avatar } from "../avatar.js";
import { matching } from "../completion.js";
import { icon } from "../icon.js";
import { Refused } from "../live.js";

const SLASH = 1;
const SUBCOMMAND = 1;
const GROUP = 2;
const BOOLEAN = 5;
const USER = 6;
const CHANNEL = 7;
const ROLE = 8;
const ATTACHMENT = 11;

/** @typedef {{id: string, name: string, subcommand: string | null, description: string, options: any[]}} Leaf a command that can be run */
/** @typedef {{name: string, from: number, text: string}} Given an option as it was typed, and where its value begins */

/** What the bot offered for an option, by what is shown: the value that is sent. @type {Map<string, any>} */
const offered = new Map();

/**
 * @param {import("../message.js").Desk} desk
 * @param {string} text
 * @param {boolean} inThread
 * @param {string[]} files
 * @returns {import("./platform.js").Command | null}
 */
export function readCommand(desk, text, inThread, files) {
  const { store, workspace } = desk;
  const leaf = leafOf(store, text);
  if (!leaf) {
    const begun = leavesOf(store).filter(({ name }) => name.startsWith(`${/^\/(\S*)/.exec(text)?.[1] ?? " "} `));
    return begun.length ? { refusal: `Choose one: ${begun.map(({ name }) => `/${name}`).join(", ")}.` } : null;
  }
  const { given, loose } = readOptions(leaf, text);
  const spare = [...files];
  /** @type {Record<string, any>} */
  const options = {};
  for (const option of leaf.options) {
    const typed = given.find(({ name }) => name === option.name);
    if (typed) options[option.name] = valueOf(option, typed.text);
    else if (option.type === ATTACHMENT && spare.length) options[option.name] = spare.shift();
  }
  if (loose !== "") {
    const free = leaf.options.find(({ name, type }) => !(name in options) && type !== ATTACHMENT);
    if (!free) return { refusal: `/${leaf.name} takes no “${loose}”.` };
    options[free.name] = valueOf(free, loose);
  }
  const missing = leaf.options.find(({ name, required }) => required && (options[name] ?? "") === "");
  if (missing) return { refusal: `The option ${missing.name} is required: ${missing.description}` };
  const where = (inThread ? store.place.thread : null) ?? /** @type {string} */ (store.channel);
  return { run: () => workspace.command(where, { command: leaf.id, ...(leaf.subcommand ? { subcommand: leaf.subcommand } : {}), options }) };
}

/**
 * @param {import("./platform.js").Typing} typing
 * @returns {import("../completion.js").Match | Promise<import("../completion.js").Match | null> | null}
 */
export function completeCommand({ desk, inThread, before }) {
  const { store } = desk;
  const leaf = leafOf(store, before);
  if (!leaf || before === `/${leaf.name}`) {
    const options = leavesOf(store).map(({ name, description, options: its }) => ({
      insert: `/${name}`,
      title: `/${name}`,
      rest: [description, its.map((option) => (option.required ? option.name : `[${option.name}]`)).join(" ")].filter(Boolean).join("  ·  "),
      face: () => avatar(store, store.hello.bot.id, "tiny"),
    }));
    const match = matching(0, before, options);
    return leaf && leaf.options.length === 0 ? { ...match, options: match.options.filter(({ insert }) => insert !== before) } : match;
  }
  const { given } = readOptions(leaf, before);
  const last = given.at(-1);
  const focused = last ? leaf.options.find(({ name }) => name === last.name) : null;
  const isOver = last && /\s$/.test(before) && last.text !== "" && !(focused?.autocomplete || focused?.choices);
  if (last && focused && !isOver) return values(desk, leaf, focused, last, given, inThread);
  const begun = /([\w-]*)$/.exec(before)?.[1] ?? "";
  const left = leaf.options.filter(({ name, type }) => type !== ATTACHMENT && !given.some((one) => one.name === name));
  const match = matching(
    before.length - begun.length,
    begun,
    left.map((option) => ({ insert: `${option.name}:`, title: option.name, rest: `${option.description}${option.required ? "  ·  required" : ""}`, face: () => icon("bolt"), goesOn: true })),
  );
  return { ...match, isLoose: !left.some(({ required }) => required) };
}

/**
 * What an option may be.
 *
 * @param {import("../message.js").Desk} desk
 * @param {Leaf} leaf
 * @param {any} option
 * @param {Given} typed
 * @param {Given[]} given
 * @param {boolean} inThread
 * @returns {import("../completion.js").Match | Promise<import("../completion.js").Match | null> | null}
 */
function values(desk, leaf, option, typed, given, inThread) {
  const { store, workspace } = desk;
  const offer = (/** @type {{name: string, value: any}[]} */ choices) => matching(typed.from, typed.text, choices.map(({ name }) => ({ insert: name, title: name, rest: option.name, face: () => icon("bolt") })));
  if (option.choices?.length) return offer(option.choices);
  if (option.type === BOOLEAN) return offer([{ name: "True", value: true }, { name: "False", value: false }]);
  if (option.type === USER) return offer([...store.people.values()].map(({ name }) => ({ name, value: name })));
  if (option.type === CHANNEL) return offer(store.channels.map(({ name }) => ({ name, value: name })));
  if (option.type === ROLE) return offer((store.hello.roles ?? []).map((/** @type {any} */ { name }) => ({ name, value: name })));
  if (!option.autocomplete) return null;
  const where = (inThread ? store.place.thread : null) ?? /** @type {string} */ (store.channel);
  const others = Object.fromEntries(given.filter(({ name }) => name !== option.name).map(({ name, text }) => [name, valueOf(leaf.options.find((one) => one.name === name), text)]));
  const asked = { command: leaf.id, ...(leaf.subcommand ? { subcommand: leaf.subcommand } : {}), option: option.name, value: typed.text, options: others };
  return workspace.autocomplete(where, asked).then(
    (/** @type {{name: string, value: any}[]} */ choices) => {
      for (const { name, value } of choices) offered.set(`${option.name} ${name}`, value);
      const options = choices.map(({ name }) => ({ insert: name, title: name, rest: option.name, face: () => icon("bolt") }));
      return { from: typed.from, options, isExact: options[0]?.insert === typed.text, isLoose: false };
    },
    (/** @type {unknown} */ error) => {
      if (!(error instanceof Refused)) throw error;
      return null; // the bot is not there: one types on
    },
  );
}

/** @param {any} option @param {string} text */
function valueOf(option, text) {
  const choice = option.choices?.find((/** @type {any} */ { name, value }) => name === text || String(value) === text);
  if (choice) return choice.value;
  if (option.type === BOOLEAN) return /^(true|yes|on)$/i.test(text);
  if ([USER, CHANNEL, ROLE].includes(option.type)) return text.replace(/^[@#]/, "");
  return offered.get(`${option.name} ${text}`) ?? text;
}

/**
 * All that can be run: commands without subcommands, and each subcommand.
 *
 * @param {import("../store.js").Store} store
 * @returns {Leaf[]}
 */
export function leavesOf(store) {
  return (store.hello.commands ?? [])
    .filter((/** @type {any} */ { type }) => (type ?? SLASH) === SLASH)
    .flatMap((/** @type {any} */ command) => {
      const { id, name, description, options = [] } = command;
      const under = options.filter((/** @type {any} */ { type }) => type === SUBCOMMAND || type === GROUP);
      if (under.length === 0) return [{ id, name, subcommand: null, description, options }];
      return under.flatMap((/** @type {any} */ one) =>
        (one.type === GROUP ? (one.options ?? []).map((/** @type {any} */ inner) => ({ ...inner, path: `${one.name} ${inner.name}` })) : [{ ...one, path: one.name }]).map(
          (/** @type {any} */ inner) => ({ id, name: `${name} ${inner.path}`, subcommand: inner.path, description: inner.description, options: inner.options ?? [] }),
        ),
      );
    });
}

/** The command that a text begins with. @param {import("../store.js").Store} store @param {string} text @returns {Leaf | null} */
function leafOf(store, text) {
  const fitting = leavesOf(store).filter(({ name }) => text === `/${name}` || text.startsWith(`/${name} `) || text.startsWith(`/${name}\n`));
  return fitting.sort((one, other) => other.name.length - one.name.length)[0] ?? null;
}

/**
 * The options as they were typed, and what stands before the first of them.
 *
 * @param {Leaf} leaf
 * @param {string} text
 * @returns {{given: Given[], loose: string}}
 */
function readOptions(leaf, text) {
  const from = leaf.name.length + 1;
  const rest = text.slice(from);
  const marks = [...rest.matchAll(/(^|\s)([\w-]+):[ ]?/g)].filter((match) => leaf.options.some(({ name }) => name === match[2]));
  const given = marks.map((match, at) => {
    const begin = match.index + match[0].length;
    return { name: match[2], from: from + begin, text: rest.slice(begin, marks[at + 1]?.index ?? rest.length).trim() };
  });
  return { given, loose: rest.slice(0, marks[0]?.index ?? rest.length).trim() };
}
