/** The files of one message: pictures, texts, and cards for the rest. Those that stay the same keep their elements. */

import { attached, drawCard, drawGone, saveLink } from "./file.js";
import { fill, h } from "./element.js";
import { drawFold, drawLost, drawPicture } from "./picture.js";
import { Snippet } from "./snippet.js";

/** @typedef {import("./file.js").Attached} Attached */

export class Files {
  /** @param {import("./platforms/platform.js").FileLook} look */
  constructor(look) {
    this.look = look;
    this.pictures = h("div", { class: "pictures" });
    this.fold = look.folds ? drawFold(this.pictures) : null;
    this.others = h("div", { class: "others" });
    this.element = h("div", { class: "files", hidden: true }, this.fold?.element, this.pictures, this.others);
    /** @type {Map<string, HTMLElement>} by what it was drawn from */
    this.drawn = new Map();
    /** @type {Attached[]} */
    this.shown = [];
    /** @type {Set<string>} ids of pictures that cannot be shown */
    this.lost = new Set();
  }

  /** @param {any[]} files */
  show(files) {
    const all = files.map((file) => ({ file: attached(file), raw: file }));
    const isShown = (/** @type {{file: Attached}} */ { file }) => file.kind === "picture" && !this.lost.has(file.id);
    const pictures = all.filter(isShown);
    const isAlone = pictures.length === 1;
    this.shown = pictures.map(({ file }) => file);
    const before = this.drawn;
    this.drawn = new Map();
    const keep = (/** @type {{file: Attached, raw: any}} */ { file, raw }) => {
      const key = JSON.stringify([raw, file.kind === "picture" && isAlone, this.lost.has(file.id)]);
      const element = before.get(key) ?? this.draw(file, raw, isAlone, files);
      this.drawn.set(key, element);
      return element;
    };
    refill(this.pictures, pictures.map(keep));
    refill(this.others, all.filter((one) => !isShown(one)).map(keep));
    this.pictures.dataset.count = String(pictures.length);
    this.pictures.hidden = pictures.length === 0 || this.fold?.element.getAttribute("aria-expanded") === "false";
    this.others.hidden = this.others.childElementCount === 0;
    if (this.fold) {
      this.fold.element.hidden = pictures.length === 0;
      this.fold.name(pictures.length === 0 ? "" : isAlone ? pictures[0].file.name : `${pictures.length} pictures`);
    }
    this.element.hidden = files.length === 0;
  }

  /** @param {Attached} file @param {any} raw @param {boolean} isAlone @param {any[]} files all of them */
  draw(file, raw, isAlone, files) {
    if (this.lost.has(file.id)) return drawLost(file);
    switch (file.kind) {
      case "picture":
        return drawPicture(file, isAlone ? this.look.room : null, () => this.shown, () => {
          this.lost.add(file.id);
          this.show(files);
        });
      case "text":
        return new Snippet(file, this.look).element;
      case "sound":
      case "film":
        return drawPlayer(file);
      case "gone":
        return drawGone(raw);
      case "other":
        return drawCard(file);
    }
  }
}

/** @param {Attached} file a recording or a film */
function drawPlayer(file) {
  const player = h(file.kind === "film" ? "video" : "audio", { src: file.source, controls: true, preload: "metadata", "aria-label": file.name });
  return h("div", { class: "player", "data-testid": "file" }, h("div", { class: "player-bar" }, h("strong", {}, file.name), saveLink(file)), player);
}

/** Bring an element's children in line, touching only what differs. @param {HTMLElement} element @param {HTMLElement[]} wanted */
function refill(element, wanted) {
  const isSame = wanted.length === element.children.length && wanted.every((child, index) => element.children[index] === child);
  if (!isSame) fill(element, wanted);
}
