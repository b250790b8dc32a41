package samples;

import com.azure.core.util.BinaryData;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;

/** The control API of the fake registry at a URL. A real registry has none. */
record Control(String url) {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    static Control ofRegistry() {
        return new Control(System.getenv("REGISTRY_URL"));
    }

    static Control open() {
        return new Control(System.getenv("OPEN_REGISTRY_URL"));
    }

    void pushImage(String name) {
        send("POST", "/images", "{\"name\": \"%s\"}".formatted(name));
    }

    /** Answer the next call of an endpoint with 429. Return the fault's id. */
    String throttleOnce(String endpoint) {
        String fault = """
            {"endpoint": "%s", "times": 1, "effect": {"name": "refuse", "status": 429, "retry_after": 1}}"""
            .formatted(endpoint);
        return send("POST", "/faults", fault).get("id").toString();
    }

    /** Return how many calls a fault has struck. */
    int hits(String fault) {
        return (int) send("GET", "/faults/" + fault, "").get("hits");
    }

    void advanceMinutes(int minutes) {
        send("POST", "/clock", "{\"advance_seconds\": %d}".formatted(minutes * 60));
    }

    private Map<String, Object> send(String method, String path, String json) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/_fake" + path))
            .method(method, json.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(json))
            .header("Content-Type", "application/json")
            .build();
        String body = bodyOf(request);
        return body.isEmpty() ? Map.of() : BinaryData.fromString(body).toObject(Map.class);
    }

    private static String bodyOf(HttpRequest request) {
        try {
            HttpResponse<String> answer = CLIENT.send(request, BodyHandlers.ofString());
            Expect.equal("success of " + request.uri().getPath(), answer.statusCode() / 100, 2);
            return answer.body();
        } catch (IOException | InterruptedException error) {
            throw new IllegalStateException(error);
        }
    }
}
