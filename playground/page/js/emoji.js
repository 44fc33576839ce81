/** Emoji by the names that chats give them: the ones that people and bots use most. */

/** @type {Record<string, string>} */
const BY_NAME = {
  "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", clap: "👏", wave: "👋", pray: "🙏", raised_hands: "🙌",
  ok_hand: "👌", muscle: "💪", point_right: "👉", point_left: "👈", point_up: "☝️", point_down: "👇", v: "✌️",
  eyes: "👀", heart: "❤️", broken_heart: "💔", smile: "😄", grinning: "😀", slightly_smiling_face: "🙂",
  joy: "😂", laughing: "😆", blush: "😊", wink: "😉", thinking_face: "🤔", neutral_face: "😐", cry: "😢", sob: "😭",
  sweat_smile: "😅", sunglasses: "😎", heart_eyes: "😍", scream: "😱", zipper_mouth_face: "🤐", sleeping: "😴",
  face_with_rolling_eyes: "🙄", confused: "😕", disappointed: "😞", exploding_head: "🤯", partying_face: "🥳",
  tada: "🎉", rocket: "🚀", fire: "🔥", sparkles: "✨", star: "⭐", zap: "⚡", boom: "💥", "100": "💯", trophy: "🏆",
  white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️", x: "❌", warning: "⚠️",
  no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑", question: "❓", exclamation: "❗", bulb: "💡",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", stopwatch: "⏱️", alarm_clock: "⏰", arrows_counterclockwise: "🔄",
  repeat: "🔁", lock: "🔒", unlock: "🔓", key: "🔑", mag: "🔍", pencil: "📝", memo: "📝", pencil2: "✏️", book: "📖",
  books: "📚", bug: "🐛", wrench: "🔧", hammer: "🔨", gear: "⚙️", computer: "💻", package: "📦", link: "🔗",
  paperclip: "📎", page_facing_up: "📄", file_folder: "📁", bar_chart: "📊", chart_with_upwards_trend: "📈",
  calendar: "📅", robot_face: "🤖", ghost: "👻", sunny: "☀️", coffee: "☕", beers: "🍻", pizza: "🍕", cake: "🍰",
  speech_balloon: "💬", thought_balloon: "💭", bell: "🔔", mega: "📣", email: "📧", globe_with_meridians: "🌐",
  large_green_circle: "🟢", large_yellow_circle: "🟡", red_circle: "🔴", large_blue_circle: "🔵", white_circle: "⚪",
  arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️", information_source: "ℹ️", stop_button: "⏹️",
};

/** What the reaction picker offers. */
export const PICKABLE = [
  "+1", "-1", "heart", "joy", "tada", "rocket", "eyes", "thinking_face", "fire", "sparkles", "white_check_mark",
  "x", "pray", "clap", "wave", "100", "octagonal_sign",
];

/**
 * The character for a name, or null for a name that this page does not know.
 *
 * @param {string} name without colons; a skin tone after `::` is dropped
 * @returns {string | null}
 */
export function emojiFor(name) {
  const bare = name.split("::")[0];
  return Object.hasOwn(BY_NAME, bare) ? BY_NAME[bare] : null;
}

/** A name for a character, or null. @param {string} character */
export function nameOfEmoji(character) {
  const bare = character.replace("\uFE0F", "");
  return Object.keys(BY_NAME).find((name) => BY_NAME[name].replace("\uFE0F", "") === bare) ?? null;
}

/**
 * A name as words, for labels.
 *
 * @param {string} name
 */
export function emojiWords(name) {
  if (name === "+1") return "thumbs up";
  if (name === "-1") return "thumbs down";
  return name.replaceAll("_", " ");
}
