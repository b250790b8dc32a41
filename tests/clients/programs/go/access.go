package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
)

func anonymousPull(ctx context.Context, _ *registry) error {
	open := os.Getenv("OPEN_REGISTRY_URL")
	var image struct {
		Digest string       `json:"digest"`
		Layers []descriptor `json:"layers"`
	}
	name := map[string]any{"name": "samples/open:1.0"}
	if err := control(ctx, http.MethodPost, open+"/_fake/images", name, &image); err != nil {
		return err
	}
	anonymous, err := connect(open, nil)
	if err != nil {
		return err
	}

	data, err := anonymous.pullManifest(ctx, "samples/open", "1.0", ociManifest)
	if err != nil {
		return err
	}
	for _, layer := range image.Layers {
		if _, err := anonymous.pullBlob(ctx, "samples/open", layer.Digest); err != nil {
			return err
		}
	}
	_, pushErr := anonymous.pushImage(ctx, "samples/open", "2.0", "a layer")
	return errors.Join(
		expect("digest of the image", digestOf(data), image.Digest),
		expectStatus(pushErr, http.StatusUnauthorized),
	)
}

func roleNotEnough(ctx context.Context, reg *registry) error {
	data, err := reg.pushImage(ctx, "samples/roles", "1.0", "a layer")
	if err != nil {
		return err
	}
	reader, err := logInAsReader()
	if err != nil {
		return err
	}

	if _, err := reader.pullManifest(ctx, "samples/roles", "1.0", ociManifest); err != nil {
		return err
	}
	_, pushErr := reader.pushImage(ctx, "samples/roles", "2.0", "a layer")
	_, deleteErr := reader.DeleteManifest(ctx, "samples/roles", digestOf(data), nil)
	return errors.Join(
		expectStatus(pushErr, http.StatusUnauthorized),
		expectStatus(deleteErr, http.StatusUnauthorized),
	)
}

func retryAfter429(ctx context.Context, reg *registry) error {
	faults := os.Getenv("REGISTRY_URL") + "/_fake/faults"
	throttled := map[string]any{
		"endpoint": "acr.repository.get",
		"times":    1,
		"effect":   map[string]any{"name": "refuse", "status": http.StatusTooManyRequests, "retry_after": 1},
	}
	var added fault
	if err := control(ctx, http.MethodPost, faults, throttled, &added); err != nil {
		return err
	}

	if _, err := reg.GetRepositoryProperties(ctx, "samples/hello", nil); err != nil {
		return err
	}

	var struck fault
	if err := control(ctx, http.MethodGet, faults+"/"+added.ID, nil, &struck); err != nil {
		return err
	}
	return errors.Join(
		expect("requests that were throttled", struck.Hits, 1),
		expect("requests that were not changed", struck.IdleHits, 0),
	)
}

// The access token lives for 75 minutes, and the refresh token, which buys the next one, for longer.
func expiredToken(ctx context.Context, reg *registry) error {
	server := os.Getenv("REGISTRY_URL")
	if _, err := reg.GetRepositoryProperties(ctx, "samples/hello", nil); err != nil {
		return err
	}
	step := map[string]any{"advance_seconds": 80 * 60}
	if err := control(ctx, http.MethodPost, server+"/_fake/clock", step, nil); err != nil {
		return err
	}
	if err := control(ctx, http.MethodDelete, server+"/_fake/requests", nil, nil); err != nil {
		return err
	}

	if _, err := reg.GetRepositoryProperties(ctx, "samples/hello", nil); err != nil {
		return err
	}

	refused, err := countRequests(ctx, server, url.Values{"status": {"401"}})
	if err != nil {
		return err
	}
	return expect("requests with the expired token", refused, 1)
}
