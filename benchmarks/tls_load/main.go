// Many clients of a registry at once, over TLS: each pushes, pulls and checks what it reads.
//
// It prints one JSON document of counts and times, and exits with 0 even if requests have failed:
// the caller judges. The clients are Go, so that they leave the registry, in another process, as
// much of the machine as they can.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"
)

type options struct {
	url      string
	ca       string
	login    string
	clients  int
	duration time.Duration
}

func main() {
	var given options
	flag.StringVar(&given.url, "url", "", "the registry, https://HOST:PORT")
	flag.StringVar(&given.ca, "ca", "", "the file of the CA certificate to trust")
	flag.StringVar(&given.login, "login", "", "USER:PASSWORD for the token endpoint of ACR; empty: no login")
	flag.IntVar(&given.clients, "clients", 64, "the number of clients")
	flag.DurationVar(&given.duration, "duration", time.Minute, "how long each client works")
	flag.Parse()

	if err := run(given); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(given options) error {
	trusted, err := trust(given.ca)
	if err != nil {
		return err
	}

	all := &common{trusted: trusted, login: given.login, content: make([]byte, largeBytes)}
	rand.NewChaCha8([32]byte{}).Read(all.content)
	for number := range repositories {
		all.scopes = append(all.scopes, "repository:"+repositoryOf(number)+":pull,push")
	}

	var working sync.WaitGroup
	figures := make([]figures, given.clients)
	started := time.Now()
	for number := range given.clients {
		one := newClient(given.url, number, all, &figures[number])
		working.Add(1)
		go func() {
			defer working.Done()
			one.work(started.Add(given.duration))
		}()
	}
	working.Wait()

	return json.NewEncoder(os.Stdout).Encode(summaryOf(figures, time.Since(started)))
}

func trust(file string) (*tls.Config, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}

	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s has no certificate", file)
	}
	return &tls.Config{RootCAs: roots, NextProtos: []string{"http/1.1"}}, nil
}

func split(login string) (user, password string) {
	user, password, _ = strings.Cut(login, ":")
	return user, password
}
