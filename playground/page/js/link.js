/** Addresses that a person may safely follow from a message. */

const ALLOWED = new Set(["http:", "https:", "mailto:"]);
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

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
 * The address of a file or picture, if it is of this server: nothing is ever loaded from elsewhere.
 *
 * @param {unknown} address
 * @returns {string | null}
 */
export function safeSource(address) {
  if (typeof address !== "string" || address === "") return null;
  try {
    const url = new URL(address, location.origin);
    // This machine has several names for itself, and the server may know itself by another than the address bar.
    if (url.port === location.port && LOOPBACK.has(url.hostname) && LOOPBACK.has(location.hostname)) url.hostname = location.hostname;
    return url.origin === location.origin && url.protocol === location.protocol ? url.href : null;
  } catch {
    return null;
  }
}
