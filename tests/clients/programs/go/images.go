package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"
)

const dockerManifestListType = azcontainerregistry.ContentType(
	"application/vnd.docker.distribution.manifest.list.v2+json")

func uploadImage(ctx context.Context, reg *registry) error {
	data, err := reg.pushImage(ctx, "samples/hello", "1.0", "the first layer", "the second layer")
	if err != nil {
		return err
	}
	tag, err := reg.GetTagProperties(ctx, "samples/hello", "1.0", nil)
	if err != nil {
		return err
	}
	return expect("digest of the tag", *tag.Tag.Digest, digestOf(data))
}

func downloadImage(ctx context.Context, reg *registry) error {
	data, err := reg.pullManifest(ctx, "samples/hello", "1.0", ociManifest)
	if err != nil {
		return err
	}
	again, err := reg.pullManifest(ctx, "samples/hello", digestOf(data), ociManifest)
	if err != nil {
		return err
	}

	var image manifest
	if err := json.Unmarshal(data, &image); err != nil {
		return err
	}
	config, err := reg.pullBlob(ctx, "samples/hello", image.Config.Digest)
	if err != nil {
		return err
	}
	var layers []string
	for _, layer := range image.Layers {
		text, err := reg.pullBlob(ctx, "samples/hello", layer.Digest)
		if err != nil {
			return err
		}
		layers = append(layers, string(text))
	}

	return errors.Join(
		expect("manifest by digest", string(again), string(data)),
		expect("config", string(config), `{"architecture":"amd64","os":"linux"}`),
		expectList("layers", layers, []string{"the first layer", "the second layer"}),
	)
}

func dockerManifestList(ctx context.Context, reg *registry) error {
	var children []descriptor
	for _, architecture := range []string{"amd64", "arm64"} {
		child, err := reg.pushDockerImage(ctx, "samples/list", platform{architecture, "linux"})
		if err != nil {
			return err
		}
		children = append(children, child)
	}
	list := map[string]any{
		"schemaVersion": 2,
		"mediaType":     dockerManifestListType,
		"manifests":     children,
	}
	data, err := reg.pushManifest(ctx, "samples/list", "1.0", dockerManifestListType, list)
	if err != nil {
		return err
	}

	pulled, err := reg.pullManifest(ctx, "samples/list", "1.0", dockerManifestListType)
	if err != nil {
		return err
	}
	found, err := reg.GetManifestProperties(ctx, "samples/list", digestOf(data), nil)
	if err != nil {
		return err
	}
	return errors.Join(
		expect("manifest list", string(pulled), string(data)),
		expect("media type", *found.Manifest.MediaType, string(dockerManifestListType)),
		expect("images of the list", len(found.Manifest.RelatedArtifacts), len(children)),
	)
}

// pushDockerImage uploads an image without a tag and returns its descriptor in a manifest list.
func (reg *registry) pushDockerImage(ctx context.Context, repository string, target platform) (descriptor, error) {
	text, err := json.Marshal(target)
	if err != nil {
		return descriptor{}, err
	}
	config, err := reg.pushBlob(ctx, repository, "application/vnd.docker.container.image.v1+json", text)
	if err != nil {
		return descriptor{}, err
	}
	layer, err := reg.pushBlob(ctx, repository, "application/vnd.docker.image.rootfs.diff.tar", []byte("a layer"))
	if err != nil {
		return descriptor{}, err
	}

	image := manifest{2, string(dockerManifest), config, []descriptor{layer}}
	data, err := json.Marshal(image)
	if err != nil {
		return descriptor{}, err
	}
	_, err = reg.pushManifest(ctx, repository, digestOf(data), dockerManifest, image)
	return descriptor{string(dockerManifest), digestOf(data), int64(len(data)), &target}, err
}

// A client that does not know the type of a manifest accepts several, and finds the type in the manifest.
func unknownManifestType(ctx context.Context, reg *registry) error {
	several := azcontainerregistry.ContentType(fmt.Sprintf("%s, %s", ociManifest, dockerManifestListType))
	for repository, expected := range map[string]azcontainerregistry.ContentType{
		"samples/hello": ociManifest,
		"samples/list":  dockerManifestListType,
	} {
		data, err := reg.pullManifest(ctx, repository, "1.0", several)
		if err != nil {
			return err
		}
		var found struct {
			MediaType string `json:"mediaType"`
		}
		if err := json.Unmarshal(data, &found); err != nil {
			return err
		}
		if err := expect("type of "+repository, found.MediaType, string(expected)); err != nil {
			return err
		}
	}
	return reg.checkWrongTypes(ctx)
}

// checkWrongTypes uploads an image under a type that the registry does not know, and under one that the image does not
// have. It downloads one by a client that accepts another type alone.
func (reg *registry) checkWrongTypes(ctx context.Context) error {
	data, err := reg.pushImage(ctx, "samples/unknown", "1.0", "a layer")
	if err != nil {
		return err
	}
	unknown := azcontainerregistry.ContentType("application/vnd.example.manifest.v1+json")
	_, unknownErr := reg.pushManifest(ctx, "samples/unknown", "2.0", unknown, json.RawMessage(data))
	_, wrongErr := reg.pushManifest(ctx, "samples/unknown", "2.0", dockerManifest, json.RawMessage(data))
	_, pullErr := reg.pullManifest(ctx, "samples/unknown", "1.0", unknown)
	return errors.Join(
		expectStatus(unknownErr, http.StatusBadRequest),
		expectStatus(wrongErr, http.StatusBadRequest),
		expectStatus(pullErr, http.StatusNotFound),
	)
}

func deleteManifest(ctx context.Context, reg *registry) error {
	data, err := reg.pushImage(ctx, "samples/delete", "1.0", "a layer")
	if err != nil {
		return err
	}
	if _, err := reg.DeleteManifest(ctx, "samples/delete", digestOf(data), nil); err != nil {
		return err
	}

	_, byDigest := reg.pullManifest(ctx, "samples/delete", digestOf(data), ociManifest)
	_, byTag := reg.pullManifest(ctx, "samples/delete", "1.0", ociManifest)
	return errors.Join(
		expectStatus(byDigest, http.StatusNotFound),
		expectStatus(byTag, http.StatusNotFound),
	)
}

func deleteBlobs(ctx context.Context, reg *registry) error {
	data, err := reg.pushImage(ctx, "samples/blobs", "1.0", "one layer", "another layer")
	if err != nil {
		return err
	}
	var image manifest
	if err := json.Unmarshal(data, &image); err != nil {
		return err
	}

	for _, part := range append(image.Layers, image.Config) {
		if _, err := reg.blobs.DeleteBlob(ctx, "samples/blobs", part.Digest, nil); err != nil {
			return err
		}
		_, err := reg.blobs.CheckBlobExists(ctx, "samples/blobs", part.Digest, nil)
		if err := expectStatus(err, http.StatusNotFound); err != nil {
			return err
		}
	}
	return nil
}

func deleteRepository(ctx context.Context, reg *registry) error {
	if _, err := reg.pushImage(ctx, "samples/gone", "1.0", "a layer"); err != nil {
		return err
	}
	if _, err := reg.DeleteRepository(ctx, "samples/gone", nil); err != nil {
		return err
	}

	_, properties := reg.GetRepositoryProperties(ctx, "samples/gone", nil)
	_, pull := reg.pullManifest(ctx, "samples/gone", "1.0", ociManifest)
	return errors.Join(
		expectStatus(properties, http.StatusNotFound),
		expectStatus(pull, http.StatusNotFound),
	)
}
