package samples;

import com.azure.containers.containerregistry.models.ManifestMediaType;
import com.azure.containers.containerregistry.models.OciDescriptor;
import java.util.List;

/** Manifests of types that the library has no class for, as JSON. */
final class Manifests {

    static final ManifestMediaType DOCKER_LIST =
        ManifestMediaType.fromString("application/vnd.docker.distribution.manifest.list.v2+json");
    static final ManifestMediaType UNKNOWN =
        ManifestMediaType.fromString("application/vnd.example.manifest.v1+json");

    static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
    static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";

    static final List<Platform> PLATFORMS = List.of(new Platform("amd64", "linux"), new Platform("arm64", "linux"));

    private Manifests() {}

    record Platform(String architecture, String os) {
        String json() {
            return """
                {"architecture":"%s","os":"%s"}""".formatted(architecture, os);
        }
    }

    static String dockerImage(OciDescriptor config, OciDescriptor layer) {
        return """
            {"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}"""
            .formatted(ManifestMediaType.DOCKER_MANIFEST, json(config), json(layer));
    }

    static String list(List<String> children) {
        return """
            {"schemaVersion":2,"mediaType":"%s","manifests":[%s]}"""
            .formatted(DOCKER_LIST, String.join(",", children));
    }

    /** The descriptor of an image in a list. */
    static String child(String digest, int size, Platform platform) {
        return """
            {"mediaType":"%s","digest":"%s","size":%d,"platform":%s}"""
            .formatted(ManifestMediaType.DOCKER_MANIFEST, digest, size, platform.json());
    }

    private static String json(OciDescriptor part) {
        return """
            {"mediaType":"%s","digest":"%s","size":%d}"""
            .formatted(part.getMediaType(), part.getDigest(), part.getSizeInBytes());
    }
}
