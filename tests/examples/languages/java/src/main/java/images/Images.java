package images;

import com.azure.containers.containerregistry.ContainerRegistryClient;
import java.util.List;

/** The code under test. */
final class Images {
    private Images() {}

    /** Returns all tags of a repository. */
    static List<String> tags(ContainerRegistryClient client, String repository) {
        return client.getRepository(repository).listManifestProperties().stream()
                .flatMap(manifest -> manifest.getTags().stream())
                .toList();
    }
}
