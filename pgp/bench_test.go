package pgp_test

import (
	"bytes"
	"crypto"
	"fmt"
	"io"
	"os/exec"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

const benchSize = 64 << 20

// peers are two ways to do the same. Each operation is seven rounds; a round
// runs both, in alternating order, so that what else the machine does meets
// both. Run it with -benchtime 1x; time/peer is a ratio of medians.
func peers(b *testing.B, size int, ours, theirs func()) {
	var a, c []time.Duration
	clock := func(f func()) time.Duration {
		start := time.Now()
		f()
		return time.Since(start)
	}
	for b.Loop() {
		for i := range 7 {
			if i%2 == 0 {
				a = append(a, clock(ours))
				c = append(c, clock(theirs))
			} else {
				c = append(c, clock(theirs))
				a = append(a, clock(ours))
			}
		}
	}
	ta, tc := median(a), median(c)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(size)/(1<<20)/ta.Seconds(), "MiB/s")
	b.ReportMetric(float64(size)/(1<<20)/tc.Seconds(), "peer-MiB/s")
	b.ReportMetric(ta.Seconds()/tc.Seconds(), "time/peer")
}

func median(d []time.Duration) time.Duration {
	for i := range d {
		for j := i; j > 0 && d[j] < d[j-1]; j-- {
			d[j], d[j-1] = d[j-1], d[j]
		}
	}
	return d[len(d)/2]
}

// entityOf gives a certificate or key to the library itself.
func entityOf(b *testing.B, data []byte) *openpgp.Entity {
	b.Helper()
	e, err := openpgp.ReadEntity(packet.NewReader(bytes.NewReader(data)))
	require.NoError(b, err)
	return e
}

func secretEntity(b *testing.B, k key) *openpgp.Entity {
	b.Helper()
	text, err := k.ExportUnlocked()
	require.NoError(b, err)
	r, _, err := pgp.Dearmor(bytes.NewReader(text))
	require.NoError(b, err)
	data, err := io.ReadAll(r)
	require.NoError(b, err)
	return entityOf(b, data)
}

// BenchmarkAgainstLibrary holds the package against go-crypto used directly,
// which releases plaintext before it is verified.
func BenchmarkAgainstLibrary(b *testing.B) {
	e := at(t0.Add(day))
	config := &packet.Config{Time: e.Now, DefaultHash: crypto.SHA512, DefaultCipher: packet.CipherAES256}
	text := random(benchSize)
	pub, sec, signer := entityOf(b, alice().Cert().Bytes()), secretEntity(b, alice()), secretEntity(b, bob())
	copyAll := func(w io.WriteCloser, err error) {
		if err == nil {
			_, err = io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{bytes.NewReader(text)}, make([]byte, 64<<10))
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	for _, c := range []struct {
		name    string
		from    []pgp.Secret
		signers []*openpgp.Entity
	}{{"encrypt", nil, nil}, {"encrypt and sign", secrets(bob()), []*openpgp.Entity{signer}}} {
		b.Run(c.name, func(b *testing.B) {
			peers(b, benchSize, func() {
				if err := e.Encrypt(b.Context(), io.Discard, bytes.NewReader(text), pgp.Envelope{To: to(alice()), From: c.from, Form: pgp.Form{Binary: true}}); err != nil {
					b.Fatal(err)
				}
			}, func() { copyAll(openpgp.Encrypt(io.Discard, []*openpgp.Entity{pub}, nil, c.signers, nil, config)) })
		})
	}
	b.Run("sign detached", func(b *testing.B) {
		peers(b, benchSize, func() {
			if _, err := e.SignDetached(b.Context(), io.Discard, bytes.NewReader(text), bob().Secret, pgp.Form{Binary: true}); err != nil {
				b.Fatal(err)
			}
		}, func() {
			copyAll(openpgp.DetachSignWriter(io.Discard, []*openpgp.Entity{signer}, &openpgp.SignParams{Config: config}))
		})
	})
	for _, from := range [][]pgp.Secret{nil, secrets(bob())} {
		var msg bytes.Buffer
		require.NoError(b, e.Encrypt(b.Context(), &msg, bytes.NewReader(text), pgp.Envelope{To: to(alice()), From: from, Form: pgp.Form{Binary: true}}))
		ring := openpgp.EntityList{sec, entityOf(b, bob().Cert().Bytes())}
		b.Run(map[bool]string{true: "decrypt", false: "decrypt and verify"}[from == nil], func(b *testing.B) {
			held := at(t0.Add(day))
			held.Spool.Dir = b.TempDir()
			peers(b, benchSize, func() {
				if _, err := held.Decrypt(b.Context(), io.Discard, bytes.NewReader(msg.Bytes()), pgp.Keyring{Secrets: secrets(alice()), Certs: certs(bob())}); err != nil {
					b.Fatal(err)
				}
			}, func() {
				md, err := openpgp.ReadMessage(bytes.NewReader(msg.Bytes()), ring, nil, config)
				if err == nil {
					_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, md.UnverifiedBody, make([]byte, 64<<10))
				}
				if err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// BenchmarkGPG holds the package against gpg as a whole process, without
// compression, which gpg alone would spend time on.
func BenchmarkGPG(b *testing.B) {
	g := newGPG(b)
	if _, err := exec.LookPath("gpg"); err != nil {
		b.Skip(err)
	}
	e := new(pgp.Engine)
	us, _, err := e.Generate(pgp.KeySpec{Address: "us@example.org"})
	require.NoError(b, err)
	unlocked, err := us.ExportUnlocked()
	require.NoError(b, err)
	g.run(unlocked, "--import")
	text := random(benchSize)
	file := g.file("text", text)
	var msg bytes.Buffer
	require.NoError(b, e.Encrypt(b.Context(), &msg, bytes.NewReader(text), pgp.Envelope{To: []pgp.Recipient{{Cert: us.Cert()}}, Form: pgp.Form{Binary: true}}))
	cipher := g.file("cipher", msg.Bytes())
	gpg := func(args ...string) {
		c := exec.Command("gpg", append([]string{"--homedir", g.home, "--batch", "--yes", "--quiet", "--trust-model", "always", "-z", "0", "-o", "/dev/null"}, args...)...)
		if out, err := c.CombinedOutput(); err != nil {
			b.Fatal(err, string(out))
		}
	}
	b.Run("encrypt", func(b *testing.B) {
		peers(b, benchSize, func() {
			if err := e.Encrypt(b.Context(), io.Discard, bytes.NewReader(text), pgp.Envelope{To: []pgp.Recipient{{Cert: us.Cert()}}, Form: pgp.Form{Binary: true}}); err != nil {
				b.Fatal(err)
			}
		}, func() { gpg("-r", "us@example.org", "--encrypt", file) })
	})
	b.Run("decrypt", func(b *testing.B) {
		peers(b, benchSize, func() {
			if _, err := e.Decrypt(b.Context(), io.Discard, bytes.NewReader(msg.Bytes()), pgp.Keyring{Secrets: []pgp.Secret{us}}); err != nil {
				b.Fatal(err)
			}
		}, func() { gpg("--decrypt", cipher) })
	})
}

func BenchmarkRecipients(b *testing.B) {
	e := at(t0.Add(day))
	var all []pgp.Recipient
	for i := range 100 {
		s, _, err := at(t0).Generate(pgp.KeySpec{Address: fmt.Sprintf("r%d@example.org", i)})
		require.NoError(b, err)
		all = append(all, pgp.Recipient{Cert: s.Cert()})
	}
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if err := e.Encrypt(b.Context(), io.Discard, bytes.NewReader([]byte(poem)), pgp.Envelope{To: all[:n], From: secrets(bob())}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSecretScanner(b *testing.B) {
	text := random(256 << 10)
	b.SetBytes(int64(len(text)))
	var s pgp.SecretScanner
	for b.Loop() {
		if _, err := s.Write(text); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSecretScannerScales doubles inputs that cost most: the cost for each
// octet must stay. It covers noise, base64 in base64, a zip file of small
// members and octets that all look like the start of a key.
func BenchmarkSecretScannerScales(b *testing.B) {
	for name, data := range map[string]func(n int) []byte{
		"noise":            random,
		"base64 in base64": func(n int) []byte { return mime64(mime64(random(n * 9 / 16)))[:n] },
		"prose":            func(n int) []byte { return bytes.Repeat([]byte("private-key VATE KEY (see below) "), n/33+1)[:n] },
		"zip heads":        func(n int) []byte { return bytes.Repeat([]byte("PK\x03\x04"+string(make([]byte, 40))), n/44+1)[:n] },
		"key heads":        func(n int) []byte { return bytes.Repeat([]byte{0xc5, 90, 4, 0x60, 0, 0, 0, 22}, n/8+1)[:n] },
	} {
		for _, n := range []int{4 << 20, 8 << 20} {
			text := data(n)
			b.Run(fmt.Sprintf("%s/%d", name, n>>20), func(b *testing.B) {
				b.SetBytes(int64(n))
				for b.Loop() {
					if pgp.HasSecret(text) {
						b.Fatal("chance made a secret")
					}
				}
			})
		}
	}
}
