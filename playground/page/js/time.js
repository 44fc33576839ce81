/** Times as people say them, from Slack's timestamps (`seconds.micros`, as text). */

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", month: "long", day: "numeric" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** @param {string} ts @returns {Date} */
export function dateOf(ts) {
  return new Date(Number.parseFloat(ts) * 1000);
}

/** @param {string} ts */
export function clockOf(ts) {
  return CLOCK.format(dateOf(ts));
}

/** @param {string} ts */
export function fullOf(ts) {
  return FULL.format(dateOf(ts));
}

/** A key that is equal for times of one day. @param {string} ts */
export function dayKeyOf(ts) {
  const date = dateOf(ts);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** @param {string} ts @param {Date} [now] */
export function dayOf(ts, now = new Date()) {
  const date = dateOf(ts);
  const days = Math.round((midnight(now) - midnight(date)) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return DAY.format(date);
}

/** @param {string} ts */
export function lastReplyOf(ts) {
  const day = dayOf(ts);
  return `Last reply ${day === "Today" ? "today" : day === "Yesterday" ? "yesterday" : day} at ${clockOf(ts)}`;
}

/** @param {Date} date */
function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
