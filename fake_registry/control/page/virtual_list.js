// A list of any number of rows, of which only the visible ones are elements. It is a listbox
// (ARIA 1.2): the arrow keys move the choice, Home and End jump.

import { element } from "./dom.js";

const SPARE = 6; // rows above and below the visible ones, so that scrolling shows no gap

let lists = 0; // for ids that no other list has

export class VirtualList {
  // `render` returns the children of a row; `onChoose` gets the item that the user has chosen,
  // and whether by a click.
  constructor(label, { rowHeight, render, onChoose, follows = false }) {
    this.items = [];
    this.rows = new Map(); // those that are elements, by their items
    this.chosen = -1;
    this.rowHeight = rowHeight;
    this.render = render;
    this.onChoose = onChoose;
    this.follows = follows;
    this.name = `list-${lists += 1}`;
    this.scheduled = false;
    this.height = 0;
    this.spacer = element("div", { role: "presentation" });
    this.box = element("div", {
      class: "rows", role: "listbox", tabindex: 0, "aria-label": label,
      onscroll: () => this.schedule(),
      onkeydown: (event) => this.onKey(event),
    }, this.spacer);
    new ResizeObserver(() => this.schedule()).observe(this.box);
  }

  setItems(items, { keepChoice = null } = {}) {
    this.items = items;
    this.chosen = keepChoice ? items.findIndex(keepChoice) : -1;
    this.grow();
  }

  // Show items that were added to the end of `items`.
  grow() {
    const atEnd = this.follows && this.isAtEnd();
    this.spacer.hidden = this.items.length === 0;
    this.height = this.items.length * this.rowHeight;
    this.spacer.style.height = `${this.height}px`;
    if (atEnd) this.box.scrollTop = this.box.scrollHeight;
    this.schedule();
  }

  // By the height before new items: these may be drawn before `grow` is called, and then scrollHeight
  // has them.
  isAtEnd() {
    return this.height - this.box.scrollTop - this.box.clientHeight < this.rowHeight;
  }

  schedule() {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.draw();
    });
  }

  draw() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / this.rowHeight) - SPARE);
    const visible = Math.ceil(this.box.clientHeight / this.rowHeight) + 2 * SPARE;
    this.show(this.items.slice(first, first + visible), first);

    const isDrawn = this.chosen >= first && this.chosen < first + this.rows.size;
    if (isDrawn) this.box.setAttribute("aria-activedescendant", `${this.name}-${this.chosen}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  // A row that is shown already stays the same element: a browser sends no click for a button of the
  // mouse that goes down on one element and comes up on another.
  show(items, first) {
    const before = this.rows;
    this.rows = new Map(items.map((item) => [item, before.get(item) ?? this.rowOf(item)]));
    for (const [item, row] of before) if (!this.rows.has(item)) row.remove();

    let next = this.spacer.firstChild;
    let place = first;
    for (const row of this.rows.values()) {
      if (row === next) next = next.nextSibling;
      else this.spacer.insertBefore(row, next);
      this.place(row, place);
      place += 1;
    }
  }

  rowOf(item) {
    const row = element("div", {
      class: "row", role: "option",
      onclick: () => this.choose(this.items.indexOf(item), { isClick: true }),
    }, this.render(item));
    row.style.height = `${this.rowHeight}px`;
    return row;
  }

  place(row, place) {
    row.id = `${this.name}-${place}`;
    row.style.top = `${place * this.rowHeight}px`;
    row.setAttribute("aria-selected", String(place === this.chosen));
    row.setAttribute("aria-setsize", this.items.length);
    row.setAttribute("aria-posinset", place + 1);
  }

  choose(place, { isClick = false } = {}) {
    if (this.items.length === 0) return;
    this.chosen = Math.max(0, Math.min(place, this.items.length - 1));
    const top = this.chosen * this.rowHeight;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    const bottom = top + this.rowHeight - this.box.clientHeight;
    if (bottom > this.box.scrollTop) this.box.scrollTop = bottom;
    this.schedule();
    this.onChoose(this.items[this.chosen], isClick);
  }

  // The first row in view, and of a list that follows its end the last one.
  firstChoice() {
    const { scrollTop, clientHeight } = this.box;
    if (!this.follows) return Math.ceil(scrollTop / this.rowHeight);
    return Math.floor((scrollTop + clientHeight) / this.rowHeight) - 1;
  }

  onKey(event) {
    const page = Math.max(1, Math.floor(this.box.clientHeight / this.rowHeight) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    if (event.key in steps) this.choose(this.chosen < 0 ? this.firstChoice() : this.chosen + steps[event.key]);
    else if (event.key === "Home") this.choose(0);
    else if (event.key === "End") this.choose(this.items.length - 1);
    else return;
    event.preventDefault();
  }
}
