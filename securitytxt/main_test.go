package securitytxt

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// now is the time of all tests.
var now = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// base is a file with nothing but warnings.
const base = "Contact: https://example.com/report\nExpires: 2027-02-01T00:00:00Z\n"

// produced collects the codes that tests have seen and wanted.
var produced sync.Map

// TestMain fails a whole run in which some code of the table was not produced
// by a test that asked for it.
func TestMain(m *testing.M) {
	code := m.Run()
	whole := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == "" &&
		flag.Lookup("test.fuzz").Value.String() == "" && flag.Lookup("test.list").Value.String() == "" && !testing.Short()
	if code == 0 && whole {
		for _, r := range Rules() {
			if _, ok := produced.Load(r.Code); !ok {
				fmt.Fprintf(os.Stderr, "no test produces the code %s\n", r.Code)
				code = 1
			}
		}
	}
	os.Exit(code)
}

// wantCode asserts that a code is there, and notes that it can be.
func wantCode(t *testing.T, fs []Finding, c Code) Finding {
	t.Helper()
	for _, f := range fs {
		if f.Code == c {
			produced.Store(c, true)
			return f
		}
	}
	require.Failf(t, "code is missing", "want %s, have %v", c, codes(fs))
	return Finding{}
}

func noCode(t *testing.T, fs []Finding, c Code) {
	t.Helper()
	require.NotContains(t, codes(fs), c)
}

func codes(fs []Finding) []Code {
	out := []Code{}
	for _, f := range fs {
		out = append(out, f.Code)
	}
	return out
}

// check parses within generous limits and checks at now.
func check(t testing.TB, file string, from ...string) []Finding {
	t.Helper()
	d, err := Limits{Bytes: 1 << 22, Lines: 1 << 20, Field: 1 << 20}.Parse([]byte(file))
	require.NoError(t, err)
	require.Equal(t, file, string(d.Bytes()), "a byte was lost")
	return d.Check(CheckOptions{Now: now, RetrievedFrom: from})
}

// fakePGP signs and verifies in the form of OpenPGP, but with an HMAC for a
// signature: the framing is real, the cryptography is that of package pgp and is
// tested with it in examples/securitytxt.
type fakePGP struct {
	key     string
	version byte   // of the packet; 0 means 4
	hash    byte   // its number; 0 means SHA512
	header  string // between BEGIN and the blank line; "" names the hash
}

func (f fakePGP) SignCleartext(_ context.Context, text []byte) ([]byte, error) {
	if f.version == 0 {
		f.version = 4
	}
	if f.hash == 0 {
		f.hash = 10
	}
	if f.header == "" {
		f.header = "Hash: " + hashNames[f.hash] + "\n"
	}
	body := append([]byte{f.version, 1, 22, f.hash}, make([]byte, 8)...)
	if f.version == 3 {
		body = append([]byte{3, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, f.hash}, make([]byte, 4)...)
	}
	body = append(body, f.mac(text)...)
	packet := append([]byte{0xc2, byte(len(body))}, body...)
	var out bytes.Buffer
	out.WriteString(beginMessage + "\n" + f.header + "\n")
	for _, line := range strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n") {
		if strings.HasPrefix(line, "-") {
			out.WriteString("- ")
		}
		out.WriteString(line)
	}
	out.WriteString("\n" + beginSignature + "\n\n" + base64.StdEncoding.EncodeToString(packet) + "\n" + endSignature + "\n")
	return out.Bytes(), nil
}

func (f fakePGP) mac(text []byte) []byte {
	m := hmac.New(sha256.New, []byte(f.key))
	m.Write([]byte(canonicalText(text)))
	return m.Sum(nil)
}

// VerifyCleartext frames by itself, unlike the parser under test.
func (f fakePGP) VerifyCleartext(_ context.Context, message []byte) ([]byte, Signature, error) {
	s := strings.ReplaceAll(string(message), "\r\n", "\n")
	_, s, _ = strings.Cut(s, "\n\n")
	text, armor, _ := strings.Cut(s, "\n"+beginSignature+"\n")
	text = strings.TrimPrefix(strings.ReplaceAll("\n"+text, "\n- ", "\n"), "\n")
	_, armor, _ = strings.Cut(armor, "\n")
	armor, _, _ = strings.Cut(armor, "\n")
	packet, err := base64.StdEncoding.DecodeString(armor)
	if err != nil || len(packet) < sha256.Size {
		return nil, Signature{}, err
	}
	if hmac.Equal(packet[len(packet)-sha256.Size:], f.mac([]byte(text))) {
		return []byte(text), Signature{Status: StatusValid, Fingerprint: strings.ToUpper(fmt.Sprintf("%x", f.key))}, nil
	}
	return nil, Signature{Status: StatusBad}, nil
}

// signed signs with a fake key.
func signed(t testing.TB, text string) string {
	t.Helper()
	b, err := fakePGP{key: "k"}.SignCleartext(t.Context(), []byte(text))
	require.NoError(t, err)
	return string(b)
}
