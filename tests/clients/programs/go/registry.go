package main

import (
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"
)

// registry holds both clients of one registry: one for images and their properties, one for blobs.
type registry struct {
	*azcontainerregistry.Client
	blobs *azcontainerregistry.BlobClient
}

// logIn returns the clients of the principal that azidentity finds in the environment.
func logIn() (*registry, error) {
	// An authority that is not Microsoft's is asked for tokens only without instance discovery.
	credential, err := azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{
		DisableInstanceDiscovery: true,
	})
	if err != nil {
		return nil, err
	}
	return connect(os.Getenv("REGISTRY_URL"), credential)
}

// logInAsReader returns the clients of a principal that may pull alone.
func logInAsReader() (*registry, error) {
	credential, err := azidentity.NewClientSecretCredential(
		os.Getenv("AZURE_TENANT_ID"),
		os.Getenv("READER_CLIENT_ID"),
		os.Getenv("READER_CLIENT_SECRET"),
		&azidentity.ClientSecretCredentialOptions{DisableInstanceDiscovery: true},
	)
	if err != nil {
		return nil, err
	}
	return connect(os.Getenv("REGISTRY_URL"), credential)
}

// connect returns the clients of the registry at a URL. Without a credential they are anonymous.
func connect(url string, credential azcore.TokenCredential) (*registry, error) {
	client, err := azcontainerregistry.NewClient(url, credential, nil)
	if err != nil {
		return nil, err
	}
	blobs, err := azcontainerregistry.NewBlobClient(url, credential, nil)
	if err != nil {
		return nil, err
	}
	return &registry{client, blobs}, nil
}
