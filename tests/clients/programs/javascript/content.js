import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";

import { KnownManifestMediaType } from "@azure/container-registry";

export const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
export const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";

export const CONFIG = { architecture: "amd64", os: "linux" };

/** @typedef {import("@azure/container-registry").ContainerRegistryContentClient} ContentClient */
/** @typedef {import("@azure/container-registry").OciImageManifest} OciImageManifest */

/**
 * Upload a config and a layer for each text, then their manifest under the tag.
 *
 * @param {ContentClient} content
 * @param {string} tag
 * @param {...string} layers
 */
export async function pushImage(content, tag, ...layers) {
  /** @type {OciImageManifest} */
  const manifest = {
    schemaVersion: 2,
    mediaType: KnownManifestMediaType.OciImageManifest,
    config: await pushBlob(content, OCI_CONFIG, JSON.stringify(CONFIG)),
    layers: [],
  };
  for (const text of layers) {
    manifest.layers.push(await pushBlob(content, OCI_LAYER, text));
  }
  const { digest } = await content.setManifest(manifest, { tag });
  return { digest, manifest };
}

/**
 * Upload a blob and return its descriptor.
 *
 * @param {ContentClient} content
 * @param {string} mediaType
 * @param {string | Buffer} data
 */
export async function pushBlob(content, mediaType, data) {
  const bytes = Buffer.from(data);
  const { digest, sizeInBytes } = await content.uploadBlob(bytes);
  assert.equal(digest, digestOf(bytes));
  return { mediaType, digest, size: sizeInBytes };
}

/**
 * Return the bytes of a blob. The client compares their digest.
 *
 * @param {ContentClient} content
 * @param {string} digest
 */
export async function pullBlob(content, digest) {
  const download = await content.downloadBlob(digest);
  return buffer(download.content);
}

/** @param {Buffer} data */
export function digestOf(data) {
  return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}

/**
 * Expect that the registry answers a call with this status.
 *
 * @param {Promise<unknown>} call
 * @param {number} statusCode
 */
export async function assertStatus(call, statusCode) {
  await assert.rejects(call, { name: "RestError", statusCode });
}
