package samples;

import com.azure.containers.containerregistry.ContainerRegistryContentAsyncClient;
import com.azure.containers.containerregistry.models.OciDescriptor;
import com.azure.containers.containerregistry.models.SetManifestResult;
import com.azure.core.util.BinaryData;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Images and blobs, uploaded and downloaded with the asynchronous content client. */
final class AsyncContent {

    private AsyncContent() {}

    /**
     * Upload a config, a layer for each text, and their manifest under the tag. Return the manifest's digest.
     *
     * <p>One goes after the other: where two requests log in at once, the library lets one wait for half a second.
     */
    static Mono<String> pushImage(ContainerRegistryContentAsyncClient client, String tag, String... layers) {
        Mono<OciDescriptor> config = pushPart(client, Content.CONFIG_TYPE, Content.CONFIG);
        Mono<List<OciDescriptor>> parts = Flux.fromArray(layers)
            .concatMap(text -> pushPart(client, Content.LAYER_TYPE, text))
            .collectList();
        return config.zipWhen(done -> parts, Content::manifest)
            .flatMap(manifest -> client.setManifest(manifest, tag))
            .map(SetManifestResult::getDigest);
    }

    /** Upload a blob and return its descriptor. */
    static Mono<OciDescriptor> pushPart(ContainerRegistryContentAsyncClient client, String mediaType, String text) {
        return client.uploadBlob(BinaryData.fromString(text)).map(blob -> Content.descriptor(mediaType, blob));
    }

    /** Return the bytes of a blob. The client compares their digest. */
    static Mono<byte[]> pullBlob(ContainerRegistryContentAsyncClient client, String digest) {
        return client.downloadStream(digest).flatMap(BinaryData::toReplayableBinaryDataAsync).map(BinaryData::toBytes);
    }
}
