package samples;

import com.azure.containers.containerregistry.ContainerRegistryContentClient;
import com.azure.containers.containerregistry.models.UploadRegistryBlobResult;
import com.azure.core.util.BinaryData;
import java.util.Arrays;
import java.util.Random;

/** Blobs of unusual sizes. */
final class Blobs {

    private final Registry registry;

    Blobs(Registry registry) {
        this.registry = registry;
    }

    static byte[] nineMebibytes() {
        byte[] bytes = new byte[9 << 20];
        new Random(0).nextBytes(bytes);
        return bytes;
    }

    void large() {
        ContainerRegistryContentClient client = registry.content("samples/blob");
        byte[] bytes = nineMebibytes();

        UploadRegistryBlobResult blob = client.uploadBlob(BinaryData.fromBytes(bytes));

        Expect.equal("digest", blob.getDigest(), Content.digestOf(bytes));
        Expect.equal("same bytes", Arrays.equals(Content.pullBlob(client, blob.getDigest()), bytes), true);
    }

    /** The client downloads ranges only, and no range of an empty blob can be satisfied. */
    void empty() {
        ContainerRegistryContentClient client = registry.content("samples/blob");

        UploadRegistryBlobResult blob = client.uploadBlob(BinaryData.fromBytes(new byte[0]));

        Expect.equal("digest", blob.getDigest(), Content.digestOf(new byte[0]));
        Expect.equal("size", blob.getSizeInBytes(), 0L);
        Expect.status(416, () -> Content.pullBlob(client, blob.getDigest()));
    }
}
