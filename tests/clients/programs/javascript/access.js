import assert from "node:assert/strict";

import { assertStatus, pullBlob, pushImage } from "./content.js";
import { control } from "./control.js";
import { connect, logInAsReader, variable } from "./registry.js";

/** @typedef {import("./registry.js").Registry} Registry */

export async function anonymousPull() {
  const url = variable("OPEN_REGISTRY_URL");
  const image = await control("POST", `${url}/_fake/images`, { name: "samples/open:1.0" });

  const { client, content } = connect(url);
  const names = [];
  for await (const name of client.listRepositoryNames()) {
    names.push(name);
  }
  assert.deepEqual(names, ["samples/open"]);

  const repository = content("samples/open");
  const { digest } = await repository.getManifest("1.0");
  assert.equal(digest, image.digest);
  for (const layer of image.layers) {
    const data = await pullBlob(repository, layer.digest);
    assert.equal(data.length, layer.size);
  }
  await assertStatus(pushImage(repository, "2.0", "a layer"), 401);
}

/** @param {Registry} registry */
export async function roleNotEnough({ content }) {
  const { digest } = await pushImage(content("samples/roles"), "1.0", "a layer");

  const repository = logInAsReader().content("samples/roles");
  assert.equal((await repository.getManifest("1.0")).digest, digest);
  await assertStatus(pushImage(repository, "2.0", "a layer"), 401);
  await assertStatus(repository.deleteManifest(digest), 401);
}

/** @param {Registry} registry */
export async function retryAfter429({ client }) {
  const faults = `${variable("REGISTRY_URL")}/_fake/faults`;
  const { id } = await control("POST", faults, {
    endpoint: "acr.repository.get",
    effect: { name: "refuse", status: 429, retry_after: 1 },
    times: 1,
  });

  await client.getRepository("samples/hello").getProperties();

  const { hits, idle_hits } = await control("GET", `${faults}/${id}`);
  assert.deepEqual({ hits, idle_hits }, { hits: 1, idle_hits: 0 });
}

/**
 * The access token lives for 75 minutes, and the refresh token, which buys the next one, for longer.
 *
 * @param {Registry} registry
 */
export async function expiredToken({ client }) {
  const url = variable("REGISTRY_URL");
  const repository = client.getRepository("samples/hello");
  await repository.getProperties();
  await control("POST", `${url}/_fake/clock`, { advance_seconds: 80 * 60 });
  await control("DELETE", `${url}/_fake/requests`);

  await repository.getProperties();

  const { count } = await control("GET", `${url}/_fake/requests/count?status=401`);
  assert.equal(count, 1);
}
