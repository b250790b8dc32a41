package images;

import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.netty.NettyAsyncHttpClientBuilder;
import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.core.util.serializer.TypeReference;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/** A fake registry in a process of its own, which ends when this is closed. */
final class FakeRegistry implements AutoCloseable {
    final String url;
    final String entra;
    final String tenant;
    /** Trusts the certificate of the registry. For clients and credentials. */
    final HttpClient http;

    private final Process server;
    private final Path ca;
    private final Path log;

    FakeRegistry(String... options) throws IOException {
        ca = Files.createTempFile("registry", ".pem");
        log = Files.createTempFile("registry", ".log");
        var command = new ArrayList<>(List.of("fake-registry", "serve", "--port", "0", "--auth", "token"));
        command.addAll(List.of("--tls", "--write-ca", ca.toString()));
        command.addAll(List.of(options));
        server = new ProcessBuilder(command).redirectError(log.toFile()).start();

        var output = new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8));
        var ready = output.readLine();
        if (ready == null) {
            throw new IOException("fake-registry has ended before it was ready: " + Files.readString(log));
        }
        var facts = factsIn(ready);
        url = facts.get("url");
        entra = facts.get("entra");
        tenant = facts.get("tenant");
        http = clientThatTrusts(ca);
    }

    /** Sends a request to the control API, and returns its answer. */
    Map<String, Object> control(HttpMethod method, String path, Map<String, ?> body) {
        var request = new HttpRequest(method, url + "/_fake/" + path);
        if (body != null) {
            request.setBody(BinaryData.fromObject(body));
            request.setHeader(HttpHeaderName.CONTENT_TYPE, "application/json");
        }

        try (var response = http.sendSync(request, Context.NONE)) {
            var answer = response.getBodyAsBinaryData();
            if (response.getStatusCode() >= 400) {
                throw new AssertionError(method + " /_fake/" + path + ": " + response.getStatusCode() + " " + answer);
            }
            return response.getStatusCode() == 204 ? Map.of() : answer.toObject(new TypeReference<Map<String, Object>>() {});
        }
    }

    @Override
    public void close() throws IOException {
        server.destroy();
        server.onExit().join();
        Files.delete(ca);
        Files.delete(log);
    }

    /** Returns url, name, auth, entra and tenant of the line that says the server is ready. */
    private static Map<String, String> factsIn(String ready) {
        return Arrays.stream(ready.split(" "))
                .filter(word -> word.contains("="))
                .map(word -> word.split("=", 2))
                .collect(Collectors.toMap(fact -> fact[0], fact -> fact[1]));
    }

    private static HttpClient clientThatTrusts(Path ca) throws IOException {
        var trusting = SslContextBuilder.forClient().trustManager(ca.toFile()).build();
        var netty = reactor.netty.http.client.HttpClient.create().secure(tls -> tls.sslContext(trusting));
        return new NettyAsyncHttpClientBuilder(netty).build();
    }

    /** Logs in without Entra: the registry reads the claims of the token, and does not verify them. */
    static TokenCredential fixedToken() {
        var claims = "{\"aud\": \"https://containerregistry.azure.net\", \"appid\": \"tests\"}";
        var payload = Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes(StandardCharsets.UTF_8));
        var token = new AccessToken("e30." + payload + ".e30", OffsetDateTime.now().plusHours(1));
        return request -> Mono.just(token);
    }
}
