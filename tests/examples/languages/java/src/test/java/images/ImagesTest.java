package images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.azure.containers.containerregistry.ContainerRegistryClient;
import com.azure.containers.containerregistry.ContainerRegistryClientBuilder;
import com.azure.core.credential.TokenCredential;
import com.azure.core.exception.ResourceNotFoundException;
import com.azure.core.http.HttpMethod;
import com.azure.identity.ClientSecretCredentialBuilder;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ImagesTest {
    private FakeRegistry registry;

    @BeforeEach
    void start() throws IOException {
        registry = new FakeRegistry();
    }

    @AfterEach
    void stop() throws IOException {
        registry.close();
    }

    @Test
    void tagsAreListed() {
        registry.control(HttpMethod.POST, "images", Map.of("name", "samples/hello:1.0"));

        var client = clientOf(registry, FakeRegistry.fixedToken());
        assertEquals(List.of("1.0"), Images.tags(client, "samples/hello"));
    }

    @Test
    void firstAttemptFails() {
        registry.control(HttpMethod.POST, "images", Map.of("name", "samples/hello:1.0"));
        var effect = Map.of("name", "refuse", "status", 503);
        var fault = Map.of("endpoint", "acr.manifests.list", "times", 1, "effect", effect);
        var id = registry.control(HttpMethod.POST, "faults", fault).get("id");

        var client = clientOf(registry, FakeRegistry.fixedToken());
        assertEquals(List.of("1.0"), Images.tags(client, "samples/hello"));
        var struck = registry.control(HttpMethod.GET, "faults/" + id, null);
        assertEquals(List.of(1, 0), List.of(struck.get("hits"), struck.get("idle_hits")));
        var query = "requests/count?endpoint=acr.manifests.list&status=503";
        assertEquals(1, registry.control(HttpMethod.GET, query, null).get("count"));
    }

    @Test
    void resetRemovesImages() {
        registry.control(HttpMethod.POST, "images", Map.of("name", "samples/hello:1.0"));
        registry.control(HttpMethod.POST, "reset", null);

        var client = clientOf(registry, FakeRegistry.fixedToken());
        assertThrows(ResourceNotFoundException.class, () -> Images.tags(client, "samples/hello"));
    }

    @Test
    void loginWithEntra() throws IOException {
        try (var registry = new FakeRegistry("--service-principal", "app:secret")) {
            registry.control(HttpMethod.POST, "images", Map.of("name", "samples/hello:1.0"));
            registry.control(HttpMethod.POST, "roles", Map.of("principal", "app", "role", "AcrPull"));
            var credential = new ClientSecretCredentialBuilder()
                    .tenantId(registry.tenant)
                    .clientId("app")
                    .clientSecret("secret")
                    .authorityHost(registry.entra)
                    .disableInstanceDiscovery()
                    .httpClient(registry.http)
                    .build();

            assertEquals(List.of("1.0"), Images.tags(clientOf(registry, credential), "samples/hello"));
        }
    }

    private static ContainerRegistryClient clientOf(FakeRegistry registry, TokenCredential credential) {
        return new ContainerRegistryClientBuilder()
                .endpoint(registry.url)
                .credential(credential)
                .httpClient(registry.http)
                .buildClient();
    }
}
