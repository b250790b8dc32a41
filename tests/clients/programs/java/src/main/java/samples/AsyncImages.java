package samples;

import com.azure.containers.containerregistry.ContainerRegistryContentAsyncClient;
import com.azure.containers.containerregistry.models.GetManifestResult;
import com.azure.containers.containerregistry.models.ManifestMediaType;
import com.azure.containers.containerregistry.models.OciDescriptor;
import com.azure.containers.containerregistry.models.OciImageManifest;
import com.azure.containers.containerregistry.models.SetManifestOptions;
import com.azure.core.util.BinaryData;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Images and manifests, uploaded and downloaded with the asynchronous clients. */
final class AsyncImages {

    private static final String HELLO = "async/hello";
    private static final String LIST = "async/list";

    private final Registry registry;

    AsyncImages(Registry registry) {
        this.registry = registry;
    }

    Mono<Void> upload() {
        return AsyncContent.pushImage(registry.asyncContent(HELLO), "1.0", "the first layer", "the second layer")
            .zipWhen(digest -> registry.asyncClient().getArtifact(HELLO, "1.0").getTagProperties("1.0"))
            .doOnNext(both -> Expect.equal("digest of the tag", both.getT2().getDigest(), both.getT1()))
            .then();
    }

    Mono<Void> download() {
        ContainerRegistryContentAsyncClient client = registry.asyncContent(HELLO);
        return client.getManifest("1.0")
            .flatMap(byTag -> checkDigest(client, byTag).then(checkParts(client, byTag.getManifest())));
    }

    Mono<Void> dockerManifestList() {
        ContainerRegistryContentAsyncClient client = registry.asyncContent(LIST);
        return Flux.fromIterable(Manifests.PLATFORMS)
            .concatMap(platform -> pushDockerImage(client, platform))
            .collectList()
            .map(Manifests::list)
            .flatMap(list -> setManifest(client, list, Manifests.DOCKER_LIST, "1.0")
                .then(client.getManifest("1.0"))
                .flatMap(pulled -> checkList(pulled, list)));
    }

    /** A client that does not know the type of a manifest finds it in the result. */
    Mono<Void> unknownManifestType() {
        ContainerRegistryContentAsyncClient client = registry.asyncContent("async/unknown");
        return typeOf(HELLO)
            .doOnNext(type -> Expect.equal("type of the image", type, ManifestMediaType.OCI_IMAGE_MANIFEST))
            .then(typeOf(LIST))
            .doOnNext(type -> Expect.equal("type of the list", type, Manifests.DOCKER_LIST))
            .then(registry.asyncContent(HELLO).getManifest("1.0"))
            .map(found -> found.getManifest().toString())
            .flatMap(image -> Expect.status(400, setManifest(client, image, Manifests.UNKNOWN, "1.0")));
    }

    private Mono<ManifestMediaType> typeOf(String repository) {
        return registry.asyncContent(repository).getManifest("1.0").map(GetManifestResult::getManifestMediaType);
    }

    private static Mono<Void> checkDigest(ContainerRegistryContentAsyncClient client, GetManifestResult byTag) {
        byte[] bytes = byTag.getManifest().toBytes();
        Expect.equal("digest of the manifest", Content.digestOf(bytes), byTag.getDigest());
        return client.getManifest(byTag.getDigest())
            .map(byDigest -> byDigest.getManifest().toString())
            .doOnNext(text -> Expect.equal("manifest by digest", text, byTag.getManifest().toString()))
            .then();
    }

    private static Mono<Void> checkParts(ContainerRegistryContentAsyncClient client, BinaryData manifest) {
        OciImageManifest image = manifest.toObject(OciImageManifest.class);
        return Flux.fromIterable(image.getLayers())
            .startWith(image.getConfiguration())
            .concatMap(part -> AsyncContent.pullBlob(client, part.getDigest()))
            .map(String::new)
            .collectList()
            .doOnNext(texts -> Expect.equal(
                "config and layers", texts, List.of(Content.CONFIG, "the first layer", "the second layer")))
            .then();
    }

    private Mono<Void> checkList(GetManifestResult pulled, String list) {
        Expect.equal("manifest list", pulled.getManifest().toString(), list);
        return registry.asyncClient()
            .getArtifact(LIST, pulled.getDigest())
            .getManifestProperties()
            .map(found -> found.getRelatedArtifacts().size())
            .doOnNext(size -> Expect.equal("images of the list", size, Manifests.PLATFORMS.size()))
            .then();
    }

    /** Upload an image without a tag and return its descriptor in a manifest list. */
    private static Mono<String> pushDockerImage(
            ContainerRegistryContentAsyncClient client, Manifests.Platform platform) {
        Mono<OciDescriptor> config = AsyncContent.pushPart(client, Manifests.DOCKER_CONFIG, platform.json());
        Mono<OciDescriptor> layer = AsyncContent.pushPart(client, Manifests.DOCKER_LAYER, "a layer");
        return config.zipWhen(done -> layer, Manifests::dockerImage)
            .flatMap(image -> setManifest(client, image, ManifestMediaType.DOCKER_MANIFEST, null)
                .map(digest -> Manifests.child(digest, image.length(), platform)));
    }

    private static Mono<String> setManifest(
            ContainerRegistryContentAsyncClient client, String text, ManifestMediaType type, String tag) {
        SetManifestOptions options = new SetManifestOptions(BinaryData.fromString(text), type).setTag(tag);
        return client.setManifestWithResponse(options).map(response -> response.getValue().getDigest());
    }
}
