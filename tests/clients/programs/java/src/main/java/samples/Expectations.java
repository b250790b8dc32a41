package samples;

import com.azure.containers.containerregistry.models.ArtifactArchitecture;
import com.azure.containers.containerregistry.models.ArtifactManifestProperties;
import com.azure.containers.containerregistry.models.ArtifactOperatingSystem;
import com.azure.containers.containerregistry.models.ArtifactTagProperties;
import com.azure.containers.containerregistry.models.ContainerRepositoryProperties;
import com.azure.containers.containerregistry.models.OciImageManifest;
import com.azure.core.util.BinaryData;
import java.util.List;

/** The properties of a repository that has one image with one layer and the tag 1.0. */
final class Expectations {

    private Expectations() {}

    static void ofRepository(ContainerRepositoryProperties found, String name) {
        Expect.equal("name of the repository", found.getName(), name);
        Expect.equal("number of manifests", found.getManifestCount(), 1);
        Expect.equal("number of tags", found.getTagCount(), 1);
        Expect.equal("updated before created", found.getLastUpdatedOn().isBefore(found.getCreatedOn()), false);
        Expect.equal("attributes", Attributes.of(found), Attributes.all(true));
    }

    static void ofManifest(ArtifactManifestProperties found, String digest, BinaryData manifest) {
        OciImageManifest image = manifest.toObject(OciImageManifest.class);
        long size = manifest.getLength()
            + image.getConfiguration().getSizeInBytes()
            + image.getLayers().get(0).getSizeInBytes();

        Expect.equal("digest of the manifest", found.getDigest(), digest);
        Expect.equal("size of the image", found.getSizeInBytes(), size);
        Expect.equal("architecture", found.getArchitecture(), ArtifactArchitecture.AMD64);
        Expect.equal("operating system", found.getOperatingSystem(), ArtifactOperatingSystem.LINUX);
        Expect.equal("tags of the manifest", found.getTags(), List.of("1.0"));
        Expect.equal("attributes", Attributes.of(found), Attributes.all(true));
    }

    static void ofTag(ArtifactTagProperties found, String repository, String digest) {
        Expect.equal("name of the tag", found.getName(), "1.0");
        Expect.equal("digest of the tag", found.getDigest(), digest);
        Expect.equal("repository of the tag", found.getRepositoryName(), repository);
        Expect.equal("attributes", Attributes.of(found), Attributes.all(true));
    }
}
