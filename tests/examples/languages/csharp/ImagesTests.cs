using Azure;
using Azure.Containers.ContainerRegistry;
using Azure.Core;
using Azure.Identity;
using Xunit;

public sealed class ImagesTests : IDisposable
{
    private readonly FakeRegistry registry = new();

    public void Dispose() => registry.Dispose();

    [Fact]
    public async Task TagsAreListed()
    {
        await registry.Control(HttpMethod.Post, "images", new { name = "samples/hello:1.0" });

        Assert.Equal(["1.0"], await Images.Tags(ClientOf(registry, new FixedToken()), "samples/hello"));
    }

    [Fact]
    public async Task FirstAttemptFails()
    {
        await registry.Control(HttpMethod.Post, "images", new { name = "samples/hello:1.0" });
        var effect = new { name = "refuse", status = 503 };
        var fault = new { endpoint = "acr.manifests.list", times = 1, effect };
        var id = (await registry.Control(HttpMethod.Post, "faults", fault))!["id"];

        Assert.Equal(["1.0"], await Images.Tags(ClientOf(registry, new FixedToken()), "samples/hello"));
        var struck = (await registry.Control(HttpMethod.Get, $"faults/{id}"))!;
        Assert.Equal((1, 0), ((int)struck["hits"]!, (int)struck["idle_hits"]!));
        var query = "requests/count?endpoint=acr.manifests.list&status=503";
        Assert.Equal(1, (int)(await registry.Control(HttpMethod.Get, query))!["count"]!);
    }

    [Fact]
    public async Task ResetRemovesImages()
    {
        await registry.Control(HttpMethod.Post, "images", new { name = "samples/hello:1.0" });
        await registry.Control(HttpMethod.Post, "reset");

        var client = ClientOf(registry, new FixedToken());
        var error = await Assert.ThrowsAsync<RequestFailedException>(() => Images.Tags(client, "samples/hello"));
        Assert.Equal(404, error.Status);
    }

    [Fact]
    public async Task LoginWithEntra()
    {
        using var registry = new FakeRegistry("--service-principal", "app:secret");
        await registry.Control(HttpMethod.Post, "images", new { name = "samples/hello:1.0" });
        await registry.Control(HttpMethod.Post, "roles", new { principal = "app", role = "AcrPull" });
        var credential = new ClientSecretCredential(registry.Tenant, "app", "secret", new ClientSecretCredentialOptions
        {
            AuthorityHost = registry.Entra,
            DisableInstanceDiscovery = true,
            Transport = registry.Transport,
        });

        Assert.Equal(["1.0"], await Images.Tags(ClientOf(registry, credential), "samples/hello"));
    }

    private static ContainerRegistryClient ClientOf(FakeRegistry registry, TokenCredential credential) =>
        new(registry.Url, credential, new()
        {
            Audience = ContainerRegistryAudience.AzureResourceManagerPublicCloud,
            Transport = registry.Transport,
        });
}
