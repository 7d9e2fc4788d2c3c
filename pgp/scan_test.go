package pgp_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
)

// in16 writes a text as PowerShell does.
func in16(s []byte, big bool) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(string(s))) {
		out = append(out, byte(u), byte(u>>8))
	}
	if big {
		for i := 0; i < len(out); i += 2 {
			out[i], out[i+1] = out[i+1], out[i]
		}
	}
	return out
}

// mime64 writes base64 in lines.
func mime64(b []byte) []byte {
	var out bytes.Buffer
	for chunk := range bytes.SplitSeq([]byte(fold(base64.StdEncoding.EncodeToString(b), 76)), []byte("\n")) {
		out.Write(chunk)
		out.WriteString("\r\n")
	}
	return out.Bytes()
}

func fold(s string, width int) string {
	var out []string
	for len(s) > width {
		out, s = append(out, s[:width]), s[width:]
	}
	return strings.Join(append(out, s), "\n")
}

func zipped(t testing.TB, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for n, d := range map[string][]byte{"readme.txt": []byte(strings.Repeat("nothing here\n", 50)), name: data} {
		f, err := w.Create(n)
		require.NoError(t, err)
		_, err = f.Write(d)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func email(body []byte) []byte {
	return append([]byte("From: a@example.org\r\nSubject: the key\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"), body...)
}

// agentKeys are key files as gpg-agent writes them.
var agentKeys = []string{
	"(11:private-key(3:ecc(5:curve7:Ed25519)(5:flags5:eddsa)(1:q33:@\x9a\xbc)(1:d32:\x80\x91)))",
	"(21:protected-private-key(3:rsa(1:n257:\x00\xc1\xd2)(1:e3:\x01\x00\x01)(9:protected",
	"Created: 20260101T000000\nKey: (private-key (ecc (curve Ed25519)(flags eddsa)\n  (q #40AA#)(d #BB#)))\n",
	"Key: (protected-private-key\n (rsa (n #00AB#)",
}

// hidden gives the ways in which a secret key leaves unseen.
func hidden(t testing.TB, k pgp.Secret) map[string][]byte {
	text, err := k.ExportUnlocked()
	require.NoError(t, err)
	binary, err := io.ReadAll(unlocked(t, k))
	require.NoError(t, err)
	out := map[string][]byte{
		"armor": text, "binary": binary,
		"UTF-16": in16(text, false), "UTF-16 big endian": in16(text, true),
		"base64":                          mime64(binary),
		"base64 in one line":              []byte(base64.StdEncoding.EncodeToString(text)),
		"base64 for addresses":            []byte(base64.RawURLEncoding.EncodeToString(binary)),
		"base64 in JSON":                  []byte(`{"name": "key.asc", "content": "` + base64.StdEncoding.EncodeToString(text) + `", "size": 3}`),
		"base64, quoted":                  bytes.ReplaceAll(append([]byte("\n"), mime64(text)...), []byte("\n"), []byte("\n> ")),
		"base64 of UTF-16":                mime64(in16(text, false)),
		"base64 in base64":                mime64(mime64(binary)),
		"a mail with it":                  email(mime64(binary)),
		"a mail with a mail":              email(mime64(email(mime64(binary)))),
		"hex":                             []byte(fold(hex.EncodeToString(binary), 60)),
		"upper-case hex of armor":         []byte(strings.ToUpper(hex.EncodeToString(text))),
		"base64 of hex":                   mime64([]byte(hex.EncodeToString(binary))),
		"zip":                             zipped(t, "secret.gpg", binary),
		"zip of armor":                    zipped(t, "secret.asc", text),
		"a mail with a zip":               email(mime64(zipped(t, "secret.asc", text))),
		"a zip of a mail with base64":     zipped(t, "mail.eml", email(mime64(binary))),
		"gzip":                            gzipped(t, text),
		"a gzip in base64":                mime64(gzipped(t, binary)),
		"quoted-printable":                bytes.ReplaceAll(text, []byte("="), []byte("=3D")),
		"cut behind the marker of armor":  text[:60],
		"behind UTF-8":                    append([]byte(strings.Repeat("Привет ", 20)), text...),
		"armor without line ends":         bytes.ReplaceAll(text, []byte("\n"), []byte(" ")),
		"between other text, on one line": append([]byte("see "), append(text, " thanks"...)...),
	}
	return out
}

// RFC 9580's keys and those of draft-ietf-openpgp-pqc, encoded in the ways in
// which people send them by accident.
func TestSecretScannerLooksInside(t *testing.T) {
	keys := []key{alice(), rita(), carol()}
	for _, k := range keys {
		for name, data := range hidden(t, k.Secret) {
			for _, before := range [][]byte{nil, []byte("hello\n"), bytes.Repeat([]byte("Lorem ipsum dolor sit amet, consetetur. \n"), 2000), append(random(5_000), "\n\x80\n"...)} {
				if len(before) > 0 && (bytes.HasPrefix(data, []byte("PK")) || bytes.HasPrefix(data, []byte{0x1f, 0x8b})) {
					continue // a file begins with its own first octet
				}
				data := append(bytes.Clone(before), data...)
				require.True(t, pgp.HasSecret(data), "%s of %s behind %d", name, k.Cert().Algorithm(), len(before))
				for _, size := range []int{1, 100, 4096, 70_000} {
					if size == 1 && len(before) > 10_000 {
						continue
					}
					var s pgp.SecretScanner
					for len(data) > 0 {
						n := min(len(data), size)
						s.Write(data[:n])
						data = data[n:]
					}
					require.ErrorIs(t, s.Close(), pgp.ErrSecretMaterial, "%s of %s behind %d by %d", name, k.Cert().Algorithm(), len(before), size)
					require.ErrorIs(t, s.Close(), pgp.ErrSecretMaterial)
					data = append(bytes.Clone(before), hidden(t, k.Secret)[name]...)
				}
			}
		}
	}
	for _, k := range agentKeys {
		for _, data := range [][]byte{[]byte(k), mime64([]byte(k)), append(random(1000), k...), zipped(t, "A.key", []byte(k))} {
			require.True(t, pgp.HasSecret(data), k)
		}
	}
}

// What is no secret key goes out.
func TestSecretScannerLetsPass(t *testing.T) {
	for name, data := range map[string][]byte{
		"nothing":         nil,
		"prose":           bytes.Repeat([]byte("We rotated the private key (see below) and the private-key (backup) file. PRIVATE KEY? "), 500),
		"a card's stub":   []byte("(20:shadowed-private-key(3:rsa(1:n257:"),
		"certificates":    append(mime64(alice().Cert().Bytes()), carol().Cert().Armor()...),
		"certificate zip": zipped(t, "cert.gpg", rita().Cert().Bytes()),
		"zeros":           make([]byte, 1<<20),
		"fours":           bytes.Repeat([]byte{4}, 1<<20),
		"key bodies":      bytes.Repeat([]byte{0xc5, 90, 4, 0x60, 0, 0, 0, 22}, 1<<15),
		"base64 noise":    mime64(random(1 << 20)),
		"hex noise":       []byte(fold(hex.EncodeToString(random(1<<18)), 64)),
		"UTF-16 prose":    in16(bytes.Repeat([]byte("Nothing to see here. "), 1000), false),
		"zip noise":       zipped(t, "noise", random(3<<20)),
		"a broken zip":    []byte("PK\x03\x04" + strings.Repeat("\xff", 60)),
		"zip heads":       bytes.Repeat([]byte("PK\x03\x04\x14\x00\x08\x00\x08\x00aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 30_000),
	} {
		require.False(t, pgp.HasSecret(data), name)
	}
}

func TestSigningScansToo(t *testing.T) {
	text, err := bob().ExportUnlocked()
	require.NoError(t, err)
	e := at(t0.Add(day))
	_, err = e.SignCleartext(t.Context(), text, alice().Secret)
	require.ErrorIs(t, err, pgp.ErrSecretMaterial)
	require.ErrorIs(t, e.SignInline(t.Context(), io.Discard, bytes.NewReader(text), secrets(alice()), pgp.Form{}), pgp.ErrSecretMaterial)
}

// Nothing of a short text is written, wherever in it the key stands.
func TestNothingIsWrittenOfASecret(t *testing.T) {
	e := at(t0.Add(day))
	text, err := bob().ExportUnlocked()
	require.NoError(t, err)
	for _, data := range [][]byte{text, mime64(text), append(random(200_000), text...)} {
		var out counter
		env := pgp.Envelope{To: to(alice())}
		require.ErrorIs(t, e.Encrypt(t.Context(), &out, bytes.NewReader(data), env), pgp.ErrSecretMaterial)
		require.Zero(t, out.n)
		// A report about a leaked key is relayed as it is.
		env.AllowSecretKeys = true
		require.NoError(t, e.Encrypt(t.Context(), &out, bytes.NewReader(data), env))
	}
}

func TestSharedSecretUTF16(t *testing.T) {
	dir := os.Getenv("CVD_TEST_SHARED")
	if dir == "" {
		dir = "../../shared"
	}
	data, err := os.ReadFile(filepath.Join(dir, "data/mail/41-secret-utf16.txt"))
	if err != nil {
		t.Skipf("needs the shared test data: %v", err)
	}
	require.True(t, pgp.HasSecret(data))
}

// FuzzSecretScanner: the pieces in which data comes decide nothing, and a
// secret key behind anything binary is found.
func FuzzSecretScanner(f *testing.F) {
	secret, err := io.ReadAll(unlocked(f, alice().Secret))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("hello"), uint16(3))
	f.Add(zipped(f, "a", secret), uint16(100))
	f.Add(mime64(mime64(secret)), uint16(77))
	f.Add(in16(secret, false), uint16(8))
	f.Add([]byte(agentKeys[0]), uint16(1))
	f.Add(gzipped(f, secret), uint16(4096))
	f.Fuzz(func(t *testing.T, data []byte, size uint16) {
		whole := pgp.HasSecret(data)
		var s pgp.SecretScanner
		for rest := data; len(rest) > 0; {
			n := min(len(rest), int(size)+1)
			s.Write(rest[:n])
			rest = rest[n:]
		}
		if found := s.Close() != nil; found != whole {
			t.Fatalf("in pieces of %d: %t, as a whole: %t", int(size)+1, found, whole)
		}
		if !pgp.HasSecret(append(append(data, 0xff), secret...)) {
			t.Fatal("a secret key is not found behind this")
		}
	})
}
