import assert from "node:assert/strict";

import { KnownManifestMediaType } from "@azure/container-registry";

import { assertStatus, CONFIG, digestOf, pullBlob, pushBlob, pushImage } from "./content.js";

/** @typedef {import("./registry.js").Registry} Registry */

const DOCKER_MANIFEST_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";

/** @param {Registry} registry */
export async function uploadImage({ client, content }) {
  const image = await pushImage(
    content("samples/hello"),
    "1.0",
    "the first layer",
    "the second layer",
  );
  const tag = await client.getArtifact("samples/hello", "1.0").getTagProperties("1.0");
  assert.equal(tag.digest, image.digest);
}

/** @param {Registry} registry */
export async function downloadImage({ content }) {
  const hello = content("samples/hello");
  const byTag = await hello.getManifest("1.0");
  const byDigest = await hello.getManifest(byTag.digest);
  assert.equal(byTag.mediaType, KnownManifestMediaType.OciImageManifest);
  assert.equal(byTag.digest, digestOf(byTag.content));
  assert.deepEqual(byDigest, byTag);

  const manifest = /** @type {import("./content.js").OciImageManifest} */ (byTag.manifest);
  const config = await pullBlob(hello, manifest.config.digest);
  assert.deepEqual(JSON.parse(config.toString()), CONFIG);
  const layers = [];
  for (const layer of manifest.layers) {
    layers.push((await pullBlob(hello, layer.digest)).toString());
  }
  assert.deepEqual(layers, ["the first layer", "the second layer"]);
}

/** @param {Registry} registry */
export async function dockerManifestList({ client, content }) {
  const repository = content("samples/list");
  const list = {
    schemaVersion: 2,
    mediaType: DOCKER_MANIFEST_LIST,
    manifests: [
      await pushDockerImage(repository, "amd64"),
      await pushDockerImage(repository, "arm64"),
    ],
  };
  const { digest } = await repository.setManifest(list, {
    tag: "1.0",
    mediaType: DOCKER_MANIFEST_LIST,
  });

  const pulled = await repository.getManifest("1.0");
  assert.deepEqual(
    [pulled.digest, pulled.mediaType, pulled.manifest],
    [digest, DOCKER_MANIFEST_LIST, list],
  );
  const found = await client.getArtifact("samples/list", digest).getManifestProperties();
  assert.deepEqual(
    found.relatedArtifacts.map(({ architecture, operatingSystem }) => [
      architecture,
      operatingSystem,
    ]),
    [
      ["amd64", "linux"],
      ["arm64", "linux"],
    ],
  );
}

/**
 * Upload an image without a tag and return its descriptor in a manifest list.
 *
 * @param {import("./content.js").ContentClient} repository
 * @param {string} architecture
 */
async function pushDockerImage(repository, architecture) {
  const platform = { architecture, os: "linux" };
  const mediaType = KnownManifestMediaType.DockerManifest;
  const config = JSON.stringify(platform);
  const image = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: await pushBlob(repository, "application/vnd.docker.container.image.v1+json", config),
      layers: [
        await pushBlob(repository, "application/vnd.docker.image.rootfs.diff.tar", "a layer"),
      ],
    }),
  );
  const { digest } = await repository.setManifest(image, { mediaType });
  return { mediaType, digest, size: image.length, platform };
}

/**
 * A manifest comes with its type, which the client need not know. The registry refuses to store a
 * type that it does not know, or that the manifest does not have.
 *
 * @param {Registry} registry
 */
export async function unknownManifestType({ content }) {
  const types = [];
  for (const name of ["samples/hello", "samples/list"]) {
    const { mediaType } = await content(name).getManifest("1.0");
    types.push(mediaType);
  }
  assert.deepEqual(types, [KnownManifestMediaType.OciImageManifest, DOCKER_MANIFEST_LIST]);

  const repository = content("samples/unknown");
  const { manifest } = await pushImage(repository, "1.0", "a layer");
  const unknown = "application/vnd.example.manifest.v1+json";
  for (const mediaType of [unknown, KnownManifestMediaType.DockerManifest]) {
    await assertStatus(repository.setManifest(manifest, { tag: "2.0", mediaType }), 400);
  }
}

/** @param {Registry} registry */
export async function deleteManifest({ content }) {
  const repository = content("samples/delete");
  const { digest } = await pushImage(repository, "1.0", "a layer");
  await repository.deleteManifest(digest);
  await assertStatus(repository.getManifest(digest), 404);
  await assertStatus(repository.getManifest("1.0"), 404);
}

/** @param {Registry} registry */
export async function deleteBlobs({ content }) {
  const repository = content("samples/blobs");
  const { manifest } = await pushImage(repository, "1.0", "one layer", "another layer");
  for (const { digest } of [manifest.config, ...manifest.layers]) {
    await repository.deleteBlob(digest);
    await assertStatus(repository.downloadBlob(digest), 404);
  }
}

/** @param {Registry} registry */
export async function deleteRepository({ client, content }) {
  const repository = content("samples/gone");
  await pushImage(repository, "1.0", "a layer");
  await client.deleteRepository("samples/gone");
  await assertStatus(client.getRepository("samples/gone").getProperties(), 404);
  await assertStatus(repository.getManifest("1.0"), 404);
}
