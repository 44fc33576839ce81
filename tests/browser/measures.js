// What the accessibility tests measure on the page: an object of functions, each of which returns what is wrong.
({
  /** Controls and pictures without a name. */
  nameless() {
    const wanted =
      "button, a[href], input, textarea, select, [role=tab], [role=switch], dialog, nav, aside, img";
    const textOf = (ids) =>
      (ids ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join("");
    return [...document.querySelectorAll(wanted)]
      .filter((element) => element.checkVisibility())
      .filter((element) => {
        if (element.matches("img")) return !element.hasAttribute("alt");
        const labels = [...(element.labels ?? [])].map((label) => label.textContent).join("");
        return !(
          element.getAttribute("aria-label") ||
          textOf(element.getAttribute("aria-labelledby")) ||
          labels ||
          element.textContent.trim()
        );
      })
      .map((element) => element.outerHTML.slice(0, 120));
  },

  /** Ids that are there twice, and references to ids that are not there. */
  brokenReferences() {
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    const names = ["aria-labelledby", "aria-describedby", "aria-controls", "for"];
    const references = names.flatMap((name) =>
      [...document.querySelectorAll(`[${name}]`)].flatMap((element) =>
        element.getAttribute(name).split(" ").filter(Boolean),
      ),
    );
    return [
      ...ids.filter((id, at) => ids.indexOf(id) !== at),
      ...references.filter((id) => !document.getElementById(id)),
    ];
  },

  /** Texts with a contrast below 4.5 to what is behind them, with the contrast. */
  poorContrasts() {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = (colour) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    };
    const over = (top, under) =>
      top.slice(0, 3).map((value, at) => value * top[3] + under[at] * (1 - top[3]));
    const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const luminance = (colour) => {
      const [r, g, b] = colour.map((value) => linear(value / 255));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
      const layers = [];
      for (let at = element; at; at = at.parentElement) {
        const { backgroundColor, backgroundImage } = getComputedStyle(at);
        if (backgroundImage !== "none") return null;
        layers.push(rgba(backgroundColor));
        if (layers.at(-1)[3] === 1) break;
      }
      return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
    };
    const poor = {};
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      const text = walker.currentNode.data.trim();
      if (!text || element.closest(".offscreen, .skip, :disabled, svg")) continue;
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      const ground = behind(element);
      if (!ground) continue;
      const lights = [over(rgba(getComputedStyle(element).color), ground), ground].map(luminance);
      const ratio = (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
      if (ratio < 4.5) poor[text.slice(0, 40)] = `${ratio.toFixed(2)} ${element.className}`;
    }
    return poor;
  },

  /** Parts of the frame that are wider than their place. */
  overflowing() {
    return [...document.querySelectorAll("html, .scroller, .pane-head, .sidebar, .composer")]
      .filter((element) => element.scrollWidth > element.clientWidth)
      .map((element) => element.className || element.tagName);
  },

  /** What in drawn HTML could act: scripts, handlers, sources, addresses with other schemes. */
  active(html) {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    return [...parsed.querySelectorAll("*")].flatMap((element) => [
      ...(/^(script|img|iframe|object|embed|style|form)$/i.test(element.tagName) ? [element.tagName] : []),
      ...[...element.attributes].map(({ name }) => name).filter((name) => /^on|^style$|^src/.test(name)),
      ...(/^(https?:|mailto:|#)/.test(element.getAttribute("href") ?? "#") ? [] : ["href"]),
    ]);
  },
})
