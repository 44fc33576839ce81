/** The drawer: faults to switch on, and each API call of the bot as it happens. */

import { fill, h } from "./element.js";
import { icon } from "./icon.js";

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

/** @type {Record<string, string>} */
const UNITS = { ms: "ms", delay_ms: "ms", calls: "calls", n: "calls", count: "calls", retry_after: "s wait", retry_after_s: "s wait", seconds: "s", routes: "only", permissions: "which", global: "everywhere", after: "after it is done", drop: "cut the line", resumable: "can be resumed" };

export class Activity {
  /**
   * @param {HTMLElement} element
   * @param {import("./message.js").Desk} desk
   * @param {() => void} close
   */
  constructor(element, desk, close) {
    this.desk = desk;
    this.store = desk.store;
    this.faults = h("div", { class: "faults" });
    this.summary = h("small", { "data-testid": "calls-summary" });
    this.list = h("ol", { role: "list", "aria-label": "API calls, newest first", "data-testid": "calls" });
    this.none = h("p", { class: "no-calls" }, "The bot has made no calls yet. Mention it and they show up here.");
    element.append(
      h(
        "div",
        { class: "pane-head" },
        h("h2", {}, "Bot activity"),
        h("span", { class: "about" }),
        h("button", { class: "tool", type: "button", "aria-label": "Close bot activity", title: "Close", on: { click: close } }, icon("close")),
      ),
      h("section", { class: "what-if", "aria-labelledby": "faults-head" }, h("h3", { id: "faults-head" }, "Faults", h("small", {}, "What if it goes wrong?")), this.faults),
      h("section", { class: "calls", "aria-labelledby": "calls-head" }, h("h3", { id: "calls-head" }, "API calls", this.summary), h("div", { class: "call-list", tabindex: "0", role: "region", "aria-label": "API calls" }, this.none, this.list)),
    );
    this.store.on("hello", () => this.drawFaults());
    this.store.on("fault", () => this.drawFaults());
    this.store.on("calls", () => this.drawCalls());
    this.store.on("call", (call) => this.add(call));
  }

  drawFaults() {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.id : "";
    fill(this.faults, this.store.faults.map((fault) => this.fault(fault)));
    if (focused && this.faults.querySelector(`#${CSS.escape(focused)}`)) document.getElementById(focused)?.focus();
  }

  /** @param {any} fault */
  fault(fault) {
    const id = `fault-${fault.kind}`;
    const options = { ...(fault.options ?? {}) };
    const changed = (/** @type {string} */ name, /** @type {any} */ value) => {
      options[name] = value;
      if (fault.on) this.set(fault.kind, true, options);
    };
    const amounts = Object.entries(options).map(([name, value]) => amount(name, value, `${id}-${name}`, `${fault.label}: ${name.replaceAll("_", " ")}`, (now) => changed(name, now)));
    const trigger = this.desk.platform().once.has(fault.kind)
      ? h("button", { class: "button", type: "button", id, "aria-label": `${fault.label}: do it now`, disabled: fault.on, on: { click: () => this.set(fault.kind, true, options) } }, "Do it")
      : h("button", {
          class: "switch", type: "button", role: "switch", id, "aria-checked": String(Boolean(fault.on)), "aria-labelledby": `${id}-label`,
          on: { click: () => this.set(fault.kind, !fault.on, options) },
        });
    return h("div", { class: fault.on ? "fault on" : "fault", "data-testid": id }, h("span", { class: "label" }, h("span", { id: `${id}-label` }, fault.label), amounts.length ? h("span", { class: "amounts" }, amounts) : null), trigger);
  }

  /** @param {string} kind @param {boolean} on @param {Record<string, any>} options */
  set(kind, on, options) {
    void this.desk.attempt(this.desk.workspace.fault(kind, on, options));
  }

  drawCalls() {
    fill(this.list, [...this.store.calls].reverse().map(drawCall));
    this.drawSummary();
  }

  /** @param {any} call */
  add(call) {
    this.list.prepend(drawCall(call));
    while (this.list.children.length > this.store.calls.length) this.list.lastElementChild?.remove();
    this.drawSummary();
  }

  drawSummary() {
    const { calls, hello } = this.store;
    this.none.hidden = calls.length > 0;
    const failed = calls.filter((call) => !call.ok).length;
    const times = calls.map((call) => Number(call.ms)).sort((one, other) => one - other);
    const parts = calls.length ? [`${calls.length}${calls.length >= 200 ? "+" : ""}`, `median ${short(times[Math.floor(times.length / 2)])}`] : [];
    if (failed) parts.push(`${failed} failed`);
    parts.push(hello?.limits ? "limits on" : "limits off");
    this.summary.textContent = parts.join(" · ");
  }
}

/**
 * What can be set about a fault: a number, yes or no, or some words.
 *
 * @param {string} name
 * @param {any} value
 * @param {string} id
 * @param {string} label
 * @param {(value: any) => void} changed
 */
function amount(name, value, id, label, changed) {
  const words = UNITS[name] ?? name.replaceAll("_", " ");
  if (typeof value === "boolean") {
    const box = h("input", { type: "checkbox", id, "aria-label": label, prop: { checked: value } });
    box.addEventListener("change", () => changed(box.checked));
    return h("label", { class: "amount" }, box, words);
  }
  const isList = Array.isArray(value);
  const input = h("input", { class: isList ? "field words" : "field", type: typeof value === "number" ? "number" : "text", min: 0, step: "any", id, "aria-label": label, placeholder: isList ? "all" : null });
  input.value = isList ? value.join(", ") : String(value ?? "");
  input.addEventListener("change", () => {
    const list = input.value.split(",").map((word) => word.trim()).filter(Boolean);
    changed(isList ? list : typeof value === "number" ? Number(input.value) : input.value);
  });
  return h("span", { class: "amount" }, isList ? [words, input] : [input, words]);
}

/** @param {any} call */
function drawCall(call) {
  const { limit } = call;
  const isCounted = typeof limit?.max === "number";
  const meter = () => {
    const element = h("meter", { min: 0, max: limit.max, low: limit.max * 0.6, high: limit.max * 0.9, optimum: 0, "aria-label": "Used of the limit" });
    element.value = limit.used;
    return element;
  };
  return h(
    "li",
    { class: call.ok ? "call" : "call failed", "data-method": call.method },
    h("span", { class: "code-is" }, String(call.http_status)),
    h("span", { class: "method", title: call.path ? `${call.http} ${call.path}` : null }, call.method),
    h("span", { class: "ms" }, short(call.ms)),
    h(
      "div",
      { class: "second" },
      h("time", { datetime: call.at }, TIME.format(new Date(call.at))),
      call.error ? h("span", { class: "why" }, String(call.error)) : null,
      isCounted ? h("span", { class: "limit", title: limit.title }, limit.name, meter(), `${limit.used}/${limit.max}`) : limit ? h("span", { class: "limit" }, limit.name) : null,
    ),
  );
}

/** @param {number} ms */
function short(ms) {
  return ms < 10 ? `${Number(ms).toFixed(1)} ms` : ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
