package images

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"
)

type object = map[string]any

func newClient(t *testing.T, r *registry, credential azcore.TokenCredential) *azcontainerregistry.Client {
	t.Helper()
	options := azcontainerregistry.ClientOptions{ClientOptions: r.options()}
	client, err := azcontainerregistry.NewClient(r.url, credential, &options)
	check(t, err)
	return client
}

func TestTagsAreListed(t *testing.T) {
	registry := startRegistry(t)
	registry.control(t, "POST", "images", object{"name": "samples/hello:1.0"}, nil)

	tags, err := Tags(context.Background(), newClient(t, registry, fixedToken{}), "samples/hello")
	check(t, err)
	expectEqual(t, []string{"1.0"}, tags)
}

func TestFirstAttemptFails(t *testing.T) {
	registry := startRegistry(t)
	registry.control(t, "POST", "images", object{"name": "samples/hello:1.0"}, nil)
	effect := object{"name": "refuse", "status": 503}
	var fault struct {
		ID       string
		Hits     int
		IdleHits int `json:"idle_hits"`
	}
	registry.control(t, "POST", "faults", object{"endpoint": "acr.tags.list", "times": 1, "effect": effect}, &fault)

	_, err := Tags(context.Background(), newClient(t, registry, fixedToken{}), "samples/hello")
	check(t, err)
	registry.control(t, "GET", "faults/"+fault.ID, nil, &fault)
	expectEqual(t, []int{1, 0}, []int{fault.Hits, fault.IdleHits})

	var refused struct{ Count int }
	registry.control(t, "GET", "requests/count?endpoint=acr.tags.list&status=503", nil, &refused)
	expectEqual(t, 1, refused.Count)
}

func TestResetRemovesImages(t *testing.T) {
	registry := startRegistry(t)
	registry.control(t, "POST", "images", object{"name": "samples/hello:1.0"}, nil)
	registry.control(t, "POST", "reset", nil, nil)

	_, err := Tags(context.Background(), newClient(t, registry, fixedToken{}), "samples/hello")
	var answer *azcore.ResponseError
	if !errors.As(err, &answer) || answer.StatusCode != http.StatusNotFound {
		t.Fatalf("expected an answer with status 404, because the repository is gone, found %v", err)
	}
}

func TestLoginWithEntra(t *testing.T) {
	registry := startRegistry(t, "--service-principal", "app:secret")
	registry.control(t, "POST", "images", object{"name": "samples/hello:1.0"}, nil)
	registry.control(t, "POST", "roles", object{"principal": "app", "role": "AcrPull"}, nil)

	options := azidentity.ClientSecretCredentialOptions{ClientOptions: registry.options(), DisableInstanceDiscovery: true}
	options.Cloud = cloud.Configuration{ActiveDirectoryAuthorityHost: registry.entra}
	credential, err := azidentity.NewClientSecretCredential(registry.tenant, "app", "secret", &options)
	check(t, err)

	tags, err := Tags(context.Background(), newClient(t, registry, credential), "samples/hello")
	check(t, err)
	expectEqual(t, []string{"1.0"}, tags)
}
