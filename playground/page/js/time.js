/** Times as people say them. */

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", month: "long", day: "numeric" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const WORDS = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** @param {Date} date */
export function clockOf(date) {
  return CLOCK.format(date);
}

/** @param {Date} date */
export function fullOf(date) {
  return FULL.format(date);
}

/** A key that is equal for times of one day. @param {Date} date */
export function dayKeyOf(date) {
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** @param {Date} date @param {Date} [now] */
export function dayOf(date, now = new Date()) {
  const days = Math.round((midnight(now) - midnight(date)) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return DAY.format(date);
}

/** @param {Date} date */
export function lastReplyOf(date) {
  const day = dayOf(date);
  return `Last reply ${day === "Today" ? "today" : day === "Yesterday" ? "yesterday" : day} at ${clockOf(date)}`;
}

/** How long ago, or in how long. @param {Date} date @param {Date} [now] */
export function agoOf(date, now = new Date()) {
  const seconds = Math.round((date.getTime() - now.getTime()) / 1000);
  for (const [unit, size] of /** @type {[Intl.RelativeTimeFormatUnit, number][]} */ ([["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60]])) {
    if (Math.abs(seconds) >= size) return WORDS.format(Math.trunc(seconds / size), unit);
  }
  return WORDS.format(seconds, "second");
}

/** @param {Date} date */
function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
