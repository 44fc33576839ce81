/** Draws what a Discord message offers: buttons and selects, in rows, sections and containers. */

import { h } from "../element.js";
import { safeLink, safeSource } from "../link.js";
import { drawElsewhere } from "../picture.js";
import { Prose } from "../prose.js";
import { parseDiscord } from "./discord_text.js";
import { optionsOf } from "./discord_form.js";

const LOOKS = ["", "fill", "", "primary", "danger fill", ""];
const LINK = 5;

/**
 * @param {any[]} components
 * @param {import("../message.js").Desk} desk
 * @param {() => import("../store.js").Message} message that they stand under
 * @returns {Node[]}
 */
export function drawComponents(components, desk, message) {
  return components.map((component) => draw(component, desk, message));
}

/**
 * @param {any} component
 * @param {import("../message.js").Desk} desk
 * @param {() => import("../store.js").Message} message
 * @returns {HTMLElement}
 */
function draw(component, desk, message) {
  switch (component.type) {
    case 1:
      return h("div", { class: "component-row" }, drawComponents(component.components ?? [], desk, message));
    case 2:
      return button(component, desk, message);
    case 3:
    case 5:
    case 6:
    case 7:
    case 8:
      return (component.max_values ?? 1) > 1 ? manyOf(component, desk, message) : oneOf(component, desk, message);
    case 9:
      return h("div", { class: "component-section" }, h("div", {}, drawComponents(component.components ?? [], desk, message)), component.accessory ? draw(component.accessory, desk, message) : null);
    case 10:
      return prose(component.content, desk);
    case 11:
      return picture(component.media?.url, component.description);
    case 12:
      return h("div", { class: "gallery" }, (component.items ?? []).map((/** @type {any} */ item) => picture(item.media?.url, item.description)));
    case 14:
      return h("hr", { class: component.divider === false ? "gap" : null });
    case 17: {
      const box = h("div", { class: "component-box" }, drawComponents(component.components ?? [], desk, message));
      if (typeof component.accent_color === "number") box.style.setProperty("--stripe", hex(component.accent_color));
      return box;
    }
    default:
      return h("span", { class: "unknown-block" }, `A component of type ${String(component.type)}, which the playground does not draw.`);
  }
}

/** @param {any} spec @param {import("../message.js").Desk} desk @param {() => import("../store.js").Message} message */
function button(spec, desk, message) {
  const label = spec.label ?? "";
  const inside = [spec.emoji ? h("span", { class: "emoji", "aria-hidden": label ? "true" : null }, emojiOf(spec.emoji)) : null, label];
  const href = spec.style === LINK ? safeLink(spec.url ?? "") : null;
  if (href) return h("a", { class: "button", href, target: "_blank", rel: "noopener noreferrer" }, inside);
  const element = h("button", { class: `button ${LOOKS[spec.style] ?? ""}`.trim(), type: "button", disabled: spec.disabled === true }, inside);
  element.addEventListener("click", () => busy(element, desk.attempt(desk.workspace.pressButton(message(), spec.custom_id))));
  return element;
}

/** @param {any} spec @param {import("../message.js").Desk} desk @param {() => import("../store.js").Message} message */
function oneOf(spec, desk, message) {
  const placeholder = spec.placeholder || "Make a selection";
  const options = optionsOf(spec, desk.store);
  const element = h(
    "select",
    { class: "field", "aria-label": placeholder, disabled: spec.disabled === true },
    h("option", { value: "", disabled: true }, placeholder),
    options.map((option) => h("option", { value: option.value, title: option.description || null }, option.emoji ? `${emojiOf(option.emoji)} ${option.label}` : option.label)),
  );
  element.value = options.find((option) => option.default)?.value ?? "";
  element.addEventListener("change", () => busy(element, desk.attempt(desk.workspace.select(message(), spec.custom_id, [element.value]))));
  return element;
}

/** @param {any} spec @param {import("../message.js").Desk} desk @param {() => import("../store.js").Message} message */
function manyOf(spec, desk, message) {
  const options = optionsOf(spec, desk.store);
  const boxes = options.map((option) => h("input", { type: "checkbox", value: option.value, prop: { checked: Boolean(option.default) } }));
  const done = h("button", { class: "button fill", type: "button", disabled: spec.disabled === true }, "Choose");
  const check = () => {
    const count = boxes.filter(({ checked }) => checked).length;
    for (const box of boxes) box.disabled = spec.disabled === true || (!box.checked && count >= spec.max_values);
    done.disabled = spec.disabled === true || count < (spec.min_values ?? 1);
  };
  check();
  done.addEventListener("click", () => {
    const values = boxes.filter(({ checked }) => checked).map(({ value }) => value);
    busy(done, desk.attempt(desk.workspace.select(message(), spec.custom_id, values)));
  });
  return h(
    "fieldset",
    { class: "choices many", on: { change: check } },
    h("legend", {}, spec.placeholder || "Make a selection"),
    options.map((option, at) => h("label", {}, boxes[at], h("span", {}, option.label, option.description ? h("span", { class: "described" }, option.description) : null))),
    done,
  );
}

/**
 * Until the app has answered, the control cannot be used again.
 *
 * @param {HTMLButtonElement | HTMLSelectElement} control
 * @param {Promise<boolean>} work
 */
function busy(control, work) {
  control.disabled = true;
  control.classList.add("busy");
  void work.finally(() => {
    control.disabled = false;
    control.classList.remove("busy");
  });
}

/** @param {any} emoji */
function emojiOf(emoji) {
  return emoji.id ? `:${emoji.name}:` : String(emoji.name ?? "");
}

/** @param {string} text @param {import("../message.js").Desk} desk */
function prose(text, desk) {
  const drawn = new Prose(desk.store.names);
  drawn.show(parseDiscord(String(text ?? "")));
  return drawn.element;
}

/** @param {unknown} address @param {unknown} alt */
function picture(address, alt) {
  const source = safeSource(address);
  return source ? h("img", { class: "component-picture", src: source, alt: String(alt ?? ""), loading: "lazy" }) : drawElsewhere(address, String(alt ?? ""));
}

/** A colour as CSS has it. @param {number} colour */
export function hex(colour) {
  return `#${(colour & 0xffffff).toString(16).padStart(6, "0")}`;
}
