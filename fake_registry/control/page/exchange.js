// One request in detail: why it was refused, how to send it once more, and its headers.

import { copyButton } from "./copying.js";
import { commandOf, element, facts, table } from "./dom.js";
import { bytesText, clientOf, outcomeOf, timeText } from "./format.js";

export function showExchange(place, { request, reason, advice, token, curl }) {
  const command = commandOf(curl, "Command of curl");
  const login = commandOf(token, "Command that sets TOKEN");
  place.replaceChildren(...[
    element("h3", {}, `#${request.number} ${request.method} `, element("span", { class: "mono" }, request.path)),
    element("p", {}, element("strong", {}, `${outcomeOf(request)}. `),
      reason || (request.status !== null && request.status < 400 ? "Not refused." : "")),
    advice ? element("p", {}, element("strong", {}, "Advice: "), advice) : "",
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
    element("p", { class: "quiet" }, "Bodies and secrets are not recorded. ", notesOn(request, curl, token)),
    token ? [login, copyButton("Copy the login", login)] : [],
    command,
    copyButton("Copy the command", command),
    headersOf("Headers of the request", request.request_headers),
    headersOf("Headers of the answer", request.response_headers),
  ].flat(Infinity));
}

function notesOn(request, curl, token) {
  return [
    curl.includes("@body") ? "@body stands for a file with the body. " : "",
    request.query.includes("***")
      ? "*** in the URL stands for a secret: take the URL from the Location of the answer before it. " : "",
    token ? "$TOKEN stands for a secret: set it first, with a name and a password in place of USER:PASSWORD." : "",
  ];
}

function callerOf({ principal, status }) {
  if (principal === null) return status === 401 ? "none: the request has no valid token" : "none was looked for";
  return principal || "without a name";
}

function headersOf(title, headers) {
  const names = headers.map(([name, value]) => [name, element("span", { class: "mono" }, value)]);
  return element("details", {}, element("summary", {}, `${title} (${headers.length})`),
    table(["Name", "Value"], names));
}
