/** Puts the page together. */

import { Activity } from "./activity.js";
import { Announcer } from "./announcer.js";
import { Conversation } from "./conversation.js";
import { refuseOtherDrops } from "./drop.js";
import { h, fill } from "./element.js";
import { Modal } from "./modal.js";
import { Notices } from "./notice.js";
import { PLATFORMS } from "./platforms/index.js";
import { PlatformSwitch } from "./platform_switch.js";
import { Rail } from "./rail.js";
import { Route } from "./route.js";
import { Sidebar } from "./sidebar.js";
import { DM, Store } from "./store.js";
import { Theme } from "./theme.js";
import { ThreadPane } from "./thread.js";
import { Topbar } from "./topbar.js";
import { explain } from "./workspace.js";

const SPEAKER_KEY = "threadpilot-speaker";
const DRAWER_KEY = "threadpilot-activity";

/** @param {string} id @returns {HTMLElement} */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const store = new Store();
store.myName = sessionStorage.getItem(SPEAKER_KEY) ?? "";
const notices = new Notices(byId("notices"));
const app = byId("app");
const theme = new Theme();
/** @type {{channel: string, ts: string} | null} a message whose thread opens as soon as there is one */
let expected = null;

/** @type {import("./message.js").Desk} */
const desk = {
  store,
  workspace: null, // with the platform
  platform: () => route.platform ?? PLATFORMS[0],
  openThread: (_channel, thread) => route.go({ where: store.place.where, thread }),
  expectThread: (channel, ts) => {
    expected = { channel, ts };
    openExpected();
  },
  answer: (message) => (store.place.thread !== null && message.thread_ts === store.place.thread ? threadPane : conversation).composer.answer(message),
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

const route = new Route(store, PLATFORMS, standFor);
const platforms = new PlatformSwitch(PLATFORMS, (platform) => route.turnTo(platform));
const topbar = new Topbar(byId("topbar"), desk, { theme, platforms: platforms.element, toggleActivity: () => showActivity(Boolean(byId("activity").hidden)), toggleMenu: () => showMenu(!app.classList.contains("has-menu")) });
new Rail(byId("rail"), desk);
new Sidebar(byId("sidebar"), desk);
const conversation = new Conversation(byId("main"), desk);
const threadPane = new ThreadPane(byId("thread"), desk, closeThread);
new Activity(byId("activity"), desk, () => {
  showActivity(false);
  topbar.activity.focus();
});
new Modal(desk);
new Announcer(desk, byId("announcer"));

store.on("hello", () => {
  route.follow();
  void platforms.look();
});
store.on("thread", ({ id }) => {
  openExpected();
  if (store.place.thread === id && !store.threads.has(id)) closeThread();
});
store.on("channel", ({ id }) => {
  if (store.place.where === id && !store.channelNamed(id)) route.go({ where: store.channels[0]?.id ?? DM, thread: null }, true);
});
store.on("place", ({ before }) => {
  expected = null;
  app.classList.toggle("has-thread", store.place.thread !== null);
  showMenu(false);
  void look();
  if (store.place.where && before.where !== store.place.where && store.place.thread === null && !platforms.element.contains(document.activeElement) && matchMedia("(hover: hover)").matches) conversation.composer.focus();
});
store.on("me", () => {
  sessionStorage.setItem(SPEAKER_KEY, store.myName);
  // A thread of one person's direct message is not the other's.
  if (store.place.where === DM && store.place.thread) route.go({ where: DM, thread: null });
  const thread = store.threads.get(store.place.thread ?? "");
  if (thread && !store.seesThread(thread)) route.go({ where: store.place.where, thread: null });
  if (store.place.where !== DM && !store.channels.some(({ id }) => id === store.place.where)) route.go({ where: store.channels[0]?.id ?? DM, thread: null });
  void look();
});
store.on("link", drawBanner);
store.on("trouble", (error) => notices.show(explain(error)));

addEventListener("online", () => desk.workspace?.live.hurry());
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

refuseOtherDrops();
showActivity(localStorage.getItem(DRAWER_KEY) === "open" && innerWidth > 1360);
drawBanner();
route.follow();

/** Leave the platform that the page stands for, and connect to this one. @param {import("./platforms/platform.js").Platform} platform */
function standFor(platform) {
  desk.workspace?.close();
  store.leave(platform.prefix);
  theme.wear(platform);
  platforms.show(platform);
  desk.workspace = platform.workspace(store);
  desk.workspace.connect();
}

/** The thread that was waited for is there, if the person still looks at its channel. */
function openExpected() {
  if (!expected || store.channel !== expected.channel || store.place.thread !== null) return;
  if (desk.platform().namesThreads && !store.threads.has(expected.ts)) return;
  const { ts } = expected;
  expected = null;
  route.go({ where: store.place.where, thread: ts });
}

/** Load what is in view; a thread that is not there closes. */
async function look() {
  const { thread } = store.place;
  const ok = store.link === "open" && store.hello ? await desk.attempt(desk.workspace.show()) : true;
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
