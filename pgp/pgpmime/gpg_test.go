package pgpmime_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// The mail of gpg users: their program signs and encrypts the entity.
func TestGPGMail(t *testing.T) {
	if _, err := exec.LookPath("gpg"); err != nil {
		t.Skipf("needs the program gpg: %v", err)
	}
	home, err := os.MkdirTemp("", "gpg")
	require.NoError(t, err)
	t.Cleanup(func() {
		exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		os.RemoveAll(home)
	})
	run := func(in []byte, args ...string) []byte {
		c := exec.Command("gpg", append([]string{"--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--trust-model", "always"}, args...)...)
		c.Stdin = bytes.NewReader(in)
		out, err := c.Output()
		require.NoError(t, err, "%v", args)
		return out
	}
	run(nil, "--quick-gen-key", "them@example.net", "ed25519", "cert,sign", "1y")
	list := string(run(nil, "--with-colons", "--list-keys"))
	run(nil, "--quick-add-key", strings.SplitN(list[strings.Index(list, "\nfpr:")+5:], ":", 10)[8], "cv25519", "encr", "1y")
	e := new(pgp.Engine)
	us, _, err := e.Generate(pgp.KeySpec{Address: "us@example.org"})
	require.NoError(t, err)
	run(us.Cert().Armor(), "--import")
	certs, _, err := pgp.ParseCerts(bytes.NewReader(run(nil, "--export", "them@example.net")), pgp.ParseOptions{})
	require.NoError(t, err)
	o := pgpmime.Opener{Engine: e, Keyring: pgp.Keyring{Secrets: []pgp.Secret{us}, Certs: certs}}

	cipher := run([]byte(inner), "--armor", "--sign", "--encrypt", "-r", "us@example.org")
	m, err := o.Open(t.Context(), bytes.NewReader(rawMail(`multipart/encrypted; protocol="application/pgp-encrypted"; boundary=x`,
		"--x\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--x\nContent-Type: application/octet-stream\n\n"+string(cipher)+"\n--x--\n")))
	require.NoError(t, err)
	require.Equal(t, pgp.Valid, pgp.Best(m.Signatures()))
	text, _ := m.Text()
	require.Equal(t, "Grüße\n", text)

	part := "Content-Type: text/plain\r\n\r\nsigned by gpg  \r\nFrom here\r\n"
	sig := run([]byte(part), "--armor", "--detach-sign")
	m, err = o.Open(t.Context(), bytes.NewReader(rawMail(`multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha512; boundary=x`,
		strings.ReplaceAll("--x\n"+strings.ReplaceAll(part, "\r\n", "\n")+"\n--x\nContent-Type: application/pgp-signature\n\n"+string(sig)+"\n--x--\n", "\r\n", "\n"))))
	require.NoError(t, err)
	require.Equal(t, pgp.Valid, pgp.Best(m.Signatures()))

	// And gpg reads what is written here.
	d := draft()
	d.From, d.To = []string{"us@example.org"}, []string{"them@example.net"}
	data, err := encrypt(t, d, e, pgp.Envelope{To: []pgp.Recipient{{Address: "them@example.net", Cert: certs[0]}}, From: []pgp.Secret{us}})
	require.NoError(t, err)
	block := data[bytes.Index(data, []byte("-----BEGIN PGP")):]
	plain := run(block[:bytes.Index(block, []byte("\r\n--=_"))], "--decrypt")
	require.Contains(t, string(plain), `hp="cipher"`)
	require.Contains(t, string(plain), "HP-Outer: Subject: [...]")
	signed, err := sign(t, d, e, us)
	require.NoError(t, err)
	sep := signed[bytes.Index(signed, []byte("\r\n--=_"))+2:]
	mark := sep[:bytes.Index(sep, []byte("\r\n"))]
	pieces := bytes.Split(signed, append([]byte("\r\n"), mark...))
	sigFile, docFile := filepath.Join(home, "sig"), filepath.Join(home, "doc")
	require.NoError(t, os.WriteFile(docFile, pieces[1][2:], 0o600))
	require.NoError(t, os.WriteFile(sigFile, pieces[2][bytes.Index(pieces[2], []byte("-----BEGIN")):], 0o600))
	run(nil, "--verify", sigFile, docFile)
}
