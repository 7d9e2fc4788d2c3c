package pgpmime_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/pgp"
	"github.com/cvdkit/cvdkit/pgp/pgpmime"
)

const encryptedType = `multipart/encrypted; protocol="application/pgp-encrypted"; boundary=zz`

// pgpMIME is the body of an encrypted mail.
func pgpMIME(ciphertext string) string {
	return "--zz\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--zz\r\nContent-Type: application/octet-stream\r\n\r\n" + ciphertext + "\r\n--zz--\r\n"
}

const report = "Content-Type: text/plain\r\n\r\nthe pump leaks\r\n"

// headed is a mail with a header of one's own.
func headed(header, contentType, body string) []byte {
	return []byte(header + "MIME-Version: 1.0\r\nContent-Type: " + contentType + "\r\n\r\n" + body)
}

// A stolen ciphertext, resent under another name, must not be answered to that
// name: RFC 9788, section 8.2, calls this the reply oracle.
func TestReplyOracle(t *testing.T) {
	stolen := pgpMIME(sealed(t, report, pgp.Form{}))
	m := mustOpen(t, headed("From: mallory@evil.example\r\nCc: eve@evil.example\r\nReply-To: x@evil.example\r\n", encryptedType, stolen), bob(), alice())
	require.Equal(t, pgp.Valid, pgp.Best(m.Signatures()))
	require.False(t, pgpmime.BoundToAll(m.Signatures()[0], m.From()))
	require.Contains(t, m.Flags, pgpmime.FlagSignerNotFrom)
	d := m.Reply()
	require.Equal(t, []string{"x@evil.example"}, d.Unconfirmed())
	require.ElementsMatch(t, []string{"x@evil.example", "mallory@evil.example", "eve@evil.example"}, m.ReplyAll().Unconfirmed())
	d.From, d.To = []string{"bob@example.org"}, []string{"carol@example.org"}
	_, err := encrypt(t, d, engine(), pgp.Envelope{To: to(carol()), From: []pgp.Secret{bob()}})
	require.ErrorIs(t, err, pgpmime.ErrUnconfirmed)

	// From Alice herself: her certificate carries the address.
	m = mustOpen(t, headed("From: Alice <alice@example.org>\r\nCc: eve@evil.example\r\n", encryptedType, stolen), bob(), alice())
	require.Empty(t, m.Reply().Unconfirmed())
	require.Equal(t, []string{"eve@evil.example"}, m.ReplyAll().Unconfirmed(), "an added Cc")

	// Mallory's own signature around Alice's ciphertext says nothing of the text.
	inner := "Content-Type: " + encryptedType + "\r\n\r\n" + stolen
	var sig bytes.Buffer
	_, err = engine().SignDetached(t.Context(), &sig, strings.NewReader(strings.ReplaceAll(strings.ReplaceAll(inner, "\r\n", "\n"), "\n", "\r\n")), carol(), pgp.Form{})
	require.NoError(t, err)
	around := headed("From: carol@example.org\r\n", `multipart/signed; protocol="application/pgp-signature"; boundary=s`,
		"--s\r\n"+inner+"\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\n"+sig.String()+"\r\n--s--\r\n")
	m = mustOpen(t, around, bob(), alice(), carol())
	require.Len(t, m.Layers, 2)
	require.Equal(t, pgp.Valid, pgp.Best(m.Layers[0].Report.Signatures))
	require.Equal(t, alice().Fingerprint(), m.Signatures()[0].Signer)
	require.Equal(t, []string{"carol@example.org"}, m.Reply().Unconfirmed())

	// Nor does his encryption around it.
	protected := "From: carol@example.org\r\nContent-Type: " + strings.Replace(encryptedType, "zz", `"zz"; hp=cipher`, 1) + "\r\n\r\n" + stolen
	var outer bytes.Buffer
	require.NoError(t, engine().Encrypt(t.Context(), &outer, strings.NewReader(protected), pgp.Envelope{To: to(bob()), From: []pgp.Secret{carol()}}))
	m = mustOpen(t, headed("From: carol@example.org\r\n", encryptedType, pgpMIME(outer.String())), bob(), alice(), carol())
	text, _ := m.Text()
	require.Contains(t, text, "the pump leaks")
	require.Equal(t, []string{"carol@example.org"}, m.Reply().Unconfirmed())
}

func TestFromAndSigner(t *testing.T) {
	protected := func(from string, sign ...pgp.Secret) []byte {
		var b bytes.Buffer
		require.NoError(t, engine().Encrypt(t.Context(), &b, strings.NewReader("From: "+from+"\r\nContent-Type: text/plain; hp=cipher\r\n\r\nx\r\n"), pgp.Envelope{To: to(bob()), From: sign}))
		return headed("From: mallory@evil.example\r\n", encryptedType, pgpMIME(b.String()))
	}
	from := func(m *pgpmime.Mail) string { return m.From()[0].Address }
	m := mustOpen(t, protected("alice@example.org"), bob(), alice())
	require.Equal(t, "mallory@evil.example", from(m), "unsigned: RFC 9788, section 4.4")
	require.Contains(t, m.Flags, pgpmime.FlagFromDiffers)
	m = mustOpen(t, protected("alice@example.org", alice()), bob(), alice())
	require.Equal(t, "alice@example.org", from(m))
	require.Empty(t, m.Reply().Unconfirmed())
	require.Equal(t, "mallory@evil.example", from(mustOpen(t, protected("alice@example.org", carol()), bob(), alice(), carol())), "another's signature")

	m = mustOpen(t, headed("From: a@example.org\r\nFrom: b@example.org\r\n", "text/plain", "x"), bob())
	require.Contains(t, m.Flags, pgpmime.FlagTwoFrom)
	require.Len(t, m.OuterFrom(), 2)

	d := draft()
	_, err := sign(t, d, engine(), bob())
	require.ErrorIs(t, err, pgp.ErrWrongAddress, "Draft.From and the signer are compared")
	_, err = encrypt(t, d, engine(), pgp.Envelope{To: to(bob()), From: []pgp.Secret{carol()}})
	require.ErrorIs(t, err, pgp.ErrWrongAddress)
}

func TestQuoteTaints(t *testing.T) {
	data, err := encrypt(t, draft(), engine(), pgp.Envelope{To: to(bob()), From: []pgp.Secret{alice()}})
	require.NoError(t, err)
	d := &pgpmime.Draft{From: []string{"bob@example.org"}, To: []string{"carol@example.org"}, Text: "as Alice wrote"}
	require.False(t, d.Tainted())
	d.Quote(mustOpen(t, data, bob(), alice()))
	_, err = plaintext(t, d)
	require.ErrorIs(t, err, pgpmime.ErrTainted)
	require.Equal(t, []string{"carol@example.org"}, d.Unconfirmed())
}

// Ciphertext elsewhere is opened or told of, and never silent.
func TestCiphertextElsewhere(t *testing.T) {
	c := sealed(t, report, pgp.Form{})
	text := sealed(t, "the pump leaks", pgp.Form{})
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	entity := "Content-Type: " + encryptedType + "\r\n\r\n" + pgpMIME(c)
	mixed := func(parts ...string) []byte {
		return rawMail("multipart/mixed; boundary=o", "--o\r\n"+strings.Join(parts, "\r\n--o\r\n")+"\r\n--o--\r\n")
	}
	version := "Content-Type: application/pgp-encrypted; name=\"PGPMIME version identification\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64("Version: 1\r\n")
	file := "Content-Type: application/octet-stream; name=encrypted.asc\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64(c)
	html := "Content-Type: text/html\r\n\r\n<p>banner</p>"
	plain := "Content-Type: text/plain\r\n\r\n"
	for name, x := range map[string]struct {
		mail []byte
		form pgpmime.Form
		open bool
	}{
		"footer of Workspace":  {mixed(plain+"-- \r\nfooter", entity), pgpmime.FormEncrypted, true},
		"banner before":        {mixed(plain+"CAUTION: external", entity), pgpmime.FormEncrypted, true},
		"banner in HTML":       {mixed(html, entity), pgpmime.FormEncrypted, true},
		"HTML with a link":     {mixed("Content-Type: text/html\r\n\r\n<a href=\"https://evil.example/?", entity), pgpmime.FormNone, false},
		"HTML with an image":   {mixed(plain+"x", entity, "Content-Type: text/html\r\n\r\n<p><img src='https://evil.example/'></p>"), pgpmime.FormNone, false},
		"HTML, open quote":     {mixed("Content-Type: text/html\r\n\r\n<p class=\"x>", entity), pgpmime.FormNone, false},
		"HTML, open comment":   {mixed("Content-Type: text/html\r\n\r\n<p>x</p><!-- ", entity), pgpmime.FormNone, false},
		"HTML, form":           {mixed("Content-Type: text/html\r\n\r\n<textarea>", entity), pgpmime.FormNone, false},
		"HTML, style":          {mixed("Content-Type: text/html\r\n\r\n<p style=\"background:url(x)\">", entity), pgpmime.FormNone, false},
		"Proton":               {mixed(plain+"Empty Message", version, file), pgpmime.FormEncrypted, true},
		"Exchange":             {mixed(plain, version, file), pgpmime.FormEncrypted, true},
		"Exchange, footer":     {mixed(plain, version, file, plain+"footer"), pgpmime.FormEncrypted, true},
		"two parts of Outlook": {mixed(version, file), pgpmime.FormEncrypted, true},
		"no version part":      {mixed(plain, file), pgpmime.FormEncrypted, true},
		"HTML only":            {rawMail("text/html", "<html><body><div>"+strings.ReplaceAll(strings.TrimSpace(text), "\n", "<br>\n")+"</div></body></html>"), pgpmime.FormInline, true},
		"alternative":          {rawMail("multipart/alternative; boundary=o", "--o\r\n"+plain+text+"\r\n--o\r\nContent-Type: text/html\r\n\r\n<pre>"+text+"</pre>\r\n--o--\r\n"), pgpmime.FormInline, true},
		"text around":          {rawMail("text/plain", "see\r\n"+text+"\r\nbye\r\n"), pgpmime.FormNone, false},
		"two messages":         {rawMail("text/plain", text+"\r\n"+text), pgpmime.FormNone, false},
		"cut":                  {rawMail("text/plain", text[:200]), pgpmime.FormNone, false},
		"quoted":               {rawMail("text/plain", "> "+strings.ReplaceAll(text, "\n", "\n> ")), pgpmime.FormNone, false},
		"attached mail":        {mixed(plain+"see", "Content-Type: message/rfc822\r\n\r\nFrom: x@example.org\r\nContent-Type: "+encryptedType+"\r\n\r\n"+pgpMIME(c)), pgpmime.FormNone, false},
		"in the preamble":      {rawMail("multipart/mixed; boundary=o", text+"\r\n--o\r\n\r\nx\r\n--o--\r\n"), pgpmime.FormNone, false},
		"no boundary":          {rawMail(`multipart/encrypted; protocol="application/pgp-encrypted"`, pgpMIME(c)), pgpmime.FormEncrypted, true},
		"unnamed file":         {rawMail("application/octet-stream", text), pgpmime.FormAttachment, true},
		"inline and a file":    {mixed(plain+text, "Content-Type: application/octet-stream; name=poc.bin.pgp\r\nContent-Transfer-Encoding: base64\r\n\r\n"+b64(text)), pgpmime.FormInline, true},
	} {
		m, err := open(t, x.mail, bob(), alice())
		require.NoError(t, err, name)
		require.Equal(t, x.form, m.Form, name)
		got, _ := m.Text()
		for _, p := range m.Parts {
			got += string(content(t, p))
		}
		require.Equal(t, x.open, strings.Contains(got, "the pump leaks"), "%s: %s %v", name, got, m.Unread)
		if !x.open {
			require.NotEmpty(t, m.Unread, name)
			require.Equal(t, pgpmime.UnreadEncrypted, m.Unread[0].Kind, name)
			require.Contains(t, m.Summary(), "NOT READ: encrypted", name)
			require.NotContains(t, m.Summary(), "Encrypted on its way here: NO ", name)
		}
	}
}

// What has a broken signature is read, with its status.
func TestSignatureStatus(t *testing.T) {
	signed, err := sign(t, draft(), engine(), alice())
	require.NoError(t, err)
	i := bytes.Index(signed, []byte("Content-Type: multipart/signed"))
	footer := headed("From: alice@example.org\r\n", "multipart/mixed; boundary=o", "--o\r\n"+string(signed[i:])+"\r\n--o\r\nContent-Type: text/plain\r\n\r\nlist footer\r\n--o--\r\n")
	m := mustOpen(t, footer, bob(), alice())
	require.Equal(t, pgpmime.FormSigned, m.Form)
	require.Equal(t, pgp.Valid, pgp.Best(m.Signatures()))
	text, _ := m.Text()
	require.NotContains(t, text, "list footer")
	require.Contains(t, m.Flags, pgpmime.FlagPartlySigned)
	require.Equal(t, pgp.Unverified, pgp.Best(m.Parts[len(m.Parts)-1].Signatures))

	clear, err := engine().SignCleartext(t.Context(), []byte("the pump leaks"), alice())
	require.NoError(t, err)
	m = mustOpen(t, rawMail("text/plain", "banner\r\n"+string(clear)+"\r\nfooter\r\n"), bob(), alice())
	require.Equal(t, pgpmime.FormCleartext, m.Form)
	require.Len(t, m.Parts, 3)
	text, _ = m.Text()
	require.Equal(t, "the pump leaks", text)
	require.Equal(t, pgp.Valid, pgp.Best(m.Parts[1].Signatures))
	require.Equal(t, pgp.Unverified, pgp.Best(m.Parts[2].Signatures))
	m = mustOpen(t, rawMail("text/plain", strings.Replace(string(clear), "\n\n", "\n\u00a0\n", 1)), bob(), alice())
	require.Equal(t, pgp.Valid, pgp.Best(m.Signatures()), "NBSP as the separator")
	m = mustOpen(t, rawMail("text/plain", "report\r\n"+strings.Replace(string(clear), "pump", "tank", 1)), bob(), alice())
	text, _ = m.Text()
	require.Contains(t, text, "report", "a bad signature hides nothing")
	require.Equal(t, pgp.Bad, pgp.Best(m.Parts[1].Signatures))

	stripped := rawMail(`multipart/signed; protocol="application/pgp-signature"; boundary=s`, "--s\r\n"+report+"\r\n--s--\r\n")
	m = mustOpen(t, stripped, bob())
	require.Equal(t, pgp.Bad, pgp.Best(m.Signatures()))
	require.Equal(t, pgpmime.UnreadSignature, m.Unread[0].Kind)
	m = mustOpen(t, signed, bob())
	require.Equal(t, pgp.UnknownKey, pgp.Best(m.Signatures()))
	m = mustOpen(t, rawMail(`multipart/signed; protocol="application/x-new"; boundary=s`, "--s\r\n"+report+"\r\n--s\r\nContent-Type: application/x-new\r\n\r\nx\r\n--s--\r\n"), bob())
	require.Equal(t, pgpmime.UnreadSignature, m.Unread[0].Kind)
	text, _ = m.Text()
	require.Contains(t, text, "the pump leaks")
	bare := bytes.Replace(signed, []byte("micalg="), []byte("protected; micalg="), 1)
	require.Equal(t, pgp.Valid, pgp.Best(mustOpen(t, bare, bob(), alice()).Signatures()), "a parameter without value")

	// Depth: everything down to a hundred levels is read.
	deep := report
	for i := range 60 {
		deep = fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n%s\r\n--b%d--\r\n", i, i, deep, i)
	}
	text, _ = mustOpen(t, []byte("From: a@example.org\r\n"+deep), bob()).Text()
	require.Contains(t, text, "the pump leaks")
}

func TestInlineArmor(t *testing.T) {
	c := sealed(t, "the pump leaks", pgp.Form{})
	for name, armor := range map[string]string{
		"NBSP":         strings.Replace(c, "\n\n", "\n\u00a0\n", 1),
		"Latin-1 NBSP": strings.Replace(c, "\n\n", "\n\xa0\n", 1),
		"blanks":       strings.Replace(c, "\n\n", "\n  \t\n", 1),
		"no separator": strings.Replace(c, "\n\n", "\n", 1),
		"ends":         strings.ReplaceAll(c, "\n", "  \r\n"),
		"mark":         "\ufeff" + c,
	} {
		m := mustOpen(t, rawMail("text/plain; charset=utf-8", armor), bob(), alice())
		text, _ := m.Text()
		require.Equal(t, "the pump leaks", text, name)
		require.Equal(t, pgp.Valid, pgp.Best(m.Signatures()), name)
	}
	// The charset is that of the mail, unless the armor says another.
	c = sealed(t, "Gr\xfc\xdfe", pgp.Form{})
	for charset, armor := range map[string]string{"iso-8859-1": c, "utf-8": strings.Replace(c, "\n\n", "\nCharset: ISO-8859-1\n\n", 1)} {
		m := mustOpen(t, rawMail("text/plain; charset="+charset, armor), bob(), alice())
		text, ok := m.Text()
		require.True(t, ok)
		require.Equal(t, "Grüße", text)
	}
}

func TestProtectedFallback(t *testing.T) {
	seal := func(inner string) []byte {
		var b bytes.Buffer
		require.NoError(t, engine().Encrypt(t.Context(), &b, strings.NewReader(inner), pgp.Envelope{To: to(bob()), From: []pgp.Secret{alice()}}))
		return headed("From: alice@example.org\r\nTo: bob@example.org\r\nSubject: ...\r\nMessage-ID: <2@example.org>\r\nIn-Reply-To: <1@example.org>\r\n", encryptedType, pgpMIME(b.String()))
	}
	m := mustOpen(t, seal("Subject: real\r\nContent-Type: text/plain; protected-headers=v1\r\n\r\nx"), bob(), alice())
	require.Equal(t, "real", m.Subject())
	require.Equal(t, "1@example.org", m.InReplyTo())
	d := m.Reply()
	require.Equal(t, "2@example.org", d.InReplyTo)
	require.Equal(t, []string{"<alice@example.org>"}, d.To)
	require.Empty(t, d.Unconfirmed())

	// RFC 9788, section 4.5.3, in both kinds of text; and the older form.
	m = mustOpen(t, seal("Subject: real\r\nContent-Type: text/plain; hp=cipher; hp-legacy-display=1\r\n\r\nSubject: real\r\n\r\nthe pump leaks"), bob(), alice())
	text, _ := m.Text()
	require.Equal(t, "the pump leaks", text)
	m = mustOpen(t, seal("Subject: real\r\nContent-Type: text/html; hp=cipher; hp-legacy-display=1\r\n\r\n<div class=\"header-protection-legacy-display\"><pre>Subject: real</pre></div><p>the pump leaks</p>"), bob(), alice())
	text, _ = m.Text()
	require.Equal(t, "the pump leaks\n", text)
	m = mustOpen(t, seal("Subject: real\r\nContent-Type: multipart/mixed; boundary=i; protected-headers=v1\r\n\r\n--i\r\nContent-Type: text/plain; protected-headers=v1\r\n\r\nSubject: real\r\n--i\r\n\r\nthe pump leaks\r\n--i--"), bob(), alice())
	text, _ = m.Text()
	require.Equal(t, "the pump leaks", text)
}

func TestHeaderAccess(t *testing.T) {
	m := mustOpen(t, headed("From: =?iso-2022-jp?B?GyRCMytILxsoQg==?= <a@example.org>\r\nSubject: =?utf-8?Q?=C3=9Cberlauf?=\r\n =?utf-8?Q?_im_Parser?=\r\nReferences: <1@x> <2@x>\r\nDate: Thu, 26 Nov 2026 10:00:00 +0000\r\n", "text/html; charset=utf-8",
		"<html><head><title>no</title><style>p{}</style></head><body>Gr&uuml;&szlig;e<br>a &lt;b&gt; &amp;amp;<p>c</p></body></html>"), bob())
	require.Equal(t, "Überlauf im Parser", m.Subject())
	require.Equal(t, "開発", m.From()[0].Name)
	require.Equal(t, []string{"1@x", "2@x"}, m.References())
	require.Equal(t, time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC), m.Date().UTC())
	text, ok := m.Text()
	require.True(t, ok)
	require.Equal(t, "Grüße\na <b> &amp;\nc\n", text)

	for stated, want := range map[string]string{
		`filename=".."`: "", `filename="../../etc/passwd"`: "passwd", `filename="a..b"`: "a.b", "filename=\"x\u202etxt.exe\"": "x txt.exe",
		`filename*=utf-8''r%C3%A9sum%C3%A9.pdf`: "résumé.pdf", `filename*0="long "; filename*1="name.txt"`: "long name.txt",
		`filename*=iso-8859-1''%FC.txt`: "ü.txt", `filename="=?utf-8?Q?=C3=BC.txt?="`: "ü.txt", `filename=two words.txt; size=3`: "two words.txt", `filename="con:x"`: "con_x",
	} {
		m := mustOpen(t, rawMail("application/octet-stream\r\nContent-Disposition: attachment; "+stated, "x"), bob())
		require.Equal(t, want, m.Parts[0].Name, stated)
	}
	m = mustOpen(t, rawMail("text/plain\r\nContent-Type: multipart/mixed; boundary=x", "the pump leaks"), bob())
	require.Contains(t, m.Flags, pgpmime.FlagAmbiguous)
	text, _ = m.Text()
	require.Equal(t, "the pump leaks", text)
	m = mustOpen(t, []byte("no header at all, only text\r\nsecond line\r\n"), bob())
	text, _ = m.Text()
	require.Contains(t, text, "no header at all")
}

func TestTeamHasSeveralKeys(t *testing.T) {
	tm := pgpmime.Team{Address: "team@example.org", Keys: []pgp.Secret{team(), bob()}, Members: to(carol())}
	out, problems, err := relay(t, tm, rawMail(encryptedType, pgpMIME(sealed(t, report, pgp.Form{}))), alice())
	require.NoError(t, err)
	require.Empty(t, problems)
	m := mustOpen(t, out["carol@example.org"].Bytes(), carol(), team())
	require.Equal(t, team().Fingerprint(), m.Signatures()[0].Signer, "the newest key signs")
	text, _ := m.Text()
	require.Contains(t, text, "the pump leaks")
}

func TestRelaySaysWhatCameHow(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString([]byte(sealed(t, "a file", pgp.Form{})))
	mail := rawMail("multipart/mixed; boundary=o", "--o\r\n\r\nopen text\r\n--o\r\nContent-Type: application/octet-stream; name=poc.bin.pgp\r\nContent-Transfer-Encoding: base64\r\n\r\n"+b64+"\r\n--o--\r\n")
	tm := pgpmime.Team{Address: "team@example.org", Keys: []pgp.Secret{team(), bob()}, Members: to(carol())}
	out, _, err := relay(t, tm, mail, alice())
	require.NoError(t, err)
	m := mustOpen(t, out["carol@example.org"].Bytes(), carol(), team())
	summary := string(content(t, m.Parts[0]))
	require.Contains(t, summary, "Encrypted on its way here: IN PART")
	require.Contains(t, summary, "poc.bin: encrypted, signature valid")
	require.Equal(t, "poc.bin", m.Parts[2].Name)
	require.Equal(t, "a file", string(content(t, m.Parts[2])), "decrypted for the member")
}

func TestSMIME(t *testing.T) {
	for contentType, kind := range map[string]pgpmime.UnreadKind{
		"application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m": pgpmime.UnreadSMIMEEncrypted,
		"application/x-pkcs7-mime; smime-type=signed-data":                  pgpmime.UnreadSMIMESigned,
	} {
		m := mustOpen(t, rawMail(contentType+"\r\nContent-Transfer-Encoding: base64", "MIIB"), bob())
		require.Equal(t, pgpmime.FormSMIME, m.Form)
		require.Equal(t, kind, m.Unread[0].Kind)
		require.Equal(t, []byte{0x30, 0x82, 1}, content(t, m.Parts[0]), "kept")
		d := m.Unreadable(bob().Cert(), "https://psirt.example/report")
		d.From = []string{"bob@example.org"}
		require.False(t, d.Tainted())
		data, err := sign(t, d, engine(), bob())
		require.NoError(t, err)
		require.Contains(t, string(data), bob().Fingerprint())
		require.Contains(t, string(data), "https://psirt.example/report")
		require.Contains(t, string(data), "Auto-Submitted: auto-replied")
	}
	m := mustOpen(t, rawMail(`multipart/signed; protocol="application/pkcs7-signature"; boundary=s`, "--s\r\n"+report+"\r\n--s\r\nContent-Type: application/pkcs7-signature\r\n\r\nx\r\n--s--"), bob())
	text, _ := m.Text()
	require.Contains(t, text, "the pump leaks")
	require.Equal(t, pgpmime.FormSMIME, m.Form)
	require.Equal(t, pgpmime.UnreadSMIMESigned, m.Unread[0].Kind)
}

// An attachment is read from its stream, and a mail on it is not in base64.
func TestDraftFields(t *testing.T) {
	d := draft()
	closed := 0
	stream := func() (io.Reader, error) {
		return &closeCounter{strings.NewReader("streamed"), &closed}, nil
	}
	d.Attachments = []pgpmime.Attachment{{Name: "s.txt", Type: "text/plain", Open: stream},
		{Name: "m.eml", Type: "message/rfc822", Data: []byte("Subject: x\n\nhi\n")}}
	d.ReplyTo, d.References, d.InReplyTo, d.AutoSubmitted = []string{"team@example.org"}, []string{"1@x", "2@x"}, "2@x", "auto-generated"
	data, err := encrypt(t, d, engine(), pgp.Envelope{To: to(bob()), From: []pgp.Secret{alice()}})
	require.NoError(t, err)
	require.Equal(t, 1, closed)
	m := mustOpen(t, data, bob(), alice())
	require.Equal(t, "streamed", string(content(t, m.Parts[1])))
	require.Equal(t, "Subject: x\r\n\r\nhi\r\n", string(content(t, m.Parts[2])))
	require.Equal(t, []string{"1@x", "2@x"}, m.References())
	require.Equal(t, "auto-generated", m.Protected.Get("Auto-Submitted"))
	require.Equal(t, []string{"<team@example.org>"}, m.Reply().To)
	require.Empty(t, m.Reply().Unconfirmed(), "a protected Reply-To")
	d.Attachments[0].Open = func() (io.Reader, error) { return nil, errors.New("gone") }
	_, err = encrypt(t, d, engine(), pgp.Envelope{To: to(bob())})
	require.ErrorContains(t, err, "gone")
}

type closeCounter struct {
	io.Reader
	n *int
}

func (c *closeCounter) Close() error { *c.n++; return nil }

// Nobody finds the key of another in his copy.
func TestBcc(t *testing.T) {
	d := draft()
	d.Bcc = []string{"carol@example.org", "team@example.org"}
	env := pgp.Envelope{To: to(bob(), carol(), team()), From: []pgp.Secret{alice()}}
	_, err := encrypt(t, d, engine(), env)
	require.ErrorIs(t, err, pgpmime.ErrBcc)
	copies := d.Copies()
	require.Len(t, copies, 3)
	for i, k := range []pgp.Secret{bob(), carol(), team()} {
		env := env
		if i == 0 {
			env.To = to(bob())
		}
		data, err := encrypt(t, copies[i], engine(), env)
		require.NoError(t, err)
		require.Equal(t, []string{k.Cert().Addresses()[0]}, copies[i].Recipients())
		m := mustOpen(t, data, k, alice())
		require.Len(t, m.Layers[0].Report.To, 1, "one key ID")
		require.NotContains(t, string(data), "carol")
		for _, f := range slices.Concat(m.Outer.Fields(), m.Protected.Fields()) {
			require.NotEqual(t, "Bcc", f.Name)
		}
	}
}

// Its integrity is intact, only the signature is not good: nothing is lost.
func TestBadSignatureInside(t *testing.T) {
	var signed, sealed bytes.Buffer
	require.NoError(t, engine().SignInline(t.Context(), &signed, strings.NewReader(report), []pgp.Secret{alice()}, pgp.Form{Binary: true}))
	keys, err := openpgp.ReadKeyRing(bytes.NewReader(bob().Cert().Bytes()))
	require.NoError(t, err)
	key := bytes.Repeat([]byte{7}, 32)
	require.NoError(t, packet.SerializeEncryptedKey(&sealed, keys[0].Subkeys[0].PublicKey, packet.CipherAES256, key, nil))
	w, err := packet.SerializeSymmetricallyEncrypted(&sealed, packet.CipherAES256, false, packet.CipherSuite{}, key, nil)
	require.NoError(t, err)
	changed := bytes.Replace(signed.Bytes(), []byte("pump"), []byte("tank"), 1)
	require.NotEqual(t, signed.Bytes(), changed)
	_, err = w.Write(changed)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	block, err := pgp.Armor(sealed.Bytes())
	require.NoError(t, err)
	m := mustOpen(t, rawMail(encryptedType, pgpMIME(string(block))), bob(), alice())
	text, _ := m.Text()
	require.Contains(t, text, "the tank leaks")
	require.Equal(t, pgp.Bad, pgp.Best(m.Signatures()))
	require.Empty(t, m.Signatures()[0].Addresses, "what is bad vouches for nobody")
	require.NotEmpty(t, m.Reply().Unconfirmed())
}

// What came in is not refused for its subject either.
func TestRelayOfKeyMaterialInHeader(t *testing.T) {
	tm := pgpmime.Team{Address: "team@example.org", Keys: []pgp.Secret{team()}, Members: to(carol())}
	mail := headed("From: a@example.org\r\nSubject: -----BEGIN PGP PRIVATE KEY BLOCK-----\r\n", "text/plain", "it is on your server: -----BEGIN PGP PRIVATE KEY BLOCK-----")
	out, _, err := relay(t, tm, mail)
	require.NoError(t, err)
	require.Contains(t, mustOpen(t, out["carol@example.org"].Bytes(), carol()).Subject(), "PRIVATE KEY")
}

// The limits are of the whole mail.
func TestTotals(t *testing.T) {
	file := "Content-Type: application/octet-stream; name=x.pgp\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte(sealed(t, "a file", pgp.Form{}))) + "\r\n--o\r\n"
	mail := rawMail("multipart/mixed; boundary=o", "--o\r\n"+strings.Repeat(file, 40)+"\r\nx\r\n--o--\r\n")
	m := mustOpen(t, mail, bob(), alice())
	n := 0
	for _, u := range m.Unread {
		require.ErrorIs(t, u.Err, pgp.ErrLimit)
		n++
	}
	require.Greater(t, n, 0, "40 files share the trials of one mail")
	require.Less(t, n, 40)

	big := &pgp.Engine{Now: engine().Now, Limits: pgp.Limits{Plaintext: 100}}
	o := pgpmime.Opener{Engine: big, Keyring: pgp.Keyring{Secrets: []pgp.Secret{bob()}}}
	m, err := o.Open(t.Context(), bytes.NewReader(rawMail(encryptedType, pgpMIME(sealed(t, strings.Repeat("x", 200), pgp.Form{})))))
	require.ErrorIs(t, err, pgp.ErrLimit)
	m.Close()

	m, err = pgpmime.Opener{}.Open(t.Context(), strings.NewReader("Subject: x\r\n\r\nhi"))
	require.NoError(t, err, "a zero Opener")
	m.Close()
	_, err = io.ReadAll(m.Parts[0].Open())
	require.Error(t, err, "closed")
}
