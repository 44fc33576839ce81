// Draws a text as the page would, and returns the HTML. `how` names the reader.
async ([how, text]) => {
  const { slack } = await import("/static/js/platforms/slack.js");
  const { settleTail } = await import("/static/js/markdown_tail.js");
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
    for (let end = 1; end <= text.length; end += 1) prose.show(slack.readMarkdown(settleTail(text.slice(0, end))));
    prose.show(slack.readMarkdown(text));
  } else {
    prose.show(slack[how](text));
  }
  for (const button of prose.element.querySelectorAll(".code > .bar > button")) button.remove();
  for (const icon of prose.element.querySelectorAll("svg")) icon.replaceWith("SVG");
  return prose.element.innerHTML;
}
