import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;

@Testcontainers
class RegistryInAContainerTest {
    @Container
    static final GenericContainer<?> REGISTRY = new GenericContainer<>("fake-registry")
            .withEnv("FAKE_REGISTRY_CONTROL_TOKEN", "control")
            .withExposedPorts(5000)
            .waitingFor(Wait.forHttp("/_fake/ready"));

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void imageIsListed() throws Exception {
        var image = BodyPublishers.ofString("{\"name\": \"samples/hello:1.0\"}");
        var push = request("/_fake/images")
                .header("Authorization", "Bearer control")
                .header("Content-Type", "application/json")
                .POST(image);
        assertEquals(201, client.send(push.build(), BodyHandlers.discarding()).statusCode());

        var tags = client.send(request("/v2/samples/hello/tags/list").build(), BodyHandlers.ofString());
        assertEquals("{\"name\":\"samples/hello\",\"tags\":[\"1.0\"]}", tags.body().strip());
    }

    private HttpRequest.Builder request(String path) {
        var host = REGISTRY.getHost() + ":" + REGISTRY.getMappedPort(5000);
        return HttpRequest.newBuilder(URI.create("http://" + host + path));
    }
}
