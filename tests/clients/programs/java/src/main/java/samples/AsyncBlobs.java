package samples;

import com.azure.containers.containerregistry.ContainerRegistryContentAsyncClient;
import com.azure.core.util.BinaryData;
import java.util.Arrays;
import reactor.core.publisher.Mono;

/** Blobs of unusual sizes, uploaded and downloaded with the asynchronous client. */
final class AsyncBlobs {

    private final Registry registry;

    AsyncBlobs(Registry registry) {
        this.registry = registry;
    }

    Mono<Void> large() {
        ContainerRegistryContentAsyncClient client = registry.asyncContent("async/blob");
        byte[] bytes = Blobs.nineMebibytes();
        return client.uploadBlob(BinaryData.fromBytes(bytes))
            .doOnNext(blob -> Expect.equal("digest", blob.getDigest(), Content.digestOf(bytes)))
            .flatMap(blob -> AsyncContent.pullBlob(client, blob.getDigest()))
            .doOnNext(pulled -> Expect.equal("same bytes", Arrays.equals(pulled, bytes), true))
            .then();
    }

    /** The client downloads ranges only, and no range of an empty blob can be satisfied. */
    Mono<Void> empty() {
        ContainerRegistryContentAsyncClient client = registry.asyncContent("async/blob");
        return client.uploadBlob(BinaryData.fromBytes(new byte[0]))
            .doOnNext(blob -> Expect.equal("digest", blob.getDigest(), Content.digestOf(new byte[0])))
            .doOnNext(blob -> Expect.equal("size", blob.getSizeInBytes(), 0L))
            .flatMap(blob -> Expect.status(416, AsyncContent.pullBlob(client, blob.getDigest())));
    }
}
