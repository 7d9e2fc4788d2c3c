package rfc2350

import (
	"errors"
	"regexp"
	"strings"
	"sync"

	"github.com/cvdkit/cvdkit/pgp"
)

// keyBlocks are the armored blocks of a document. They are read when somebody asks
// for the keys: to repair armor and check self-signatures costs more than to read
// the whole text.
type keyBlocks struct {
	printed  []Key // fingerprints, key IDs and links that the text prints
	blocks   []string
	sec      SectionID
	line     int
	once     sync.Once
	keys     []Key
	findings []Finding
}

// read joins the certificates of the blocks with what is printed, once.
func (l *keyBlocks) read() {
	l.once.Do(func() {
		l.keys = l.addBlocks(append([]Key(nil), l.printed...))
		for i := range l.keys {
			l.keys[i].Section = l.sec
			if l.keys[i].Line == 0 {
				l.keys[i].Line = l.line
			}
			if len(l.keys[i].Fingerprint) == 32 {
				l.add("legacy-fingerprint", Warning, "a fingerprint has 16 bytes: an OpenPGP v3 key, which no current program uses")
			}
		}
		l.printed, l.blocks = nil, nil
	})
}

func (l *keyBlocks) add(code string, sev Severity, msg string) {
	if len(l.findings) < maxFindings {
		l.findings = append(l.findings, Finding{Code: code, Severity: sev, Section: l.sec, Line: l.line, Message: msg})
	}
}

// Keys returns the OpenPGP keys that the document shows, in its order. The first call
// reads the blocks: it repairs their armor and checks their self-signatures, which
// costs more than Parse. Calls may run at the same time. The caller owns the slice.
func (d *Document) Keys() []Key {
	if d.keys == nil {
		return nil
	}
	d.keys.read()
	return append([]Key(nil), d.keys.keys...)
}

// KeyFindings are remarks about the keys of Keys, such as a damaged block or a
// fingerprint that is not the block's. Check and the JSON form list them too.
func (d *Document) KeyFindings() []Finding {
	if d.keys == nil {
		return nil
	}
	d.keys.read()
	return append([]Finding(nil), d.keys.findings...)
}

// addBlocks parses the blocks and joins them with the printed fingerprints.
func (l *keyBlocks) addBlocks(keys []Key) []Key {
	for n, b := range l.blocks {
		if n == 20 {
			break
		}
		certs, repairs, err := pgp.ParseCerts(strings.NewReader(b), pgp.ParseOptions{})
		var kinds []string
		sum := ChecksumNone
		if printedSum.MatchString(b) {
			sum = ChecksumGood
		}
		for _, r := range repairs {
			if r.Kind == pgp.RepairChecksum {
				sum = ChecksumBad
			}
			if !contains(kinds, string(r.Kind)) {
				kinds = append(kinds, string(r.Kind))
			}
		}
		if errors.Is(err, pgp.ErrSecretMaterial) {
			l.add("secret-key", Error, "the document shows a secret key")
			continue
		}
		if len(certs) == 0 {
			l.add("key-damaged", Error, "a key block is damaged and cannot be used")
			keys = markDamaged(keys, kinds, sum)
			continue
		}
		if sum == ChecksumBad {
			// Whatever could be read of it is not what the team published.
			l.add("key-damaged", Error, "the checksum of a key block does not match: it is damaged and was not used")
			keys = markDamaged(keys, kinds, sum)
			continue
		}
		for _, c := range certs {
			keys = l.joinCert(keys, c, kinds, sum)
		}
	}
	return keys
}

var printedSum = regexp.MustCompile(`(?:^|[\s>])=[A-Za-z0-9+/]{4}(?:[\s<-]|$)`)

// markDamaged ties a block that cannot be read to the only printed key without one.
func markDamaged(keys []Key, kinds []string, sum Checksum) []Key {
	for i := range keys {
		if keys[i].Cert.IsZero() && !keys[i].Damaged {
			keys[i].Damaged, keys[i].Repairs, keys[i].Checksum = true, kinds, sum
			return keys
		}
	}
	return append(keys, Key{Damaged: true, Repairs: kinds, Checksum: sum})
}

func (l *keyBlocks) joinCert(keys []Key, c pgp.Cert, kinds []string, sum Checksum) []Key {
	at := -1
	known := 0
	for i, k := range keys {
		if k.Fingerprint == c.Fingerprint() || k.Fingerprint == "" && k.KeyID != "" && strings.HasSuffix(c.Fingerprint(), k.KeyID) {
			at = i
		}
		if k.Fingerprint != "" && k.Cert.IsZero() {
			known++
		}
	}
	if at < 0 {
		if known > 0 {
			l.add("fingerprint-mismatch", Error, "the key block is not the key whose fingerprint is printed")
		}
		keys = append(keys, Key{})
		at = len(keys) - 1
	}
	k := &keys[at]
	k.Cert, k.Fingerprint, k.Repairs, k.Checksum, k.Revoked = c, c.Fingerprint(), kinds, sum, k.Revoked || c.Revoked()
	if k.KeyID == "" {
		k.KeyID = c.KeyID()
	}
	if e := DateOf(c.Expires()); !k.Expires.IsZero() && k.Expires != e {
		l.add("expiry-conflict", Warning, "the printed expiry is not that of the key")
	}
	k.Created, k.Expires, k.UserIDs = DateOf(c.Created()), DateOf(c.Expires()), nil
	for _, u := range c.UserIDs() {
		k.UserIDs = append(k.UserIDs, pgp.Printable(u.Text))
	}
	return keys
}
