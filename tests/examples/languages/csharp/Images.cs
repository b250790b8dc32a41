using Azure.Containers.ContainerRegistry;

/// <summary>The code under test.</summary>
public static class Images
{
    /// <summary>Returns all tags of a repository.</summary>
    public static async Task<List<string>> Tags(ContainerRegistryClient client, string repository)
    {
        var tags = new List<string>();
        await foreach (var manifest in client.GetRepository(repository).GetAllManifestPropertiesAsync())
        {
            tags.AddRange(manifest.Tags);
        }
        return tags;
    }
}
