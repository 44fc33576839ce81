/** Puts the page together. */

import { Activity } from "./activity.js";
import { Announcer } from "./announcer.js";
import { Conversation } from "./conversation.js";
import { h, fill } from "./element.js";
import { Modal } from "./modal.js";
import { Notices } from "./notice.js";
import { platformFor } from "./platforms/index.js";
import { Route } from "./route.js";
import { Sidebar } from "./sidebar.js";
import { DM, Store } from "./store.js";
import { Theme } from "./theme.js";
import { ThreadPane } from "./thread.js";
import { Topbar } from "./topbar.js";
import { explain, Workspace } from "./workspace.js";

const SPEAKER_KEY = "threadpilot-speaker";
const DRAWER_KEY = "threadpilot-activity";

/** @param {string} id @returns {HTMLElement} */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const store = new Store();
store.me = sessionStorage.getItem(SPEAKER_KEY) ?? "";
const workspace = new Workspace(store);
const route = new Route(store);
const notices = new Notices(byId("notices"));
const app = byId("app");

/** @type {import("./message.js").Desk} */
const desk = {
  store,
  workspace,
  platform: () => platformFor(store.hello?.platform ?? "slack"),
  openThread: (_channel, thread) => route.go({ where: store.place.where, thread }),
  attempt: async (work) => {
    try {
      await work;
      return true;
    } catch (error) {
      notices.show(explain(error));
      return false;
    }
  },
};

const theme = new Theme();
const topbar = new Topbar(byId("topbar"), desk, { theme, toggleActivity: () => showActivity(Boolean(byId("activity").hidden)), toggleMenu: () => showMenu(!app.classList.contains("has-menu")) });
new Sidebar(byId("sidebar"), store);
const conversation = new Conversation(byId("main"), desk);
const threadPane = new ThreadPane(byId("thread"), desk, closeThread);
new Activity(byId("activity"), desk, () => {
  showActivity(false);
  topbar.activity.focus();
});
new Modal(desk);
new Announcer(store, byId("announcer"));

store.on("hello", () => {
  document.documentElement.dataset.platform = desk.platform().id;
  route.follow();
});
store.on("place", ({ before }) => {
  app.classList.toggle("has-thread", store.place.thread !== null);
  showMenu(false);
  void look();
  if (before.where !== store.place.where && store.place.thread === null && matchMedia("(hover: hover)").matches) conversation.composer.focus();
});
store.on("me", () => {
  sessionStorage.setItem(SPEAKER_KEY, store.me);
  // A thread of one person's direct message is not the other's.
  if (store.place.where === DM && store.place.thread) route.go({ where: DM, thread: null });
  if (store.place.where !== DM && !store.channels.some(({ id }) => id === store.place.where)) route.go({ where: store.channels[0]?.id ?? DM, thread: null });
  void look();
});
store.on("link", drawBanner);
store.on("trouble", (error) => notices.show(explain(error)));

addEventListener("online", () => workspace.live.hurry());
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (app.classList.contains("has-menu")) {
    showMenu(false);
    topbar.menu.focus();
  } else if (byId("activity").contains(document.activeElement)) {
    showActivity(false);
    topbar.activity.focus();
  } else if (store.place.thread !== null) {
    closeThread();
  }
});
document.addEventListener("click", (event) => {
  const { target } = event;
  if (app.classList.contains("has-menu") && target instanceof Node && !byId("sidebar").contains(target) && !topbar.menu.contains(target)) showMenu(false);
});
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  (store.place.thread ? threadPane.composer : conversation.composer).focus();
});

showActivity(localStorage.getItem(DRAWER_KEY) === "open" && innerWidth > 1360);
drawBanner();
workspace.connect();

/** Load what is in view; a thread that is not there closes. */
async function look() {
  const { thread } = store.place;
  const ok = store.link === "open" ? await desk.attempt(workspace.show()) : true;
  if (!ok && thread && store.place.thread === thread && store.link === "open") closeThread();
}

function closeThread() {
  const { thread, where } = store.place;
  route.go({ where, thread: null });
  const root = document.querySelector(`#main .message[data-ts="${thread}"]`);
  if (root instanceof HTMLElement) root.focus({ preventScroll: true });
  else conversation.composer.focus();
}

/** @param {boolean} open */
function showActivity(open) {
  byId("activity").hidden = !open;
  topbar.activity.setAttribute("aria-expanded", String(open));
  localStorage.setItem(DRAWER_KEY, open ? "open" : "closed");
}

/** @param {boolean} open */
function showMenu(open) {
  app.classList.toggle("has-menu", open);
  topbar.menu.setAttribute("aria-expanded", String(open));
}

function drawBanner() {
  const banner = byId("banner");
  banner.hidden = store.link !== "lost";
  fill(banner, banner.hidden ? [] : [h("span", { class: "pulse", "aria-hidden": "true" }), "The connection to the playground is lost. Trying again…"]);
}
