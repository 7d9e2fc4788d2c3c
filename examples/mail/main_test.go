package main

import (
	"bytes"
	"encoding/json"
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
	require.Zero(t, run(t.Context(), []string{"demo"}, nil, &out, &errs), errs.String())
	for _, want := range []string{"eve@example.org: NOT REACHED: pgp: key expired", "ana reads: subject \"Overflow in the parser\", signature valid", "ben cannot read it"} {
		require.Contains(t, out.String(), want)
	}
}

// desk is a directory with keys and a mail.
type desk struct {
	dir          string
	team, finder pgp.Secret
	mail         string
}

func (d desk) path(name string) string { return filepath.Join(d.dir, name) }

func newDesk(t *testing.T) desk {
	d := desk{dir: t.TempDir()}
	e := &pgp.Engine{}
	key := func(name string) pgp.Secret {
		k, _, err := e.Generate(pgp.KeySpec{Address: name + "@example.org"})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(d.path(name+".cert"), k.Cert().Armor(), 0o600))
		locked, err := k.Export([]byte("sesame"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(d.path(name+".key"), locked, 0o600))
		return k
	}
	d.team, d.finder = key("team"), key("finder")
	key("ana")
	draft := &pgpmime.Draft{From: []string{"finder@example.org"}, To: []string{"team@example.org"}, Subject: "a flaw", Text: "the flaw", MessageID: "1@example.org", Date: time.Now()}
	var b bytes.Buffer
	require.NoError(t, draft.Encrypt(t.Context(), &b, e, pgp.Envelope{To: []pgp.Recipient{{Address: "team@example.org", Cert: d.team.Cert()}}, From: []pgp.Secret{d.finder}}))
	d.mail = d.path("in.eml")
	require.NoError(t, os.WriteFile(d.mail, b.Bytes(), 0o600))
	return d
}

func TestOpen(t *testing.T) {
	d := newDesk(t)
	t.Setenv("TEAM_PASS", "sesame")
	args := []string{"open", "-json", "-key", d.path("team.key"), "-cert", d.path("finder.cert"), "-passphrase-env", "TEAM_PASS"}
	var out, errs bytes.Buffer
	require.Equal(t, 1, run(t.Context(), append(args, d.path("none.eml"), d.mail), nil, &out, &errs), "one bad file does not stop the others")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	require.Contains(t, lines[0], `"error"`)
	var got map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[1]), &got))
	require.Equal(t, "encrypted", got["form"])
	require.Equal(t, true, got["encrypted"])
	require.Equal(t, "a flaw", got["subject"])
	require.Equal(t, "the flaw", strings.TrimSpace(got["text"].(string)))
	require.Equal(t, "1@example.org", got["message_id"])
	require.Equal(t, []any{"finder@example.org"}, got["from"])
	sig := got["signatures"].([]any)[0].(map[string]any)
	require.Equal(t, "valid", sig["status"])
	require.Equal(t, d.finder.Fingerprint(), sig["fingerprint"])
	require.Equal(t, []any{"finder@example.org"}, sig["addresses"])
	require.Equal(t, true, sig["bound_to_from"])
	reply := got["reply"].(map[string]any)
	require.Equal(t, []any{"finder@example.org"}, reply["to"])
	require.NotContains(t, reply, "confirm")
	require.NotContains(t, got, "unread")

	out.Reset()
	require.Zero(t, run(t.Context(), append([]string{"open"}, append(args[2:], d.mail)...), nil, &out, &errs))
	require.Contains(t, out.String(), "Signature: VALID, key "+d.finder.Fingerprint())
	require.Contains(t, out.String(), "the flaw")

	out.Reset()
	require.Equal(t, 1, run(t.Context(), []string{"open", "-json", d.mail}, nil, &out, &errs))
	require.Contains(t, out.String(), `"unread":[{"kind":"encrypted"`)
	require.Equal(t, 2, run(t.Context(), []string{"open"}, nil, &out, &errs))
	require.Equal(t, 2, run(t.Context(), nil, nil, &out, &errs))
}

func TestRelay(t *testing.T) {
	d := newDesk(t)
	ana := d.path("ana.cert")
	args := []string{"relay", "-key", d.path("team.key"), "-cert", d.path("finder.cert"), "-member", ana, "-member", "else@example.org=" + ana, "-out", d.dir}
	var out, errs bytes.Buffer
	require.Equal(t, 1, run(t.Context(), append(args, d.mail), nil, &out, &errs))
	require.Contains(t, errs.String(), "-passphrase-env", "the error says what to do")
	t.Setenv("TEAM_PASS", "sesame")
	mail, err := os.ReadFile(d.mail)
	require.NoError(t, err)
	require.Zero(t, run(t.Context(), append(args, "-passphrase-env", "TEAM_PASS", "-"), bytes.NewReader(mail), &out, &errs), errs.String())
	require.Contains(t, out.String(), "else@example.org: NOT REACHED: pgp: no user ID of the address")
	names, err := filepath.Glob(d.path("*.eml"))
	require.NoError(t, err)
	require.Len(t, names, 2, "in.eml and one for Ana, named by her fingerprint")

	out.Reset()
	for _, name := range names {
		if name != d.mail {
			require.Zero(t, run(t.Context(), []string{"open", "-json", "-key", d.path("ana.key"), "-cert", d.path("team.cert"), "-passphrase-env", "TEAM_PASS", name}, nil, &out, &errs), errs.String())
		}
	}
	require.Contains(t, out.String(), "Signature: VALID, key "+d.finder.Fingerprint())
	require.Contains(t, out.String(), "the flaw")
}

// The corpus of mails that real programs and attackers wrote.
func TestSharedMails(t *testing.T) {
	shared := os.Getenv("CVD_TEST_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	dir := filepath.Join(shared, "data", "mail")
	files, _ := filepath.Glob(filepath.Join(dir, "*.eml"))
	if len(files) == 0 {
		t.Skipf("needs the mails of %s", dir)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	var out, errs bytes.Buffer
	args := []string{"open", "-json", "-key", at("team.key"), "-cert", at("alice.cert"), "-cert", at("mallory.cert"), "-cert", at("team.cert")}
	require.Zero(t, run(t.Context(), append(args, files...), nil, &out, &errs), errs.String())
	for line := range strings.Lines(out.String()) {
		var r result
		require.NoError(t, json.Unmarshal([]byte(line), &r))
		require.Empty(t, r.Error, r.File)
		if !strings.Contains(r.File, "dotdot") && !strings.Contains(r.File, "folded") {
			require.NotEmpty(t, r.Text, r.File)
		}
		if strings.Contains(r.File, "stolen") || strings.Contains(r.File, "mismatch") {
			require.NotNil(t, r.Reply)
			require.Empty(t, r.Reply.To, r.File)
			require.Contains(t, r.Reply.Confirm, "mallory@evil.example", r.File)
		}
	}
}
