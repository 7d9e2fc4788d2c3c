package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/cvdkit/cvdkit/advisory/provider"
	"github.com/cvdkit/cvdkit/advisory/provider/client"
)

// serve serves the tree, checks it as a client sees it, and with -listen goes on.
func serve(ctx context.Context, w io.Writer, o options, p *provider.Publisher, key keyring, now func() time.Time) error {
	addr := o.listen
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	names := []string{o.domain, "csaf.data.security." + o.domain}
	cert, roots, err := selfSigned(names)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", p.Handler())
	mux.HandleFunc("/.well-known/security.txt", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(w, "Contact: mailto:security@%s\nExpires: %s\n", o.domain, now().AddDate(0, 3, 0).UTC().Format(time.RFC3339))
		fmt.Fprintf(w, "Acknowledgments: https://%s%s/credits.html\n", o.domain, provider.WellKnown)
		for _, line := range p.SecurityTxtLines() {
			fmt.Fprintf(w, "CSAF: %s\n", line)
		}
	})
	srv := &http.Server{
		Handler: mux, ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}},
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.ServeTLS(l, "", "") }()
	defer srv.Close()

	at, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil {
		return err
	}
	c := &client.Client{
		Verifier: verifier{key.engine}, RootCAs: roots, Hosts: map[string]netip.AddrPort{},
		// The names are looked up here, and lead to this machine.
		UnsafeAllow: func(a netip.AddrPort) bool { return a == at },
	}
	for _, n := range names {
		c.Hosts[n] = at
	}
	r, err := c.Check(ctx, o.domain, client.CheckOptions{Now: now()})
	if err != nil {
		return err
	}
	fmt.Fprint(w, "CSAF 2.0, as csaf_checker judges it, and the lists that it does not judge:\n", r.Text())
	r21, err := c.Check(ctx, p.SecurityTxtLines()[1], client.CheckOptions{Now: now()})
	if err != nil {
		return err
	}
	fmt.Fprint(w, "CSAF 2.1:\n", r21.Text())
	if !r.Passed() || !r21.Passed() {
		return fmt.Errorf("the provider does not pass its own check")
	}
	if o.listen == "" {
		return nil
	}
	fmt.Fprintf(w, "Serving https://%s%s/ with a certificate of its own; interrupt to end.\n", l.Addr(), provider.WellKnown)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

// selfSigned makes a certificate for an hour, which stands in for a real one.
func selfSigned(names []string) (tls.Certificate, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: names, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots, nil
}
