package samples;

import com.azure.containers.containerregistry.ContainerRegistryContentClient;
import com.azure.containers.containerregistry.models.ArtifactManifestProperties;
import com.azure.containers.containerregistry.models.GetManifestResult;
import com.azure.containers.containerregistry.models.ManifestMediaType;
import com.azure.containers.containerregistry.models.OciDescriptor;
import com.azure.containers.containerregistry.models.OciImageManifest;
import com.azure.containers.containerregistry.models.SetManifestOptions;
import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import java.util.List;

/** Images and manifests, uploaded and downloaded. */
final class Images {

    private static final String HELLO = "samples/hello";
    private static final String LIST = "samples/list";

    private final Registry registry;

    Images(Registry registry) {
        this.registry = registry;
    }

    void upload() {
        String digest = Content.pushImage(registry.content(HELLO), "1.0", "the first layer", "the second layer");
        Expect.equal("digest of the tag", digestOfTag(HELLO, "1.0"), digest);
    }

    void download() {
        ContainerRegistryContentClient client = registry.content(HELLO);
        GetManifestResult byTag = client.getManifest("1.0");
        GetManifestResult byDigest = client.getManifest(byTag.getDigest());
        byte[] bytes = byTag.getManifest().toBytes();
        Expect.equal("digest of the manifest", Content.digestOf(bytes), byTag.getDigest());
        Expect.equal("manifest by digest", byDigest.getManifest().toString(), byTag.getManifest().toString());

        OciImageManifest image = byTag.getManifest().toObject(OciImageManifest.class);
        List<String> layers = image.getLayers().stream().map(layer -> pullText(client, layer)).toList();
        Expect.equal("config", pullText(client, image.getConfiguration()), Content.CONFIG);
        Expect.equal("layers", layers, List.of("the first layer", "the second layer"));
    }

    void dockerManifestList() {
        ContainerRegistryContentClient client = registry.content(LIST);
        List<String> children = Manifests.PLATFORMS.stream().map(each -> pushDockerImage(client, each)).toList();
        String list = Manifests.list(children);

        String digest = setManifest(client, list, Manifests.DOCKER_LIST, "1.0");

        GetManifestResult pulled = client.getManifest("1.0");
        Expect.equal("manifest list", pulled.getManifest().toString(), list);
        ArtifactManifestProperties found = registry.client().getArtifact(LIST, digest).getManifestProperties();
        Expect.equal("images of the list", found.getRelatedArtifacts().size(), children.size());
    }

    /** A client that does not know the type of a manifest finds it in the result. */
    void unknownManifestType() {
        Expect.equal("type of the image", typeOf(HELLO), ManifestMediaType.OCI_IMAGE_MANIFEST);
        Expect.equal("type of the list", typeOf(LIST), Manifests.DOCKER_LIST);

        ContainerRegistryContentClient client = registry.content("samples/unknown");
        String image = registry.content(HELLO).getManifest("1.0").getManifest().toString();
        Expect.status(400, () -> setManifest(client, image, Manifests.UNKNOWN, "1.0"));
    }

    private ManifestMediaType typeOf(String repository) {
        return registry.content(repository).getManifest("1.0").getManifestMediaType();
    }

    private String digestOfTag(String repository, String tag) {
        return registry.client().getArtifact(repository, tag).getTagProperties(tag).getDigest();
    }

    /** Upload an image without a tag and return its descriptor in a manifest list. */
    private static String pushDockerImage(ContainerRegistryContentClient client, Manifests.Platform platform) {
        OciDescriptor config = Content.pushPart(client, Manifests.DOCKER_CONFIG, platform.json());
        OciDescriptor layer = Content.pushPart(client, Manifests.DOCKER_LAYER, "a layer");
        String image = Manifests.dockerImage(config, layer);
        String digest = setManifest(client, image, ManifestMediaType.DOCKER_MANIFEST, null);
        return Manifests.child(digest, image.length(), platform);
    }

    private static String setManifest(
            ContainerRegistryContentClient client, String text, ManifestMediaType type, String tag) {
        SetManifestOptions options = new SetManifestOptions(BinaryData.fromString(text), type).setTag(tag);
        return client.setManifestWithResponse(options, Context.NONE).getValue().getDigest();
    }

    private static String pullText(ContainerRegistryContentClient client, OciDescriptor part) {
        return new String(Content.pullBlob(client, part.getDigest()));
    }
}
