// Documents that a part reads again and again, and whether they have changed since.

import { say } from "./notices.js";

export class Reading {
  // `read` returns a promise of documents, and `show` draws them.
  constructor(read, show) {
    this.read = read;
    this.show = show;
    this.shown = "";
  }

  // Draw the documents also if they have not changed, because something beside them has.
  redraw() {
    this.shown = "";
    return this.refresh();
  }

  // What has not changed is not drawn again: the focus, and what the user has selected, stay.
  async refresh() {
    let documents;
    try {
      documents = await this.read();
    } catch (error) {
      this.shown = "";
      say(error.message, { bad: true });
      return;
    }
    const text = JSON.stringify(documents);
    if (text === this.shown) return;
    this.shown = text;
    this.show(documents);
  }
}
