// What the page did, or why it could not: in one place, which screen readers read aloud.

import { button, element, keepFocus } from "./dom.js";

const place = document.getElementById("notices");
let stays = false;
let said = "";

// A notice that stays is about the whole page, and not about the part that is shown.
export function say(text, { bad = false, stays: isLasting = false } = {}) {
  stays = isLasting;
  said = text;
  keepFocus(() => place.replaceChildren(element("p", {},
    element("span", { class: bad ? "bad" : "" }, text), " ",
    button("Dismiss", () => keepFocus(() => place.replaceChildren()), { "data-key": "dismiss" }))));
}

// What a notice says is over: remove it if it is still shown.
export function takeBack(text) {
  if (text === "" || text !== said) return;
  said = "";
  keepFocus(() => place.replaceChildren());
}

// Another part is shown: what was said about the one before is over.
export function leavePart() {
  if (!stays) place.replaceChildren();
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

let ownForget = "";

// Run an action after which the registry has no recorded requests. `done` is said once they are gone.
// Return whether the action succeeded.
export async function forgetRequests(action, done) {
  ownForget = done;
  try {
    await action();
    return true;
  } catch (error) {
    ownForget = "";
    say(error.message, { bad: true });
    return false;
  }
}

export function sayForgotten() {
  const other = "The recorded requests were cleared: the registry was reset, restarted, or told to forget them.";
  say(ownForget || other, { stays: !ownForget });
  ownForget = "";
}
