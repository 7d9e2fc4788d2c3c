package rfc2350

import (
	"errors"
	"regexp"
	"strings"

	"github.com/cvdkit/cvdkit/pgp"
)

// Key is an OpenPGP key that the document shows: its fingerprint, its ID, a block,
// or several of them. What Cert says was checked; what is only printed was not.
// Nothing here is trusted: anyone can write a document.
type Key struct {
	Fingerprint string   // upper case; 40 or 64 digits, 32 for a legacy key
	KeyID       string   // as printed, else of the certificate; upper case
	Created     Date     // of the certificate, else as printed
	Expires     Date     // of the certificate, else as printed; zero if not known or never
	UserIDs     []string // of the certificate, else as printed
	Repairs     []string // what was wrong with the block's armor (see pgp.RepairKind)
	Checksum    Checksum // of the block
	Damaged     bool     // there is a block, but no usable certificate in it
	Revoked     bool
	Role        string   // "signing" for a key that only signs other keys or documents
	Cert        pgp.Cert // zero if the document has no usable block
	Section     SectionID
	Line        int
}

// Checksum is the state of a block's CRC-24.
type Checksum uint8

// States of a checksum.
const (
	ChecksumNone Checksum = iota // no block, or none printed
	ChecksumGood
	ChecksumBad
)

var (
	keyIDForm   = regexp.MustCompile(`(?i)\b(?:key[\s-]{0,2}id|keyid|kid|key|ID|id de la clave|identifiant|id da chave|schlüssel-?id|id kunci|clé publique pgp)\b[^0-9a-f\n]{0,14}(?:0x)?((?:[0-9a-f]{4}[ \x{a0}]?){2,4})(?:[^0-9a-f]|$)|\b0x([0-9a-f]{8}|[0-9a-f]{16})\b|\bpub\s+\w*/(?:0x)?([0-9a-f]{8,16})\b|\bpub\s+\d{3,4}[a-z]/(?:0x)?([0-9a-f]{8,16})\b`)
	subKeyLine  = regexp.MustCompile(`(?i)\b(?:sub|ssb)\s+[\w]*/?$`)
	fprWord     = regexp.MustCompile(`(?i)finger\s?-?print|empreinte|huella|impronta|vingerafdruk|odcisk|otisk|fingerabdruck|impressão|sidik`)
	hashWord    = regexp.MustCompile(`(?i)\b(?:sha-?\d*|md5|hash|checksum)\b[^\n]{0,20}$`)
	expiresForm = regexp.MustCompile(`(?i)(?:expir\pL*|valid(?:ity)?(?: until| to| till)|gültig bis|ablauf\pL*|verfällt|läuft ab|caduca|scaden\pL*|validade|vervalt|ważn\pL*|platn\pL*|berlaku hingga|kadaluarsa|kedaluwarsa)(?: (?:date|on|am|le|el|em|il))?[\s\]:=` + "`" + `*"(-]{0,6}`)
	uidForm     = regexp.MustCompile(`(?i)\buid\b:?\s+(?:\[[^\]]*\]\s*)?([^\n<]{1,100}<[^<>\s]{3,100}>)|\buser ?-?id\b\s*[:=]\s*([^\n]{3,150})`)
	pubDate     = regexp.MustCompile(`(?i)\bpub\s+[\w/]+(?:/[0-9a-fx]+)?\s+(\d{4}-\d\d-\d\d)|\bcreat(?:ed|ion date)\b[\s:=]{1,4}(\d{4}-\d\d-\d\d)`)
	signingWord = regexp.MustCompile(`(?i)master|sign(?:ing)?[- ](?:only )?key|trust anchor|certification key|signaturschlüssel`)
)

// printed is a fingerprint or key ID at a place in the text.
type printed struct {
	start, end int
	hex        string
}

// deriveKeys reads the blocks, fingerprints and key IDs of the section for keys, and
// of the whole document if that has none.
func (d *Document) deriveKeys(order dateOrder) {
	s, ok := d.Section(SecKeys)
	line := s.Line
	text := d.bodiesUpTo(keyBytes, SecKeys)
	plain, blocks := cutBlocks(text)
	plain = clip(plain, valueBytes)
	prints := findFingerprints(plain)
	ids := findKeyIDs(plain)
	if len(prints)+len(ids)+len(blocks) == 0 && len(d.Sections) > 0 {
		for _, x := range d.Sections {
			if c := chapterOf(x.ID); c != "contact" && c != "document" && c != "policies" && x.ID != "" {
				continue
			}
			p, b := cutBlocks(x.head())
			if f := findFingerprints(p); len(f)+len(b) > 0 {
				plain, blocks, prints, ids, line, ok, s = p, b, f, findKeyIDs(p), x.Line, true, x
				break
			}
		}
	}
	if !ok {
		s.ID = ""
	}
	keys := printedKeys(plain, prints)
	mismatched := attachIDs(&keys, plain, ids)
	attachFacts(keys, plain, order)
	out := make([]Key, 0, len(keys)+len(blocks))
	for _, k := range keys {
		out = append(out, k.Key)
	}
	if len(blocks) > 0 {
		out = d.addBlocks(out, blocks, s.ID, line)
	}
	for i := range out {
		out[i].Section, out[i].Line = s.ID, line
		if len(out[i].Fingerprint) == 32 {
			d.add("legacy-fingerprint", Warning, s.ID, line, "a fingerprint has 16 bytes: an OpenPGP v3 key, which no current program uses")
		}
	}
	for _, id := range mismatched {
		d.add("keyid-mismatch", Warning, s.ID, line, "the key ID "+id+" is not the end of the fingerprint")
	}
	if len(out) > 0 {
		d.Keys = out
	}
}

// addBlocks parses the blocks and joins them with the printed fingerprints.
func (d *Document) addBlocks(keys []Key, blocks []string, sec SectionID, line int) []Key {
	for n, b := range blocks {
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
			d.add("secret-key", Error, sec, line, "the document shows a secret key")
			continue
		}
		if len(certs) == 0 {
			d.add("key-damaged", Error, sec, line, "a key block is damaged and cannot be used")
			keys = markDamaged(keys, kinds, sum)
			continue
		}
		if sum == ChecksumBad {
			// Whatever could be read of it is not what the team published.
			d.add("key-damaged", Error, sec, line, "the checksum of a key block does not match: it is damaged and was not used")
			keys = markDamaged(keys, kinds, sum)
			continue
		}
		for _, c := range certs {
			keys = d.joinCert(keys, c, kinds, sum, sec, line)
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

func (d *Document) joinCert(keys []Key, c pgp.Cert, kinds []string, sum Checksum, sec SectionID, line int) []Key {
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
			d.add("fingerprint-mismatch", Error, sec, line, "the key block is not the key whose fingerprint is printed")
		}
		keys = append(keys, Key{})
		at = len(keys) - 1
	}
	k := &keys[at]
	k.Cert, k.Fingerprint, k.Repairs, k.Checksum, k.Revoked = c, c.Fingerprint(), kinds, sum, c.Revoked()
	if k.KeyID == "" {
		k.KeyID = c.KeyID()
	}
	if e := DateOf(c.Expires()); !k.Expires.IsZero() && k.Expires != e {
		d.add("expiry-conflict", Warning, sec, line, "the printed expiry is not that of the key")
	}
	k.Created, k.Expires, k.UserIDs = DateOf(c.Created()), DateOf(c.Expires()), nil
	for _, u := range c.UserIDs() {
		k.UserIDs = append(k.UserIDs, pgp.Printable(u.Text))
	}
	return keys
}

// cutBlocks takes the key blocks out of a text. A block without an end goes on to
// the first line that cannot be part of it.
func cutBlocks(text string) (plain string, blocks []string) {
	var b strings.Builder
	for {
		m := beginBlock.FindStringIndex(text)
		if m == nil {
			b.WriteString(text)
			return b.String(), blocks
		}
		b.WriteString(text[:m[0]] + "\n")
		rest := text[m[0]:]
		var end int
		if e := endBlock.FindStringIndex(rest); e != nil {
			end = e[1]
		} else {
			end = m[1] - m[0]
			for end < len(rest) {
				nl := strings.IndexByte(rest[end:], '\n')
				if nl < 0 {
					nl = len(rest) - end
				}
				if t := strings.TrimSpace(rest[end : end+nl]); len(rest[:end]) > m[1]-m[0] && !armorish(t) {
					break
				}
				end = min(len(rest), end+nl+1)
			}
		}
		blocks = append(blocks, rest[:end])
		text = rest[end:]
		if len(blocks) >= 50 {
			b.WriteString(text)
			return b.String(), blocks
		}
	}
}
