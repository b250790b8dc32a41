// A change that cannot be undone takes a second press: a question in the place of its button.

import { button, element } from "./dom.js";

export class Question {
  // `usual` is what the box shows while there is no question.
  constructor(...usual) {
    this.usual = usual;
    this.box = element("span", { class: "question" }, usual);
  }

  // Show a text and two buttons, `yes` and one that changes nothing. The focus returns afterwards.
  ask(text, yes, act) {
    const before = this.box.contains(document.activeElement) ? document.activeElement : this.usual.at(-1);
    const restore = () => {
      this.box.removeAttribute("role");
      this.box.removeAttribute("aria-label");
      this.box.replaceChildren(...this.usual);
      before.focus();
    };
    const sure = button(yes, () => {
      restore();
      act();
    });
    this.box.replaceChildren(element("span", {}, text, " "), sure, " ", button("Keep it", restore));
    this.box.setAttribute("role", "group"); // read aloud when the focus comes
    this.box.setAttribute("aria-label", text);
    sure.focus();
  }
}

// Return a button with its question. `text` may be a function: it is called when the button is pressed.
export function askingButton(label, { text, yes }, act, properties = {}) {
  const question = new Question(button(label, () => question.ask(typeof text === "function" ? text() : text, yes, act),
    properties));
  return question.box;
}
