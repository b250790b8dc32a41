// The clock, the snapshots, and the reset of the registry.

import { get, post, remove } from "./api.js";
import { button, element, labelled, table } from "./dom.js";
import { timeText } from "./format.js";
import { attempt } from "./notices.js";
import { Reading } from "./reading.js";

const STEPS = [["1 minute", 60], ["1 hour", 3600], ["1 day", 86400], ["1 week", 604800]];

export class StatePart {
  constructor(place) {
    this.clock = new Reading(() => get("clock"), (clock) => this.showClock(clock));
    this.saved = new Reading(() => get("snapshot"), ({ snapshots }) => this.showSnapshots(snapshots));
    this.time = element("p");
    this.steps = element("div", { class: "bar" });
    this.snapshots = element("div");
    this.resetBar = element("div", { class: "bar" });
    const seconds = element("input", { type: "number", min: 0, step: "any", required: true });
    this.form = element("form", {
      onsubmit: (event) => {
        event.preventDefault();
        this.advance(Number(seconds.value));
      },
    }, labelled("Seconds", seconds), element("button", { type: "submit" }, "Advance the clock"));
    this.steps.append(...STEPS.map(([text, step]) => button(`Advance by ${text}`, () => this.advance(step))));
    place.append(
      element("h2", { id: "state-title" }, "Clock and state"),
      element("h3", {}, "Clock"), this.time, this.steps, this.form,
      element("h3", {}, "Snapshots"), this.snapshots,
      element("div", { class: "bar" }, button("Save a snapshot", () => this.change(
        () => post("snapshot"), ({ id }) => `Content, roles and tokens were saved as snapshot ${id}.`))),
      element("h3", {}, "Reset"), this.resetBar);
    this.offerReset();
  }

  // The time passes by itself, and is drawn apart: the buttons of the snapshots keep the focus.
  refresh() {
    return Promise.all([this.clock.refresh(), this.saved.refresh()]);
  }

  showClock({ time, manual }) {
    this.steps.hidden = this.form.hidden = !manual;
    this.time.textContent = manual ? timeText(time)
      : `${timeText(time)}. This is the clock of the machine, which cannot be moved: serve with --clock manual.`;
  }

  showSnapshots(ids) {
    this.snapshots.replaceChildren(ids.length === 0
      ? element("p", { class: "empty" }, "No snapshot yet. Save one before a test, and return to it afterwards.")
      : table(["Snapshot", "", ""], ids.map((id) => [id,
        button(`Return to ${id}`, () => this.change(() => post("restore", { id }), `Content, roles and tokens are those of snapshot ${id}.`)),
        button(`Forget ${id}`, () => this.change(() => remove(`snapshot/${encodeURIComponent(id)}`), `Snapshot ${id} was forgotten.`)),
      ])));
  }

  advance(seconds) {
    return this.change(() => post("clock", { advance_seconds: seconds }), ({ time }) => `It is now ${timeText(time)}.`);
  }

  // A reset cannot be undone: it takes a second press.
  offerReset() {
    this.resetBar.replaceChildren(
      element("p", { class: "quiet" }, "Removes content, roles, tokens, faults and recorded requests. The clock keeps its time."),
      button("Reset the registry", () => this.askForReset()));
  }

  askForReset() {
    const sure = button("Remove everything", () => {
      this.offerReset();
      this.change(() => post("reset"), "The registry was reset.");
    });
    this.resetBar.replaceChildren(element("p", {}, "All content will be removed."), sure,
      button("Keep it", () => this.offerReset()));
    sure.focus();
  }

  async change(action, done) {
    await attempt(action, done);
    await this.refresh();
  }
}
