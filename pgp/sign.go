package pgp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// A Form says how output is written. The zero value is armored and signs
// bytes as they are.
type Form struct {
	// Binary leaves the armor out.
	Binary bool
	// Text signs with line ends as CRLF, so that LF and CRLF copies verify.
	// Where the text is part of the output, its line ends become CRLF.
	Text bool
}

// signer prepares s for signing now, and moves the clock of c if the key was
// made ahead of ours: a signature must not be older than its key.
func (e *Engine) signer(s Secret, c *packet.Config) (_ *openpgp.Entity, failed *error, _ error) {
	entity, failed, err := s.open()
	if err != nil {
		return nil, failed, err
	}
	state, err := s.cert.state()
	if err != nil {
		return nil, failed, err
	}
	if err := state.usable(e.now()); err != nil {
		return nil, failed, because{"pgp: cannot sign with " + s.cert.fpr, err}
	}
	if ready := state.ready(c.Now()); ready.After(c.Now()) {
		c.Time = func() time.Time { return ready }
	}
	k, ok := entity.SigningKey(c.Now(), c)
	if !ok || k.PrivateKey == nil || k.PrivateKey.Dummy() {
		return nil, failed, fmt.Errorf("%w: %s has no usable signing key", ErrUnsupported, s.cert.fpr)
	}
	return entity, failed, nil
}

// SignDetached writes a signature of src to dst. It returns the hash that was
// used, as RFC 3156 names it, for instance "pgp-sha512". The error wraps
// ErrExpired, ErrRevoked, ErrNoKey or ErrUnsupported if from cannot sign.
func (e *Engine) SignDetached(ctx context.Context, dst io.Writer, src io.Reader, from Secret, f Form) (micalg string, err error) {
	sig, err := e.signBytes(ctx, src, from, f.Text)
	if err != nil {
		return "", err
	}
	p, _, ok := nextPacket(sig)
	if !ok {
		return "", errors.New("pgp: no signature was made")
	}
	parsed, err := p.signature()
	if err != nil {
		return "", err
	}
	if !f.Binary {
		sig = armor(armorSignature, sig, parsed.Version != 6)
	}
	_, err = dst.Write(sig)
	return "pgp-" + strings.ToLower(hashName(parsed.Hash)), err
}

func (e *Engine) signBytes(ctx context.Context, src io.Reader, from Secret, text bool) ([]byte, error) {
	c := e.config()
	entity, failed, err := e.signer(from, c)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w, err := openpgp.DetachSignWriter(&b, []*openpgp.Entity{entity}, &openpgp.SignParams{TextSig: text, Config: c})
	if err != nil {
		return nil, fmt.Errorf("%w: cannot sign with %s", ErrUnsupported, from.cert.fpr)
	}
	if _, err := io.CopyBuffer(onlyWriter{w}, ctxReader{ctx, src}, make([]byte, 64<<10)); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		if *failed != nil {
			return nil, because{"pgp: cannot sign with " + from.cert.fpr, *failed}
		}
		return nil, fmt.Errorf("%w: cannot sign with %s", ErrUnsupported, from.cert.fpr)
	}
	return b.Bytes(), nil
}

// onlyWriter hides a ReaderFrom, so that io.CopyBuffer uses its buffer.
type onlyWriter struct{ io.Writer }
