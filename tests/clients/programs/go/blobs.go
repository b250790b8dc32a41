package main

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
)

const blobType = "application/octet-stream"

func largeBlob(ctx context.Context, reg *registry) error {
	data := make([]byte, 9<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data)
	return reg.checkBlob(ctx, data)
}

func emptyBlob(ctx context.Context, reg *registry) error {
	return reg.checkBlob(ctx, nil)
}

// checkBlob uploads and downloads a blob, and compares its bytes.
func (reg *registry) checkBlob(ctx context.Context, data []byte) error {
	pushed, err := reg.pushBlob(ctx, "samples/blob", blobType, data)
	if err != nil {
		return err
	}
	pulled, err := reg.pullBlob(ctx, "samples/blob", pushed.Digest)
	if err != nil {
		return err
	}
	return errors.Join(
		expect("digest of the blob", pushed.Digest, digestOf(data)),
		expect("same bytes", bytes.Equal(pulled, data), true),
	)
}
