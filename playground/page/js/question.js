/** A question before something that cannot be taken back. */

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
