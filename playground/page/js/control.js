/** Block Kit's interactive elements: what they look like, and what they hold in Slack's own form. */

import { h } from "./element.js";
import { icon } from "./icon.js";
import { openMenu } from "./menu.js";
import { askFirst } from "./question.js";
import { safeLink } from "./link.js";

/**
 * @typedef {object} Control
 * @property {HTMLElement} element
 * @property {() => Record<string, any>} read its state as `view.state.values` has it
 * @property {HTMLElement} focus what to focus when something is wrong with it
 */

/**
 * @typedef {object} ControlContext
 * @property {import("./store.js").Store} store
 * @property {(chosen: Record<string, any>) => Promise<void>} act tells the bot; `chosen` in Slack's field names
 * @property {string} [id] given to the field, for its label
 * @property {string} [label] the accessible name where no label stands beside it
 * @property {string} [describedBy] ids of the hint and the error
 */

let lastId = 0;

/** An id for a field that nothing else on the page has. */
export function freshId() {
  lastId += 1;
  return `field-${lastId}`;
}

/**
 * @param {any} spec the element
 * @param {ControlContext} context
 * @returns {Control | null} null for an element that this page does not know
 */
export function control(spec, context) {
  switch (spec.type) {
    case "button":
    case "workflow_button":
      return button(spec, context);
    case "plain_text_input":
    case "number_input":
    case "email_text_input":
    case "url_text_input":
      return textField(spec, context);
    case "datepicker":
      return dated(spec, context, "date", "selected_date", spec.initial_date);
    case "timepicker":
      return dated(spec, context, "time", "selected_time", spec.initial_time);
    case "static_select":
    case "external_select":
      return select(spec, context, optionsOf(spec), spec.initial_option?.value, (value) => ({ selected_option: find(spec, value) }));
    case "users_select":
      return select(spec, context, peopleOf(context.store), spec.initial_user, (value) => ({ selected_user: value || null }));
    case "channels_select":
      return select(spec, context, channelsOf(context.store), spec.initial_channel, (value) => ({ selected_channel: value || null }));
    case "conversations_select":
      return select(spec, context, channelsOf(context.store), spec.initial_conversation, (value) => ({ selected_conversation: value || null }));
    case "multi_static_select":
    case "checkboxes":
      return choices(spec, context, "checkbox");
    case "radio_buttons":
      return choices(spec, context, "radio");
    case "overflow":
      return overflow(spec, context);
    case "feedback_buttons":
      return feedback(spec, context);
    case "icon_button":
      return iconButton(spec, context);
    default:
      return null;
  }
}

/**
 * What to tell of a choice: an option and a button's value by themselves, everything else as the element's whole state.
 *
 * @param {Record<string, any>} chosen
 */
export function pressed(chosen) {
  return "selected_option" in chosen || "value" in chosen || chosen.type === "button" ? chosen : { ...chosen, value: chosen };
}

/** A text object's words. @param {any} text */
export function wordsOf(text) {
  return typeof text === "string" ? text : String(text?.text ?? "");
}

/** @param {any} spec @param {ControlContext} context @returns {Control} */
function button(spec, context) {
  const look = spec.style === "primary" ? "button primary" : spec.style === "danger" ? "button danger" : "button";
  const label = spec.accessibility_label ?? null;
  const href = spec.url ? safeLink(spec.url) : null;
  const press = async () => {
    if (spec.confirm && !(await askFirst(confirmOf(spec.confirm)))) return;
    await busy(element, () => context.act({ type: "button", ...(spec.value === undefined ? {} : { value: spec.value }) }));
  };
  /** @type {HTMLElement} */
  const element = href
    ? h("a", { class: look, href, target: "_blank", rel: "noopener noreferrer", "aria-label": label, on: { click: () => void context.act({ type: "button", value: spec.value }) } }, wordsOf(spec.text))
    : h("button", { class: look, type: "button", "aria-label": label, on: { click: () => void press() } }, wordsOf(spec.text));
  return { element, read: () => ({ type: "button" }), focus: element };
}

/** @param {any} spec @param {ControlContext} context @returns {Control} */
function textField(spec, context) {
  /** @type {Record<string, string>} */
  const types = { number_input: "number", email_text_input: "email", url_text_input: "url" };
  const attributes = {
    class: "field",
    id: context.id,
    "aria-label": context.label,
    "aria-describedby": context.describedBy,
    placeholder: wordsOf(spec.placeholder) || null,
    maxlength: spec.max_length ?? null,
    "data-action": spec.action_id,
    autofocus: spec.focus_on_load === true,
  };
  const field = spec.multiline
    ? h("textarea", { ...attributes, rows: 4 })
    : h("input", {
        ...attributes,
        type: types[spec.type] ?? "text",
        step: spec.type === "number_input" ? (spec.is_decimal_allowed ? "any" : "1") : null,
        min: spec.min_value ?? null,
        max: spec.max_value ?? null,
      });
  field.value = spec.initial_value ?? "";
  const read = () => ({ type: spec.type, value: field.value === "" ? null : field.value });
  if (spec.dispatch_action_config) {
    field.addEventListener("keydown", (event) => {
      if (/** @type {KeyboardEvent} */ (event).key !== "Enter" || spec.multiline) return;
      event.preventDefault();
      void context.act(read());
    });
  }
  return { element: field, read, focus: field };
}

/**
 * @param {any} spec
 * @param {ControlContext} context
 * @param {"date" | "time"} type
 * @param {string} field
 * @param {string | undefined} initial
 * @returns {Control}
 */
function dated(spec, context, type, field, initial) {
  const input = h("input", { class: "field", type, id: context.id, "aria-label": context.label ?? (wordsOf(spec.placeholder) || null), "aria-describedby": context.describedBy });
  input.value = initial ?? "";
  const read = () => ({ type: spec.type, [field]: input.value || null });
  input.addEventListener("change", () => void context.act(read()));
  return { element: input, read, focus: input };
}

/**
 * @param {any} spec
 * @param {ControlContext} context
 * @param {{label: string, options: {value: string, text: string}[]}[]} groups
 * @param {string | undefined} initial
 * @param {(value: string) => Record<string, any>} chosen
 * @returns {Control}
 */
function select(spec, context, groups, initial, chosen) {
  const placeholder = wordsOf(spec.placeholder) || "Choose…";
  const element = h(
    "select",
    { class: "field", id: context.id, "aria-label": context.id ? null : (context.label ?? placeholder), "aria-describedby": context.describedBy, "data-action": spec.action_id },
    h("option", { value: "" }, placeholder),
    groups.map(({ label, options }) => {
      const entries = options.map(({ value, text }) => h("option", { value }, text));
      return label ? h("optgroup", { label }, entries) : entries;
    }).flat(),
  );
  element.value = initial ?? "";
  const read = () => ({ type: spec.type, ...chosen(element.value) });
  element.addEventListener("change", () => {
    if (element.value !== "") void context.act(read());
  });
  return { element, read, focus: element };
}

/** @param {any} spec @param {ControlContext} context @param {"checkbox" | "radio"} type @returns {Control} */
function choices(spec, context, type) {
  const name = freshId();
  const initial = new Set([...(spec.initial_options ?? []), ...(spec.initial_option ? [spec.initial_option] : [])].map((option) => option.value));
  const options = optionsOf(spec).flatMap((group) => group.options);
  const inputs = options.map(({ value }) => h("input", { type, name, value, prop: { checked: initial.has(value) } }));
  const element = h(
    "div",
    { class: "choices", role: type === "radio" ? "radiogroup" : "group", "aria-label": context.label ?? null, "aria-describedby": context.describedBy, id: context.id },
    options.map(({ text, description }, index) =>
      h("label", {}, inputs[index], h("span", {}, text, description ? h("span", { class: "described" }, description) : null)),
    ),
  );
  const read = () => {
    const picked = inputs.filter((input) => input.checked).map((input) => find(spec, input.value));
    return type === "radio" ? { type: spec.type, selected_option: picked[0] ?? null } : { type: spec.type, selected_options: picked };
  };
  element.addEventListener("change", () => void context.act(read()));
  return { element, read, focus: inputs[0] ?? element };
}

/** @param {any} spec @param {ControlContext} context @returns {Control} */
function overflow(spec, context) {
  const element = h("button", { class: "tool", type: "button", "aria-label": context.label ?? "More choices", "aria-haspopup": "menu", "aria-expanded": "false" }, icon("dots"));
  element.addEventListener("click", () =>
    openMenu(
      element,
      "More choices",
      (spec.options ?? []).map((/** @type {any} */ option) => ({
        label: wordsOf(option.text),
        run: async () => {
          if (spec.confirm && !(await askFirst(confirmOf(spec.confirm)))) return;
          const href = option.url ? safeLink(option.url) : null;
          if (href) open(href, "_blank", "noopener");
          await context.act({ type: "overflow", selected_option: option });
        },
      })),
    ),
  );
  return { element, read: () => ({ type: "overflow" }), focus: element };
}

/** @param {any} spec @param {ControlContext} context @returns {Control} */
function feedback(spec, context) {
  const one = (/** @type {any} */ choice, /** @type {string} */ face) => {
    const element = h("button", { class: "tool", type: "button", "aria-label": choice?.accessibility_label ?? wordsOf(choice?.text), title: wordsOf(choice?.text) }, face);
    element.addEventListener("click", () => void busy(element, () => context.act({ type: spec.type, value: choice?.value })));
    return element;
  };
  const element = h("div", {}, one(spec.positive_button, "👍"), one(spec.negative_button, "👎"));
  return { element, read: () => ({ type: spec.type }), focus: element };
}

/** @param {any} spec @param {ControlContext} context @returns {Control} */
function iconButton(spec, context) {
  const element = h("button", { class: "tool", type: "button", "aria-label": spec.accessibility_label ?? wordsOf(spec.text), title: wordsOf(spec.text) }, icon(spec.icon === "trash" ? "trash" : "bolt"));
  element.addEventListener("click", async () => {
    if (spec.confirm && !(await askFirst(confirmOf(spec.confirm)))) return;
    await busy(element, () => context.act({ type: spec.type, value: spec.value }));
  });
  return { element, read: () => ({ type: spec.type }), focus: element };
}

/**
 * While the bot is being told, the button cannot be pressed again.
 *
 * @param {HTMLElement} element
 * @param {() => Promise<void>} work
 */
async function busy(element, work) {
  const control = /** @type {HTMLButtonElement} */ (element);
  control.disabled = true;
  control.classList.add("busy");
  try {
    await work();
  } finally {
    control.disabled = false;
    control.classList.remove("busy");
  }
}

/** @param {any} confirm */
function confirmOf(confirm) {
  return {
    title: wordsOf(confirm.title) || "Are you sure?",
    text: wordsOf(confirm.text),
    yes: wordsOf(confirm.confirm) || "Yes",
    no: wordsOf(confirm.deny) || "Cancel",
    danger: confirm.style === "danger",
  };
}

/** @param {any} spec @returns {{label: string, options: {value: string, text: string, description: string}[]}[]} */
function optionsOf(spec) {
  const read = (/** @type {any} */ option) => ({ value: String(option.value ?? ""), text: wordsOf(option.text), description: wordsOf(option.description) });
  if (Array.isArray(spec.option_groups)) {
    return spec.option_groups.map((/** @type {any} */ group) => ({ label: wordsOf(group.label), options: (group.options ?? []).map(read) }));
  }
  return [{ label: "", options: (spec.options ?? []).map(read) }];
}

/** @param {any} spec @param {string} value */
function find(spec, value) {
  const all = spec.options ?? (spec.option_groups ?? []).flatMap((/** @type {any} */ group) => group.options ?? []);
  return all.find((/** @type {any} */ option) => option.value === value) ?? null;
}

/** @param {import("./store.js").Store} store */
function peopleOf(store) {
  return [{ label: "", options: [...store.people.values()].map((person) => ({ value: person.id, text: person.display_name || person.name })) }];
}

/** @param {import("./store.js").Store} store */
function channelsOf(store) {
  return [{ label: "", options: store.channels.map((/** @type {any} */ channel) => ({ value: channel.id, text: `#${channel.name}` })) }];
}
