/** The modal on top of the page: one of the bot's views, for the person who is speaking. */

import { Blocks } from "./blocks.js";
import { wordsOf } from "./control.js";
import { fill, h } from "./element.js";
import { icon } from "./icon.js";
import { explain } from "./workspace.js";

export class Modal {
  /** @param {import("./message.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.store = desk.store;
    /** @type {any} */
    this.view = null;
    this.version = 0;
    this.title = h("h2", { id: "modal-title" });
    this.body = h("div", { class: "modal-body" });
    this.error = h("div", { class: "modal-error", role: "alert" });
    this.foot = h("div", { class: "modal-foot" });
    /** @type {Blocks} */
    this.blocks = /** @type {any} */ (null); // with each modal
    this.form = h(
      "form",
      { novalidate: true, on: { submit: (/** @type {Event} */ event) => (event.preventDefault(), void this.submit()) } },
      h("div", { class: "modal-head" }, this.title, h("button", { class: "tool", type: "button", "aria-label": "Close", on: { click: () => this.dismiss() } }, icon("close"))),
      this.body,
      this.foot,
    );
    this.element = h("dialog", { class: "modal", "aria-labelledby": "modal-title", "data-testid": "modal" }, this.form);
    this.element.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.dismiss();
    });
    document.body.append(this.element);
    this.store.on("view", () => this.refresh());
    this.store.on("me", () => this.refresh());
  }

  freshBlocks() {
    return new Blocks({ store: this.store, platform: this.desk.platform(), act: (action) => this.press(action) });
  }

  refresh() {
    const { view } = this.store;
    if (view === this.view) return;
    const isSame = view?.id === this.view?.id;
    this.view = view;
    this.version += 1;
    if (!view) {
      this.element.close();
      fill(this.body);
      return;
    }
    if (!isSame) this.blocks = this.freshBlocks();
    this.title.textContent = wordsOf(view.title) || "Form";
    this.blocks.show(view.blocks ?? []);
    this.blocks.complain({});
    if (this.blocks.element.parentNode !== this.body) fill(this.body, this.blocks.element);
    this.drawFoot(false);
    if (!this.element.open) this.element.showModal();
    if (!isSame) {
      const first = this.body.querySelector("[autofocus], input, textarea, select, button");
      if (first instanceof HTMLElement) first.focus();
    }
  }

  /** @param {boolean} isBusy */
  drawFoot(isBusy) {
    const submit = wordsOf(this.view?.submit);
    this.error.textContent = "";
    fill(
      this.foot,
      this.error,
      h("button", { class: "button", type: "button", on: { click: () => this.dismiss() } }, wordsOf(this.view?.close) || (submit ? "Cancel" : "Close")),
      submit ? h("button", { class: isBusy ? "button primary busy" : "button primary", type: "submit", disabled: isBusy }, submit) : null,
    );
  }

  async submit() {
    const { view, blocks } = this;
    if (!view || !wordsOf(view.submit)) return;
    const missing = this.missing();
    if (Object.keys(missing).length) return blocks.complain(missing);
    blocks.complain({});
    this.drawFoot(true);
    const { version } = this;
    try {
      const answer = await this.desk.workspace.submit(view, blocks.read());
      if (this.version !== version) return; // the bot has put another view in its place
      this.drawFoot(false);
      if (answer.errors && Object.keys(answer.errors).length) this.complain(answer.errors);
      else this.store.removeView(this.store.me, view.id);
    } catch (error) {
      const why = explain(error);
      if (this.version !== version) return;
      this.drawFoot(false);
      const { errors } = /** @type {any} */ (error).answer ?? {};
      if (errors) this.complain(errors);
      else this.error.textContent = why;
    }
  }

  /** @param {Record<string, string>} errors */
  complain(errors) {
    this.blocks.complain(errors);
    const elsewhere = Object.entries(errors).filter(([blockId]) => !this.blocks.inputs.has(blockId));
    if (elsewhere.length) this.error.textContent = elsewhere.map(([, text]) => text).join(" ");
  }

  /** Fields that must be filled and are not. @returns {Record<string, string>} */
  missing() {
    const values = this.blocks.read();
    /** @type {Record<string, string>} */
    const errors = {};
    for (const block of this.view?.blocks ?? []) {
      if (block.type !== "input" || block.optional || !values[block.block_id]) continue;
      const { type: _, ...held } = Object.values(values[block.block_id])[0] ?? {};
      const isEmpty = Object.values(held).every((value) => value === null || value === "" || (Array.isArray(value) && value.length === 0));
      if (isEmpty) errors[block.block_id] = "Please fill in this field.";
    }
    return errors;
  }

  dismiss() {
    const { view } = this;
    if (!view) return;
    this.store.removeView(this.store.me, view.id);
    void this.desk.attempt(this.desk.workspace.closeView(view));
  }

  /** @param {Record<string, any>} action */
  async press(action) {
    if (this.view) await this.desk.attempt(this.desk.workspace.press({ view_id: this.view.id, ...action }));
  }
}
