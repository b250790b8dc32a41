import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import { pullBlob, pushBlob } from "./content.js";

/** @typedef {import("./registry.js").Registry} Registry */

/** @param {Registry} registry */
export async function largeBlob(registry) {
  await checkBlob(registry, randomBytes(9 * 1024 * 1024));
}

/** @param {Registry} registry */
export async function emptyBlob(registry) {
  await checkBlob(registry, Buffer.alloc(0));
}

/**
 * Upload and download a blob, and compare its bytes.
 *
 * @param {Registry} registry
 * @param {Buffer} data
 */
async function checkBlob({ content }, data) {
  const repository = content("samples/blob");
  const { digest, size } = await pushBlob(repository, "application/octet-stream", data);
  assert.equal(size, data.length);
  assert(data.equals(await pullBlob(repository, digest)), "other bytes came back");
}
