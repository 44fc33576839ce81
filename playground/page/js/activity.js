/** The drawer: faults to switch on, and each API call of the bot as it happens. */

import { fill, h } from "./element.js";
import { icon } from "./icon.js";

/** These happen once, at the press of a button; the others stay on until they are switched off. */
const ONCE = new Set(["drop_socket", "refresh_socket"]);

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

/** @type {Record<string, string>} */
const UNITS = { ms: "ms", delay_ms: "ms", calls: "calls", n: "calls", count: "calls", retry_after: "s wait", retry_after_s: "s wait", seconds: "s" };

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
    const amounts = Object.entries(options)
      .filter(([, value]) => typeof value === "number")
      .map(([name, value]) => {
        const input = h("input", { class: "field", type: "number", min: 0, id: `${id}-${name}`, "aria-label": `${fault.label}: ${name.replaceAll("_", " ")}` });
        input.value = String(value);
        input.addEventListener("change", () => {
          options[name] = Number(input.value);
          if (fault.on) this.set(fault.kind, true, options);
        });
        return h("span", { class: "amount" }, input, UNITS[name] ?? name.replaceAll("_", " "));
      });
    const trigger = ONCE.has(fault.kind)
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

/** @param {any} call */
function drawCall(call) {
  const hasLimit = typeof call.per_minute === "number" && typeof call.used === "number";
  const tier = call.tier === undefined || call.tier === null ? "" : /^\d+$/.test(String(call.tier)) ? `tier ${call.tier}` : String(call.tier);
  const meter = () => {
    const element = h("meter", { min: 0, max: call.per_minute, low: call.per_minute * 0.6, high: call.per_minute * 0.9, optimum: 0, "aria-label": "Used of the limit" });
    element.value = call.used;
    return element;
  };
  return h(
    "li",
    { class: call.ok ? "call" : "call failed", "data-method": call.method },
    h("span", { class: "code-is" }, String(call.http_status)),
    h("span", { class: "method" }, call.method),
    h("span", { class: "ms" }, short(call.ms)),
    h(
      "div",
      { class: "second" },
      h("time", { datetime: call.at }, TIME.format(new Date(call.at))),
      call.error ? h("span", { class: "why" }, String(call.error)) : null,
      hasLimit ? h("span", { class: "limit", title: `${tier}: ${call.used} of ${call.per_minute} calls used this minute` }, tier, meter(), `${call.used}/${call.per_minute}`) : tier ? h("span", { class: "limit" }, tier) : null,
    ),
  );
}

/** @param {number} ms */
function short(ms) {
  return ms < 10 ? `${Number(ms).toFixed(1)} ms` : ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
