package rfc2350

import (
	"strings"

	"github.com/cvdkit/cvdkit/pgp"
)

// Key is an OpenPGP key that the document shows: its fingerprint, its ID, a block,
// or several of them. What Cert says was checked; what is only printed was not.
// Nothing here is trusted: anyone can write a document.
type Key struct {
	Fingerprint string    // upper case; 40 or 64 digits, 32 for a legacy key
	KeyID       string    // as printed, else of the certificate; upper case
	URL         string    // where the document says that the key is; never fetched here
	Created     Date      // of the certificate, else as printed
	Expires     Date      // of the certificate, else as printed; zero if not known or never
	UserIDs     []string  // of the certificate, else as printed
	Repairs     []string  // what was wrong with the block's armor (see pgp.RepairKind)
	Checksum    Checksum  // of the block
	Damaged     bool      // there is a block, but no usable certificate in it
	Revoked     bool      // by the certificate, or called revoked, old or not to be used
	Role        string    // "signing" for a key that only signs other keys or documents
	Cert        pgp.Cert  // zero if the document has no usable block
	Section     SectionID // where it stands
	Line        int       // of the source, from 1; 0 if it has no place
}

// Checksum is the state of a block's CRC-24.
type Checksum uint8

// States of a checksum.
const (
	ChecksumNone Checksum = iota // no block, or none printed
	ChecksumGood
	ChecksumBad
)

// printed is a fingerprint or key ID at a place in the text.
type printed struct {
	start, end int
	hex        string
	revoked    bool
}

// deriveKeys reads the blocks, fingerprints and key IDs of the section for keys, and
// of the whole document if that has none.
func (r *reader) deriveKeys() {
	d := r.d
	parts := r.parts(SecKeys)
	if len(d.Sections) > 0 && !r.shows(parts) {
		for _, p := range r.secs {
			if c := chapterOf(p.id); c != "contact" && c != "document" && c != "policies" && p.id != "" || p.id == SecDistribution {
				continue
			}
			if len(p.x.findFingerprints()) > 0 || hasBlock(d.Sections[p.index].Body) {
				parts = []part{p}
				break
			}
		}
	}
	var out []Key
	var blocks []string
	sec, line := SectionID(""), 0
	for n, p := range parts {
		if n == 0 {
			sec, line = p.id, p.line
			if len(d.Sections) == 0 {
				sec = ""
			}
		}
		out = append(out, r.printedIn(p, out)...)
		if p.index >= 0 && hasBlock(d.Sections[p.index].Body) || p.index < 0 && hasBlock(p.x.s) {
			text := p.x.s
			if p.index >= 0 {
				text = clip(d.Sections[p.index].Body, keyBytes)
			}
			eachBlock(text, func(from, to int) { blocks = append(blocks, text[from:to]) })
		}
	}
	if len(out) == 0 && len(blocks) == 0 && len(d.Sections) > 0 {
		out = r.keyURLs(parts)
	}
	if len(out)+len(blocks) > 0 {
		d.keys = &keyBlocks{printed: out, blocks: blocks, sec: sec, line: line}
	}
}

// shows reports whether the sections for keys hold anything of a key.
func (r *reader) shows(parts []part) bool {
	for _, p := range parts {
		if len(p.x.findFingerprints()) > 0 || len(p.x.findKeyIDs()) > 0 || p.index >= 0 && hasBlock(r.d.Sections[p.index].Body) {
			return true
		}
	}
	return false
}

// printedIn reads what a text prints of keys that are not listed yet.
func (r *reader) printedIn(p part, have []Key) (out []Key) {
	x := p.x
	if x.dates == nil {
		x.dates = x.findDates()
	}
	keys := printedKeys(x.findFingerprints())
	mismatched := attachIDs(&keys, x.findKeyIDs())
	x.attachFacts(keys, r.order)
	urls := findURLs(x.s)
next:
	for _, k := range keys {
		for _, h := range have {
			if h.Fingerprint != "" && (h.Fingerprint == k.Fingerprint || k.Fingerprint == "" && strings.HasSuffix(h.Fingerprint, k.KeyID)) {
				continue next
			}
		}
		for _, u := range urls {
			if name := firstOf(k.Fingerprint, k.KeyID); u.start <= k.at && k.at < u.end || strings.Contains(strings.ToUpper(u.url), name) {
				k.URL = u.url
			}
		}
		out = append(out, k.Key)
		r.mark("keys", firstOf(k.Fingerprint, k.KeyID), p, k.at, k.end, Certain)
	}
	for _, id := range mismatched {
		r.d.add("keyid-mismatch", Warning, p.id, p.line, "the key ID "+id+" is not the end of the fingerprint")
	}
	return out
}

// keyURLs lists the keys that the document only links: addresses that end like a key
// file, or that name OpenPGP and a key.
func (r *reader) keyURLs(parts []part) (out []Key) {
	for _, p := range parts {
		if p.id != SecKeys {
			continue
		}
		for _, u := range findURLs(p.x.s) {
			if keyURL(u.url) && len(out) < 20 {
				out = append(out, Key{URL: u.url, Section: p.id, Line: p.line})
				r.mark("keys.url", u.url, p, u.start, u.end, Likely)
			}
		}
	}
	return out
}

func keyURL(u string) bool {
	l := strings.ToLower(u)
	l, _, _ = strings.Cut(l, "#")
	for _, end := range []string{".asc", ".gpg", ".pgp"} {
		if strings.HasSuffix(l, end) {
			return true
		}
	}
	path := l[max(0, strings.Index(l, "://")+3):]
	if i := strings.IndexByte(path, '/'); i >= 0 {
		path = path[i:]
	} else {
		return false
	}
	return strings.Contains(path, "op=get") || strings.Contains(path, "/openpgpkey/") || (strings.Contains(path, "pgp") || strings.Contains(path, "gpg")) && (strings.HasSuffix(path, ".txt") || strings.HasSuffix(path, ".key") || strings.Contains(path, "pubkey") || strings.Contains(path, "public"))
}

// eachBlock finds the key blocks of a text. A block without an end goes on to the
// first line that cannot be part of it.
func eachBlock(text string, yield func(from, to int)) {
	const most = 50
	at := 0
	for n := 0; n < most; n++ {
		i := strings.Index(text[at:], "BEGIN PGP ")
		if i < 0 {
			return
		}
		head := at + max(0, i-10)
		m := beginBlock.FindStringIndex(text[head:min(len(text), at+i+60)])
		if m == nil {
			at += i + 10
			n--
			continue
		}
		from, body := head+m[0], head+m[1]
		end := body
		if e := endOfBlock(text, body); e > 0 {
			end = e
		} else {
			for end < len(text) {
				nl := strings.IndexByte(text[end:], '\n')
				if nl < 0 {
					nl = len(text) - end
				}
				if t := strings.TrimSpace(text[end : end+nl]); end > body && !armorish(t) {
					break
				}
				end = min(len(text), end+nl+1)
			}
		}
		yield(from, end)
		at = end
	}
}

// endOfBlock finds the end mark of a block, 0 if there is none.
func endOfBlock(text string, at int) int {
	for {
		i := strings.Index(text[at:], "END PGP ")
		if i < 0 {
			return 0
		}
		head := at + max(0, i-10)
		if m := endBlock.FindStringIndex(text[head:min(len(text), at+i+60)]); m != nil {
			return head + m[1]
		}
		at += i + 8
	}
}
