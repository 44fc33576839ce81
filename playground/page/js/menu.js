/** A small menu beside a button: arrow keys, Escape, and it closes when one looks elsewhere. */

import { h } from "./element.js";
import { icon } from "./icon.js";

/**
 * @typedef {{label: string, icon?: import("./icon.js").IconName, show?: string, danger?: boolean, run: () => void} | "line"} MenuItem
 *   `show` stands in the item's place on screen, with the label for screen readers (emoji)
 */

/**
 * Open a menu.
 *
 * @param {HTMLElement} button
 * @param {string} label
 * @param {MenuItem[]} items
 * @param {{columns?: number, onClose?: () => void}} [options]
 */
export function openMenu(button, label, items, { columns = 1, onClose } = {}) {
  const entries = items.map((item) =>
    item === "line"
      ? h("div", { role: "separator" })
      : h(
          "button",
          { type: "button", role: "menuitem", tabindex: "-1", class: item.danger ? "danger" : null, "aria-label": item.show ? item.label : null, title: item.show ? item.label : null, on: { click: () => choose(item.run) } },
          item.icon ? icon(item.icon) : null,
          item.show ?? item.label,
        ),
  );
  const menu = h("div", { class: columns > 1 ? "menu picker" : "menu", role: "menu", "aria-label": label, "data-testid": "menu" }, entries);
  const choices = entries.filter((entry) => entry.getAttribute("role") === "menuitem");
  let open = true;

  const close = (/** @type {boolean} */ back) => {
    if (!open) return;
    open = false;
    removeEventListener("pointerdown", outside, true);
    removeEventListener("resize", away);
    menu.remove();
    button.setAttribute("aria-expanded", "false");
    if (back) button.focus(); // before its toolbar may hide again
    onClose?.();
  };
  const away = () => close(false);
  const outside = (/** @type {Event} */ event) => {
    if (!menu.contains(/** @type {Node} */ (event.target))) close(false);
  };
  const choose = (/** @type {() => void} */ run) => {
    close(true);
    run();
  };
  menu.addEventListener("keydown", (event) => {
    const at = choices.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const steps = { ArrowDown: columns, ArrowUp: -columns, ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (steps !== undefined) choices[(at + steps + choices.length) % choices.length]?.focus();
    else if (event.key === "Home") choices[0]?.focus();
    else if (event.key === "End") choices.at(-1)?.focus();
    else if (event.key === "Escape") close(true);
    else if (event.key === "Tab") close(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  document.body.append(menu);
  const anchor = button.getBoundingClientRect();
  const top = anchor.bottom + 6 + menu.offsetHeight > innerHeight ? Math.max(8, anchor.top - 6 - menu.offsetHeight) : anchor.bottom + 6;
  menu.style.setProperty("top", `${top}px`);
  menu.style.setProperty("left", `${Math.max(8, Math.min(anchor.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`);
  button.setAttribute("aria-expanded", "true");
  addEventListener("pointerdown", outside, true);
  addEventListener("resize", away);
  /** @type {HTMLElement | undefined} */ (choices[0])?.focus();
}
