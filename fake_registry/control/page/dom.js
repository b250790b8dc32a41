// Elements from plain values. Texts of clients are inserted as text nodes alone: a name or a header
// with markup in it stays a text. No module of this page assigns innerHTML.

// Control characters, those that turn the direction of what follows (UAX #9), those without a width,
// and halves of surrogate pairs. The two joiners stay: scripts and emoji need them.
const HIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

// Return a text in which such characters are written as \u{202e}.
const visibleText = (text) => text.replace(HIDDEN, (one) => `\\u{${one.codePointAt(0).toString(16)}}`);

// Return an element. Properties that are no attributes, such as `onclick`, are set as properties.
// Children are nodes, and texts that are made visible.
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "class") made.className = value;
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  const given = children.flat(Infinity).filter((child) => child !== null && child !== undefined);
  made.append(...given.map((child) => (child instanceof Node ? child : visibleText(String(child)))));
  return made;
}

// Draw anew, and keep the focus: at the button with the same `data-key`, or else at the nearest place
// around it that is still there. A button of another row never gets it: a second press of Enter would
// change something else.
export function keepFocus(draw) {
  const before = document.activeElement;
  const around = [];
  for (let place = before; place && place !== document.body; place = place.parentElement) around.push(place);
  draw();
  if (around.length === 0 || document.activeElement !== document.body) return;

  const places = around.filter((place) => place.isConnected && place.getClientRects().length > 0);
  const key = before.dataset.key;
  const same = key && places[0]?.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const next = same || places[0] || document.getElementById("main");
  if (next.tabIndex < 0) next.tabIndex = -1; // which makes it able to have the focus
  next.focus();
}

export function button(text, onclick, properties = {}) {
  return element("button", { type: "button", onclick, ...properties }, text);
}

export function labelled(text, field) {
  return element("label", {}, text, field);
}

// Return an element with a command, which is copied as it is.
export function commandOf(text, label) {
  return element("pre", { tabindex: 0, "aria-label": label }, document.createTextNode(text));
}

// Return a list of names and values; absent values are left out.
export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return element("dl", {}, shown.map(([name, value]) => [
    element("dt", {}, name),
    element("dd", {}, value instanceof Node ? value : String(value)),
  ]));
}

// On a narrow screen the choice of a list is below it (style.css): bring its beginning into view.
export function showBelow(place) {
  if (matchMedia("(max-width: 60rem)").matches) place.scrollIntoView({ block: "start" });
}

export function table(titles, rows) {
  return element("table", {},
    element("thead", {}, element("tr", {}, titles.map((title) => element("th", { scope: "col" }, title)))),
    element("tbody", {}, rows.map((row) => element("tr", {}, row.map((cell) => element("td", {}, cell))))));
}
