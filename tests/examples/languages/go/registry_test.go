package images

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// registry is a fake registry in a process of its own, which ends with the test.
type registry struct {
	url    string
	entra  string
	tenant string
	client *http.Client
}

func startRegistry(t *testing.T, options ...string) *registry {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	arguments := []string{"serve", "--port", "0", "--tls", "--write-ca", ca, "--auth", "token"}
	server := exec.Command("fake-registry", append(arguments, options...)...)
	output, err := server.StdoutPipe()
	check(t, err)
	var log bytes.Buffer
	server.Stderr = &log
	check(t, server.Start())
	t.Cleanup(func() {
		server.Process.Signal(os.Interrupt) // on Windows: server.Process.Kill()
		server.Wait()
		if t.Failed() {
			t.Logf("standard error of fake-registry:\n%s", &log)
		}
	})

	ready, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal("fake-registry has ended before it was ready")
	}
	facts := factsIn(ready)
	return &registry{facts["url"], facts["entra"], facts["tenant"], clientThatTrusts(t, ca)}
}

// factsIn returns url, name, auth, entra and tenant of the line that says the server is ready.
func factsIn(ready string) map[string]string {
	facts := map[string]string{}
	for _, word := range strings.Fields(ready) {
		name, value, _ := strings.Cut(word, "=")
		facts[name] = value
	}
	return facts
}

func clientThatTrusts(t *testing.T, ca string) *http.Client {
	t.Helper()
	pem, err := os.ReadFile(ca)
	check(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
}

// options are for clients of the registry and for credentials: they trust the registry's certificate.
func (r *registry) options() policy.ClientOptions {
	return policy.ClientOptions{Transport: r.client}
}

// control sends a request to the control API, and reads its answer into result unless that is nil.
func (r *registry) control(t *testing.T, method, path string, body, result any) {
	t.Helper()
	sent, err := json.Marshal(body)
	check(t, err)
	request, err := http.NewRequest(method, r.url+"/_fake/"+path, nil)
	check(t, err)
	if body != nil {
		request.Body = io.NopCloser(bytes.NewReader(sent))
		request.Header.Set("Content-Type", "application/json")
	}

	response, err := r.client.Do(request)
	check(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	check(t, err)
	if response.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s /_fake/%s: %s: %s", method, path, response.Status, text)
	}
	if result != nil {
		check(t, json.Unmarshal(text, result))
	}
}

// fixedToken logs in without Entra: the registry reads its claims, and does not verify them.
// Its payload is {"aud": "https://containerregistry.azure.net", "appid": "tests"}.
type fixedToken struct{}

const token = "e30.eyJhdWQiOiAiaHR0cHM6Ly9jb250YWluZXJyZWdpc3RyeS5henVyZS5uZXQiLCAiYXBwaWQiOiAidGVzdHMifQ.e30"

func (fixedToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: token, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expectEqual(t *testing.T, expected, found any) {
	t.Helper()
	if fmt.Sprint(expected) != fmt.Sprint(found) {
		t.Fatalf("expected %v, found %v", expected, found)
	}
}
