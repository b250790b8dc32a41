package samples;

import com.azure.containers.containerregistry.ContainerRegistryContentAsyncClient;
import com.azure.containers.containerregistry.models.OciDescriptor;
import com.azure.containers.containerregistry.models.OciImageManifest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Manifests, blobs and repositories are deleted with the asynchronous clients. */
final class AsyncDeletes {

    private final Registry registry;

    AsyncDeletes(Registry registry) {
        this.registry = registry;
    }

    Mono<Void> manifest() {
        ContainerRegistryContentAsyncClient client = registry.asyncContent("async/delete");
        return AsyncContent.pushImage(client, "1.0", "a layer")
            .flatMap(digest -> client.deleteManifest(digest)
                .then(Expect.status(404, client.getManifest(digest)))
                .then(Expect.status(404, client.getManifest("1.0"))));
    }

    Mono<Void> blobs() {
        ContainerRegistryContentAsyncClient client = registry.asyncContent("async/blobs");
        return AsyncContent.pushImage(client, "1.0", "one layer", "another layer")
            .flatMap(client::getManifest)
            .map(found -> found.getManifest().toObject(OciImageManifest.class))
            .flatMapMany(image -> Flux.fromIterable(image.getLayers()).startWith(image.getConfiguration()))
            .map(OciDescriptor::getDigest)
            .concatMap(digest -> client.deleteBlob(digest)
                .then(Expect.status(404, AsyncContent.pullBlob(client, digest))))
            .then();
    }

    Mono<Void> repository() {
        ContainerRegistryContentAsyncClient client = registry.asyncContent("async/gone");
        return AsyncContent.pushImage(client, "1.0", "a layer")
            .then(registry.asyncClient().deleteRepository("async/gone"))
            .then(Expect.status(404, registry.asyncClient().getRepository("async/gone").getProperties()))
            .then(Expect.status(404, client.getManifest("1.0")));
    }
}
