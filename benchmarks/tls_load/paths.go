package main

import (
	"fmt"
	"net/url"
)

// repositories is the number of repositories, each of which has several clients that push to it.
const repositories = 8

func repositoryOf(client int) string {
	return fmt.Sprintf("load/repository-%d", client%repositories)
}

// tagOf returns tags whose order in a list is that of the clients, then of the numbers.
func tagOf(client, number int) string { return fmt.Sprintf("c%03d-v%06d", client, number) }

func (i image) manifestPath(reference string) string {
	return "/v2/" + i.repository + "/manifests/" + reference
}

func blobPath(repository, digest string) string {
	return "/v2/" + repository + "/blobs/" + digest
}

// withDigest returns the location of an upload with the digest that ends it.
func withDigest(location, digest string) (string, error) {
	target, err := url.Parse(location)
	if err != nil {
		return "", err
	}
	query := target.Query()
	query.Set("digest", digest)
	target.RawQuery = query.Encode()
	return target.String(), nil
}
