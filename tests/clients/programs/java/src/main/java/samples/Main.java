package samples;

import java.util.List;
import java.util.stream.Stream;
import reactor.core.Exceptions;

/**
 * The samples of the Azure Container Registry library for Java, each with a check of what the registry answers.
 *
 * <p>It needs the variables that ../run.py sets: the URLs of two registries and those of azure-identity. The trust
 * store of the JVM has their CA certificates.
 */
public final class Main {

    public static void main(String[] arguments) {
        List<Check> checks = Stream.concat(blockingChecks(), asyncChecks()).toList();

        for (Check check : checks) {
            try {
                check.action().run();
            } catch (Exception | AssertionError error) {
                fail(check.name(), error);
            }
            System.out.println("ok " + check.name());
        }
        System.out.println(checks.size() + " checks passed");
        System.exit(0); // without a wait for the idle threads of the HTTP client
    }

    private static void fail(String name, Throwable failure) {
        Throwable error = Exceptions.unwrap(failure); // Reactor wraps an AssertionError
        Stream.of(error.getStackTrace())
            .filter(frame -> frame.getClassName().startsWith("samples."))
            .forEach(frame -> System.out.println("  at " + frame));
        System.out.printf("FAILED %s: %s%n", name, error.toString().strip());
        System.exit(1);
    }

    // The last check moves the clock of the registry, after which the tokens that a credential holds have expired.
    private static Stream<Check> blockingChecks() {
        Registry registry = Registry.ofApplication();
        Images images = new Images(registry);
        Deletes deletes = new Deletes(registry);
        Listings listings = new Listings(registry);
        Properties properties = new Properties(registry);
        Blobs blobs = new Blobs(registry);
        Access access = new Access(registry);

        return Stream.of(
            new Check("upload-image", images::upload),
            new Check("download-image", images::download),
            new Check("docker-manifest-list", images::dockerManifestList),
            new Check("unknown-manifest-type", images::unknownManifestType),
            new Check("delete-manifest", deletes::manifest),
            new Check("delete-blobs", deletes::blobs),
            new Check("list-first-repositories", listings::firstRepositories),
            new Check("list-tags", listings::tags),
            new Check("list-manifests", listings::manifests),
            new Check("properties", properties::read),
            new Check("update-properties", properties::update),
            new Check("lock-refuses-delete", properties::lock),
            new Check("delete-repository", deletes::repository),
            new Check("blob-9-mib", blobs::large),
            new Check("blob-empty", blobs::empty),
            new Check("anonymous-pull", access::anonymousPull),
            new Check("role-not-enough", access::roleNotEnough),
            new Check("retry-after-429", access::retryAfter429),
            new Check("expired-token-new-client", access::expiredToken));
    }

    private static Stream<Check> asyncChecks() {
        Registry registry = Registry.ofApplication();
        AsyncImages images = new AsyncImages(registry);
        AsyncDeletes deletes = new AsyncDeletes(registry);
        AsyncListings listings = new AsyncListings(registry);
        AsyncProperties properties = new AsyncProperties(registry);
        AsyncBlobs blobs = new AsyncBlobs(registry);
        AsyncAccess access = new AsyncAccess(registry);

        return Stream.of(
            Check.async("upload-image", images::upload),
            Check.async("download-image", images::download),
            Check.async("docker-manifest-list", images::dockerManifestList),
            Check.async("unknown-manifest-type", images::unknownManifestType),
            Check.async("delete-manifest", deletes::manifest),
            Check.async("delete-blobs", deletes::blobs),
            Check.async("list-repositories", listings::repositories),
            Check.async("list-tags", listings::tags),
            Check.async("list-manifests", listings::manifests),
            Check.async("properties", properties::read),
            Check.async("update-properties", properties::update),
            Check.async("lock-refuses-delete", properties::lock),
            Check.async("delete-repository", deletes::repository),
            Check.async("blob-9-mib", blobs::large),
            Check.async("blob-empty", blobs::empty),
            Check.async("anonymous-pull", access::anonymousPull),
            Check.async("role-not-enough", access::roleNotEnough),
            Check.async("retry-after-429", access::retryAfter429),
            Check.async("expired-token-new-client", access::expiredToken));
    }
}
