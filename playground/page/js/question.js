/** Questions before something happens: whether to do it, or what to call it. */

import { h } from "./element.js";

/**
 * @param {{title: string, text: string, yes: string, no?: string, danger?: boolean}} question
 * @returns {Promise<boolean>}
 */
export function askFirst({ title, text, yes, no = "Cancel", danger = false }) {
  const dialog = h(
    "dialog",
    { class: "modal narrow", "aria-label": title, "data-testid": "question" },
    h("div", { class: "modal-head" }, h("h2", {}, title)),
    h("div", { class: "modal-body" }, h("p", {}, text)),
    h(
      "div",
      { class: "modal-foot" },
      h("button", { class: "button", type: "button", on: { click: () => dialog.close("no") } }, no),
      h("button", { class: danger ? "button danger fill" : "button primary", type: "button", on: { click: () => dialog.close("yes") } }, yes),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

/**
 * Ask for a line of text.
 *
 * @param {{title: string, label: string, value?: string, yes: string, longest?: number}} question
 * @returns {Promise<string | null>} null when one does not want to
 */
export function askForText({ title, label, value = "", yes, longest = 100 }) {
  const field = h("input", { class: "field", type: "text", maxlength: longest, "aria-label": label, required: true });
  field.value = value;
  const dialog = h(
    "dialog",
    { class: "modal narrow", "aria-label": title, "data-testid": "question" },
    h(
      "form",
      { on: { submit: (/** @type {Event} */ event) => (event.preventDefault(), field.value.trim() && dialog.close("yes")) } },
      h("div", { class: "modal-head" }, h("h2", {}, title)),
      h("div", { class: "modal-body" }, field),
      h(
        "div",
        { class: "modal-foot" },
        h("button", { class: "button", type: "button", on: { click: () => dialog.close("no") } }, "Cancel"),
        h("button", { class: "button primary", type: "submit" }, yes),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  field.select();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes" ? field.value.trim() : null);
    });
  });
}
