/** The address bar: `#/C…` or `#/dm` is a place, `#/C…/ts` a thread in it. */

/** @typedef {import("./store.js").Place} Place */

/** @param {string} hash @returns {Place | null} */
export function readRoute(hash) {
  const match = /^#\/([A-Za-z0-9]+)(?:\/(\d+\.\d+))?$/.exec(hash);
  return match ? { where: match[1], thread: match[2] ?? null } : null;
}

/** @param {Place} place */
export function routeTo({ where, thread }) {
  return thread ? `#/${where}/${thread}` : `#/${where}`;
}

/** Keeps the address bar and the store's place the same. */
export class Route {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.store = store;
    addEventListener("hashchange", () => this.follow());
  }

  /** Go where the address says; else to the first channel. */
  follow() {
    const { store } = this;
    const place = readRoute(location.hash);
    const known = place && (place.where === "dm" || store.channels.some(({ id }) => id === place.where));
    if (place && known) store.goTo(place);
    else this.go({ where: store.channels[0]?.id ?? "dm", thread: null }, true);
  }

  /** @param {Place} place @param {boolean} [replacing] leaves no step to go back to */
  go(place, replacing = false) {
    const address = routeTo(place);
    if (location.hash !== address) {
      if (replacing) history.replaceState(null, "", address);
      else history.pushState(null, "", address);
    }
    this.store.goTo(place);
  }
}
