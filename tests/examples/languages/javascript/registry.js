import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";

/** A fake registry in a process of its own. To be stopped at the end of the test. */
export class Registry {
  static async start(...options) {
    const folder = await mkdtemp(join(tmpdir(), "registry-"));
    const ca = join(folder, "ca.pem");
    const fixed = ["serve", "--port", "0", "--tls", "--write-ca", ca, "--auth", "token"];
    const server = spawn("fake-registry", [...fixed, ...options], { stdio: ["ignore", "pipe", "pipe"] });
    const log = [];
    server.stderr.setEncoding("utf8").on("data", (piece) => log.push(piece));
    const ended = once(server, "close").then(() => {
      throw new Error(`fake-registry has ended before it was ready: ${log.join("")}`);
    });
    const [ready] = await Promise.race([once(createInterface(server.stdout), "line"), ended]);
    return new Registry(server, folder, factsIn(ready), await readFile(ca));
  }

  constructor(server, folder, facts, ca) {
    this.server = server;
    this.folder = folder;
    this.url = facts.url;
    this.entra = facts.entra;
    this.tenant = facts.tenant;
    this.ca = ca;
  }

  /** Options of clients and credentials, which then trust the registry's certificate. */
  get clientOptions() {
    return { tlsOptions: { ca: this.ca } };
  }

  /** Sends a request to the control API, and returns its answer as JSON, or null if it has none. */
  async control(method, path, body) {
    const headers = body ? { "Content-Type": "application/json" } : {};
    const request = https.request(`${this.url}/_fake/${path}`, { method, headers, ca: this.ca, agent: false });
    request.end(body && JSON.stringify(body));
    const [response] = await once(request, "response");
    const answer = await text(response);
    if (response.statusCode >= 400) {
      throw new Error(`${method} /_fake/${path}: ${response.statusCode} ${answer}`);
    }
    return answer ? JSON.parse(answer) : null;
  }

  async stop() {
    const ended = once(this.server, "exit");
    if (this.server.kill()) {
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Returns url, name, auth, entra and tenant of the line that says the server is ready. */
function factsIn(ready) {
  const words = ready.split(" ").filter((word) => word.includes("="));
  return Object.fromEntries(words.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]));
}

/** Logs in without Entra: the registry reads the claims of the token, and does not verify them. */
export const fixedToken = {
  async getToken() {
    const claims = { aud: "https://containerregistry.azure.net", appid: "tests" };
    const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
    return { token: `e30.${payload}.e30`, expiresOnTimestamp: Date.now() + 3_600_000 };
  },
};
