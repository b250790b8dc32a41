import assert from "node:assert/strict";

import { assertStatus, pushImage } from "./content.js";

/** @typedef {import("./registry.js").Registry} Registry */
/** @typedef {{ canDelete?: boolean, canList?: boolean, canRead?: boolean, canWrite?: boolean }} Attributes */

/** @param {Registry} registry */
export async function properties({ client, content }) {
  const name = "samples/properties";
  const { digest, manifest } = await pushImage(content(name), "1.0", "a layer");

  const repository = await client.getRepository(name).getProperties();
  assert.deepEqual([repository.name, repository.manifestCount, repository.tagCount], [name, 1, 1]);
  assert(repository.createdOn <= repository.lastUpdatedOn);

  const artifact = client.getArtifact(name, "1.0");
  const size =
    manifest.config.size + manifest.layers[0].size + Buffer.byteLength(JSON.stringify(manifest));
  const image = await artifact.getManifestProperties();
  assert.deepEqual([image.digest, image.tags, image.sizeInBytes], [digest, ["1.0"], size]);
  assert.deepEqual([image.architecture, image.operatingSystem], ["amd64", "linux"]);

  const tag = await artifact.getTagProperties("1.0");
  assert.deepEqual([tag.repositoryName, tag.name, tag.digest], [name, "1.0", digest]);
}

/** @param {Registry} registry */
export async function updateProperties({ client, content }) {
  const name = "samples/updates";
  await pushImage(content(name), "1.0", "a layer");
  const repository = client.getRepository(name);
  const artifact = client.getArtifact(name, "1.0");

  for (const value of [false, true]) {
    const attributes = { canDelete: value, canList: value, canRead: value, canWrite: value };
    await artifact.updateManifestProperties(attributes);
    await artifact.updateTagProperties("1.0", attributes);
    await repository.updateProperties(attributes);
    assert.deepEqual(attributesOf(await artifact.getManifestProperties()), attributes);
    assert.deepEqual(attributesOf(await artifact.getTagProperties("1.0")), attributes);
    assert.deepEqual(attributesOf(await repository.getProperties()), attributes);
  }
}

/** @param {Attributes} found */
function attributesOf({ canDelete, canList, canRead, canWrite }) {
  return { canDelete, canList, canRead, canWrite };
}

/** @param {Registry} registry */
export async function lockRefusesDelete({ client, content }) {
  const name = "samples/locks";
  const { digest } = await pushImage(content(name), "1.0", "a layer");
  const artifact = client.getArtifact(name, digest);

  await artifact.updateTagProperties("1.0", { canDelete: false });
  await artifact.updateManifestProperties({ canDelete: false });
  await assertStatus(artifact.deleteTag("1.0"), 405);
  await assertStatus(artifact.delete(), 405);

  await artifact.updateTagProperties("1.0", { canDelete: true });
  await artifact.updateManifestProperties({ canDelete: true });
  await artifact.deleteTag("1.0");
  await artifact.delete();
  await assertStatus(artifact.getManifestProperties(), 404);
}
