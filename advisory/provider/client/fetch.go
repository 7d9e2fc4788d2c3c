package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

// What is wrong with a document. Errors of Fetch wrap these.
var (
	ErrSignature = errors.New("client: the signature does not fit")
	ErrUnsigned  = errors.New("client: there is no signature")
	ErrHash      = errors.New("client: the hash does not fit")
	ErrName      = errors.New("client: the file name does not follow from the ID")
)

// A Fetched is a document as it was verified.
type Fetched struct {
	Entry
	Document *csaf.Document // parsed from Text
	Text     []byte         // as signed
	Sig      []byte         // the armored detached signature
	Signer   string         // fingerprint of the key that made it; "" if it was not verified
}

// Fetch gets a document, compares its hashes and verifies its signature. A provider
// may replace document and signature between two requests, so what does not fit is
// asked for once more. Where the error says that the document could be read, but not
// trusted, it comes back too.
func (c *Client) Fetch(ctx context.Context, p *Provider, e Entry) (*Fetched, error) {
	f, err := c.fetchOnce(ctx, p, e)
	if errors.Is(err, ErrSignature) || errors.Is(err, ErrHash) {
		return c.fetchOnce(ctx, p, e)
	}
	return f, err
}

func (c *Client) fetchOnce(ctx context.Context, p *Provider, e Entry) (*Fetched, error) {
	text, err := c.fetch(ctx, e.URL, MaxDocument)
	if err != nil {
		return nil, err
	}
	f := &Fetched{Entry: e, Text: text}
	if f.Document, err = csaf.Parse(text); err != nil {
		return nil, err
	}
	if path.Base(e.URL) != f.Document.Filename() {
		return f, ErrName
	}
	for _, h := range e.Hashes {
		want, err := c.fetch(ctx, h, MaxSmall)
		if err != nil {
			return f, fmt.Errorf("%s: %w", path.Base(h), err)
		}
		if err := compareHash(h, want, text); err != nil {
			return f, err
		}
	}
	if e.Signature == "" {
		return f, ErrUnsigned
	}
	if f.Sig, err = c.fetch(ctx, e.Signature, MaxSmall); err != nil {
		return f, fmt.Errorf("%w: %w", ErrUnsigned, err)
	}
	if len(p.Certs) == 0 {
		return f, fmt.Errorf("%w: the provider has no usable key", ErrSignature)
	}
	if f.Signer, err = c.Verifier.VerifyDetached(ctx, text, f.Sig, p.Certs); err != nil {
		return f, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return f, nil
}

// compareHash compares a hash file with a text (7.1.18).
func compareHash(name string, file, text []byte) error {
	var sum []byte
	switch path.Ext(name) {
	case ".sha256":
		s := sha256.Sum256(text)
		sum = s[:]
	case ".sha512":
		s := sha512.Sum512(text)
		sum = s[:]
	default:
		return fmt.Errorf("%w: %s is neither sha256 nor sha512", ErrHash, path.Ext(name))
	}
	got, _, _ := bytes.Cut(bytes.TrimSpace(file), []byte{' '})
	if !strings.EqualFold(string(got), hex.EncodeToString(sum)) {
		return fmt.Errorf("%w: %s", ErrHash, path.Base(name))
	}
	return nil
}

// Seen is what a client remembers of a provider: for each document when it was
// updated. It is JSON for the host to keep. The zero value has seen nothing.
type Seen map[string]time.Time

// News is a document that is new or changed since the last time.
type News struct {
	*Fetched
	// Matches are the products of ours that it names; see Watch.
	Matches []Match
	// Known tells that an earlier revision was seen.
	Known bool
}

// Updates fetches what changed since seen, calls f for each that could be verified
// and notes it in seen. What cannot be verified is a problem, and is tried again the
// next time. Dates are compared for equality, never with the time of the last call:
// a document that is published late with an old date is not missed. An error of f
// stops, and is returned.
func (c *Client) Updates(ctx context.Context, p *Provider, seen Seen, w Watch, f func(News) error) ([]Problem, error) {
	list, problems, err := c.List(ctx, p)
	if err != nil {
		return problems, err
	}
	for _, e := range list {
		at, known := seen[e.URL]
		if known && !e.Updated.IsZero() && at.Equal(e.Updated) {
			continue
		}
		got, err := c.Fetch(ctx, p, e)
		if err != nil {
			if ctx.Err() != nil {
				return problems, ctx.Err()
			}
			problems = append(problems, Problem{e.URL, err.Error()})
			continue
		}
		_, released := got.Document.Released()
		if known && e.Updated.IsZero() && at.Equal(released) {
			continue
		}
		if err := f(News{got, w.Match(got.Document), known}); err != nil {
			return problems, err
		}
		if e.Updated.IsZero() {
			seen[e.URL] = released
		} else {
			seen[e.URL] = e.Updated
		}
	}
	return problems, nil
}
