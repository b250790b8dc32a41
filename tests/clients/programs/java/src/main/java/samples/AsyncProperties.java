package samples;

import com.azure.containers.containerregistry.ContainerRegistryContentAsyncClient;
import com.azure.containers.containerregistry.ContainerRepositoryAsync;
import com.azure.containers.containerregistry.RegistryArtifactAsync;
import com.azure.containers.containerregistry.models.ArtifactManifestProperties;
import com.azure.containers.containerregistry.models.ArtifactTagProperties;
import com.azure.containers.containerregistry.models.GetManifestResult;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The properties of repositories, manifests and tags, and locks, with the asynchronous clients. */
final class AsyncProperties {

    private final Registry registry;

    AsyncProperties(Registry registry) {
        this.registry = registry;
    }

    Mono<Void> read() {
        ContainerRegistryContentAsyncClient client = registry.asyncContent("async/properties");
        return AsyncContent.pushImage(client, "1.0", "a layer")
            .flatMap(client::getManifest)
            .flatMap(this::checkProperties);
    }

    Mono<Void> update() {
        ContainerRepositoryAsync repository = registry.asyncClient().getRepository("async/updates");
        return AsyncContent.pushImage(registry.asyncContent("async/updates"), "1.0", "a layer")
            .thenMany(Flux.just(false, true))
            .concatMap(enabled -> checkUpdate(repository, enabled))
            .then();
    }

    Mono<Void> lock() {
        return AsyncContent.pushImage(registry.asyncContent("async/locks"), "1.0", "a layer")
            .map(digest -> registry.asyncClient().getArtifact("async/locks", digest))
            .flatMap(AsyncProperties::checkLock);
    }

    private static Mono<Void> checkLock(RegistryArtifactAsync image) {
        return setDeleteEnabled(image, false)
            .then(Expect.status(405, image.deleteTag("1.0")))
            .then(Expect.status(405, image.delete()))
            .then(setDeleteEnabled(image, true))
            .then(image.deleteTag("1.0"))
            .then(image.delete())
            .then(Expect.status(404, image.getManifestProperties()));
    }

    private Mono<Void> checkProperties(GetManifestResult manifest) {
        String name = "async/properties";
        ContainerRepositoryAsync repository = registry.asyncClient().getRepository(name);
        RegistryArtifactAsync image = repository.getArtifact("1.0");
        String digest = manifest.getDigest();
        return repository.getProperties()
            .doOnNext(found -> Expectations.ofRepository(found, name))
            .then(image.getManifestProperties())
            .doOnNext(found -> Expectations.ofManifest(found, digest, manifest.getManifest()))
            .then(image.getTagProperties("1.0"))
            .doOnNext(found -> Expectations.ofTag(found, name, digest))
            .then();
    }

    private static Mono<Void> checkUpdate(ContainerRepositoryAsync repository, boolean enabled) {
        RegistryArtifactAsync image = repository.getArtifact("1.0");
        Attributes expected = Attributes.all(enabled);
        return image.updateManifestProperties(Attributes.ofManifest(enabled))
            .then(image.updateTagProperties("1.0", Attributes.ofTag(enabled)))
            .then(repository.updateProperties(Attributes.ofRepository(enabled)))
            .then(image.getManifestProperties())
            .doOnNext(found -> Expect.equal("manifest", Attributes.of(found), expected))
            .then(image.getTagProperties("1.0"))
            .doOnNext(found -> Expect.equal("tag", Attributes.of(found), expected))
            .then(repository.getProperties())
            .doOnNext(found -> Expect.equal("repository", Attributes.of(found), expected))
            .then();
    }

    private static Mono<Void> setDeleteEnabled(RegistryArtifactAsync image, boolean enabled) {
        return image.updateTagProperties("1.0", new ArtifactTagProperties().setDeleteEnabled(enabled))
            .then(image.updateManifestProperties(new ArtifactManifestProperties().setDeleteEnabled(enabled)))
            .then();
    }
}
