// The page: its parts, which of them is shown, and what each new request changes in them.

import { chosenRegistry, get, getOfAll } from "./api.js";
import { AccessPart } from "./access.js";
import { ContentPart } from "./content.js";
import { FaultsPart } from "./faults.js";
import { JournalPart } from "./journal.js";
import { RequestEvents } from "./events.js";
import { StatePart } from "./state.js";
import { element } from "./dom.js";
import { leavePart, say, sayForgotten } from "./notices.js";

const QUIET_MILLISECONDS = 200; // many requests come together: one look after them is enough
const LOOK_MILLISECONDS = 2000; // code in the process of the registry changes it without a request

const journal = new JournalPart(document.getElementById("requests"));
const parts = {
  requests: journal,
  content: new ContentPart(document.getElementById("content")),
  faults: new FaultsPart(document.getElementById("faults")),
  access: new AccessPart(document.getElementById("access")),
  state: new StatePart(document.getElementById("state"), () => parts.faults.forget()),
};

let shown = "";

function show() {
  const wanted = location.hash.slice(1);
  const name = Object.hasOwn(parts, wanted) ? wanted : shown || "requests";
  if (name === shown) return;

  if (shown) leavePart();
  shown = name;
  for (const other of Object.keys(parts)) document.getElementById(other).hidden = other !== name;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  parts[name].refresh();
}

let live = false;
let refreshing = null;

let isClosed = false;

// A registry in the process of a test may be closed while its server goes on.
async function lookForEnd() {
  const { status } = await get("health").catch(() => ({ status: "unknown" }));
  if (status === "closed" && !isClosed) {
    say("The registry was closed: its content is gone. The page goes on, and shows requests that still come.",
      { bad: true, stays: true });
  }
  isClosed = status === "closed";
}

// Content and hits may have changed. A part that is hidden is read again when it is shown.
function refreshSoon() {
  refreshing ??= setTimeout(() => {
    refreshing = null;
    if (shown !== "requests") parts[shown].refresh();
  }, QUIET_MILLISECONDS);
}

const events = new RequestEvents({
  onRequest: (exchange) => {
    journal.add(exchange);
    refreshSoon();
  },
  onForgotten: () => {
    journal.clear();
    sayForgotten();
    refreshSoon();
  },
  onDropped: (count) => journal.addDropped(count),
  onState: (text, isLive) => {
    const place = document.getElementById("connection");
    if (place.textContent === text) return;
    live = isLive;
    place.textContent = text;
    place.className = isLive ? "good" : "bad";
  },
});

// Show the names of the registries, and return whether that of the URL is one of them.
function showChoice(registries) {
  const chosen = registries.find((name) => name.toLowerCase() === chosenRegistry.toLowerCase());
  const isUnknown = chosenRegistry !== "" && chosen === undefined;
  const options = registries.map((name) => element("option", { value: name, selected: name === chosen }, name));
  const choice = document.getElementById("registry");
  choice.replaceChildren(...isUnknown ? [element("option", { value: "" }, "none"), ...options] : options);
  choice.addEventListener("change", () => {
    location.search = `?${new URLSearchParams({ registry: choice.value })}`;
  });
  document.getElementById("registry-choice").hidden = registries.length < 2 && !isUnknown;
  return !isUnknown;
}

// Return whether the page shows a registry: another page may be loaded instead, or has to be chosen.
async function showNames() {
  const { registries } = await getOfAll("registries");
  if (!showChoice(registries)) {
    document.getElementById("connection").textContent = "Not connected";
    say(`The server has no registry ${chosenRegistry}. Choose one in the list above.`, { bad: true, stays: true });
    return false;
  }

  const { login_server: host, profile, auth } = await get("health");
  if (registries.length > 1 && !chosenRegistry) {
    // the registry of this page's host, or the first one
    const own = registries.find((name) => host === `${name.toLowerCase()}.azurecr.io`) ?? registries[0];
    location.replace(`?${new URLSearchParams({ registry: own })}${location.hash}`);
    return false;
  }

  document.getElementById("title").textContent = `${host}, profile ${profile}, auth ${auth}`;
  document.title = `${host}: fake registry`;
  return true;
}

async function start() {
  try {
    if (!await showNames()) return;
  } catch (error) {
    say(error.message, { bad: true });
  }
  addEventListener("hashchange", show);
  show();
  events.open();
  setInterval(() => {
    if (!live || document.hidden) return;
    refreshSoon();
    lookForEnd();
  }, LOOK_MILLISECONDS);
}

start();
