// Package images is the code under test.
package images

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"
)

// Tags returns all tags of a repository.
func Tags(ctx context.Context, client *azcontainerregistry.Client, repository string) ([]string, error) {
	var tags []string
	pager := client.NewListTagsPager(repository, nil)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, tag := range page.Tags {
			tags = append(tags, *tag.Name)
		}
	}
	return tags, nil
}
