package pgp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNotSigned means that a text has no cleartext signature.
var ErrNotSigned = errors.New("pgp: no cleartext signature")

// Signed is the content of a cleartext signature (RFC 9580, section 7).
type Signed struct {
	// Text is exactly what the signatures are over, with LF line ends:
	// dash escapes, and blanks at the ends of lines, are gone. It deserves the
	// trust of Best(Signatures) and no more.
	Text []byte
	// Signatures have a status each.
	Signatures []Signature
}

var (
	clearBegin = []byte("-----BEGIN PGP SIGNED MESSAGE-----")
	clearSig   = []byte("-----BEGIN PGP SIGNATURE-----")
)

// VerifyCleartext reads a cleartext signed text and checks its signatures
// against certs. The text must be the whole of data: anything but blank lines
// around the signed envelope is refused, because a reader would take it for
// signed. So are lines that look like armor, unknown headers, a Hash header
// that does not name the hash, and a separator that is not an empty line.
//
// The error wraps ErrNotSigned, ErrDamaged (also for a text whose line breaks
// were lost: it can never verify, which does not make it bad) or ErrLimit. A
// bad signature is not an error but a status.
func (e *Engine) VerifyCleartext(data []byte, certs []Cert) (Signed, error) {
	lim := e.limits()
	if len(data) > lim.Cleartext {
		return Signed{}, fmt.Errorf("%w: signed text of more than %d bytes", ErrLimit, lim.Cleartext)
	}
	env, err := splitCleartext(data)
	if err != nil {
		return Signed{}, err
	}
	packets, err := e.readSignatures(bytes.NewReader(env.armor))
	if err != nil {
		return Signed{}, err
	}
	v := newVerifiers(certs)
	out := Signed{Text: bytes.Join(env.lines, []byte("\n"))}
	signed := bytes.Join(env.lines, []byte("\r\n"))
	now := e.now()
	for _, p := range packets {
		c := newSigCheck(p, v)
		if c.sig != nil && len(env.hashes) > 0 && !slices.Contains(env.hashes, hashName(c.sig.Hash)) {
			return Signed{}, fmt.Errorf("%w: the Hash header does not name the signature's hash", ErrDamaged)
		}
		if c.sig != nil {
			c.direct.Write(signed) // the line ends are canonical already
		}
		out.Signatures = append(out.Signatures, c.finish(now))
	}
	return out, nil
}

type cleartext struct {
	hashes []string
	lines  [][]byte // without escapes and blanks at the end
	armor  []byte
}

func splitCleartext(data []byte) (c cleartext, err error) {
	damaged := func(what string) (cleartext, error) {
		return cleartext{}, fmt.Errorf("%w: cleartext signature: %s", ErrDamaged, what)
	}
	rest := bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	line, rest, more := cutLine(rest)
	for more && len(bytes.TrimSpace(line)) == 0 {
		line, rest, more = cutLine(rest)
	}
	if !bytes.Equal(trimEnd(line), clearBegin) {
		switch {
		case !bytes.Contains(data, []byte("BEGIN PGP SIGNED MESSAGE")):
			return cleartext{}, ErrNotSigned
		case bytes.HasPrefix(line, clearBegin):
			return damaged("its line breaks were lost")
		}
		return damaged("text before the signed part, or a changed marker")
	}
	for {
		if line, rest, more = cutLine(rest); !more {
			return damaged("no text")
		}
		if line = bytes.TrimSuffix(line, []byte("\r")); len(line) == 0 {
			break
		}
		list, ok := bytes.CutPrefix(line, []byte("Hash:"))
		if !ok {
			return damaged("a header other than Hash")
		}
		for h := range strings.SplitSeq(string(list), ",") {
			h = strings.ToUpper(strings.TrimSpace(h))
			if !slices.Contains(clearHashes, h) {
				return damaged("an unknown Hash header")
			}
			c.hashes = append(c.hashes, h)
		}
	}
	for {
		start := rest
		if line, rest, more = cutLine(rest); !more {
			return damaged("no signature block")
		}
		line = trimEnd(line)
		if bytes.Equal(line, clearSig) {
			c.armor, rest, more = cutArmor(start)
			if !more {
				return damaged("the signature block has no end")
			}
			break
		}
		if plain, ok := bytes.CutPrefix(line, []byte("- ")); ok {
			line = plain
		} else if len(line) > 0 && line[0] == '-' {
			return damaged("a line that begins with a hyphen is not escaped")
		}
		c.lines = append(c.lines, line)
	}
	if len(bytes.TrimSpace(rest)) != 0 {
		return damaged("text after the signed part")
	}
	return c, nil
}

var clearHashes = []string{"MD5", "SHA1", "RIPEMD160", "SHA224", "SHA256", "SHA384", "SHA512", "SHA3-256", "SHA3-512"}

// cutLine splits off the first line, without its LF. more is false at the end.
func cutLine(b []byte) (line, rest []byte, more bool) {
	if len(b) == 0 {
		return nil, nil, false
	}
	line, rest, _ = bytes.Cut(b, []byte("\n"))
	return line, rest, true
}

// cutArmor splits off a signature block, its END line included.
func cutArmor(b []byte) (block, rest []byte, ok bool) {
	end := []byte("-----END PGP SIGNATURE-----")
	rest = b
	for more := true; more; {
		var line []byte
		if line, rest, more = cutLine(rest); more && bytes.Equal(trimEnd(line), end) {
			return b[:len(b)-len(rest)], rest, true
		}
	}
	return nil, nil, false
}

// trimEnd removes what a cleartext signature does not cover.
func trimEnd(line []byte) []byte { return bytes.TrimRight(line, " \t\r") }

// SignCleartext signs text so that it stays readable. Line ends become LF, and
// blanks at line ends are removed, because the signature cannot cover them; one
// line end at the end of text is not part of it. The error is that of
// SignDetached, or wraps ErrLimit, or is ErrSecretMaterial.
func (e *Engine) SignCleartext(ctx context.Context, text []byte, from Secret) ([]byte, error) {
	if lim := e.limits(); len(text) > lim.Cleartext {
		return nil, fmt.Errorf("%w: text of more than %d bytes", ErrLimit, lim.Cleartext)
	}
	if HasSecret(text) {
		return nil, ErrSecretMaterial
	}
	lines := bytes.Split(bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r")), []byte("\n"))
	var body bytes.Buffer
	for i, l := range lines {
		lines[i] = trimEnd(l)
		if len(lines[i]) > 0 && lines[i][0] == '-' || bytes.HasPrefix(lines[i], []byte("From ")) {
			body.WriteString("- ")
		}
		body.Write(lines[i])
		body.WriteByte('\n')
	}
	var sig bytes.Buffer
	micalg, err := e.SignDetached(ctx, &sig, bytes.NewReader(bytes.Join(lines, []byte("\r\n"))), from, Form{Text: true})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s\nHash: %s\n\n", clearBegin, strings.ToUpper(strings.TrimPrefix(micalg, "pgp-")))
	out.Write(body.Bytes())
	out.Write(sig.Bytes())
	return out.Bytes(), nil
}
