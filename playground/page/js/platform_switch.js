/** Which platform the page stands for: shown where the server has more than one. */

import { fill, h } from "./element.js";

const PROBE_WITHIN_MS = 4000;

export class PlatformSwitch {
  /**
   * @param {import("./platforms/platform.js").Platform[]} platforms
   * @param {(platform: import("./platforms/platform.js").Platform) => void} turnTo
   */
  constructor(platforms, turnTo) {
    this.platforms = platforms;
    this.turnTo = turnTo;
    /** @type {Set<string>} those that the server has */
    this.known = new Set();
    this.here = "";
    this.element = h("fieldset", { class: "platforms", hidden: true, "data-testid": "platforms" });
  }

  /** The page stands for this one now. @param {import("./platforms/platform.js").Platform} platform */
  show(platform) {
    this.here = platform.id;
    for (const input of this.element.querySelectorAll("input")) input.checked = input.value === platform.id;
  }

  /** The page's own one is there; ask the server for the others. */
  async look() {
    if (this.known.size > 0) return;
    this.known.add(this.here);
    const others = this.platforms.filter(({ id }) => id !== this.here);
    const found = await Promise.all(others.map((platform) => isThere(platform)));
    others.forEach(({ id }, at) => found[at] && this.known.add(id));
    this.draw();
  }

  draw() {
    this.element.hidden = this.known.size < 2;
    fill(
      this.element,
      h("legend", { class: "offscreen" }, "Platform"),
      this.platforms
        .filter(({ id }) => this.known.has(id))
        .map((platform) =>
          h(
            "label",
            { class: "platform" },
            h("input", { type: "radio", name: "platform", value: platform.id, prop: { checked: platform.id === this.here }, on: { change: () => this.turnTo(platform) } }),
            h("span", {}, platform.name),
          ),
        ),
    );
  }
}

/**
 * Whether the server has a platform: it says hello on its socket.
 *
 * @param {import("./platforms/platform.js").Platform} platform
 * @returns {Promise<boolean>}
 */
function isThere({ address }) {
  return new Promise((resolve) => {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${address}`);
    const end = (/** @type {boolean} */ found) => {
      clearTimeout(timer);
      resolve(found);
      socket.close();
    };
    const timer = setTimeout(() => end(false), PROBE_WITHIN_MS);
    socket.addEventListener("message", () => end(true));
    socket.addEventListener("close", () => end(false));
  });
}
