using System.Diagnostics;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Core;
using Azure.Core.Pipeline;

/// <summary>A fake registry in a process of its own, which ends when this is disposed of.</summary>
public sealed class FakeRegistry : IDisposable
{
    private readonly Process server;
    private readonly HttpClient http;
    private readonly string ca = Path.GetTempFileName();

    public FakeRegistry(params string[] options)
    {
        string[] arguments = ["serve", "--port", "0", "--tls", "--write-ca", ca, "--auth", "token", .. options];
        server = Process.Start(new ProcessStartInfo("fake-registry", arguments) { RedirectStandardOutput = true })!;

        var ready = server.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException("fake-registry has ended before it was ready: see standard error");
        var facts = FactsIn(ready);
        Url = new Uri(facts["url"]);
        Entra = facts.TryGetValue("entra", out var entra) ? new Uri(entra) : null;
        Tenant = facts.GetValueOrDefault("tenant");
        http = ClientThatTrusts(ca);
        http.BaseAddress = new Uri(Url, "/_fake/");
    }

    public Uri Url { get; }
    public Uri? Entra { get; }
    public string? Tenant { get; }

    /// <summary>Trusts the certificate of the registry. For clients and credentials.</summary>
    public HttpClientTransport Transport => new(http);

    /// <summary>Sends a request to the control API, and returns its answer, null if it has none.</summary>
    public async Task<JsonNode?> Control(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : JsonContent.Create(body);
        using var response = await http.SendAsync(request);
        var answer = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{method} /_fake/{path}: {(int)response.StatusCode} {answer}");
        }
        return answer.Length == 0 ? null : JsonNode.Parse(answer);
    }

    public void Dispose()
    {
        http.Dispose();
        server.Kill();
        server.WaitForExit();
        server.Dispose();
        File.Delete(ca);
    }

    /// <summary>Returns url, name, auth, entra and tenant of the line that says the server is ready.</summary>
    private static Dictionary<string, string> FactsIn(string ready) =>
        ready.Split(' ').Where(word => word.Contains('=')).Select(word => word.Split('=', 2))
            .ToDictionary(fact => fact[0], fact => fact[1]);

    private static HttpClient ClientThatTrusts(string ca)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust };
        policy.CustomTrustStore.ImportFromPemFile(ca);
        policy.RevocationMode = X509RevocationMode.NoCheck;
        var handler = new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = policy } };
        return new HttpClient(handler);
    }
}

/// <summary>Logs in without Entra: the registry reads the claims of the token, and does not verify them.</summary>
public sealed class FixedToken : TokenCredential
{
    private static readonly byte[] Claims =
        Encoding.UTF8.GetBytes("""{"aud": "https://containerregistry.azure.net", "appid": "tests"}""");

    public override AccessToken GetToken(TokenRequestContext context, CancellationToken cancellation)
    {
        var payload = Convert.ToBase64String(Claims).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        return new AccessToken($"e30.{payload}.e30", DateTimeOffset.UtcNow.AddHours(1));
    }

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext context, CancellationToken cancellation) =>
        new(GetToken(context, cancellation));
}
