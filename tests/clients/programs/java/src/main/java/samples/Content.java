package samples;

import com.azure.containers.containerregistry.ContainerRegistryContentClient;
import com.azure.containers.containerregistry.models.OciDescriptor;
import com.azure.containers.containerregistry.models.OciImageManifest;
import com.azure.containers.containerregistry.models.UploadRegistryBlobResult;
import com.azure.core.util.BinaryData;
import java.io.ByteArrayOutputStream;
import java.nio.channels.Channels;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Images and blobs, uploaded and downloaded with the content client. */
final class Content {

    static final String CONFIG = "{\"architecture\":\"amd64\",\"os\":\"linux\"}";
    static final String CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
    static final String LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";

    private Content() {}

    /** Upload a config, a layer for each text, and their manifest under the tag. Return the manifest's digest. */
    static String pushImage(ContainerRegistryContentClient client, String tag, String... layers) {
        OciDescriptor config = pushPart(client, CONFIG_TYPE, CONFIG);
        List<OciDescriptor> parts = Stream.of(layers).map(text -> pushPart(client, LAYER_TYPE, text)).toList();
        return client.setManifest(manifest(config, parts), tag).getDigest();
    }

    /** Upload a blob and return its descriptor. */
    static OciDescriptor pushPart(ContainerRegistryContentClient client, String mediaType, String text) {
        return descriptor(mediaType, client.uploadBlob(BinaryData.fromString(text)));
    }

    static OciImageManifest manifest(OciDescriptor config, List<OciDescriptor> layers) {
        return new OciImageManifest().setSchemaVersion(2).setConfiguration(config).setLayers(layers);
    }

    static OciDescriptor descriptor(String mediaType, UploadRegistryBlobResult blob) {
        return new OciDescriptor()
            .setMediaType(mediaType)
            .setDigest(blob.getDigest())
            .setSizeInBytes(blob.getSizeInBytes());
    }

    /** Return the bytes of a blob. The client compares their digest. */
    static byte[] pullBlob(ContainerRegistryContentClient client, String digest) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        client.downloadStream(digest, Channels.newChannel(bytes));
        return bytes.toByteArray();
    }

    static String digestOf(byte[] bytes) {
        try {
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(bytes);
            return "sha256:" + HexFormat.of().formatHex(sum);
        } catch (NoSuchAlgorithmException error) {
            throw new IllegalStateException(error);
        }
    }
}
