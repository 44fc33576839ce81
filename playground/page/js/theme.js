/** Light or dark: as the system has it, until one chooses. */

const KEY = "threadpilot-theme";

export class Theme {
  constructor() {
    this.root = document.documentElement;
    const kept = localStorage.getItem(KEY);
    if (kept === "light" || kept === "dark") this.root.dataset.theme = kept;
  }

  get isDark() {
    return this.root.dataset.theme ? this.root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  flip() {
    const next = this.isDark ? "light" : "dark";
    this.root.dataset.theme = next;
    localStorage.setItem(KEY, next);
  }
}
