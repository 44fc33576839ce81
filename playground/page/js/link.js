/** Addresses that a person may safely follow from a message. */

const ALLOWED = new Set(["http:", "https:", "mailto:"]);

/**
 * The address, normalised, when its scheme is one that the page allows; else null.
 *
 * @param {string} address
 * @returns {string | null}
 */
export function safeLink(address) {
  if (!/^(https?:\/\/|mailto:)/i.test(address.trim())) return null;
  try {
    const url = new URL(address.trim());
    return ALLOWED.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/**
 * The address of a file or picture: of this server, or http(s).
 *
 * @param {unknown} address
 * @returns {string | null}
 */
export function safeSource(address) {
  if (typeof address !== "string" || address === "") return null;
  try {
    const url = new URL(address, location.origin);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}
