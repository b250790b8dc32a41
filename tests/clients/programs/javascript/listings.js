import assert from "node:assert/strict";

import { pushImage } from "./content.js";

/** @typedef {import("./registry.js").Registry} Registry */

const LETTERS = ["a", "b", "c", "d", "e"];

/** @param {Registry} registry */
export async function listRepositories({ client, content }) {
  const expected = LETTERS.map((letter) => `listed/${letter}`);
  for (const name of expected) {
    await pushImage(content(name), "1.0", "a layer");
  }
  const names = await readPages(client.listRepositoryNames());
  // The other checks have repositories as well.
  assert.deepEqual(
    names.filter((name) => name.startsWith("listed/")),
    expected,
  );
}

/** @param {Registry} registry */
export async function listTags({ client, content }) {
  let digest = "";
  for (const letter of LETTERS) {
    ({ digest } = await pushImage(content("samples/tags"), letter, "a layer"));
  }

  const artifact = client.getArtifact("samples/tags", digest);
  const oldest = await readPages(artifact.listTagProperties({ order: "LastUpdatedOnAscending" }));
  const newest = await readPages(artifact.listTagProperties({ order: "LastUpdatedOnDescending" }));
  const names = oldest.map(({ name }) => name);
  assert.deepEqual(names, LETTERS);
  assert.deepEqual(
    newest.map(({ name }) => name),
    names.toReversed(),
  );
}

/** @param {Registry} registry */
export async function listManifests({ client, content }) {
  const expected = [];
  for (const letter of LETTERS) {
    const { digest } = await pushImage(content("samples/manifests"), letter, `layer ${letter}`);
    expected.push(digest);
  }
  const repository = client.getRepository("samples/manifests");
  const found = await readPages(
    repository.listManifestProperties({ order: "LastUpdatedOnAscending" }),
  );
  assert.deepEqual(
    found.map(({ digest }) => digest),
    expected,
  );
}

/**
 * Return the items of all pages, of which there must be more than one.
 *
 * @template Item
 * @param {{ byPage(settings: { maxPageSize: number }): AsyncIterable<Item[]> }} list
 */
async function readPages(list) {
  const pages = [];
  for await (const page of list.byPage({ maxPageSize: 2 })) {
    pages.push(page);
  }
  assert(pages.length > 1, `expected more than one page, got ${pages.length}`);
  return pages.flat();
}
