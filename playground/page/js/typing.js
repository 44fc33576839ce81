/** Who writes here at the moment. */

import { fill, h } from "./element.js";

export class Typing {
  /**
   * @param {import("./store.js").Store} store
   * @param {"channel" | "thread"} scope
   */
  constructor(store, scope) {
    this.store = store;
    this.scope = scope;
    this.element = h("div", { class: "typing", role: "status", hidden: true, "data-testid": `${scope}-typing` });
    store.on("typing", () => this.refresh());
  }

  refresh() {
    const { store } = this;
    const place = this.scope === "thread" ? `${store.channel}:${store.place.thread}` : (store.channel ?? "");
    const names = store.typing(place).map((id) => store.nameOf(id) ?? "Someone");
    this.element.hidden = names.length === 0;
    const words = names.length === 1 ? " is typing…" : " are typing…";
    const who = names.length > 3 ? ["Several people"] : names.flatMap((name, at) => [at === 0 ? "" : at === names.length - 1 ? " and " : ", ", h("strong", {}, name)]);
    fill(this.element, names.length ? [h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span", {}, ...who, words)] : []);
  }
}
