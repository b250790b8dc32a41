package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	mib = 1 << 20
	// Of a client's rounds, one in so many pushes a blob of 1 to 4 MiB, and one in so many starts
	// with a new connection. A minute adds some hundred MiB to the registry.
	largeEvery      = 40
	connectionEvery = 20
	largeBytes      = 4 * mib
	chunkBytes      = mib
	smallBytes      = 2048

	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar"
	binaryType   = "application/octet-stream"
)

var acceptManifest = http.Header{"Accept": {manifestType}}

type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int    `json:"size"`
}

type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        descriptor   `json:"config"`
	Layers        []descriptor `json:"layers"`
}

// image is one that a client has pushed. Its tag is never moved.
type image struct {
	repository string
	tag        string
	digest     string
	blobs      []string
}

// published are the images of all clients.
type published struct {
	mutex  sync.Mutex
	images []image
}

func (p *published) add(one image) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.images = append(p.images, one)
}

// choose returns the image at this place of the list, counted modulo its length.
func (p *published) choose(place int) image {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.images[place%len(p.images)]
}

// work repeats rounds until the time is over. A failed step ends its round alone.
func (c *client) work(end time.Time) {
	for time.Now().Before(end) {
		if err := c.round(); errors.Is(err, errWrong) {
			c.figures.wrong(err)
		} else if err != nil {
			c.figures.fail(err)
		}
	}
	c.http.CloseIdleConnections()
}

func (c *client) round() error {
	if c.all.login != "" && c.token == "" {
		if err := c.logIn(); err != nil {
			return err
		}
	}
	if err := c.pushImage(); err != nil {
		return err
	}
	for range 2 {
		if err := c.pullImage(c.all.images.choose(c.random.IntN(1 << 30))); err != nil {
			return err
		}
	}
	if err := c.listTags(); err != nil {
		return err
	}
	if c.random.IntN(largeEvery) == 0 {
		return c.pushAndPullLarge()
	}
	return nil
}

func (c *client) pushImage() error {
	config := []byte(fmt.Sprintf(`{"client":%d,"number":%d}`, c.number, c.next))
	layer := c.unique(c.all.content[:256+c.random.IntN(smallBytes)])
	if err := c.pushBlob(config); err != nil {
		return err
	}
	if err := c.pushBlob(layer); err != nil {
		return err
	}

	body, err := json.Marshal(manifest{
		2, manifestType,
		descriptor{configType, digestOf(config), len(config)},
		[]descriptor{{layerType, digestOf(layer), len(layer)}},
	})
	if err != nil {
		return err
	}
	pushed := image{c.repository, tagOf(c.number, c.next), digestOf(body), []string{digestOf(config), digestOf(layer)}}
	_, err = c.do(call{
		method:  http.MethodPut,
		url:     pushed.manifestPath(pushed.tag),
		header:  http.Header{"Content-Type": {manifestType}},
		body:    body,
		success: http.StatusCreated,
		last:    c.random.IntN(connectionEvery) == 0,
	})
	if err != nil {
		return err
	}
	c.next++
	c.all.images.add(pushed)
	return nil
}

// unique returns a copy of content that no other round has.
func (c *client) unique(content []byte) []byte {
	changed := slices.Clone(content)
	copy(changed, fmt.Sprintf("%d %d ", c.number, c.next))
	binary.LittleEndian.PutUint64(changed[32:], c.random.Uint64())
	return changed
}

func (c *client) pushBlob(content []byte) error {
	location, err := c.startUpload()
	if err != nil {
		return err
	}
	return c.finishUpload(location, digestOf(content), content)
}

func (c *client) pushAndPullLarge() error {
	content := c.unique(c.all.content[:mib+c.random.IntN(largeBytes-mib)])
	digest := digestOf(content)
	location, err := c.startUpload()
	if err != nil {
		return err
	}

	start := 0
	for chunk := range slices.Chunk(content, chunkBytes) {
		header := http.Header{
			"Content-Type":  {binaryType},
			"Content-Range": {fmt.Sprintf("%d-%d", start, start+len(chunk)-1)},
		}
		done, err := c.do(call{
			method: http.MethodPatch, url: location, header: header, body: chunk, success: http.StatusAccepted,
		})
		if err != nil {
			return err
		}
		location = done.header.Get("Location")
		start += len(chunk)
	}
	if err := c.finishUpload(location, digest, nil); err != nil {
		return err
	}
	_, err = c.get(blobPath(c.repository, digest), digest, nil)
	return err
}

func (c *client) startUpload() (string, error) {
	path := "/v2/" + c.repository + "/blobs/uploads/"
	done, err := c.do(call{method: http.MethodPost, url: path, success: http.StatusAccepted})
	if err != nil {
		return "", err
	}
	return done.header.Get("Location"), nil
}

func (c *client) finishUpload(location, digest string, content []byte) error {
	target, err := withDigest(location, digest)
	if err != nil {
		return err
	}
	_, err = c.do(call{
		method:  http.MethodPut,
		url:     target,
		header:  http.Header{"Content-Type": {binaryType}},
		body:    content,
		success: http.StatusCreated,
	})
	return err
}

// pullImage reads all of an image of any client, by its tag and by its digest.
func (c *client) pullImage(one image) error {
	if err := c.head(one.manifestPath(one.tag), one.digest, acceptManifest); err != nil {
		return err
	}
	for _, reference := range []string{one.tag, one.digest} {
		if err := c.smallGet(one.manifestPath(reference), one.digest, acceptManifest); err != nil {
			return err
		}
	}
	for _, digest := range one.blobs {
		path := blobPath(one.repository, digest)
		if err := c.head(path, digest, nil); err != nil {
			return err
		}
		if err := c.smallGet(path, digest, nil); err != nil {
			return err
		}
	}
	return nil
}

// smallGet is a GET whose time counts.
func (c *client) smallGet(path, digest string, header http.Header) error {
	done, err := c.get(path, digest, header)
	if err == nil {
		c.figures.smallGets = append(c.figures.smallGets, done.took)
	}
	return err
}

// listTags reads tags from the one that this client has pushed last.
func (c *client) listTags() error {
	last := tagOf(c.number, c.next-2)
	path := "/v2/" + c.repository + "/tags/list?n=10&last=" + last
	done, err := c.do(call{method: http.MethodGet, url: path, success: http.StatusOK})
	if err != nil {
		return err
	}

	var found struct{ Tags []string }
	if err := json.Unmarshal(done.body, &found); err != nil {
		return fmt.Errorf("GET %s: %w", path, err)
	}
	expected := tagOf(c.number, c.next-1)
	if len(found.Tags) == 0 || found.Tags[0] != expected {
		return fmt.Errorf("GET %s: expected %s as the first, found %q", path, expected, found.Tags)
	}
	return nil
}
