// One request in detail: why it was refused, how to send it once more, and its headers.

import { button, element, facts, table } from "./dom.js";
import { bytesText, clientOf, outcomeOf, timeText } from "./format.js";
import { attempt } from "./notices.js";

export function showExchange(place, { request, reason, advice, curl }) {
  const command = element("pre", { tabindex: 0, "aria-label": "Command of curl" }, curl);
  place.replaceChildren(
    element("h3", {}, `#${request.number} ${request.method} `, element("span", { class: "mono" }, request.path)),
    element("p", {}, element("strong", {}, `${outcomeOf(request)}. `),
      reason || (request.status !== null && request.status < 400 ? "Not refused." : "")),
    advice ? element("p", {}, element("strong", {}, "What to change: "), advice) : "",
    facts([
      ["Time", timeText(request.time)],
      ["Endpoint", request.endpoint ?? "none has this path"],
      ["Repository", request.repository],
      ["Reference", request.reference],
      ["Query", request.query],
      ["Caller", callerOf(request)],
      ["Client", clientOf(request)],
      ["Host", request.host],
      ["Sent", bytesText(request.request_bytes)],
      ["Answered", bytesText(request.response_bytes)],
    ]),
    element("h3", {}, "Send it once more"),
    command,
    button("Copy the command", () => attempt(() => copy(command), "Copied.")),
    element("p", { class: "quiet" },
      "Bodies and secrets are not recorded. $TOKEN stands for a secret, and @body for a file with the body."),
    headersOf("Headers of the request", request.request_headers),
    headersOf("Headers of the answer", request.response_headers));
}

function callerOf({ principal }) {
  if (principal === null) return "none: the request has no valid token";
  return principal || "without a name";
}

function headersOf(title, headers) {
  const names = headers.map(([name, value]) => [name, element("span", { class: "mono" }, value)]);
  return element("details", {}, element("summary", {}, `${title} (${headers.length})`),
    table(["Name", "Value"], names));
}

// Browsers offer the clipboard to pages of https and of this machine alone: elsewhere the command is
// selected, ready to be copied by hand.
async function copy(command) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(command.textContent);
    return;
  }
  getSelection().selectAllChildren(command);
  throw new Error("This browser lets no page copy here. The command is selected: copy it with the keyboard.");
}
