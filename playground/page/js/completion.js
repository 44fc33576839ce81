/** What one may mean while typing: people after `@`, channels after `#`, the platform's commands after `/`. */

import { avatar } from "./avatar.js";
import { h } from "./element.js";
import { icon } from "./icon.js";
import { freshId } from "./control.js";

/**
 * @typedef {object} Option
 * @property {string} insert takes the place of what was typed
 * @property {string} title
 * @property {string} rest
 * @property {boolean} [goesOn] more is typed right behind it, without a space
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
   * @param {import("./message.js").Desk} desk
   * @param {HTMLTextAreaElement} field
   * @param {{inThread: boolean}} options
   */
  constructor(desk, field, { inThread }) {
    this.desk = desk;
    this.store = desk.store;
    this.field = field;
    this.inThread = inThread;
    /** Counts what was typed: an answer that comes too late is dropped. */
    this.turn = 0;
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
    const found = caret === field.selectionEnd ? this.find(field.value, caret) : null;
    this.turn += 1;
    if (!(found instanceof Promise)) return this.offer(found);
    const { turn } = this;
    void found.then((match) => {
      if (turn === this.turn && document.activeElement === field) this.offer(match);
    });
  }

  /** @param {Match | null} match */
  offer(match) {
    const { field } = this;
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
    this.turn += 1;
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
    field.setRangeText(`${options[index].insert}${options[index].goesOn ? "" : " "}`, from, field.selectionStart, "end");
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

  /** @param {string} text @param {number} caret @returns {Match | Promise<Match | null> | null} */
  find(text, caret) {
    const before = text.slice(0, caret);
    if (before.startsWith("/")) {
      const match = this.desk.platform().complete({ desk: this.desk, inThread: this.inThread, before });
      if (match) return match;
    }
    const name = /(?:^|[\s(])([@#][\w.-]*)$/.exec(before);
    if (!name) return null;
    return matching(caret - name[1].length, name[1], name[1].startsWith("@") ? this.people() : this.channels());
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
}

/**
 * Those options that fit what was typed.
 *
 * @param {number} from
 * @param {string} typed
 * @param {Option[]} options
 * @returns {Match}
 */
export function matching(from, typed, options) {
  const wanted = typed.toLowerCase();
  const bare = wanted.replace(/^[@#/]/, "");
  const fitting = options.filter(({ insert, title }) => insert.toLowerCase().startsWith(wanted) || title.toLowerCase().split(/\s+/).some((word) => word.startsWith(bare)));
  return { from, options: fitting, isExact: fitting[0]?.insert.toLowerCase() === wanted, isLoose: false };
}

/** How one writes to someone of this name. @param {string} name */
export function handleOf(name) {
  return name.toLowerCase().replace(/\s+/g, "-");
}
