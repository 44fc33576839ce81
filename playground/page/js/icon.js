/** The page's icons: strokes on a 24 by 24 grid, drawn inline so that they take the text's colour. */

const PATHS = {
  activity: "M3 12h4l3-8 4 16 3-8h4",
  alert: "M12 8v5m0 3.5v.01M10.3 4 2.6 17.5A2 2 0 0 0 4.3 20.5h15.4a2 2 0 0 0 1.7-3L13.7 4a2 2 0 0 0-3.4 0Z",
  at: "M15.5 12a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0Zm0 0v1.5a2.8 2.8 0 0 0 5.5 0V12a9 9 0 1 0-3.6 7.2",
  attach: "m20 11.5-8.3 8.3a5 5 0 0 1-7-7l8.9-8.9a3.3 3.3 0 0 1 4.7 4.7l-8.9 8.8a1.7 1.7 0 0 1-2.3-2.3l7.6-7.6",
  bolt: "M13 2 4 14h7l-1 8 9-12h-7l1-8Z",
  archive: "M4 5h16v4H4zM5.5 9v10.5h13V9M10 13h4",
  check: "m5 12.5 4.5 4.5L19 7.5",
  chevron: "m9 5 7 7-7 7",
  circle: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z",
  close: "M6 6l12 12M18 6 6 18",
  code: "m8.5 7-5 5 5 5m7-10 5 5-5 5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  cross: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm-3 6 6 6m0-6-6 6",
  done: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm-4 9.5 2.7 2.7L16 9.5",
  down: "M12 5v14m-6-6 6 6 6-6",
  download: "M12 4v11m-5-5 5 5 5-5M5 20h14",
  dots: "M5 12v.01M12 12v.01M19 12v.01",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Zm12.3 0a2.8 2.8 0 1 1-5.6 0 2.8 2.8 0 0 1 5.6 0Z",
  file: "M14 3H6.5A1.5 1.5 0 0 0 5 4.5v15A1.5 1.5 0 0 0 6.5 21h11a1.5 1.5 0 0 0 1.5-1.5V8l-5-5Zm0 0v5h5",
  hash: "M9.5 4 7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16",
  half: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 0v18M12 7l6.5 1.5M12 12h9m-9 5 6.5-1.5",
  forward: "m14 6 6 6-6 6m6-6H9a5 5 0 0 0-5 5v1",
  forum: "M20 4H4v12h4v4l5-4h7V4ZM8 8.5h8M8 12h5",
  lock: "M6 11h12v9.5H6zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11",
  megaphone: "M4 10v4l3 .5L8.5 20h3L10.5 15 19 18V6L7 9.5 4 10Z",
  menu: "M4 6h16M4 12h16M4 18h16",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z",
  outside: "M14 4h6v6m0-6-9 9M18 14v6H4V6h6",
  pencil: "M4 20l1-4.5L16.5 4a2.1 2.1 0 0 1 3 3L8 18.5 4 20Zm10.5-14 3 3",
  plane: "M21 3 3 10.4l6.2 2.6L21 3Zm0 0-4.5 17-5.1-6L21 3ZM9.2 13v6.2l2.3-5",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M9 9v.01",
  plus: "M12 5v14M5 12h14",
  quote: "M9 14 4 9l5-5M4 9h9a7 7 0 0 1 7 7v4",
  reply: "M21 12a8 8 0 0 1-11.6 7.1L4 20.5l1.4-5A8 8 0 1 1 21 12Z",
  send: "M4 12 3.5 4.5 21 12 3.5 19.5 4 12Zm0 0h8",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5v.01M15 9.5v.01",
  spinner: "M21 12a9 9 0 1 1-6.2-8.6",
  stop: "M6.5 6.5h11v11h-11z",
  sun: "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0ZM12 2.5V4m0 16v1.5M2.5 12H4m16 0h1.5M5.3 5.3l1 1m11.4 11.4 1 1m0-13.4-1 1M6.3 17.7l-1 1",
  thread: "M8 3 7 8m9-5-1 5M4 8h16M3 14h9m-5 7 1-7m5 7 .6-3M17 13.5a3.5 3.5 0 1 0 3.5 3.5",
  trash: "M4.5 7h15M9.5 7V4h5v3M6.5 7l1 13h9l1-13M10 11v5.5m4-5.5v5.5",
};

const SVG = "http://www.w3.org/2000/svg";
const FILLED = new Set(["stop"]);

/** @typedef {keyof typeof PATHS} IconName */

/**
 * Draw an icon. It says nothing to a screen reader: what it stands for is in the text beside it or in
 * the control's label.
 *
 * @param {IconName} name
 * @param {string} [className]
 * @returns {SVGSVGElement}
 */
export function icon(name, className = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("fill", FILLED.has(name) ? "currentColor" : "none");
  svg.setAttribute("stroke", "currentColor");
  svg.setAttribute("stroke-width", name === "dots" ? "3" : "1.8");
  svg.setAttribute("stroke-linecap", "round");
  svg.setAttribute("stroke-linejoin", "round");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon ${className}`.trim());
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
