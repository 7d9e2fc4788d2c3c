package csafprovider

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/provider"
	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/pgp"
)

const (
	domain = "psirt.example"
	token  = "Bearer let-me-in"
)

// A signer is package pgp as provider.Signer.
type signer struct {
	engine *pgp.Engine
	key    pgp.Secret
}

func (s signer) SignDetached(ctx context.Context, dst io.Writer, src io.Reader) error {
	_, err := s.engine.SignDetached(ctx, dst, src, s.key, pgp.Form{})
	return err
}
func (s signer) PublicKey() []byte   { return s.key.Cert().Armor() }
func (s signer) Fingerprint() string { return s.key.Fingerprint() }
func (s signer) Expires() time.Time  { return s.key.Cert().Expires() }

func newKey(t *testing.T) signer {
	e := &pgp.Engine{}
	key, _, err := e.Generate(pgp.KeySpec{Name: "Example PSIRT", Address: "psirt@" + domain})
	require.NoError(t, err)
	return signer{e, key}
}

// A site is a published tree, its server, and what clients need to reach it.
type site struct {
	cfg   provider.Config
	dir   string
	env   []string // for clients
	roots *x509.CertPool
	addr  string // of the TLS server
}

// publish makes a provider with three labels, both versions, several years, updates,
// a withdrawn advisory and a rotated key.
func publish(t *testing.T, both bool) *site {
	s := &site{dir: t.TempDir()}
	s.cfg = provider.Config{
		Dir: filepath.Join(s.dir, "public"), State: filepath.Join(s.dir, "state"),
		Restricted: filepath.Join(s.dir, "restricted"),
		URL:        "https://" + domain + provider.WellKnown,
		Labels:     []tlp.Label{tlp.Green, tlp.Amber},
		Publisher:  advisory.Publisher{Name: "Example PSIRT", Category: "vendor", Namespace: "https://" + domain, Contact: "psirt@" + domain},
		Signer:     newKey(t), Now: time.Now,
		Guard: func(w http.ResponseWriter, r *http.Request, _ tlp.Label) bool {
			if r.Header.Get("Authorization") == token {
				return true
			}
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.WriteHeader(http.StatusUnauthorized)
			return false
		},
	}
	p, err := provider.New(s.cfg)
	require.NoError(t, err)
	ctx := t.Context()
	now := time.Now().UTC().Truncate(time.Second)
	labels := []tlp.Label{tlp.Clear, tlp.Green, tlp.Amber}
	for i := range 12 {
		first := now.AddDate(-i%4, 0, -i-1)
		for _, v := range []csaf.Version{csaf.V20, csaf.V21} {
			require.NoError(t, p.Publish(ctx, document(t, v, i, first, first, labels[i%3], "1")))
		}
	}
	for i := range 3 {
		first := now.AddDate(-i%4, 0, -i-1)
		for _, v := range []csaf.Version{csaf.V20, csaf.V21} {
			require.NoError(t, p.Publish(ctx, document(t, v, i, first, now.Add(-time.Minute), labels[i%3], "2")))
		}
	}
	require.NoError(t, p.Withdraw(ctx, provider.Withdrawal{ID: id(6), Reason: "The product is not affected after all."}))
	s.cfg.Signer = newKey(t)
	p, err = provider.New(s.cfg)
	require.NoError(t, err)
	left, err := p.Resign(ctx, time.Time{}, 10) // both keys are in use
	require.NoError(t, err)
	require.NotZero(t, left)
	s.serve(t, p, both)
	return s
}

func id(i int) string { return fmt.Sprintf("EX-1900-%04d", i) }

func document(t *testing.T, v csaf.Version, i int, released, updated time.Time, label tlp.Label, version string) *csaf.Document {
	a := &advisory.Advisory{
		ID: id(i), Title: fmt.Sprintf("Overflow %d in the parser", i), TLP: label, Category: "csaf_security_advisory", Language: "en",
		Publisher: advisory.Publisher{Name: "Example PSIRT", Category: "vendor", Namespace: "https://" + domain, Contact: "psirt@" + domain},
		Tracking:  advisory.Tracking{Status: advisory.Final, Version: version, Released: released, Updated: updated},
		Notes:     []advisory.Note{{Category: advisory.NoteSummary, Title: "Summary", Text: "A crafted file makes the parser write past its buffer."}},
		References: []advisory.Reference{{
			URL: "https://" + domain + "/advisories/" + strings.ToLower(id(i)), Summary: "This advisory", Self: true,
		}},
		Products: []advisory.Product{
			{ID: "P-1", Title: "Example parser 1.4.1", Vendor: "Example", Name: "parser", Version: "1.4.1"},
			{ID: "P-2", Title: "Example parser 1.4.2", Vendor: "Example", Name: "parser", Version: "1.4.2"},
		},
		Vulnerabilities: []advisory.Vulnerability{{
			CVE: fmt.Sprintf("CVE-1900-%05d", 10000+i), Title: "Overflow",
			Notes: []advisory.Note{{Category: advisory.NoteDescription, Title: "Description", Text: "A length is not checked."}},
			Status: []advisory.ProductStatus{
				{State: advisory.Affected, Products: []string{"P-1"}}, {State: advisory.Fixed, Products: []string{"P-2"}},
			},
			Remediations: []advisory.Remediation{{Category: "vendor_fix", Details: "Update to 1.4.2.", Products: []string{"P-1"}}},
		}},
	}
	a.Tracking.Revisions = []advisory.Revision{{Version: "1", Date: released, Summary: "First release."}}
	if version == "2" {
		a.Tracking.Revisions = append(a.Tracking.Revisions, advisory.Revision{Version: "2", Date: updated, Summary: "Better text."})
	}
	d, _, err := csaf.FromAdvisory(a, v)
	require.NoError(t, err)
	return d
}

// serve starts the provider's server, which announces one tree or both, and the proxy that leads to it.
func (s *site) serve(t *testing.T, p *provider.Publisher, both bool) {
	mux := http.NewServeMux()
	mux.Handle("/", p.Handler())
	mux.HandleFunc("/.well-known/security.txt", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(w, "Contact: mailto:psirt@%s\nExpires: %s\n", domain, time.Now().AddDate(0, 3, 0).UTC().Format(time.RFC3339))
		lines := p.SecurityTxtLines()
		if !both {
			lines = lines[:1]
		}
		for _, line := range lines {
			fmt.Fprintf(w, "CSAF: %s\n", line)
		}
	})
	cert, ca := certificates(t)
	srv := httptest.NewUnstartedServer(mux)
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	s.addr = srv.Listener.Addr().String()
	proxy := httptest.NewServer(connect(s.addr))
	t.Cleanup(proxy.Close)
	bundle := filepath.Join(s.dir, "ca.pem")
	require.NoError(t, os.WriteFile(bundle, ca, 0o600))
	s.roots = x509.NewCertPool()
	s.roots.AppendCertsFromPEM(ca)
	s.env = append(os.Environ(), "HTTPS_PROXY="+proxy.URL, "SSL_CERT_FILE="+bundle, "HOME="+s.dir, "NO_PROXY=")
}

// connect is a proxy that leads every host of the domain to one address.
func connect(to string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.Host)
		if r.Method != http.MethodConnect || host != domain && !strings.HasSuffix(host, "."+domain) {
			http.Error(w, "no such host here", http.StatusBadGateway)
			return
		}
		up, err := net.Dial("tcp", to)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer up.Close()
		down, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer down.Close()
		fmt.Fprint(down, "HTTP/1.1 200 Connection established\r\n\r\n")
		done := make(chan struct{}, 2)
		go func() { io.Copy(up, down); done <- struct{}{} }()
		go func() { io.Copy(down, up); done <- struct{}{} }()
		<-done
	})
}

func certificates(t *testing.T) (tls.Certificate, []byte) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	require.NoError(t, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{domain, "csaf.data.security." + domain},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: caDER}))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, b.Bytes()
}
