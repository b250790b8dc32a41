// Elements from plain values. Texts of clients are inserted as text nodes alone: a name or a header
// with markup in it stays a text. No module of this page assigns innerHTML.

// Return an element. Properties that are no attributes, such as `onclick`, are set as properties.
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "class") made.className = value;
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

export function button(text, onclick, properties = {}) {
  return element("button", { type: "button", onclick, ...properties }, text);
}

export function labelled(text, field) {
  return element("label", {}, text, field);
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
