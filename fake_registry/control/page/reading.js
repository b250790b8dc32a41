// What a part of the page reads of the registry, and whether it has changed since.

import { keepFocus } from "./dom.js";
import { say, takeBack } from "./notices.js";

export class Reading {
  // `read` returns a promise of documents, `show` draws them. `miss` draws that they are not known:
  // it is called where nothing has been drawn yet.
  constructor(read, show, miss = () => {}) {
    this.read = read;
    this.show = show;
    this.miss = miss;
    this.shown = "";
    this.isDrawn = false;
    this.failure = "";
    this.begun = 0; // reads that were begun so far
    this.ended = 0; // the number of the last one whose answer was used
  }

  // Draw the documents also if they have not changed, because something beside them has.
  redraw() {
    this.shown = "";
    return this.refresh();
  }

  // What has not changed is not drawn again: the focus, and what the user has selected, stay.
  async refresh() {
    const turn = this.begun += 1;
    let documents;
    try {
      documents = await this.read();
      if (turn < this.ended) return; // a later answer came first
      this.ended = turn;
      takeBack(this.failure);
    } catch (error) {
      if (turn < this.ended) return;
      this.shown = "";
      this.failure = error.message;
      say(error.message, { bad: true });
      if (!this.isDrawn) this.miss(`Not known yet: ${error.message}`);
      return;
    }
    const text = JSON.stringify(documents);
    if (text === this.shown) return;
    this.shown = text;
    this.isDrawn = true;
    keepFocus(() => this.show(documents));
  }
}
