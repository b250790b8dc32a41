import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { ContainerRegistryClient } from "@azure/container-registry";
import { ClientSecretCredential } from "@azure/identity";
import { tagsOf } from "./images.js";
import { fixedToken, Registry } from "./registry.js";

let registry;

beforeEach(async () => {
  registry = await Registry.start();
});
afterEach(() => registry?.stop());

function clientWith(credential) {
  return new ContainerRegistryClient(registry.url, credential, registry.clientOptions);
}

test("tags are listed", async () => {
  await registry.control("POST", "images", { name: "samples/hello:1.0" });

  assert.deepEqual(await tagsOf(clientWith(fixedToken), "samples/hello"), ["1.0"]);
});

test("first attempt fails", async () => {
  await registry.control("POST", "images", { name: "samples/hello:1.0" });
  const effect = { name: "refuse", status: 503 };
  const fault = await registry.control("POST", "faults", { endpoint: "acr.manifests.list", times: 1, effect });

  assert.deepEqual(await tagsOf(clientWith(fixedToken), "samples/hello"), ["1.0"]);
  const { hits, idle_hits } = await registry.control("GET", `faults/${fault.id}`);
  assert.deepEqual({ hits, idle_hits }, { hits: 1, idle_hits: 0 });
  const refused = await registry.control("GET", "requests/count?endpoint=acr.manifests.list&status=503");
  assert.equal(refused.count, 1);
});

test("reset removes images", async () => {
  await registry.control("POST", "images", { name: "samples/hello:1.0" });
  await registry.control("POST", "reset");

  await assert.rejects(tagsOf(clientWith(fixedToken), "samples/hello"), { statusCode: 404 });
});

test("login with Entra", async () => {
  const registry = await Registry.start("--service-principal", "app:secret");
  try {
    await registry.control("POST", "images", { name: "samples/hello:1.0" });
    await registry.control("POST", "roles", { principal: "app", role: "AcrPull" });
    const credential = new ClientSecretCredential(registry.tenant, "app", "secret", {
      ...registry.clientOptions,
      authorityHost: registry.entra,
      disableInstanceDiscovery: true,
    });

    const client = new ContainerRegistryClient(registry.url, credential, registry.clientOptions);
    assert.deepEqual(await tagsOf(client, "samples/hello"), ["1.0"]);
  } finally {
    await registry.stop();
  }
});
