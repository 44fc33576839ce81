/** Light or dark: as the platform or the system has it, until one chooses. */

const KEY = "threadpilot-theme";

export class Theme {
  constructor() {
    this.root = document.documentElement;
    this.key = KEY;
    /** @type {"system" | "dark"} */
    this.look = "system";
  }

  /** Look as one chose for this platform, or as it looks by itself. @param {import("./platforms/platform.js").Platform} platform */
  wear({ id, look }) {
    this.key = look === "system" ? KEY : `${KEY}-${id}`;
    this.look = look;
    this.root.dataset.platform = id;
    const kept = localStorage.getItem(this.key);
    if (kept === "light" || kept === "dark") this.root.dataset.theme = kept;
    else if (look === "dark") this.root.dataset.theme = "dark";
    else delete this.root.dataset.theme;
  }

  get isDark() {
    return this.root.dataset.theme ? this.root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  flip() {
    const next = this.isDark ? "light" : "dark";
    this.root.dataset.theme = next;
    localStorage.setItem(this.key, next);
  }
}
