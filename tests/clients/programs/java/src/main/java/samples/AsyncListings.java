package samples;

import com.azure.containers.containerregistry.ContainerRegistryContentAsyncClient;
import com.azure.containers.containerregistry.models.ArtifactManifestOrder;
import com.azure.containers.containerregistry.models.ArtifactManifestProperties;
import com.azure.containers.containerregistry.models.ArtifactTagOrder;
import com.azure.containers.containerregistry.models.ArtifactTagProperties;
import com.azure.core.http.rest.PagedFlux;
import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Lists that have more than one page, read with the asynchronous clients. */
final class AsyncListings {

    private final Registry registry;

    AsyncListings(Registry registry) {
        this.registry = registry;
    }

    Mono<Void> repositories() {
        List<String> expected = Listings.LETTERS.stream().map(letter -> "listed-async/" + letter).toList();
        return Flux.fromIterable(expected)
            .concatMap(name -> AsyncContent.pushImage(registry.asyncContent(name), "1.0", "a layer"))
            .then(readPages(registry.asyncClient().listRepositoryNames(), name -> name))
            // The other checks have repositories as well.
            .map(found -> found.stream().filter(name -> name.startsWith("listed-async/")).toList())
            .doOnNext(found -> Expect.equal("repositories", found, expected))
            .then();
    }

    /** The library lists the tags of one manifest. */
    Mono<Void> tags() {
        ContainerRegistryContentAsyncClient client = registry.asyncContent("async/tags");
        List<String> letters = Listings.LETTERS;
        return Flux.fromIterable(letters)
            .concatMap(letter -> AsyncContent.pushImage(client, letter, "a layer"))
            .then(tags(ArtifactTagOrder.LAST_UPDATED_ON_ASCENDING))
            .doOnNext(found -> Expect.equal("oldest first", found, letters))
            .then(tags(ArtifactTagOrder.LAST_UPDATED_ON_DESCENDING))
            .doOnNext(found -> Expect.equal("newest first", found, Listings.reversed(letters)))
            .then();
    }

    Mono<Void> manifests() {
        ContainerRegistryContentAsyncClient client = registry.asyncContent("async/manifests");
        PagedFlux<ArtifactManifestProperties> manifests = registry.asyncClient()
            .getRepository("async/manifests")
            .listManifestProperties(ArtifactManifestOrder.LAST_UPDATED_ON_ASCENDING);
        return Flux.fromIterable(Listings.LETTERS)
            .concatMap(letter -> AsyncContent.pushImage(client, letter, "layer " + letter))
            .collectList()
            .zipWhen(expected -> readPages(manifests, ArtifactManifestProperties::getDigest))
            .doOnNext(both -> Expect.equal("manifests", both.getT2(), both.getT1()))
            .then();
    }

    private Mono<List<String>> tags(ArtifactTagOrder order) {
        PagedFlux<ArtifactTagProperties> tags =
            registry.asyncClient().getArtifact("async/tags", "a").listTagProperties(order);
        return readPages(tags, ArtifactTagProperties::getName);
    }

    /** Return a text for each item of a list that has to have more than one page. */
    private static <T> Mono<List<String>> readPages(PagedFlux<T> list, Function<T, String> text) {
        return list.byPage(Listings.PAGE_SIZE)
            .map(page -> page.getValue().stream().map(text).toList())
            .collectList()
            .doOnNext(pages -> Expect.moreThanOnePage(pages.size()))
            .map(pages -> pages.stream().flatMap(List::stream).toList());
    }
}
