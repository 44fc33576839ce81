/** The platforms that the page can stand for; the first one where the address names none. */

import { discord } from "./discord.js";
import { slack } from "./slack.js";

/** @type {import("./platform.js").Platform[]} */
export const PLATFORMS = [slack, discord];
