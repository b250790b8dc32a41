package samples;

import com.azure.containers.containerregistry.ContainerRegistryContentClient;
import com.azure.containers.containerregistry.models.ArtifactManifestOrder;
import com.azure.containers.containerregistry.models.ArtifactManifestProperties;
import com.azure.containers.containerregistry.models.ArtifactTagOrder;
import com.azure.containers.containerregistry.models.ArtifactTagProperties;
import com.azure.core.http.rest.PagedIterable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/** Lists that have more than one page. */
final class Listings {

    static final List<String> LETTERS = List.of("a", "b", "c", "d", "e");
    static final int PAGE_SIZE = 2;

    private final Registry registry;

    Listings(Registry registry) {
        this.registry = registry;
    }

    /** Version 1.2.6 reads the first page alone (Azure/azure-sdk-for-java issue 39815). */
    void firstRepositories() {
        LETTERS.forEach(letter -> Content.pushImage(registry.content("listed/" + letter), "1.0", "a layer"));

        List<String> found = registry.client()
            .listRepositoryNames()
            .streamByPage(PAGE_SIZE)
            .flatMap(page -> page.getValue().stream())
            .toList();

        Expect.equal("repositories", found, List.of("listed/a", "listed/b"));
    }

    /** The library lists the tags of one manifest. */
    void tags() {
        ContainerRegistryContentClient client = registry.content("samples/tags");
        LETTERS.forEach(letter -> Content.pushImage(client, letter, "a layer"));

        Expect.equal("oldest first", tags(ArtifactTagOrder.LAST_UPDATED_ON_ASCENDING), LETTERS);
        Expect.equal("newest first", tags(ArtifactTagOrder.LAST_UPDATED_ON_DESCENDING), reversed(LETTERS));
    }

    void manifests() {
        ContainerRegistryContentClient client = registry.content("samples/manifests");
        List<String> expected =
            LETTERS.stream().map(letter -> Content.pushImage(client, letter, "layer " + letter)).toList();

        PagedIterable<ArtifactManifestProperties> manifests = registry.client()
            .getRepository("samples/manifests")
            .listManifestProperties(ArtifactManifestOrder.LAST_UPDATED_ON_ASCENDING);

        Expect.equal("manifests", readPages(manifests, ArtifactManifestProperties::getDigest), expected);
    }

    private List<String> tags(ArtifactTagOrder order) {
        PagedIterable<ArtifactTagProperties> tags =
            registry.client().getArtifact("samples/tags", "a").listTagProperties(order);
        return readPages(tags, ArtifactTagProperties::getName);
    }

    static List<String> reversed(List<String> texts) {
        List<String> copy = new ArrayList<>(texts);
        Collections.reverse(copy);
        return copy;
    }

    /** Return a text for each item of a list that has to have more than one page. */
    private static <T> List<String> readPages(PagedIterable<T> list, Function<T, String> text) {
        List<List<String>> pages = list.streamByPage(PAGE_SIZE)
            .map(page -> page.getValue().stream().map(text).toList())
            .toList();
        Expect.moreThanOnePage(pages.size());
        return pages.stream().flatMap(List::stream).toList();
    }
}
