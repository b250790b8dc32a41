package samples;

import com.azure.containers.containerregistry.ContainerRegistryContentClient;
import com.azure.containers.containerregistry.ContainerRepository;

/** Callers without a credential or a role, and requests that the registry refuses at first. */
final class Access {

    static final int MINUTES_UNTIL_EXPIRED = 80;

    private final Registry registry;

    Access(Registry registry) {
        this.registry = registry;
    }

    void anonymousPull() {
        Control.open().pushImage("samples/open:1.0");
        ContainerRegistryContentClient anonymous = Registry.open().content("samples/open");

        anonymous.getManifest("1.0");

        Expect.status(401, () -> Content.pushImage(anonymous, "2.0", "a layer"));
    }

    void roleNotEnough() {
        String digest = Content.pushImage(registry.content("samples/roles"), "1.0", "a layer");
        ContainerRegistryContentClient reader = Registry.ofReader().content("samples/roles");

        reader.getManifest("1.0");

        Expect.status(401, () -> Content.pushImage(reader, "2.0", "a layer"));
        Expect.status(401, () -> reader.deleteManifest(digest));
    }

    void retryAfter429() {
        Control control = Control.ofRegistry();
        String fault = control.throttleOnce("acr.repository.get");

        registry.client().getRepository("samples/hello").getProperties();

        Expect.equal("requests that were throttled", control.hits(fault), 1);
    }

    /**
     * An access token lives for 75 minutes. The client keeps it for as long as the clock of this machine says, which
     * does not move with that of the registry: only a new client, with a new credential, logs in again.
     */
    void expiredToken() {
        ContainerRepository repository = registry.client().getRepository("samples/hello");
        repository.getProperties();
        Control.ofRegistry().advanceMinutes(MINUTES_UNTIL_EXPIRED);

        Expect.status(401, repository::getProperties);

        Registry.ofApplication().client().getRepository("samples/hello").getProperties();
    }
}
