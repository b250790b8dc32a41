// The control API of the registry that the page shows: docs/how-to/control-api.md.

const PREFIX = "/_fake/";
const parameters = new URLSearchParams(location.search);

// The name of the registry in this page's own URL; empty if the server has one alone.
export const chosenRegistry = parameters.get("registry") ?? "";

export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

export function urlOf(path, query = {}) {
  const given = new URLSearchParams(query);
  if (chosenRegistry) given.set("registry", chosenRegistry);
  const text = given.toString();
  return PREFIX + path + (text ? `?${text}` : "");
}

// Return the JSON of an answer, null for one without content. Refused says why there is none.
// `ofAll` is for a path whose answer is the same for all registries.
export async function call(method, path, { body, query, ofAll = false } = {}) {
  const options = { method, cache: "no-store" };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }

  let answer;
  try {
    answer = await fetch(ofAll ? PREFIX + path : urlOf(path, query), options);
  } catch {
    throw new Refused("The server does not answer. It may have been stopped.", 0);
  }
  const text = await answer.text();
  const document = text && answer.headers.get("Content-Type")?.startsWith("application/json")
    ? JSON.parse(text) : null;
  if (!answer.ok) throw new Refused(reasonOf(answer.status, document), answer.status);
  return document;
}

function reasonOf(status, document) {
  const reason = document?.error ?? `status ${status}`;
  return status === 401 ? `${reason}. Open /_fake/ui?token=TOKEN with the token of the server.` : reason;
}

export const getOfAll = (path) => call("GET", path, { ofAll: true });
export const get = (path, query) => call("GET", path, { query });
export const post = (path, body) => call("POST", path, { body });
export const remove = (path) => call("DELETE", path);

// A path keeps its slashes: names of repositories have them.
export const escapePath = (text) => text.split("/").map(encodeURIComponent).join("/");
