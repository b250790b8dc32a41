package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"
)

// attributes are those of a repository, a manifest or a tag, which have a type of their own each.
type attributes struct {
	canDelete, canList, canRead, canWrite bool
}

func properties(ctx context.Context, reg *registry) error {
	data, err := reg.pushImage(ctx, "samples/properties", "1.0", "a layer")
	if err != nil {
		return err
	}
	return errors.Join(
		reg.checkRepository(ctx, "samples/properties"),
		reg.checkManifest(ctx, "samples/properties", data),
		reg.checkTag(ctx, "samples/properties", data),
	)
}

func (reg *registry) checkRepository(ctx context.Context, name string) error {
	found, err := reg.GetRepositoryProperties(ctx, name, nil)
	if err != nil {
		return err
	}
	return errors.Join(
		expect("name of the repository", *found.Name, name),
		expect("number of manifests", *found.ManifestCount, 1),
		expect("number of tags", *found.TagCount, 1),
		expect("updated before it was created", found.LastUpdatedOn.Before(*found.CreatedOn), false),
	)
}

func (reg *registry) checkManifest(ctx context.Context, repository string, data []byte) error {
	var image manifest
	if err := json.Unmarshal(data, &image); err != nil {
		return err
	}
	size := int64(len(data)) + image.Config.Size + image.Layers[0].Size

	answer, err := reg.GetManifestProperties(ctx, repository, digestOf(data), nil)
	if err != nil {
		return err
	}
	found := answer.Manifest
	return errors.Join(
		expect("digest of the manifest", *found.Digest, digestOf(data)),
		expect("size of the image", *found.Size, size),
		expect("media type", *found.MediaType, string(ociManifest)),
		expect("media type of the config", *found.ConfigMediaType, ociConfig),
		expect("architecture", *found.Architecture, azcontainerregistry.ArtifactArchitectureAmd64),
		expect("operating system", *found.OperatingSystem, azcontainerregistry.ArtifactOperatingSystemLinux),
		expectList("tags of the manifest", values(found.Tags), []string{"1.0"}),
	)
}

func (reg *registry) checkTag(ctx context.Context, repository string, data []byte) error {
	found, err := reg.GetTagProperties(ctx, repository, "1.0", nil)
	if err != nil {
		return err
	}
	return errors.Join(
		expect("name of the tag", *found.Tag.Name, "1.0"),
		expect("digest of the tag", *found.Tag.Digest, digestOf(data)),
		expect("repository of the tag", *found.RepositoryName, repository),
	)
}

func updateProperties(ctx context.Context, reg *registry) error {
	const repository = "samples/updates"
	data, err := reg.pushImage(ctx, repository, "1.0", "a layer")
	if err != nil {
		return err
	}
	for _, each := range []attributes{{}, {true, true, true, true}} {
		manifest, err := reg.setManifest(ctx, repository, digestOf(data), each)
		if err != nil {
			return fmt.Errorf("manifest: %w", err)
		}
		tag, err := reg.setTag(ctx, repository, "1.0", each)
		if err != nil {
			return fmt.Errorf("tag: %w", err)
		}
		found, err := reg.setRepository(ctx, repository, each)
		if err != nil {
			return fmt.Errorf("repository: %w", err)
		}
		if err := errors.Join(
			expect("attributes of the manifest", manifest, each),
			expect("attributes of the tag", tag, each),
			expect("attributes of the repository", found, each),
		); err != nil {
			return err
		}
	}
	return nil
}

// setManifest changes the attributes of a manifest and returns those that the registry then has.
func (reg *registry) setManifest(ctx context.Context, repository, digest string, a attributes) (attributes, error) {
	value := azcontainerregistry.ManifestWriteableProperties{
		CanDelete: &a.canDelete, CanList: &a.canList, CanRead: &a.canRead, CanWrite: &a.canWrite,
	}
	options := azcontainerregistry.ClientUpdateManifestPropertiesOptions{Value: &value}
	if _, err := reg.UpdateManifestProperties(ctx, repository, digest, &options); err != nil {
		return attributes{}, err
	}
	answer, err := reg.GetManifestProperties(ctx, repository, digest, nil)
	if err != nil {
		return attributes{}, err
	}
	found := answer.Manifest.ChangeableAttributes
	return attributes{*found.CanDelete, *found.CanList, *found.CanRead, *found.CanWrite}, nil
}

func (reg *registry) setTag(ctx context.Context, repository, tag string, a attributes) (attributes, error) {
	value := azcontainerregistry.TagWriteableProperties{
		CanDelete: &a.canDelete, CanList: &a.canList, CanRead: &a.canRead, CanWrite: &a.canWrite,
	}
	options := azcontainerregistry.ClientUpdateTagPropertiesOptions{Value: &value}
	if _, err := reg.UpdateTagProperties(ctx, repository, tag, &options); err != nil {
		return attributes{}, err
	}
	answer, err := reg.GetTagProperties(ctx, repository, tag, nil)
	if err != nil {
		return attributes{}, err
	}
	found := answer.Tag.ChangeableAttributes
	return attributes{*found.CanDelete, *found.CanList, *found.CanRead, *found.CanWrite}, nil
}

func (reg *registry) setRepository(ctx context.Context, name string, a attributes) (attributes, error) {
	value := azcontainerregistry.RepositoryWriteableProperties{
		CanDelete: &a.canDelete, CanList: &a.canList, CanRead: &a.canRead, CanWrite: &a.canWrite,
	}
	options := azcontainerregistry.ClientUpdateRepositoryPropertiesOptions{Value: &value}
	if _, err := reg.UpdateRepositoryProperties(ctx, name, &options); err != nil {
		return attributes{}, err
	}
	answer, err := reg.GetRepositoryProperties(ctx, name, nil)
	if err != nil {
		return attributes{}, err
	}
	found := answer.ChangeableAttributes
	return attributes{*found.CanDelete, *found.CanList, *found.CanRead, *found.CanWrite}, nil
}

func lockRefusesDelete(ctx context.Context, reg *registry) error {
	const repository = "samples/locks"
	data, err := reg.pushImage(ctx, repository, "1.0", "a layer")
	if err != nil {
		return err
	}
	if err := reg.lock(ctx, repository, "1.0", digestOf(data), true); err != nil {
		return err
	}
	_, tagErr := reg.DeleteTag(ctx, repository, "1.0", nil)
	_, manifestErr := reg.DeleteManifest(ctx, repository, digestOf(data), nil)
	if err := errors.Join(
		expectStatus(tagErr, http.StatusMethodNotAllowed),
		expectStatus(manifestErr, http.StatusMethodNotAllowed),
	); err != nil {
		return err
	}

	if err := reg.lock(ctx, repository, "1.0", digestOf(data), false); err != nil {
		return err
	}
	if _, err := reg.DeleteTag(ctx, repository, "1.0", nil); err != nil {
		return err
	}
	_, err = reg.DeleteManifest(ctx, repository, digestOf(data), nil)
	return err
}

// lock says of a tag and its manifest whether they may be deleted.
func (reg *registry) lock(ctx context.Context, repository, tag, digest string, locked bool) error {
	_, err := reg.UpdateTagProperties(ctx, repository, tag, &azcontainerregistry.ClientUpdateTagPropertiesOptions{
		Value: &azcontainerregistry.TagWriteableProperties{CanDelete: to.Ptr(!locked)},
	})
	if err != nil {
		return err
	}
	_, err = reg.UpdateManifestProperties(ctx, repository, digest,
		&azcontainerregistry.ClientUpdateManifestPropertiesOptions{
			Value: &azcontainerregistry.ManifestWriteableProperties{CanDelete: to.Ptr(!locked)},
		})
	return err
}
