package samples;

import com.azure.containers.containerregistry.models.ArtifactManifestProperties;
import com.azure.containers.containerregistry.models.ArtifactTagProperties;
import com.azure.containers.containerregistry.models.ContainerRepositoryProperties;

/** The attributes that can be changed. The library has a class for repositories, one for manifests, one for tags. */
record Attributes(boolean delete, boolean write, boolean list, boolean read) {

    static Attributes all(boolean enabled) {
        return new Attributes(enabled, enabled, enabled, enabled);
    }

    static Attributes of(ContainerRepositoryProperties found) {
        return new Attributes(
            found.isDeleteEnabled(), found.isWriteEnabled(), found.isListEnabled(), found.isReadEnabled());
    }

    static Attributes of(ArtifactManifestProperties found) {
        return new Attributes(
            found.isDeleteEnabled(), found.isWriteEnabled(), found.isListEnabled(), found.isReadEnabled());
    }

    static Attributes of(ArtifactTagProperties found) {
        return new Attributes(
            found.isDeleteEnabled(), found.isWriteEnabled(), found.isListEnabled(), found.isReadEnabled());
    }

    static ContainerRepositoryProperties ofRepository(boolean enabled) {
        return new ContainerRepositoryProperties()
            .setDeleteEnabled(enabled)
            .setWriteEnabled(enabled)
            .setListEnabled(enabled)
            .setReadEnabled(enabled);
    }

    static ArtifactManifestProperties ofManifest(boolean enabled) {
        return new ArtifactManifestProperties()
            .setDeleteEnabled(enabled)
            .setWriteEnabled(enabled)
            .setListEnabled(enabled)
            .setReadEnabled(enabled);
    }

    static ArtifactTagProperties ofTag(boolean enabled) {
        return new ArtifactTagProperties()
            .setDeleteEnabled(enabled)
            .setWriteEnabled(enabled)
            .setListEnabled(enabled)
            .setReadEnabled(enabled);
    }
}
