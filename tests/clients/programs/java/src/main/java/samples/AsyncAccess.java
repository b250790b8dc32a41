package samples;

import com.azure.containers.containerregistry.ContainerRegistryContentAsyncClient;
import com.azure.containers.containerregistry.ContainerRepositoryAsync;
import reactor.core.publisher.Mono;

/** As {@link Access}, with the asynchronous clients. */
final class AsyncAccess {

    private final Registry registry;

    AsyncAccess(Registry registry) {
        this.registry = registry;
    }

    Mono<Void> anonymousPull() {
        Control.open().pushImage("async/open:1.0");
        ContainerRegistryContentAsyncClient anonymous = Registry.open().asyncContent("async/open");
        return anonymous.getManifest("1.0")
            .then(Expect.status(401, AsyncContent.pushImage(anonymous, "2.0", "a layer")));
    }

    Mono<Void> roleNotEnough() {
        ContainerRegistryContentAsyncClient reader = Registry.ofReader().asyncContent("async/roles");
        return AsyncContent.pushImage(registry.asyncContent("async/roles"), "1.0", "a layer")
            .flatMap(digest -> reader.getManifest("1.0")
                .then(Expect.status(401, AsyncContent.pushImage(reader, "2.0", "a layer")))
                .then(Expect.status(401, reader.deleteManifest(digest))));
    }

    Mono<Void> retryAfter429() {
        Control control = Control.ofRegistry();
        String fault = control.throttleOnce("acr.repository.get");
        return registry.asyncClient()
            .getRepository("async/hello")
            .getProperties()
            .doOnNext(found -> Expect.equal("requests that were throttled", control.hits(fault), 1))
            .then();
    }

    /** As {@link Access#expiredToken}. */
    Mono<Void> expiredToken() {
        ContainerRepositoryAsync repository = registry.asyncClient().getRepository("async/hello");
        return repository.getProperties()
            .doOnNext(found -> Control.ofRegistry().advanceMinutes(Access.MINUTES_UNTIL_EXPIRED))
            .then(Expect.status(401, repository.getProperties()))
            .then(Mono.defer(() ->
                Registry.ofApplication().asyncClient().getRepository("async/hello").getProperties()))
            .then();
    }
}
