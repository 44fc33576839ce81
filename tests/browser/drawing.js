// Draws a text as the page would, and returns the HTML. `how` names the reader.
async ([how, text]) => {
  const { slack } = await import("/static/js/platforms/slack.js");
  const { settleTail } = await import("/static/js/markdown_tail.js");
  const { GrowingMarkdown } = await import("/static/js/growing_markdown.js");
  const { DIALECT } = await import("/static/js/platforms/slack_text.js");
  const { Prose } = await import("/static/js/prose.js");
  const names = {
    person: (id) => ({ U0ADA: "Ada", U0BEN: "Ben" })[id] ?? null,
    channel: (id) => ({ C0GENERAL: "general" })[id] ?? null,
    isMe: (id) => id === "U0ADA",
    handle: (id) => ({ U0ADA: "ada" })[id] ?? null,
    address: (id) => `#/${id}`,
  };
  if (how === "tail") return settleTail(text);
  const prose = new Prose(names);
  if (how === "streamed") {
    // What grew is drawn as what is drawn at once, after each letter.
    const growing = new GrowingMarkdown(DIALECT);
    for (let end = 1; end <= text.length; end += 1) {
      const begun = text.slice(0, end);
      prose.show(growing.read(begun, true));
      const fresh = new Prose(names);
      fresh.show(slack.readMarkdown(settleTail(begun)));
      if (prose.element.innerHTML !== fresh.element.innerHTML) return `after ${begun}: ${prose.element.innerHTML} is not ${fresh.element.innerHTML}`;
    }
    prose.show(growing.read(text, false));
  } else {
    prose.show(slack[how](text));
  }
  for (const token of prose.element.querySelectorAll("[class^=tok-]")) token.replaceWith(...token.childNodes);
  for (const button of prose.element.querySelectorAll(".code > .bar > button")) button.remove();
  for (const icon of prose.element.querySelectorAll("svg")) icon.replaceWith("SVG");
  return prose.element.innerHTML;
}
