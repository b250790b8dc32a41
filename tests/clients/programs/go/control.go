package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// fault is the part of a fault that a check looks at: how often it struck, and how often without an effect.
type fault struct {
	ID       string `json:"id"`
	Hits     int    `json:"hits"`
	IdleHits int    `json:"idle_hits"`
}

// control sends a request to the control API of the fake registry at a URL, and decodes the answer into result. Both
// body and result may be nil.
func control(ctx context.Context, method, url string, body, result any) error {
	req, err := newRequest(ctx, method, url, body)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()

	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: status %s", method, url, resp.Status)
	}
	if result == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(result)
}

func newRequest(ctx context.Context, method, url string, body any) (*http.Request, error) {
	if body == nil {
		return http.NewRequestWithContext(ctx, method, url, nil)
	}

	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	return req, nil
}

// countRequests returns how many recorded requests meet the criteria, such as status=401.
func countRequests(ctx context.Context, registryURL string, criteria url.Values) (int, error) {
	var answer struct {
		Count int `json:"count"`
	}
	err := control(ctx, http.MethodGet, registryURL+"/_fake/requests/count?"+criteria.Encode(), nil, &answer)
	return answer.Count, err
}
