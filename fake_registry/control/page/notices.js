// What the page did, or why it could not: in one place, which screen readers read aloud.

import { button, element } from "./dom.js";

const place = document.getElementById("notices");

export function say(text, { bad = false } = {}) {
  place.replaceChildren(element("p", {},
    element("span", { class: bad ? "bad" : "" }, text), " ",
    button("Dismiss", () => place.replaceChildren())));
}

// Run an action of the user; say what happened, or why it failed. The page goes on in both cases.
export async function attempt(action, done) {
  try {
    const result = await action();
    if (done) say(typeof done === "function" ? done(result) : done);
    return result;
  } catch (error) {
    say(error.message, { bad: true });
    return undefined;
  }
}
