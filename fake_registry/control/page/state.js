// The clock, the snapshots, and the reset of the registry.

import { get, post, remove } from "./api.js";
import { button, element, labelled, table } from "./dom.js";
import { countText, timeText } from "./format.js";
import { attempt, forgetRequests } from "./notices.js";
import { askingButton } from "./question.js";
import { Reading } from "./reading.js";

const STEPS = [["1 minute", 60], ["1 hour", 3600], ["1 day", 86400], ["1 week", 604800]];

export class StatePart {
  // `onReset` is called after a reset of this page.
  constructor(place, onReset) {
    this.onReset = onReset;
    this.clock = new Reading(() => get("clock"), (clock) => this.showClock(clock),
      (text) => this.time.textContent = text);
    this.saved = new Reading(() => get("snapshot"), ({ details }) => this.showSnapshots(details),
      (text) => this.snapshots.textContent = text);
    this.time = element("p");
    this.steps = element("div", { class: "bar" });
    this.snapshots = element("div");
    const seconds = element("input", { type: "number", min: 0, step: "any", required: true });
    this.form = element("form", {
      onsubmit: (event) => {
        event.preventDefault();
        this.advance(Number(seconds.value));
      },
    }, labelled("Seconds", seconds), element("button", { type: "submit" }, "Advance the clock"));
    this.steps.hidden = this.form.hidden = true; // until the clock is known
    this.steps.append(...STEPS.map(([text, step]) => button(`Advance by ${text}`, () => this.advance(step))));
    place.append(
      element("h2", { id: "state-title" }, "Clock and state"),
      element("h3", {}, "Clock"), this.time, this.steps, this.form,
      element("h3", {}, "Snapshots"), this.snapshots,
      element("div", { class: "bar" }, button("Save a snapshot", () => this.change(
        () => post("snapshot"), ({ id }) => `Content, roles and tokens were saved as snapshot ${id}.`))),
      element("h3", {}, "Reset"),
      element("div", { class: "bar" },
        element("p", { class: "quiet" }, "Removes content, roles, tokens, faults and recorded requests. The clock keeps its time."),
        askingButton("Reset the registry", { text: "All content will be removed.", yes: "Remove everything" },
          () => this.reset())));
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

  showSnapshots(snapshots) {
    this.snapshots.replaceChildren(snapshots.length === 0
      ? element("p", { class: "empty" }, "No snapshot yet. Save one before a test, and return to it afterwards.")
      : table(["Snapshot", "Time", "Content", "Actions"], snapshots.map(({ id, time, repositories, tags }) => [
        id, timeText(time),
        `${countText(tags, "tag")} in ${countText(repositories, "repository", "repositories")}`,
        [askingButton(`Return to ${id}`,
          { text: "What has come since will be removed.", yes: `Return to snapshot ${id}` },
          () => this.change(() => post("restore", { id }), `Content, roles and tokens are those of snapshot ${id}.`),
          { "data-key": `restore ${id}` }),
        " ",
        button(`Forget ${id}`, () => this.change(() => remove(`snapshot/${encodeURIComponent(id)}`), `Snapshot ${id} was forgotten.`),
          { "data-key": `forget ${id}` })],
      ])));
  }

  advance(seconds) {
    return this.change(() => post("clock", { advance_seconds: seconds }), ({ time }) => `It is now ${timeText(time)}.`);
  }

  async reset() {
    const isDone = await forgetRequests(() => post("reset"), "The registry was reset. Its recorded requests are gone, too.");
    if (isDone) this.onReset();
    await this.refresh();
  }

  async change(action, done) {
    await attempt(action, done);
    await this.refresh();
  }
}
