/** Slash commands as Slack has them: one word, and text behind it. */

import { matching } from "../completion.js";
import { icon } from "../icon.js";

/**
 * @param {import("../message.js").Desk} desk
 * @param {string} text
 * @param {boolean} inThread
 * @returns {import("./platform.js").Command | null}
 */
export function readSlash(desk, text, inThread) {
  const match = /^(\/[^\s/]+)(?:\s+([\s\S]*))?$/.exec(text);
  if (!match) return null;
  const { store, workspace } = desk;
  const [, command, rest] = match;
  if (!store.hello.commands.some((/** @type {any} */ { command: name }) => name === command)) return { refusal: `${command} is not a valid command.` };
  if (inThread) return { refusal: `${command} is not supported in threads. Sorry!` };
  return { run: () => workspace.slash(/** @type {string} */ (store.channel), command, rest ?? "") };
}

/**
 * @param {import("./platform.js").Typing} typing
 * @returns {import("../completion.js").Match | null}
 */
export function completeSlash({ desk, inThread, before }) {
  if (inThread) return null;
  const { commands } = desk.store.hello;
  if (/^\/\S*$/.test(before)) {
    return matching(
      0,
      before,
      commands.map((/** @type {any} */ { command, description, usage_hint: hint }) => ({
        insert: command,
        title: command,
        rest: [hint, description].filter(Boolean).join("  ·  "),
        face: () => icon("bolt"),
      })),
    );
  }
  const argument = /^(\/\S+) ([\w-]*)$/.exec(before);
  if (!argument) return null;
  const [, command, begun] = argument;
  const hint = commands.find((/** @type {any} */ known) => known.command === command)?.usage_hint ?? "";
  const match = matching(command.length + 1, begun, wordsIn(hint).map((word) => ({ insert: word, title: word, rest: `${command} ${word}`, face: () => icon("bolt") })));
  return match.isExact ? null : { ...match, isLoose: true };
}

/** The words that a usage hint lists. @param {string} hint */
function wordsIn(hint) {
  const words = hint.replace(/[[\]]/g, "").split("|").map((word) => word.trim());
  return words.length >= 2 && words.every((word) => /^[\w-]+$/.test(word)) ? words : [];
}
