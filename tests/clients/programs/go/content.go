package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"
)

const (
	dockerManifest = azcontainerregistry.ContentTypeApplicationVndDockerDistributionManifestV2JSON
	ociManifest    = azcontainerregistry.ContentTypeApplicationVndOciImageManifestV1JSON

	ociConfig = "application/vnd.oci.image.config.v1+json"
	ociLayer  = "application/vnd.oci.image.layer.v1.tar"

	chunkSize = 4 << 20
)

type descriptor struct {
	MediaType string    `json:"mediaType"`
	Digest    string    `json:"digest"`
	Size      int64     `json:"size"`
	Platform  *platform `json:"platform,omitempty"`
}

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        descriptor   `json:"config"`
	Layers        []descriptor `json:"layers"`
}

// pushImage uploads a config and a layer for each text, then their manifest under the tag, and returns the manifest's
// bytes.
func (reg *registry) pushImage(ctx context.Context, repository, tag string, layers ...string) ([]byte, error) {
	config, err := reg.pushBlob(ctx, repository, ociConfig, []byte(`{"architecture":"amd64","os":"linux"}`))
	if err != nil {
		return nil, err
	}

	image := manifest{SchemaVersion: 2, MediaType: string(ociManifest), Config: config}
	for _, text := range layers {
		layer, err := reg.pushBlob(ctx, repository, ociLayer, []byte(text))
		if err != nil {
			return nil, err
		}
		image.Layers = append(image.Layers, layer)
	}
	return reg.pushManifest(ctx, repository, tag, ociManifest, image)
}

// pushBlob uploads a blob in chunks and returns its descriptor. An empty blob has no chunk.
func (reg *registry) pushBlob(ctx context.Context, repository, mediaType string, data []byte) (descriptor, error) {
	upload, err := reg.blobs.StartUpload(ctx, repository, nil)
	if err != nil {
		return descriptor{}, err
	}

	location := *upload.Location
	calculator := azcontainerregistry.NewBlobDigestCalculator()
	for start := 0; start < len(data); start += chunkSize {
		end := min(start+chunkSize, len(data))
		chunk, err := reg.blobs.UploadChunk(ctx, location, bytes.NewReader(data[start:end]), calculator,
			&azcontainerregistry.BlobClientUploadChunkOptions{
				RangeStart: to.Ptr(int32(start)),
				RangeEnd:   to.Ptr(int32(end - 1)),
			})
		if err != nil {
			return descriptor{}, err
		}
		location = *chunk.Location
	}

	completed, err := reg.blobs.CompleteUpload(ctx, location, calculator, nil)
	if err != nil {
		return descriptor{}, err
	}
	return descriptor{MediaType: mediaType, Digest: *completed.DockerContentDigest, Size: int64(len(data))}, nil
}

// pushManifest uploads a manifest as JSON, compares its digest, and returns the bytes.
func (reg *registry) pushManifest(
	ctx context.Context,
	repository, reference string,
	mediaType azcontainerregistry.ContentType,
	content any,
) ([]byte, error) {
	data, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	body := streaming.NopCloser(bytes.NewReader(data))
	answer, err := reg.UploadManifest(ctx, repository, reference, mediaType, body, nil)
	if err != nil {
		return nil, err
	}
	return data, expect("digest of the manifest", *answer.DockerContentDigest, digestOf(data))
}

// pullManifest returns the bytes of a manifest, whose digest is verified.
func (reg *registry) pullManifest(
	ctx context.Context,
	repository, reference string,
	mediaType azcontainerregistry.ContentType,
) ([]byte, error) {
	options := azcontainerregistry.ClientGetManifestOptions{Accept: to.Ptr(string(mediaType))}
	answer, err := reg.GetManifest(ctx, repository, reference, &options)
	if err != nil {
		return nil, err
	}
	defer answer.ManifestData.Close()
	return readVerified(answer.ManifestData, *answer.DockerContentDigest)
}

// pullBlob returns the bytes of a blob, whose digest is verified.
func (reg *registry) pullBlob(ctx context.Context, repository, digest string) ([]byte, error) {
	answer, err := reg.blobs.GetBlob(ctx, repository, digest, nil)
	if err != nil {
		return nil, err
	}
	defer answer.BlobData.Close()
	return readVerified(answer.BlobData, digest)
}

func readVerified(body io.Reader, digest string) ([]byte, error) {
	reader, err := azcontainerregistry.NewDigestValidationReader(digest, body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}

func digestOf(data []byte) string {
	return fmt.Sprintf("sha256:%x", sha256.Sum256(data))
}

// expect returns an error unless both values are equal.
func expect[T comparable](name string, actual, expected T) error {
	if actual != expected {
		return fmt.Errorf("%s: expected %v, got %v", name, expected, actual)
	}
	return nil
}

// expectStatus returns an error unless err is the answer of the registry with this status.
func expectStatus(err error, status int) error {
	var answer *azcore.ResponseError
	if errors.As(err, &answer) && answer.StatusCode == status {
		return nil
	}
	return fmt.Errorf("expected an answer with status %d, got %w", status, err)
}
