package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

func TestDemo(t *testing.T) {
	var out, errs bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"-demo"}, nil, &out, &errs), errs.String())
	for _, want := range []string{"eve@example.org: NOT REACHED: pgp: key expired", "ana reads: subject \"Overflow in the parser\", signature valid", "ben cannot read it"} {
		require.Contains(t, out.String(), want)
	}
}

func TestRelayFiles(t *testing.T) {
	dir := t.TempDir()
	e := &pgp.Engine{}
	make1 := func(name string, lifetime time.Duration) (pgp.Secret, string) {
		k, _, err := e.Generate(pgp.KeySpec{Address: name + "@example.org", Lifetime: lifetime})
		require.NoError(t, err)
		file := filepath.Join(dir, name+".asc")
		require.NoError(t, os.WriteFile(file, k.Cert().Armor(), 0o600))
		return k, file
	}
	team, _ := make1("team", 0)
	locked, err := team.Export([]byte("sesame"))
	require.NoError(t, err)
	key := filepath.Join(dir, "team.key")
	require.NoError(t, os.WriteFile(key, locked, 0o600))
	ana, anaFile := make1("ana", 0)
	finder, finderFile := make1("finder", 0)
	d := &pgpmime.Draft{From: []string{"finder@example.org"}, To: []string{"team@example.org"}, Subject: "s", Text: "the flaw"}
	mail, err := d.Encrypt(t.Context(), e, pgp.Envelope{To: []pgp.Recipient{{Address: "team@example.org", Cert: team.Cert()}}, From: []pgp.Secret{finder}})
	require.NoError(t, err)

	args := []string{"-team", "team@example.org", "-key", key, "-member", "ana@example.org=" + anaFile,
		"-member", "else@example.org=" + anaFile, "-senders", finderFile, "-out", dir}
	t.Setenv("TEAM_PASS", "sesame")
	var out, errs bytes.Buffer
	require.Equal(t, 1, run(t.Context(), args, bytes.NewReader(mail), &out, &errs))
	require.Contains(t, errs.String(), "-passphrase-env", "the error says what to do")

	out.Reset()
	require.Zero(t, run(t.Context(), append(args, "-passphrase-env", "TEAM_PASS"), bytes.NewReader(mail), &out, &errs), errs.String())
	require.Contains(t, out.String(), "else@example.org: NOT REACHED: pgp: no user ID of the address")
	got, err := os.ReadFile(filepath.Join(dir, "ana@example.org.eml"))
	require.NoError(t, err)
	o := pgpmime.Opener{Engine: e, Keyring: pgp.Keyring{Secrets: []pgp.Secret{ana}, Certs: []pgp.Cert{team.Cert()}}}
	m, err := o.Open(t.Context(), bytes.NewReader(got))
	require.NoError(t, err)
	require.Contains(t, string(m.Parts[0].Data), "Signature: VALID, key "+finder.Fingerprint())
	require.Contains(t, string(m.Parts[1].Data), "the flaw")

	require.Equal(t, 1, run(t.Context(), nil, strings.NewReader(""), &out, &errs))
	require.Equal(t, 2, run(t.Context(), []string{"-x"}, nil, &out, &errs))
}
