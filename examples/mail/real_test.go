package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

// realHouse is a team whose mail goes over a real Postfix and Dovecot, which
// .ci/services/mail.sh starts.
func realHouse(t *testing.T) *house {
	if os.Getenv("CVD_TEST_SUBMISSION") == "" {
		t.Skip("no mail server: CVD_TEST_SUBMISSION is not set")
	}
	h := newHouse(t)
	h.file("password", "password\n")
	h.file("config.json", fmt.Sprintf(`{"address": "security@team.example", "aliases": ["security@desk.example"], "keys": ["team.key"], "certs": ["rita.cert", "away.cert"], "separator": "+",
		"smtp": {"addr": %q, "user": "security@team.example", "password": "password", "ca": %q},
		"imap": {"addr": %q, "user": "security@team.example", "password": "password", "ca": %q, "done": "Done"}}`,
		os.Getenv("CVD_TEST_SUBMISSION"), os.Getenv("CVD_TEST_MAIL_CA"), os.Getenv("CVD_TEST_IMAP"), os.Getenv("CVD_TEST_MAIL_CA")))
	away, _, err := (&pgp.Engine{}).Generate(pgp.KeySpec{Address: "away@finder.example"})
	require.NoError(t, err)
	h.file("away.cert", string(away.Cert().Armor()))
	for _, user := range []string{"security@team.example", "rita@finder.example", "away@finder.example"} {
		h.box(user, true)
	}
	return h
}

// box returns the mails of a mailbox, and empties it.
func (h *house) box(user string, all bool) (out [][]byte) {
	h.t.Helper()
	c, err := imapclient.DialTLS(os.Getenv("CVD_TEST_IMAP"), &imapclient.Options{TLSConfig: h.tls()})
	require.NoError(h.t, err)
	defer c.Close()
	require.NoError(h.t, c.Login(user, "password").Wait())
	_, err = c.Select("INBOX", nil).Wait()
	require.NoError(h.t, err)
	found, err := c.UIDSearch(&imap.SearchCriteria{}, nil).Wait()
	require.NoError(h.t, err)
	if uids := found.AllUIDs(); len(uids) > 0 {
		set := imap.UIDSetNum(uids...)
		msgs, err := c.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
		require.NoError(h.t, err)
		for _, m := range msgs {
			out = append(out, m.BodySection[0].Bytes)
		}
		require.NoError(h.t, c.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close())
		require.NoError(h.t, c.Expunge().Close())
	}
	return out
}

func (h *house) tls() *tls.Config {
	t := &team{file: filepath.Join(h.dir, "config.json")}
	c, err := t.tls(server{CA: os.Getenv("CVD_TEST_MAIL_CA")})
	require.NoError(h.t, err)
	c.ServerName = "127.0.0.1"
	return c
}

// wait asks until something comes.
func (h *house) wait(what string, f func() bool) {
	h.t.Helper()
	for range 150 {
		if f() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	h.t.Fatal("it did not come: " + what)
}

// fetched fetches until n mails were taken.
func (h *house) fetched(n int) (out []taken) {
	h.t.Helper()
	h.wait("mail of the team", func() bool {
		d := json.NewDecoder(strings.NewReader(h.run("fetch", "-json")))
		for d.More() {
			var x taken
			require.NoError(h.t, d.Decode(&x))
			out = append(out, x)
		}
		return len(out) >= n
	})
	require.Len(h.t, out, n)
	return out
}

func (h *house) got(user string) []byte {
	h.t.Helper()
	var mails [][]byte
	h.wait("mail of "+user, func() bool { mails = append(mails, h.box(user, true)...); return len(mails) > 0 })
	require.Len(h.t, mails, 1)
	return mails[0]
}

// swaks hands a mail to the MX, as any server does.
func (h *house) swaks(from, to, data string) {
	h.t.Helper()
	out, err := exec.Command("swaks", "--server", os.Getenv("CVD_TEST_MX"), "--helo", "mx.finder.example", "--from", from, "--to", to, "--data", h.file("out.eml", strings.ReplaceAll(data, "\r\n", "\n")), "--hide-all").CombinedOutput()
	require.NoError(h.t, err, "%s", out)
}

func command(t *testing.T, stdin string, name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	c.Stdin = strings.NewReader(stdin)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	require.NoError(t, err, "%s %v: %s", name, args, errs.String())
	return string(out)
}

// A report that gpg encrypted comes in; the answer is read by gpg and by Sequoia; the
// answer to that comes by sub-address, by Message-ID, and by neither.
func TestRealConversation(t *testing.T) {
	h := realHouse(t)
	home := t.TempDir()
	require.NoError(t, os.Chmod(home, 0o700))
	secret, err := h.rita.ExportUnlocked()
	require.NoError(t, err)
	gpg := func(stdin string, args ...string) string {
		t.Helper()
		return command(t, stdin, "gpg", append([]string{"--homedir", home, "--batch", "--no-tty", "--trust-model", "always"}, args...)...)
	}
	t.Cleanup(func() { exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() })
	gpg(string(secret), "--import")
	gpg(string(h.team.Cert().Armor()), "--import")
	sealed := gpg("Content-Type: text/plain\r\n\r\nThe long frame overflows.\r\n", "--armor", "--sign", "--encrypt", "-u", "rita@finder.example", "-r", "security@team.example")
	h.swaks("rita@finder.example", "security@team.example", "From: Rita <rita@finder.example>\nTo: security@team.example\nSubject: ...\nMessage-ID: <r1@finder.example>\nMIME-Version: 1.0\n"+
		"Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\n\n--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--b\nContent-Type: application/octet-stream\n\n"+sealed+"\n--b--\n")
	r := h.fetched(1)[0]
	require.Equal(t, "submission", string(r.Result), "%+v", r)
	require.Equal(t, "signature", r.Sender.KnownBy.String())
	require.Contains(t, h.run("cases", "-json"), "The long frame overflows.")
	h.run("send")
	h.got("rita@finder.example")
	h.run("post", "-case", r.Case, "-to", "2", "Which version is it?")
	h.run("send")
	raw := h.got("rita@finder.example")
	require.NotContains(t, string(raw), "Which version")
	from, to := bytes.Index(raw, []byte("-----BEGIN PGP MESSAGE")), bytes.Index(raw, []byte("-----END PGP MESSAGE-----"))
	require.Positive(t, from)
	message := string(raw[from:to]) + "-----END PGP MESSAGE-----\n"
	require.Contains(t, gpg(message, "--decrypt"), "Which version is it?")
	if _, err := exec.LookPath("sqop"); err == nil {
		require.Contains(t, command(t, message, "sqop", "decrypt", h.file("rita.key", string(secret))), "Which version is it?")
	}
	m, err := pgpmime.Opener{Keyring: pgp.Keyring{Secrets: []pgp.Secret{h.rita}, Certs: []pgp.Cert{h.team.Cert()}}}.Open(t.Context(), bytes.NewReader(raw))
	require.NoError(t, err)
	defer m.Close()
	address := strings.Trim(m.Outer.Get("Reply-To")[strings.LastIndex(m.Outer.Get("Reply-To"), "<"):], "<>")
	signed := func(id, text, inReplyTo string) string {
		var b bytes.Buffer
		d := &pgpmime.Draft{From: []string{"rita@finder.example"}, To: []string{"security@team.example"}, Text: text, MessageID: id, InReplyTo: inReplyTo}
		require.NoError(t, d.Sign(t.Context(), &b, &pgp.Engine{}, h.rita))
		return b.String()
	}
	h.swaks("rita@finder.example", address, signed("r2@finder.example", "by sub-address", ""))
	h.swaks("rita@finder.example", "security@team.example", signed("r3@finder.example", "by Message-ID", m.MessageID()))
	h.swaks("rita@finder.example", "security@team.example", signed("r4@finder.example", "by neither, about "+r.Case, ""))
	results := map[string]int{}
	for _, x := range h.fetched(3) {
		results[string(x.Result)]++
		require.Equal(t, x.Result == "message", x.Case == r.Case)
	}
	require.Equal(t, map[string]int{"message": 2, "submission": 1}, results)
}

// A bounce and an answer that nobody is there, from the servers themselves.
func TestRealBounceAndVacation(t *testing.T) {
	h := realHouse(t)
	h.swaks("gone@finder.example", "security@team.example", "From: gone@finder.example\nMessage-ID: <n1@finder.example>\nSubject: Overflow\n\nThe long frame.\n")
	r := h.fetched(1)[0]
	require.True(t, r.Answered)
	h.run("send")
	b := h.fetched(1)[0]
	require.Equal(t, "report", string(b.Result), "%+v", b)
	require.Equal(t, r.Case, b.Case)

	h.swaks("away@finder.example", "security@team.example", "From: away@finder.example\nMessage-ID: <a1@finder.example>\nSubject: Overflow\n\nAnother frame.\n")
	r = h.fetched(1)[0]
	h.run("send")
	h.run("post", "-case", r.Case, "-to", "2", "Which version is it?")
	h.run("send")
	v := h.fetched(1)[0]
	require.Equal(t, "unverified", string(v.Result), "%+v", v)
	require.Equal(t, 3, v.Rule)
	require.Equal(t, r.Case, v.Case)
	require.False(t, v.Answered)
	h.run("send")
	time.Sleep(time.Second)
	require.Empty(t, h.run("fetch", "-json"), "it ends there")
}

// Postfix hands over by LMTP; what it cannot hand over it keeps.
func TestRealLMTP(t *testing.T) {
	h := realHouse(t)
	socket := os.Getenv("CVD_TEST_LMTP")
	send := func(n int) {
		h.swaks("rita@finder.example", "security@desk.example", fmt.Sprintf("From: rita@finder.example\nMessage-ID: <l%d@finder.example>\nSubject: Overflow\n\nFrame %d.\n", n, n))
	}
	count := func(n int) func() bool {
		return func() bool { return strings.Count(h.run("cases"), "\n") == n }
	}
	serving := func() (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan int, 1)
		go func() {
			done <- run(ctx, append(append([]string{"serve"}, h.args...), "-lmtp", socket), nil, io.Discard, io.Discard)
		}()
		h.wait("the socket", func() bool { return os.Chmod(socket, 0o666) == nil })
		return func() { cancel(); <-done }
	}
	h.run("cases")
	send(1) // nobody listens yet: it waits in the queue
	stop := serving()
	h.wait("the first", count(1))
	send(2)
	h.wait("the second", count(2))
	stop()
	send(3)
	stop = serving()
	defer stop()
	h.wait("the third", count(3))
}
