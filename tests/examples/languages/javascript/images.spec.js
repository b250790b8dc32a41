import { afterEach, beforeEach, expect, test } from "vitest";
import { ContainerRegistryClient } from "@azure/container-registry";
import { tagsOf } from "./images.js";
import { fixedToken, Registry } from "./registry.js";

let registry;

beforeEach(async () => {
  registry = await Registry.start();
});
afterEach(() => registry?.stop());

test("tags are listed", async () => {
  await registry.control("POST", "images", { name: "samples/hello:1.0" });
  const client = new ContainerRegistryClient(registry.url, fixedToken, registry.clientOptions);

  expect(await tagsOf(client, "samples/hello")).toEqual(["1.0"]);
});
