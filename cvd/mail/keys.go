package mail

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/pgp"
)

// Key is a certificate that a mail brought along. It is a proposal only: anybody can
// send one for any address. A human compares the fingerprint by another way, then
// gives it to the participant with cvd.ChangeParty, and the certificate to Certs.
type Key struct {
	Fingerprint string   `json:"fingerprint"`         // in hexadecimal, upper case
	Addresses   []string `json:"addresses,omitempty"` // in its user IDs
	Source      string   `json:"source"`              // "autocrypt" or "attachment"
	// OfSender tells that it carries the address in From.
	OfSender bool     `json:"of_sender"`
	Cert     pgp.Cert `json:"-"` // the certificate itself
}

// maxKeys bounds what one mail can propose.
const maxKeys = 10

// keys finds the certificates in the Autocrypt field (autocrypt.org, level 1) and in
// attached files and texts.
func (l *letter) keys() (out []Key) {
	add := func(source string, data []byte, most int64) {
		certs, _, _ := pgp.ParseCerts(bytes.NewReader(data), pgp.ParseOptions{MaxBytes: most, MaxCerts: maxKeys})
		for _, c := range certs {
			if len(out) < maxKeys && !slices.ContainsFunc(out, func(k Key) bool { return k.Fingerprint == c.Fingerprint() }) {
				out = append(out, Key{Fingerprint: c.Fingerprint(), Addresses: c.Addresses(), Source: source, OfSender: l.from != "" && c.HasAddress(l.from), Cert: c})
			}
		}
	}
	fields := 0
	for _, f := range l.m.Outer.Fields() {
		if strings.EqualFold(f.Name, "Autocrypt") {
			if address, data := autocrypt(f.Value); strings.EqualFold(address, l.from) && data != nil {
				if fields++; fields > 1 { // two of one address: neither counts
					out = nil
					break
				}
				add("autocrypt", data, 64<<10)
			}
		}
	}
	for _, p := range l.m.Parts[:min(len(l.m.Parts), 100)] {
		name := strings.ToLower(p.Name)
		is := p.Type == "application/pgp-keys" || p.Attached && (strings.HasSuffix(name, ".asc") || strings.HasSuffix(name, ".gpg") || strings.HasSuffix(name, ".pgp") || strings.HasSuffix(name, ".key"))
		if !is || p.Size > 256<<10 || p.Closed {
			continue
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(p.Open()); err == nil {
			add("attachment", b.Bytes(), 256<<10)
		}
	}
	return out
}

// autocrypt reads "addr=a@b; prefer-encrypt=mutual; keydata=BASE64". An attribute that
// is not known and does not begin with an underscore makes the field void.
func autocrypt(s string) (address string, key []byte) {
	for part := range strings.SplitSeq(s, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name = strings.TrimSpace(name); {
		case name == "addr":
			address = strings.TrimSpace(value)
		case name == "keydata":
			data, err := base64.StdEncoding.DecodeString(strings.Map(func(r rune) rune {
				if r <= ' ' {
					return -1
				}
				return r
			}, value))
			if err != nil {
				return "", nil
			}
			key = data
		case name == "prefer-encrypt", name == "", strings.HasPrefix(name, "_"):
		default:
			return "", nil
		}
	}
	return address, key
}
