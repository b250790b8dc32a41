// The samples of the Azure Container Registry module for Go, each with a check of what the registry answers.
//
// It needs the variables that ../run.py sets: the URLs of two registries, their CA certificate in SSL_CERT_FILE, and
// those of azidentity.
package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

type check struct {
	name string
	run  func(context.Context, *registry) error
}

// The last one moves the clock of the registry, after which tokens that a credential holds have expired.
var checks = []check{
	{"upload-image", uploadImage},
	{"download-image", downloadImage},
	{"docker-manifest-list", dockerManifestList},
	{"unknown-manifest-type", unknownManifestType},
	{"delete-manifest", deleteManifest},
	{"delete-blobs", deleteBlobs},
	{"list-repositories", listRepositories},
	{"list-tags", listTags},
	{"list-manifests", listManifests},
	{"properties", properties},
	{"update-properties", updateProperties},
	{"lock-refuses-delete", lockRefusesDelete},
	{"delete-repository", deleteRepository},
	{"blob-9-mib", largeBlob},
	{"blob-empty", emptyBlob},
	{"anonymous-pull", anonymousPull},
	{"role-not-enough", roleNotEnough},
	{"retry-after-429", retryAfter429},
	{"expired-token", expiredToken},
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()

	reg, err := logIn()
	if err != nil {
		fail("log in", err)
	}

	for _, check := range checks {
		if err := check.run(ctx, reg); err != nil {
			fail(check.name, err)
		}
		fmt.Println("ok", check.name)
	}
	fmt.Println(len(checks), "checks passed")
}

func fail(name string, err error) {
	fmt.Printf("%v\nFAILED %s\n", err, name)
	os.Exit(1)
}
