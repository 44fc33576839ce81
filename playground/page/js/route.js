/** The address bar: `#/C…` or `#/dm` is a place, `#/C…/ts` a thread in it; `#/discord/…` the same on that platform. */

/** @typedef {import("./store.js").Place} Place */
/** @typedef {import("./platforms/platform.js").Platform} Platform */

/**
 * @param {string} hash
 * @param {Platform[]} platforms the first one is meant where none is named
 * @returns {{platform: Platform, place: Place | null}}
 */
export function readRoute(hash, platforms) {
  const platform = platforms.find(({ prefix }) => prefix && `${hash}/`.startsWith(`#/${prefix}`)) ?? platforms[0];
  const match = /^([A-Za-z0-9]+)(?:\/(\d+(?:\.\d+)?))?$/.exec(hash.slice(2 + platform.prefix.length));
  return { platform, place: match ? { where: match[1], thread: match[2] ?? null } : null };
}

/** Keeps the address bar, the store's place and the platform the same. */
export class Route {
  /**
   * @param {import("./store.js").Store} store
   * @param {Platform[]} platforms
   * @param {(platform: Platform) => void} standFor makes the page stand for a platform; it says hello later
   */
  constructor(store, platforms, standFor) {
    this.store = store;
    this.platforms = platforms;
    this.standFor = standFor;
    /** @type {Platform | null} */
    this.platform = null;
    /** @type {Map<string, string>} platform → where one was on it */
    this.addresses = new Map();
    addEventListener("hashchange", () => this.follow());
  }

  /** Go where the address says; else to the first channel. */
  follow() {
    const { store } = this;
    const { platform, place } = readRoute(location.hash, this.platforms);
    if (platform !== this.platform) {
      this.platform = platform;
      this.standFor(platform);
      return;
    }
    if (!store.hello) return; // it is followed when the platform says hello
    const known = place && (place.where === "dm" || store.channels.some(({ id }) => id === place.where));
    if (place && known) this.arrive(place);
    else this.go({ where: store.channels[0]?.id ?? "dm", thread: null }, true);
  }

  /** @param {Place} place @param {boolean} [replacing] leaves no step to go back to */
  go(place, replacing = false) {
    const address = this.store.addressOf(place);
    if (location.hash !== address) {
      if (replacing) history.replaceState(null, "", address);
      else history.pushState(null, "", address);
    }
    this.arrive(place);
  }

  /** Change to where one was on another platform. @param {Platform} platform */
  turnTo(platform) {
    if (platform === this.platform) return;
    history.pushState(null, "", this.addresses.get(platform.id) ?? `#/${platform.prefix}`);
    this.follow();
  }

  /** @param {Place} place */
  arrive(place) {
    if (this.platform) this.addresses.set(this.platform.id, this.store.addressOf(place));
    this.store.goTo(place);
  }
}
