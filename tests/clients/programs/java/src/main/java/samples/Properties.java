package samples;

import com.azure.containers.containerregistry.ContainerRegistryContentClient;
import com.azure.containers.containerregistry.ContainerRepository;
import com.azure.containers.containerregistry.RegistryArtifact;
import com.azure.containers.containerregistry.models.ArtifactManifestProperties;
import com.azure.containers.containerregistry.models.ArtifactTagProperties;
import com.azure.core.util.BinaryData;
import java.util.List;

/** The properties of repositories, manifests and tags, and locks. */
final class Properties {

    private final Registry registry;

    Properties(Registry registry) {
        this.registry = registry;
    }

    void read() {
        String name = "samples/properties";
        ContainerRegistryContentClient client = registry.content(name);
        String digest = Content.pushImage(client, "1.0", "a layer");
        BinaryData manifest = client.getManifest("1.0").getManifest();
        ContainerRepository repository = registry.client().getRepository(name);
        RegistryArtifact image = repository.getArtifact("1.0");

        Expectations.ofRepository(repository.getProperties(), name);
        Expectations.ofManifest(image.getManifestProperties(), digest, manifest);
        Expectations.ofTag(image.getTagProperties("1.0"), name, digest);
    }

    void update() {
        String name = "samples/updates";
        Content.pushImage(registry.content(name), "1.0", "a layer");
        ContainerRepository repository = registry.client().getRepository(name);
        RegistryArtifact image = repository.getArtifact("1.0");

        for (boolean enabled : List.of(false, true)) {
            image.updateManifestProperties(Attributes.ofManifest(enabled));
            image.updateTagProperties("1.0", Attributes.ofTag(enabled));
            repository.updateProperties(Attributes.ofRepository(enabled));

            Attributes expected = Attributes.all(enabled);
            Expect.equal("manifest", Attributes.of(image.getManifestProperties()), expected);
            Expect.equal("tag", Attributes.of(image.getTagProperties("1.0")), expected);
            Expect.equal("repository", Attributes.of(repository.getProperties()), expected);
        }
    }

    void lock() {
        String digest = Content.pushImage(registry.content("samples/locks"), "1.0", "a layer");
        RegistryArtifact image = registry.client().getArtifact("samples/locks", digest);

        setDeleteEnabled(image, false);
        Expect.status(405, () -> image.deleteTag("1.0"));
        Expect.status(405, image::delete);

        setDeleteEnabled(image, true);
        image.deleteTag("1.0");
        image.delete();
        Expect.status(404, image::getManifestProperties);
    }

    private static void setDeleteEnabled(RegistryArtifact image, boolean enabled) {
        image.updateTagProperties("1.0", new ArtifactTagProperties().setDeleteEnabled(enabled));
        image.updateManifestProperties(new ArtifactManifestProperties().setDeleteEnabled(enabled));
    }
}
