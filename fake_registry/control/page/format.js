// Values as texts for people.

export function bytesText(size) {
  if (size === null || size === undefined) return "";
  const units = ["bytes", "kB", "MB", "GB"];
  let unit = 0;
  let value = size;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

// Nanoseconds since 1970 are more than a double has: the last digits do not matter here.
export function timeText(nanoseconds) {
  const moment = new Date(nanoseconds / 1e6);
  return Number.isNaN(moment.getTime()) ? "" : moment.toISOString().replace("T", " ").replace("Z", " UTC");
}

// Return a text as one word of a POSIX shell.
export function shellWord(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function shortDigest(digest) {
  const [algorithm, hex = ""] = digest.split(":");
  return `${algorithm}:${hex.slice(0, 12)}`;
}

export function countText(count, singular, plural = `${singular}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? singular : plural}`;
}

// The reason of a refusal, in the words and the order of `reason` of the control API.
export function reasonOf(exchange) {
  return [...exchange.errors, exchange.failure, ...exchange.faults].filter(Boolean).join("; ");
}

// The program that sent a request, as it names itself; empty if it does not.
export function clientOf({ request_headers: headers }) {
  return headers.find(([name]) => name.toLowerCase() === "user-agent")?.[1] ?? "";
}

export function outcomeOf(exchange) {
  return exchange.status === null ? "dropped" : String(exchange.status);
}
