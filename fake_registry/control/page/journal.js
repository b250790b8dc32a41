// The recorded requests as they come, with filters, and one of them in detail.

import { get, remove, urlOf } from "./api.js";
import { element, labelled, showBelow } from "./dom.js";
import { showExchange } from "./exchange.js";
import { clientOf, countText, outcomeOf, reasonOf, timeText } from "./format.js";
import { attempt, forgetRequests } from "./notices.js";
import { askingButton } from "./question.js";
import { VirtualList } from "./virtual_list.js";

const MOST_KEPT = 20000; // a registry keeps 10,000 by default, and a page may stay open for days

// Before a login most clients send a call without a token, and before a push they look with HEAD.
const isProbe = ({ method, status, failure }) =>
  (status === 401 && failure === "no credentials") || (status === 404 && method === "HEAD");
const isRefused = ({ status }) => status !== null && status >= 400;
const isLogin = ({ endpoint }) => endpoint !== null && endpoint.startsWith("oauth.");
const isChange = (one) => one.method !== "GET" && one.method !== "HEAD" && !isLogin(one);

const OUTCOMES = {
  all: () => true,
  refused: (one) => isRefused(one) && !isProbe(one),
  refusedChanges: (one) => isRefused(one) && !isProbe(one) && isChange(one),
  refusedAll: isRefused,
  dropped: ({ status }) => status === null,
  faulty: ({ faults }) => faults.length > 0,
  changes: isChange,
};

export class JournalPart {
  constructor(place) {
    this.all = [];
    this.dropped = 0;
    this.waiting = false;
    this.text = element("input", {
      type: "search", size: 36, placeholder: "path, repository, caller, client, reason",
      oninput: () => this.filter(),
    });
    this.outcome = element("select", { onchange: () => this.filter() },
      element("option", { value: "all" }, "all"),
      element("option", { value: "refused" }, "refused, no probes"),
      element("option", { value: "refusedChanges" }, "refused pushes and deletes"),
      element("option", { value: "refusedAll" }, "all of 400 and above"),
      element("option", { value: "dropped" }, "connection dropped"),
      element("option", { value: "faulty" }, "struck by a fault"),
      element("option", { value: "changes" }, "pushes and deletes"));
    this.archive = element("a", {
      href: urlOf("requests.har"), download: "requests.har", onclick: (event) => this.saveShown(event),
    });
    this.count = element("p", { class: "quiet", role: "status" });
    this.empty = element("p", { class: "empty" });
    this.detail = element("article", { "aria-label": "Request", "aria-live": "polite" }, hint());
    this.list = new VirtualList("Recorded requests", {
      rowHeight: 50, follows: true, render: rowOf, onChoose: (one, isClick) => this.open(one, isClick),
    });
    place.append(
      element("h2", { id: "requests-title" }, "Requests"),
      element("div", { class: "bar" },
        labelled("Filter", this.text), labelled("Outcome", this.outcome),
        askingButton("Clear requests", { text: () => `${countText(this.all.length, "request")} will be gone.`, yes: "Clear them" },
          () => forgetRequests(() => remove("requests"), "You cleared the requests.")),
        this.archive,
        this.count),
      this.empty,
      element("div", { class: "split" }, this.list.box, this.detail));
    this.filter();
  }

  refresh() {
    this.list.schedule();
  }

  add(exchange) {
    // the words of each request are put together once: a filter looks at all of them
    this.all.push({ exchange, words: wordsOf(exchange) });
    if (this.all.length > MOST_KEPT) {
      this.all.splice(0, this.all.length - MOST_KEPT / 2);
      this.filter();
      return;
    }
    if (this.meets(this.all.at(-1))) this.list.items.push(exchange);
    this.showSoon();
  }

  addDropped(count) {
    this.dropped += count;
    this.showSoon();
  }

  clear() {
    this.all = [];
    this.dropped = 0;
    this.chosen = null;
    this.detail.replaceChildren(hint());
    this.filter();
  }

  meets({ exchange, words }) {
    return OUTCOMES[this.outcome.value](exchange) && words.includes(this.text.value.trim().toLowerCase());
  }

  filter() {
    const items = this.all.filter((one) => this.meets(one)).map(({ exchange }) => exchange);
    this.list.setItems(items);
    this.showCount();
  }

  showSoon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.list.grow();
      this.showCount();
    });
  }

  showCount() {
    const shown = this.list.items.length;
    const dropped = this.dropped ? `; ${this.dropped} older ones are no longer kept` : "";
    const text = `${shown.toLocaleString("en")} of ${countText(this.all.length, "request")}${dropped}`;
    if (this.count.textContent !== text) this.count.textContent = text;
    const what = this.showsAll() ? "" : ` of ${countText(shown, "request")}`;
    if (this.archive.textContent !== `Download HAR${what}`) this.archive.textContent = `Download HAR${what}`;
    this.empty.hidden = shown > 0;
    const probes = this.outcome.value.startsWith("refused")
      ? " Calls without a token and HEAD with 404 are probes: \"all of 400 and above\" has them." : "";
    this.empty.textContent = this.all.length > 0
      ? `No request meets the filters. Change them to see the others.${probes}`
      : `No request yet. Run your client against ${location.origin}, for example: curl ${location.origin}/v2/`;
  }

  showsAll() {
    return this.list.items.length === this.all.length;
  }

  // The filters look at words that the API has no criteria for: all requests come, and those that
  // are not shown are left out here.
  async saveShown(event) {
    if (this.showsAll()) return;
    event.preventDefault();
    const numbers = new Set(this.list.items.map(({ number }) => number));
    const archive = await attempt(() => get("requests.har"));
    if (!archive) return;

    archive.log.entries = archive.log.entries.filter((entry) => numbers.has(entry._number));
    const content = new Blob([JSON.stringify(archive)], { type: "application/json" });
    const url = URL.createObjectURL(content);
    element("a", { href: url, download: "requests.har" }).click();
    URL.revokeObjectURL(url);
  }

  async open(exchange, isClick) {
    this.chosen = exchange;
    const found = await attempt(() => get(`requests/${exchange.number}`));
    // another request may have been chosen since, and its answer may have come first
    if (!found || this.chosen !== exchange) return;
    showExchange(this.detail, found);
    if (isClick) showBelow(this.detail);
  }
}

const hint = () => element("p", { class: "quiet" }, "Choose a request to see why it was refused, and how to send it once more.");

function wordsOf(exchange) {
  const parts = [exchange.method, exchange.path, exchange.query, exchange.endpoint, exchange.repository,
    exchange.reference, exchange.principal, clientOf(exchange), outcomeOf(exchange), reasonOf(exchange)];
  return parts.filter(Boolean).join(" ").toLowerCase();
}

function rowOf(exchange) {
  const isBad = exchange.status === null || exchange.status >= 400;
  const query = exchange.query ? `?${exchange.query}` : "";
  const program = clientOf(exchange).split(/[\s/]/)[0]; // without its version
  // short ones first: the end of a long row is cut off
  const second = [program, exchange.principal && `by ${exchange.principal}`, reasonOf(exchange), timeText(exchange.time)];
  return [
    element("div", {},
      element("span", { class: isBad ? "bad" : "good" }, outcomeOf(exchange)), " ",
      element("strong", {}, exchange.method), " ",
      element("span", { class: "mono" }, exchange.path + query)),
    element("div", { class: "quiet" }, `#${exchange.number} ${second.filter(Boolean).join(" · ")}`),
  ];
}
