// A button that copies a text. What became of it is said beside the button.

import { button, element } from "./dom.js";

export function copyButton(label, place) {
  const said = element("span", { role: "status", class: "quiet" });
  return [button(label, async () => { said.textContent = ` ${await copy(place)}`; }), said];
}

// Browsers offer the clipboard to pages of https and of this machine alone: elsewhere the text is
// selected, ready to be copied by hand.
async function copy(place) {
  try {
    await navigator.clipboard.writeText(place.textContent);
    return "Copied.";
  } catch {
    getSelection().selectAllChildren(place);
    return "This browser lets no page copy here. The text is selected: copy it with the keyboard.";
  }
}
