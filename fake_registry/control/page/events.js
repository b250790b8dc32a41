// The stream of requests. It goes on by itself after an interruption, also over a restart of the
// server, which the id and the counts in its first event show.

import { get, urlOf } from "./api.js";

const RETRY_MILLISECONDS = 2000;

export class RequestEvents {
  // `onRequest` gets each request, `onForgotten` is called when all earlier ones are gone,
  // `onDropped` with the number of requests that the registry has not kept, and `onState` with
  // a text and whether the stream runs.
  constructor({ onRequest, onForgotten, onDropped, onState }) {
    this.handlers = { onRequest, onForgotten, onDropped, onState };
    this.forgets = null;
    this.journal = ""; // of the process of the server
    this.last = -1;
    this.source = null;
    // a browser has six connections to a server: pages that are hidden leave them to the others
    document.addEventListener("visibilitychange", () => {
      if (this.source === null) return;
      if (document.hidden) this.source.close();
      else this.open();
    });
  }

  open() {
    this.source?.close();
    const source = new EventSource(urlOf("events", this.last < 0 ? {} : { after: this.last }));
    this.source = source;
    source.addEventListener("start", (event) => this.start(JSON.parse(event.data)));
    source.addEventListener("request", (event) => {
      const exchange = JSON.parse(event.data);
      this.last = exchange.number;
      this.handlers.onRequest(exchange);
    });
    source.addEventListener("dropped", (event) => this.handlers.onDropped(JSON.parse(event.data).count));
    source.addEventListener("forgotten", (event) => this.forget(JSON.parse(event.data).forgets));
    source.addEventListener("error", () => this.explain());
  }

  start({ count, forgets, journal }) {
    const isNew = this.forgets === null;
    const isOther = !isNew && (journal !== this.journal || forgets !== this.forgets || count <= this.last);
    this.journal = journal;
    this.forget(forgets, { silent: !isOther });
    if (isOther) {
      // the browser has asked for those after a number of the old requests
      this.source.close();
      this.open();
      return;
    }
    this.handlers.onState("Live", true);
  }

  forget(forgets, { silent = false } = {}) {
    this.forgets = forgets;
    if (silent) return;
    this.last = -1;
    this.handlers.onForgotten();
  }

  // The browser tries again by itself after a lost connection, but not after a refusal.
  async explain() {
    const { source } = this;
    this.handlers.onState("The server does not answer. Trying again.", false);
    if (source.readyState !== EventSource.CLOSED) return;

    try {
      await get("requests/count", { number: 0 });
    } catch (error) {
      this.handlers.onState(`No events: ${error.message}`, false);
    }
    setTimeout(() => this.source === source && !document.hidden && this.open(), RETRY_MILLISECONDS);
  }
}
