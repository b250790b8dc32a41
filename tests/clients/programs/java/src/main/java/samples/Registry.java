package samples;

import com.azure.containers.containerregistry.ContainerRegistryAsyncClient;
import com.azure.containers.containerregistry.ContainerRegistryClient;
import com.azure.containers.containerregistry.ContainerRegistryClientBuilder;
import com.azure.containers.containerregistry.ContainerRegistryContentAsyncClient;
import com.azure.containers.containerregistry.ContainerRegistryContentClient;
import com.azure.containers.containerregistry.ContainerRegistryContentClientBuilder;
import com.azure.core.credential.TokenCredential;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.azure.identity.DefaultAzureCredentialBuilder;

/** A registry and a caller. Without a credential the caller is anonymous. */
record Registry(String url, TokenCredential credential) {

    /** The first registry, for the principal that azure-identity finds in the environment. */
    static Registry ofApplication() {
        // The authority is not Microsoft's: it is asked for tokens only without instance discovery.
        TokenCredential credential = new DefaultAzureCredentialBuilder().disableInstanceDiscovery().build();
        return new Registry(System.getenv("REGISTRY_URL"), credential);
    }

    /** The first registry, for a principal that may only pull. */
    static Registry ofReader() {
        TokenCredential credential = new ClientSecretCredentialBuilder()
            .tenantId(System.getenv("AZURE_TENANT_ID"))
            .clientId(System.getenv("READER_CLIENT_ID"))
            .clientSecret(System.getenv("READER_CLIENT_SECRET"))
            .disableInstanceDiscovery()
            .build();
        return new Registry(System.getenv("REGISTRY_URL"), credential);
    }

    /** The registry that allows anonymous pull. */
    static Registry open() {
        return new Registry(System.getenv("OPEN_REGISTRY_URL"), null);
    }

    ContainerRegistryClient client() {
        return clientBuilder().buildClient();
    }

    ContainerRegistryAsyncClient asyncClient() {
        return clientBuilder().buildAsyncClient();
    }

    ContainerRegistryContentClient content(String repository) {
        return contentBuilder(repository).buildClient();
    }

    ContainerRegistryContentAsyncClient asyncContent(String repository) {
        return contentBuilder(repository).buildAsyncClient();
    }

    private ContainerRegistryClientBuilder clientBuilder() {
        return new ContainerRegistryClientBuilder().endpoint(url).credential(credential);
    }

    private ContainerRegistryContentClientBuilder contentBuilder(String repository) {
        return new ContainerRegistryContentClientBuilder()
            .endpoint(url)
            .credential(credential)
            .repositoryName(repository);
    }
}
