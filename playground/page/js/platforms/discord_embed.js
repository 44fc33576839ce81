/** Draws an embed: a card with a stripe of its colour. */

import { h } from "../element.js";
import { safeLink, safeSource } from "../link.js";
import { drawElsewhere } from "../picture.js";
import { Prose } from "../prose.js";
import { clockOf, dayOf } from "../time.js";
import { hex } from "./discord_components.js";
import { parseDiscord } from "./discord_text.js";

/**
 * @param {any} embed
 * @param {import("../prose.js").Names} names
 */
export function drawEmbed(embed, names) {
  const card = h(
    "article",
    { class: "embed", "data-testid": "embed" },
    h(
      "div",
      { class: "embed-body" },
      embed.author?.name ? h("div", { class: "embed-author" }, linked(embed.author.url, embed.author.name)) : null,
      embed.title ? h("div", { class: "embed-title" }, linked(embed.url, embed.title)) : null,
      embed.description ? text(embed.description, names) : null,
      embed.fields?.length
        ? h(
            "dl",
            { class: "embed-fields" },
            embed.fields.map((/** @type {any} */ field) => h("div", { class: field.inline ? "inline" : null }, h("dt", {}, field.name), h("dd", {}, text(field.value, names)))),
          )
        : null,
      picture(embed.image, "embed-image"),
      foot(embed),
    ),
    picture(embed.thumbnail, "embed-thumbnail"),
  );
  if (typeof embed.color === "number") card.style.setProperty("--stripe", hex(embed.color));
  return card;
}

/** @param {any} embed */
function foot(embed) {
  const date = embed.timestamp ? new Date(embed.timestamp) : null;
  const parts = [embed.footer?.text, date ? `${dayOf(date)} at ${clockOf(date)}` : null].filter(Boolean);
  return parts.length ? h("div", { class: "embed-foot" }, parts.join(" • ")) : null;
}

/** @param {string | undefined} address @param {string} words */
function linked(address, words) {
  const href = address ? safeLink(address) : null;
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, words) : words;
}

/** @param {any} media @param {string} className */
function picture(media, className) {
  if (!media?.url) return null;
  const source = safeSource(media.url);
  return source ? h("img", { class: className, src: source, alt: "", loading: "lazy" }) : drawElsewhere(media.url, "");
}

/** @param {string} value @param {import("../prose.js").Names} names */
function text(value, names) {
  const prose = new Prose(names);
  prose.show(parseDiscord(value));
  return prose.element;
}
