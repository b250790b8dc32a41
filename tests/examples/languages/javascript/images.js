// The code under test.

/** Returns all tags of a repository. */
export async function tagsOf(client, repository) {
  const tags = [];
  for await (const manifest of client.getRepository(repository).listManifestProperties()) {
    tags.push(...manifest.tags);
  }
  return tags;
}
