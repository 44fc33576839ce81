/** The platforms that the page can stand for. */

import { slack } from "./slack.js";

/** @type {Record<string, import("./slack.js").Platform>} */
const PLATFORMS = { slack };

/**
 * @param {string} id as the server's `hello` names it
 * @returns {import("./slack.js").Platform}
 */
export function platformFor(id) {
  return Object.hasOwn(PLATFORMS, id) ? PLATFORMS[id] : slack;
}
