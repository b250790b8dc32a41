package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"time"
)

const requestLimit = 30 * time.Second

// errWrong is a body, or a header, of another digest than the one that was pushed.
var errWrong = errors.New("wrong digest")

// client works with one connection at a time. It pushes to one repository and pulls from all.
type client struct {
	base       string
	number     int
	repository string
	token      string
	http       *http.Client
	random     *rand.Rand
	all        *common
	figures    *figures
	// next is the number of the image that is pushed next.
	next int
}

// common is what all clients share.
type common struct {
	trusted *tls.Config
	login   string
	scopes  []string
	// content is what blobs are cut from.
	content []byte
	images  published
}

// call is a request, and the statuses of a success.
type call struct {
	method  string
	url     string
	header  http.Header
	body    []byte
	success int
	// last ends the connection after the answer.
	last bool
}

type answer struct {
	header http.Header
	body   []byte
	took   time.Duration
}

func newClient(base string, number int, all *common, kept *figures) *client {
	dialer := &net.Dialer{Timeout: requestLimit}
	transport := &http.Transport{
		TLSClientConfig: all.trusted,
		MaxConnsPerHost: 1,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			kept.connections.Add(1)
			return dialer.DialContext(ctx, network, address)
		},
	}
	return &client{
		base:       base,
		number:     number,
		repository: repositoryOf(number),
		http:       &http.Client{Transport: transport, Timeout: requestLimit},
		random:     rand.New(rand.NewPCG(17, uint64(number))),
		all:        all,
		figures:    kept,
		next:       1,
	}
}

// logIn gets one token for all repositories.
func (c *client) logIn() error {
	request, err := http.NewRequest(http.MethodGet, c.base+"/oauth2/token", nil)
	if err != nil {
		return err
	}
	query := url.Values{"service": {request.Host}, "scope": c.all.scopes}
	request.URL.RawQuery = query.Encode()
	request.SetBasicAuth(split(c.all.login))

	var found struct {
		AccessToken string `json:"access_token"`
	}
	done, err := c.exchange(request, http.StatusOK)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(done.body, &found); err != nil {
		return err
	}
	c.token = found.AccessToken
	return nil
}

func (c *client) do(one call) (answer, error) {
	target := one.url
	if target[0] == '/' {
		target = c.base + target
	}
	request, err := http.NewRequest(one.method, target, bytes.NewReader(one.body))
	if err != nil {
		return answer{}, err
	}
	for name, values := range one.header {
		request.Header[name] = values
	}
	if request.Close = one.last; one.last {
		c.figures.ended++
	}
	return c.exchange(request, one.success)
}

func (c *client) exchange(request *http.Request, success int) (answer, error) {
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}

	c.figures.requests++
	started := time.Now()
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()

	body, err := io.ReadAll(response.Body)
	took := time.Since(started)
	c.figures.bytes += int64(len(body)) + max(request.ContentLength, 0)
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", request.Method, request.URL.Path, err)
	}
	if response.StatusCode != success {
		found := fmt.Sprintf("expected %d, found %d: %.300s", success, response.StatusCode, body)
		return answer{}, fmt.Errorf("%s %s: %s", request.Method, request.URL.Path, found)
	}
	return answer{response.Header, body, took}, nil
}

// get reads content of this digest.
func (c *client) get(path string, digest string, header http.Header) (answer, error) {
	done, err := c.do(call{method: http.MethodGet, url: path, header: header, success: http.StatusOK})
	if err != nil {
		return done, err
	}
	if found := digestOf(done.body); found != digest {
		return done, fmt.Errorf("%w: GET %s: expected %s, found %s", errWrong, path, digest, found)
	}
	return done, sameHeader(done, path, digest)
}

func (c *client) head(path string, digest string, header http.Header) error {
	done, err := c.do(call{method: http.MethodHead, url: path, header: header, success: http.StatusOK})
	if err != nil {
		return err
	}
	return sameHeader(done, path, digest)
}

func sameHeader(done answer, path string, digest string) error {
	if found := done.header.Get("Docker-Content-Digest"); found != digest {
		return fmt.Errorf("%w: header of %s: expected %s, found %q", errWrong, path, digest, found)
	}
	return nil
}

func digestOf(content []byte) string {
	return fmt.Sprintf("sha256:%x", sha256.Sum256(content))
}
