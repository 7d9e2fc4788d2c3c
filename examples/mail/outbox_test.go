package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// house is a team with a database, run by this command only.
type house struct {
	t    *testing.T
	dir  string
	team pgp.Secret
	rita pgp.Secret
	args []string
}

func newHouse(t *testing.T) *house {
	h := &house{t: t, dir: t.TempDir()}
	var err error
	for s, address := range map[*pgp.Secret]string{&h.team: "security@team.example", &h.rita: "rita@finder.example"} {
		*s, _, err = (&pgp.Engine{}).Generate(pgp.KeySpec{Address: address})
		require.NoError(t, err)
	}
	key, err := h.team.ExportUnlocked()
	require.NoError(t, err)
	h.file("team.key", string(key))
	h.file("rita.cert", string(h.rita.Cert().Armor()))
	conf := h.file("config.json", `{"address": "security@team.example", "aliases": ["psirt@team.example"], "authserv_id": "mx.team.example",
		"keys": ["team.key"], "certs": ["rita.cert"], "separator": "+"}`)
	h.args = []string{"-db", filepath.Join(h.dir, "cases.db"), "-config", conf}
	return h
}

func (h *house) file(name, text string) string {
	name = filepath.Join(h.dir, name)
	require.NoError(h.t, os.WriteFile(name, []byte(text), 0o600))
	return name
}

func (h *house) run(cmd string, args ...string) string {
	h.t.Helper()
	var out, errs bytes.Buffer
	require.Zero(h.t, run(h.t.Context(), append(append([]string{cmd}, h.args...), args...), strings.NewReader(""), &out, &errs), errs.String())
	return out.String()
}

func (h *house) take(raw string, args ...string) (x taken) {
	h.t.Helper()
	require.NoError(h.t, json.Unmarshal([]byte(h.run("intake", append(append([]string{"-json"}, args...), h.file("in.eml", raw))...)), &x))
	return x
}

// mails empties the outbox.
func (h *house) mails() (out []*pgpmime.Mail) {
	h.t.Helper()
	dir := h.t.TempDir()
	h.run("outbox", "-out", dir)
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(h.t, err)
	for _, n := range names {
		require.True(h.t, strings.HasSuffix(n, ".eml"))
		f, err := os.Open(n)
		require.NoError(h.t, err)
		m, err := pgpmime.Opener{Keyring: pgp.Keyring{Secrets: []pgp.Secret{h.rita}, Certs: []pgp.Cert{h.team.Cert()}}}.Open(h.t.Context(), f)
		require.NoError(h.t, err)
		require.NoError(h.t, f.Close())
		h.t.Cleanup(func() { m.Close() })
		require.Equal(h.t, pgp.Valid, pgp.Best(m.Signatures()))
		out = append(out, m)
	}
	return out
}

// Members are handed what comes in, and their answers come back.
func TestMembersByOutbox(t *testing.T) {
	h := newHouse(t)
	h.file("config.json", `{"address": "security@team.example", "authserv_id": "mx.team.example", "keys": ["team.key"], "smtp": "localhost:587", "certs": ["rita.cert"], "members": ["rita@finder.example"]}`)
	r := h.take("From: eve@x.example\r\nMessage-ID: <1@x.example>\r\nSubject: Overflow\r\n\r\nThe long frame.\r\n")
	mails := h.mails()
	require.Len(t, mails, 2)
	for _, m := range mails {
		text, _ := m.Text()
		require.Equal(t, m.Encrypted(), strings.Contains(text, "The long frame."))
		if m.Encrypted() {
			a := h.take("Authentication-Results: mx.team.example; dmarc=pass header.from=finder.example\r\nFrom: rita@finder.example\r\nMessage-ID: <2@finder.example>\r\nIn-Reply-To: <" + m.MessageID() + ">\r\n\r\nReproduced.\r\n")
			require.Equal(t, "message", string(a.Result))
			require.Equal(t, r.Case, a.Case)
		}
	}
	require.Empty(t, h.mails())
}

func TestOutboxAndPost(t *testing.T) {
	h := newHouse(t)
	const pass = "Authentication-Results: mx.team.example; dmarc=pass header.from=finder.example\r\n"
	r := h.take(pass + "From: rita@finder.example\r\nMessage-ID: <1@finder.example>\r\nSubject: Overflow in frobd\r\n\r\nThe long frame.\r\n")
	require.Equal(t, "submission", string(r.Result))
	require.True(t, r.Answered)
	mails := h.mails()
	require.Len(t, mails, 1)
	text, _ := mails[0].Text()
	require.Contains(t, text, r.Case)
	require.NotContains(t, text, "frame")
	require.Empty(t, h.mails(), "once")

	h.run("post", "-case", strings.ToLower(r.Case), "-to", "2", "Which version", "is it?")
	mails = h.mails()
	require.Len(t, mails, 1)
	require.True(t, mails[0].Encrypted())
	text, _ = mails[0].Text()
	require.Contains(t, text, "Which version is it?")
	answer := func(id, header string, args ...string) taken {
		return h.take(pass+"From: rita@finder.example\r\nMessage-ID: <"+id+"@finder.example>\r\n"+header+"\r\n\r\nAll. "+id+"\r\n", args...)
	}
	to := strings.Trim(strings.Fields(mails[0].Outer.Get("Reply-To"))[0], "<>")
	require.True(t, strings.HasPrefix(to, "security+"))
	require.Equal(t, "message", string(answer("2", "X: y", "-envelope-to", to).Result))
	require.Equal(t, "message", string(answer("3", "In-Reply-To: <"+mails[0].MessageID()+">").Result))

	var c struct {
		Number   string
		Messages []struct{ Text string }
		Reports  []struct{ Summary string }
	}
	d := json.NewDecoder(strings.NewReader(h.run("cases", "-json")))
	require.NoError(t, d.Decode(&c))
	require.Equal(t, r.Case, c.Number)
	require.Contains(t, c.Reports[0].Summary, "The long frame.")
	require.Contains(t, c.Messages[len(c.Messages)-1].Text, "All. 3")
	require.ErrorIs(t, d.Decode(&c), io.EOF)
	require.Contains(t, h.run("cases"), r.Case)

	for _, bad := range [][]string{
		append([]string{"post", "-case", "CVD-1900-00000", "-to", "2", "x"}, h.args...), append(append([]string{"post"}, h.args...), "-case", r.Case, "-to", "two", "x"),
		append(append([]string{"post"}, h.args...), "-case", "CVD-1900-00000", "-to", "2", "x"), append(append([]string{"post"}, h.args...), "-case", r.Case, "-to", "9", "x"),
		append(append([]string{"outbox"}, h.args...), "-out", filepath.Join(h.dir, "none")), {"outbox", "-db", "x"}, {"cases"}, append([]string{"post"}, h.args...),
	} {
		var errs bytes.Buffer
		require.NotZero(t, run(t.Context(), bad, strings.NewReader(""), io.Discard, &errs), "%q", bad)
		require.NotEmpty(t, errs.String())
	}
}
