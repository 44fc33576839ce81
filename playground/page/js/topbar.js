/** The top bar: which workspace, who is speaking, the look, and the drawer. */

import { avatar } from "./avatar.js";
import { fill, h } from "./element.js";
import { icon } from "./icon.js";

export class Topbar {
  /**
   * @param {HTMLElement} element
   * @param {import("./message.js").Desk} desk
   * @param {{theme: import("./theme.js").Theme, platforms: HTMLElement, toggleActivity: () => void, toggleMenu: () => void}} actions
   */
  constructor(element, desk, { theme, platforms, toggleActivity, toggleMenu }) {
    this.desk = desk;
    this.store = desk.store;
    this.brand = h("div", { class: "brand" });
    this.speakers = h("fieldset", { class: "speakers", "data-testid": "speakers" });
    this.look = h("button", { class: "tool", type: "button", on: { click: () => (theme.flip(), this.drawLook(theme)) } });
    this.activity = h("button", { class: "tool", type: "button", "aria-label": "Bot activity", title: "Bot activity: API calls and faults", "aria-expanded": "false", "aria-controls": "activity", on: { click: toggleActivity } }, icon("activity"));
    this.menu = h("button", { class: "tool", id: "menu", type: "button", "aria-label": "Channels", "aria-expanded": "false", "aria-controls": "sidebar", on: { click: toggleMenu } }, icon("menu"));
    element.append(this.menu, this.brand, platforms, h("div", { class: "grow" }), this.speakers, this.look, this.activity);
    this.drawLook(theme);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.drawLook(theme));
    this.store.on("hello", () => {
      this.drawLook(theme);
      this.draw();
    });
    this.store.on("me", () => this.draw());
    this.store.on("unread", () => this.drawDots());
  }

  /** @param {import("./theme.js").Theme} theme */
  drawLook(theme) {
    const words = theme.isDark ? "Light theme" : "Dark theme";
    this.look.setAttribute("aria-label", words);
    this.look.title = words;
    fill(this.look, icon(theme.isDark ? "sun" : "moon"));
  }

  draw() {
    const { store } = this;
    const hadFocus = this.speakers.contains(document.activeElement);
    fill(
      this.brand,
      h("img", { class: "mark", src: "/static/icon.svg", alt: "" }),
      h("span", { class: "name" }, store.hello.team.name),
      h("span", { class: "kind" }, this.desk.platform().words.kind),
    );
    fill(
      this.speakers,
      h("legend", { class: "offscreen" }, this.desk.platform().words.people),
      h("span", { class: "caption", "aria-hidden": "true" }, "Speaking as"),
      [...store.people.values()].map((person) => {
        const name = person.display_name || person.name;
        const isAdmin = person.role === "admin";
        return h(
          "label",
          { class: "speaker", title: isAdmin ? `${name} (administrator)` : name },
          h("input", {
            type: "radio", name: "speaker", value: person.id, "aria-label": isAdmin ? `${name}, administrator` : name,
            prop: { checked: person.id === store.me }, on: { change: () => store.speakAs(person.id) },
          }),
          h("span", { class: "face" }, avatar(store, person.id, "small"), h("span", { class: "who" }, name), isAdmin ? h("span", { class: "admin" }, "admin") : null),
          h("span", { class: "dot", hidden: true, "data-person": person.id }),
        );
      }),
    );
    if (hadFocus) /** @type {HTMLElement | null} */ (this.speakers.querySelector("input:checked"))?.focus();
    this.drawDots();
  }

  /** A dot for those who have something unread in their direct message. */
  drawDots() {
    const { store } = this;
    for (const dot of this.speakers.querySelectorAll(".dot")) {
      const person = /** @type {HTMLElement} */ (dot).dataset.person ?? "";
      const direct = store.directs.get(person);
      /** @type {HTMLElement} */ (dot).hidden = person === store.me || !direct || store.firstUnread(direct, person) === null;
    }
  }
}
