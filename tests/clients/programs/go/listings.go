package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"
)

var letters = []string{"a", "b", "c", "d", "e"}

func listRepositories(ctx context.Context, reg *registry) error {
	var expected []string
	for _, letter := range letters {
		name := "listed/" + letter
		if _, err := reg.pushImage(ctx, name, "1.0", "a layer"); err != nil {
			return err
		}
		expected = append(expected, name)
	}

	// The other checks have repositories as well: the list starts behind them.
	pager := reg.NewListRepositoriesPager(&azcontainerregistry.ClientListRepositoriesOptions{
		Last:   to.Ptr("listed"),
		MaxNum: to.Ptr(int32(2)),
	})
	names, pages, err := readPages(ctx, pager, func(page azcontainerregistry.ClientListRepositoriesResponse) []string {
		return values(page.Names)
	})
	if err != nil {
		return err
	}
	return errors.Join(
		expectList("repositories", names[:min(len(names), len(expected))], expected),
		expectMany(pages),
	)
}

func listTags(ctx context.Context, reg *registry) error {
	for _, letter := range letters {
		if _, err := reg.pushImage(ctx, "samples/tags", letter, "a layer"); err != nil {
			return err
		}
	}
	oldest := slices.Clone(letters)
	newest := slices.Clone(letters)
	slices.Reverse(newest)

	for order, expected := range map[azcontainerregistry.ArtifactTagOrderBy][]string{
		azcontainerregistry.ArtifactTagOrderByLastUpdatedOnAscending:  oldest,
		azcontainerregistry.ArtifactTagOrderByLastUpdatedOnDescending: newest,
	} {
		pager := reg.NewListTagsPager("samples/tags", &azcontainerregistry.ClientListTagsOptions{
			MaxNum:  to.Ptr(int32(2)),
			OrderBy: to.Ptr(order),
		})
		names, pages, err := readPages(ctx, pager, tagNames)
		if err != nil {
			return err
		}
		if err := errors.Join(expectList("tags", names, expected), expectMany(pages)); err != nil {
			return err
		}
	}
	return nil
}

func listManifests(ctx context.Context, reg *registry) error {
	var expected []string
	for _, letter := range letters {
		data, err := reg.pushImage(ctx, "samples/manifests", letter, "layer "+letter)
		if err != nil {
			return err
		}
		expected = append(expected, digestOf(data))
	}

	pager := reg.NewListManifestsPager("samples/manifests", &azcontainerregistry.ClientListManifestsOptions{
		MaxNum:  to.Ptr(int32(2)),
		OrderBy: to.Ptr(azcontainerregistry.ArtifactManifestOrderByLastUpdatedOnAscending),
	})
	digests, pages, err := readPages(ctx, pager, digestsOf)
	if err != nil {
		return err
	}
	return errors.Join(expectList("manifests", digests, expected), expectMany(pages))
}

// readPages returns the items of all pages, and how many pages there were.
func readPages[T any](ctx context.Context, pager *runtime.Pager[T], items func(T) []string) ([]string, int, error) {
	var found []string
	pages := 0
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, 0, err
		}
		found = append(found, items(page)...)
		pages++
	}
	return found, pages, nil
}

func tagNames(page azcontainerregistry.ClientListTagsResponse) []string {
	var names []string
	for _, tag := range page.Tags {
		names = append(names, *tag.Name)
	}
	return names
}

func digestsOf(page azcontainerregistry.ClientListManifestsResponse) []string {
	var digests []string
	for _, attributes := range page.Attributes {
		digests = append(digests, *attributes.Digest)
	}
	return digests
}

func values(pointers []*string) []string {
	var texts []string
	for _, pointer := range pointers {
		texts = append(texts, *pointer)
	}
	return texts
}

func expectList(name string, actual, expected []string) error {
	if !slices.Equal(actual, expected) {
		return fmt.Errorf("%s: expected %q, got %q", name, expected, actual)
	}
	return nil
}

func expectMany(pages int) error {
	if pages < 2 {
		return fmt.Errorf("expected more than one page, got %d", pages)
	}
	return nil
}
