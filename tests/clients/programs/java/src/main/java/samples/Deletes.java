package samples;

import com.azure.containers.containerregistry.ContainerRegistryContentClient;
import com.azure.containers.containerregistry.models.OciDescriptor;
import com.azure.containers.containerregistry.models.OciImageManifest;
import java.util.stream.Stream;

/** Manifests, blobs and repositories are deleted. */
final class Deletes {

    private final Registry registry;

    Deletes(Registry registry) {
        this.registry = registry;
    }

    void manifest() {
        ContainerRegistryContentClient client = registry.content("samples/delete");
        String digest = Content.pushImage(client, "1.0", "a layer");

        client.deleteManifest(digest);

        Expect.status(404, () -> client.getManifest(digest));
        Expect.status(404, () -> client.getManifest("1.0"));
    }

    void blobs() {
        ContainerRegistryContentClient client = registry.content("samples/blobs");
        Content.pushImage(client, "1.0", "one layer", "another layer");
        OciImageManifest image = client.getManifest("1.0").getManifest().toObject(OciImageManifest.class);
        Stream<OciDescriptor> parts = Stream.concat(image.getLayers().stream(), Stream.of(image.getConfiguration()));

        parts.map(OciDescriptor::getDigest).forEach(digest -> {
            client.deleteBlob(digest);
            Expect.status(404, () -> Content.pullBlob(client, digest));
        });
    }

    void repository() {
        String repository = "samples/gone";
        ContainerRegistryContentClient client = registry.content(repository);
        Content.pushImage(client, "1.0", "a layer");

        registry.client().deleteRepository(repository);

        Expect.status(404, () -> registry.client().getRepository(repository).getProperties());
        Expect.status(404, () -> client.getManifest("1.0"));
    }
}
