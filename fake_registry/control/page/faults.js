// Faults: made with a form, switched off and on again, with the number of calls that they struck.

import { get, post, remove } from "./api.js";
import { button, element, table } from "./dom.js";
import { FaultForm } from "./fault_form.js";
import { attempt } from "./notices.js";
import { countText } from "./format.js";
import { Reading } from "./reading.js";

const MOMENTS = {
  door: "before its token is checked",
  before: "before any change",
  after: "after it, in its answer",
};

const OUTAGE = { "data-key": "outage" }; // the same button with two texts

export class FaultsPart {
  constructor(place) {
    this.focusNext = ""; // the key of the button that gets the focus when the rows are drawn
    this.off = []; // the faults that were switched off here: the registry has forgotten them
    this.reading = new Reading(
      () => Promise.all([get("faults"), get("down"), this.form.load()]), (documents) => this.show(documents),
      (text) => this.rows.textContent = text);
    this.rows = element("div");
    this.outage = element("p");
    this.form = new FaultForm((fault) => this.add(fault));
    place.append(
      element("h2", { id: "faults-title" }, "Faults"),
      this.outage, this.rows,
      element("h3", {}, "New fault"), this.form.box);
  }

  refresh() {
    return this.reading.refresh();
  }

  show([{ faults }, { down: isDown }]) {
    this.outage.replaceChildren(
      isDown ? element("span", { class: "bad" }, "The registry is down: each request loses its connection. ")
        : "The registry answers. ",
      isDown ? button("Answer again", () => this.change(() => remove("down"), "The registry answers again."), OUTAGE)
        : button("Take it down", () => this.change(() => post("down"), "The registry is down."), OUTAGE));
    if (faults.length + this.off.length === 0) {
      this.rows.replaceChildren(element("p", { class: "empty" },
        "No fault is in force. Make one below: it strikes the next calls of its endpoint, and its hits count up here."));
      return;
    }

    // a button that has the focus keeps it, also if its text is another one now
    const focused = this.focusNext || document.activeElement?.dataset.key;
    this.focusNext = "";
    this.rows.replaceChildren(table(["Fault", "State", "Hits", "Without effect", "Actions"], [
      ...faults.map((fault) => [textOf(fault), stateOf(fault), String(fault.hits), String(fault.idle_hits),
        button("Switch off", () => this.switchOff(fault), { "data-key": `off-${fault.id}` })]),
      ...this.off.map((fault) => [textOf(fault), "off", "", "",
        button("Switch on", () => this.switchOn(fault), { "data-key": `on-${fault.id}` })]),
    ]));
    if (focused) this.rows.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  async change(action, done) {
    await attempt(action, done);
    await this.reading.redraw(); // with the faults that are off, which are known here alone
  }

  add(fault) {
    return this.change(() => post("faults", fault), `The fault was made for ${fault.endpoint}.`);
  }

  // The registry was reset: the faults that are off are gone as well as the others.
  forget() {
    this.off = [];
    this.reading.redraw();
  }

  switchOff(fault) {
    return this.change(async () => {
      await remove(`faults/${encodeURIComponent(fault.id)}`);
      this.off.push(fault);
      this.focusNext = `on-${fault.id}`;
    }, "The fault is off.");
  }

  switchOn(fault) {
    return this.change(async () => {
      const { id, hits, idle_hits: idle, ...document } = fault;
      const made = await post("faults", document);
      this.focusNext = `off-${made.id}`;
      this.off = this.off.filter((other) => other !== fault);
    }, "The fault is in force again; its hits start at 0.");
  }
}

// A fault stays in the list when its calls are over, with its hits.
const stateOf = ({ times, hits }) => (times !== null && hits >= times ? "used up" : "in force");

function textOf(fault) {
  const { name, ...parameters } = fault.effect;
  const given = Object.entries(parameters).filter(([, value]) => value !== null)
    .map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  const limits = [
    fault.skip ? `after ${countText(fault.skip, "call")}` : "",
    fault.times === null ? "for all calls" : `for ${countText(fault.times, "call")}`,
    fault.repository === null ? "" : `in ${fault.repository}`,
    fault.reference === null ? "" : `reference ${fault.reference}`,
    fault.probability === null ? "" : `with chance ${fault.probability}`,
    MOMENTS[fault.when] ?? fault.when,
  ].filter(Boolean);
  return [
    element("strong", {}, name), given.length ? ` (${given.join(", ")})` : "", " at ",
    element("span", { class: "mono" }, fault.endpoint),
    element("div", { class: "quiet" }, limits.join(", ")),
  ];
}
