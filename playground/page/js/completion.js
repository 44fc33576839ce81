/** What one may mean while typing: people after `@`, channels after `#`, commands after `/`. */

import { avatar } from "./avatar.js";
import { h } from "./element.js";
import { icon } from "./icon.js";
import { freshId } from "./control.js";

/**
 * @typedef {object} Option
 * @property {string} insert takes the place of what was typed
 * @property {string} title
 * @property {string} rest
 * @property {() => Node} face
 */

/**
 * @typedef {object} Match
 * @property {number} from where the replaced text begins
 * @property {Option[]} options
 * @property {boolean} isExact what stands there already is an option: Enter sends
 * @property {boolean} isLoose nothing is chosen until an arrow key is pressed
 */

export class Completion {
  /**
   * @param {import("./store.js").Store} store
   * @param {HTMLTextAreaElement} field
   * @param {{withCommands: boolean}} options
   */
  constructor(store, field, { withCommands }) {
    this.store = store;
    this.field = field;
    this.withCommands = withCommands;
    this.id = freshId();
    this.element = h("div", { class: "options", role: "listbox", id: this.id, "aria-label": "Suggestions", hidden: true, "data-testid": "suggestions" });
    /** @type {Match | null} */
    this.match = null;
    this.at = -1;
    field.setAttribute("aria-autocomplete", "list");
    field.addEventListener("input", () => this.refresh());
    field.addEventListener("click", () => this.refresh());
    field.addEventListener("blur", () => this.close());
  }

  get isOpen() {
    return this.match !== null;
  }

  refresh() {
    const { field } = this;
    const caret = field.selectionStart;
    const match = caret === field.selectionEnd ? this.find(field.value, caret) : null;
    if (!match || match.options.length === 0) return this.close();
    this.match = match;
    this.at = match.isLoose ? -1 : 0;
    this.element.replaceChildren(
      ...match.options.map((option, index) =>
        h(
          "div",
          {
            class: "option", role: "option", id: `${this.id}-${index}`, "aria-selected": "false",
            on: {
              pointerdown: (/** @type {Event} */ event) => event.preventDefault(), // the field keeps the focus
              click: () => this.choose(index),
            },
          },
          option.face(),
          h("strong", {}, option.title),
          h("span", { class: "rest" }, option.rest),
        ),
      ),
    );
    this.element.hidden = false;
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-expanded", "true");
    field.setAttribute("aria-controls", this.id);
    this.mark();
  }

  close() {
    if (!this.match) return;
    this.match = null;
    this.element.hidden = true;
    for (const name of ["role", "aria-expanded", "aria-controls", "aria-activedescendant"]) this.field.removeAttribute(name);
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key was meant for the list */
  takeKey(event) {
    if (!this.match) return false;
    const { options, isExact } = this.match;
    if (event.key === "ArrowDown") this.at = (this.at + 1) % options.length;
    else if (event.key === "ArrowUp") this.at = (this.at - 1 + options.length) % options.length;
    else if (event.key === "Escape") this.close();
    else if (event.key === "Tab" && !event.shiftKey) this.choose(Math.max(0, this.at));
    else if (event.key === "Enter" && !event.shiftKey && this.at >= 0 && !(isExact && this.at === 0)) this.choose(this.at);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    if (this.match) this.mark();
    return true;
  }

  /** @param {number} index */
  choose(index) {
    if (!this.match) return;
    const { from, options } = this.match;
    const { field } = this;
    this.close();
    field.focus();
    field.setRangeText(`${options[index].insert} `, from, field.selectionStart, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  mark() {
    [...this.element.children].forEach((child, index) => {
      child.setAttribute("aria-selected", String(index === this.at));
      if (index === this.at) child.scrollIntoView({ block: "nearest" });
    });
    if (this.at >= 0) this.field.setAttribute("aria-activedescendant", `${this.id}-${this.at}`);
    else this.field.removeAttribute("aria-activedescendant");
  }

  /** @param {string} text @param {number} caret @returns {Match | null} */
  find(text, caret) {
    const before = text.slice(0, caret);
    const command = this.withCommands ? /^\/\S*$/.exec(before) : null;
    if (command) return this.matching(0, command[0], this.commands());
    const argument = this.withCommands ? /^(\/\S+) ([\w-]*)$/.exec(before) : null;
    if (argument) {
      const match = this.matching(argument[1].length + 1, argument[2], this.subcommands(argument[1]));
      return match.isExact ? null : { ...match, isLoose: true };
    }
    const name = /(?:^|[\s(])([@#][\w.-]*)$/.exec(before);
    if (!name) return null;
    return this.matching(caret - name[1].length, name[1], name[1].startsWith("@") ? this.people() : this.channels());
  }

  /** @param {number} from @param {string} typed @param {Option[]} options @returns {Match} */
  matching(from, typed, options) {
    const wanted = typed.toLowerCase();
    const bare = wanted.replace(/^[@#/]/, "");
    const fitting = options.filter(({ insert, title }) => insert.toLowerCase().startsWith(wanted) || title.toLowerCase().split(/\s+/).some((word) => word.startsWith(bare)));
    return { from, options: fitting, isExact: fitting[0]?.insert.toLowerCase() === wanted, isLoose: false };
  }

  /** @returns {Option[]} */
  people() {
    const { store } = this;
    const bot = store.hello.bot;
    return [
      { insert: `@${handleOf(bot.name)}`, title: bot.name, rest: "App", face: () => avatar(store, bot.id, "small") },
      ...[...store.people.values()].map((person) => ({
        insert: `@${person.name}`,
        title: person.display_name || person.name,
        rest: `${person.name}${person.id === store.me ? " (you)" : ""}`,
        face: () => avatar(store, person.id, "small"),
      })),
    ];
  }

  /** @returns {Option[]} */
  channels() {
    return this.store.channels.map((/** @type {any} */ channel) => ({ insert: `#${channel.name}`, title: channel.name, rest: channel.topic ?? "", face: () => icon("hash") }));
  }

  /** @returns {Option[]} */
  commands() {
    return this.store.hello.commands.map((/** @type {any} */ command) => ({
      insert: command.command,
      title: command.command,
      rest: [command.usage_hint, command.description].filter(Boolean).join("  ·  "),
      face: () => icon("bolt"),
    }));
  }

  /** @param {string} command @returns {Option[]} */
  subcommands(command) {
    const hint = this.store.hello.commands.find((/** @type {any} */ known) => known.command === command)?.usage_hint ?? "";
    const words = hint.replace(/[[\]]/g, "").split("|").map((/** @type {string} */ word) => word.trim());
    if (words.length < 2 || !words.every((/** @type {string} */ word) => /^[\w-]+$/.test(word))) return [];
    return words.map((/** @type {string} */ word) => ({ insert: word, title: word, rest: `${command} ${word}`, face: () => icon("bolt") }));
  }
}

/** How one writes to someone of this name. @param {string} name */
export function handleOf(name) {
  return name.toLowerCase().replace(/\s+/g, "-");
}
