package main

import (
	"slices"
	"sync/atomic"
	"time"
)

// figures are those of one client, which alone changes them; the connections are counted by their
// dialer, which runs beside it.
type figures struct {
	requests     int
	bytes        int64
	failures     int
	wrongDigests int
	firstFailure string
	connections  atomic.Int64
	ended        int64
	smallGets    []time.Duration
}

// summary is what the program prints.
type summary struct {
	Seconds     float64 `json:"seconds"`
	Requests    int     `json:"requests"`
	Connections int64   `json:"connections"`
	// Go repeats a request whose connection has ended without an answer; no failure shows it.
	Lost         int64   `json:"lost_connections"`
	Bytes        int64   `json:"bytes"`
	Failures     int     `json:"failures"`
	WrongDigests int     `json:"wrong_digests"`
	FirstFailure string  `json:"first_failure"`
	SmallGets    int     `json:"small_gets"`
	P50Ms        float64 `json:"p50_ms"`
	P99Ms        float64 `json:"p99_ms"`
	MaxMs        float64 `json:"max_ms"`
}

func (f *figures) fail(err error) {
	f.failures++
	f.keep(err)
}

func (f *figures) wrong(err error) {
	f.wrongDigests++
	f.keep(err)
}

func (f *figures) keep(err error) {
	if f.firstFailure == "" {
		f.firstFailure = err.Error()
	}
}

func summaryOf(all []figures, took time.Duration) summary {
	total := summary{Seconds: took.Seconds()}
	var gets []time.Duration
	for place := range all {
		one := &all[place]
		total.Requests += one.requests
		connections := one.connections.Load()
		total.Connections += connections
		total.Lost += connections - one.ended - 1
		total.Bytes += one.bytes
		total.Failures += one.failures
		total.WrongDigests += one.wrongDigests
		if total.FirstFailure == "" {
			total.FirstFailure = one.firstFailure
		}
		gets = append(gets, one.smallGets...)
	}

	slices.Sort(gets)
	total.SmallGets = len(gets)
	total.P50Ms = share(gets, 0.50)
	total.P99Ms = share(gets, 0.99)
	total.MaxMs = share(gets, 1)
	return total
}

// share returns the milliseconds that this share of the sorted times does not exceed.
func share(sorted []time.Duration, of float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	place := min(int(of*float64(len(sorted))), len(sorted)-1)
	return sorted[place].Seconds() * 1000
}
