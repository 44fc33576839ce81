// What the screenshot tests measure of a reply as it is drawn: functions of its message, each of which returns what is wrong.
(() => {
  const rect = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return (node instanceof Element ? node : range).getBoundingClientRect();
  };
  const isSeen = (element) => {
    const { width, height } = element.getBoundingClientRect();
    return width > 0 && height > 0 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };
  const areOne = (numbers) => Math.max(...numbers) - Math.min(...numbers) < 1;
  /** Where words stand in a text: the rectangles of what the pattern finds. */
  const found = (element, pattern) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    const whole = nodes.map(({ data }) => data).join("");
    const at = (offset) => {
      let before = 0;
      for (const node of nodes) {
        if (offset <= before + node.data.length) return [node, offset - before];
        before += node.data.length;
      }
      return [nodes.at(-1), nodes.at(-1).data.length];
    };
    return [...whole.matchAll(pattern)].map((match) => {
      const range = document.createRange();
      range.setStart(...at(match.index + 0));
      range.setEnd(...at(match.index + match[0].length));
      const rects = [...range.getClientRects()].filter(({ width }) => width > 0);
      return { left: Math.min(...rects.map(({ left }) => left)), right: Math.max(...rects.map(({ right }) => right)) };
    });
  };
  const wrong = (checks) => Object.entries(checks).filter(([, isRight]) => !isRight).map(([name]) => name);

  return {
    /** Code is in a font of fixed width, in colours, apart from the text around it. */
    code(message) {
      const code = [...message.querySelectorAll("pre code")].find((each) => each.textContent.includes("with lock"));
      if (!code) return ["no code"];
      const probe = (text) => {
        const span = document.createElement("span");
        span.textContent = text;
        code.append(span);
        const { width } = span.getBoundingClientRect();
        span.remove();
        return width;
      };
      const paper = getComputedStyle(code.closest(".code")).backgroundColor;
      return wrong({
        seen: isSeen(code),
        "fixed width": Math.abs(probe("iiiiiiii") - probe("MMMMMMMM")) < 0.5,
        "apart from the text": paper !== getComputedStyle(message.closest(".pane")).backgroundColor,
        coloured: new Set([...code.querySelectorAll("span")].map((each) => getComputedStyle(each).color)).size >= 3,
        "two lines": code.textContent.split("\n").length === 2,
      });
    },

    /** A table of cells: columns stand in line, and as they are set. */
    cells(message) {
      const rows = [...message.querySelectorAll("table tr")].map((row) => [...row.children]);
      if (rows.length !== 4) return [`${rows.length} rows`];
      const columns = [0, 1, 2].map((column) => rows.map((row) => row[column]));
      const inner = (cell) => found(cell, /\S[^]*/g)[0];
      const middle = (cell) => (inner(cell).left + inner(cell).right) / 2;
      return wrong({
        seen: rows.flat().every(isSeen),
        "columns in line": columns.every((cells) => areOne(cells.map((cell) => rect(cell).left))),
        "rows in line": rows.every((cells) => areOne(cells.map((cell) => rect(cell).top))),
        "first to the left": areOne(columns[0].map((cell) => inner(cell).left)),
        "second in the middle": areOne(columns[1].map((cell) => middle(cell) - (rect(cell).left + rect(cell).right) / 2)),
        "third to the right": areOne(columns[2].map((cell) => inner(cell).right)),
        "a head": rows[0].every((cell) => cell.tagName === "TH" && getComputedStyle(cell).fontWeight >= 600),
      });
    },

    /** A table of characters: columns stand in line, wide characters or not. */
    characters(message) {
      const code = [...message.querySelectorAll("pre code")].find((each) => each.textContent.includes("140 ns"));
      if (!code) return ["no table"];
      const lines = Math.round(code.getBoundingClientRect().height / parseFloat(getComputedStyle(code).lineHeight));
      return wrong({
        seen: isSeen(code),
        "second in line": areOne(found(code, /Owner|one thread|nobody|a core/g).map(({ left }) => left)),
        "third to the right": areOne(found(code, /Cost|\d+ ns/g).map(({ right }) => right)),
        "one line a row": lines === code.textContent.split("\n").length,
      });
    },

    /** Items of a list have marks, and deeper ones stand further in. */
    list(message) {
      const items = ["the first takes it", "the others wait", "in a line"].map((words) => [...message.querySelectorAll("li")].findLast((item) => item.textContent.includes(words)));
      if (items.includes(undefined)) return ["items are missing"];
      const lefts = items.map((item) => found(item, /the first|the others|in a line/g)[0].left);
      return wrong({
        seen: items.every(isSeen),
        marked: items.every((item) => getComputedStyle(item).listStyleType !== "none"),
        numbered: getComputedStyle(items[0]).listStyleType === "decimal",
        "further in": lefts[0] < lefts[1] && lefts[1] < lefts[2],
        "the second number": items[0].parentElement.children.length === 2,
      });
    },

    /** Links look like links, lead where they say, and let nobody back in. */
    links(message, [address, picture]) {
      const links = ["the documentation", "a picture"].map((words) => [...message.querySelectorAll("a")].find((link) => link.textContent === words));
      if (links.includes(undefined)) return ["links are missing"];
      const text = getComputedStyle(links[0].parentElement).color;
      return wrong({
        seen: links.every(isSeen),
        "lead there": links[0].href === address && links[1].href === picture,
        "in a tab of their own": links.every((link) => link.target === "_blank" && link.rel.includes("noopener")),
        "another colour": links.every((link) => getComputedStyle(link).color !== text),
      });
    },

    /** A picture is there, whole, in its own proportions. */
    async picture(message) {
      const image = message.querySelector(".picture img");
      if (!image) return ["no picture"];
      await image.decode();
      const { width, height } = image.getBoundingClientRect();
      return wrong({
        seen: isSeen(image),
        "all of it": image.complete && image.naturalWidth >= 320 && image.naturalHeight >= 200,
        "its proportions": Math.abs(width / height - image.naturalWidth / image.naturalHeight) < 0.02,
        "large enough": width >= 200,
      });
    },

    /** A heading, emphasis, code within a line and a quote can be told from plain text. */
    words(message) {
      const [heading, strong, em, code, quote] = [":is(h1, h2, h3)", "p strong", "p em", "p code", "blockquote"].map((selector) => message.querySelector(selector));
      if (![heading, strong, em, code, quote].every(Boolean)) return ["parts are missing"];
      const plain = getComputedStyle(strong.parentElement);
      const of = (element) => getComputedStyle(element);
      return wrong({
        seen: [heading, strong, em, code, quote].every(isSeen),
        "a heading": parseFloat(of(heading).fontSize) > parseFloat(plain.fontSize) && of(heading).fontWeight >= 600,
        bold: of(strong).fontWeight >= 600,
        italic: of(em).fontStyle === "italic",
        code: of(code).fontFamily !== plain.fontFamily && of(code).backgroundColor !== "rgba(0, 0, 0, 0)",
        "a quote": parseFloat(of(quote).borderLeftWidth) >= 3,
      });
    },

    /** Nothing is over anything else, and nothing leaves its pane. */
    places(message) {
      const pane = message.closest(".scroller");
      const blocks = [...message.querySelectorAll(".prose > *, .pictures, .snippet, .file")].filter(isSeen);
      const under = blocks.slice(1).filter((block, at) => rect(block).top < rect(blocks[at]).bottom - 0.5);
      const out = [...message.querySelectorAll("*")].filter((element) => {
        const scrolls = element.parentElement.closest(".table, pre, .offscreen");
        return isSeen(element) && !scrolls && (rect(element).right > rect(pane).right + 0.5 || rect(element).left < rect(pane).left - 0.5);
      });
      const name = (element) => `${element.tagName} ${element.className}`;
      return [
        ...under.map((block) => `${name(block)} is over what is before it`),
        ...out.map((element) => `${name(element)} leaves the pane`),
        ...(pane.scrollWidth > pane.clientWidth ? ["the pane scrolls sideways"] : []),
      ];
    },

    /** Where each construct is, for a picture of it. */
    parts(message) {
      const found = {
        heading: message.querySelector(":is(h1, h2, h3)"),
        list: message.querySelector("ol"),
        code: [...message.querySelectorAll(".code")].find((each) => each.textContent.includes("with lock")),
        table: message.querySelector("table") ?? [...message.querySelectorAll(".code")].find((each) => each.textContent.includes("140 ns")),
        quote: message.querySelector("blockquote"),
        picture: message.querySelector(".picture"),
        avatar: message.querySelector(".avatar"),
      };
      return Object.fromEntries(Object.entries(found).filter(([, element]) => element).map(([name, element]) => [name, rect(element).toJSON()]));
    },
  };
})()
