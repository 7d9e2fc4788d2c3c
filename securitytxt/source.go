package securitytxt

import (
	"context"
	"errors"
	"time"
)

// A Source makes the file that a Handler serves. It is asked once at
// construction and again before Expires, by one caller at a time.
type Source interface {
	// SecurityTxt returns the file, as it is to be served.
	SecurityTxt(ctx context.Context) ([]byte, error)
}

// SourceFunc makes a function a Source.
type SourceFunc func(ctx context.Context) ([]byte, error)

// SecurityTxt calls f.
func (f SourceFunc) SecurityTxt(ctx context.Context) ([]byte, error) { return f(ctx) }

// Static is a Source of one file that somebody else keeps current.
type Static []byte

// SecurityTxt returns s.
func (s Static) SecurityTxt(context.Context) ([]byte, error) { return s, nil }

// DefaultValidity is how long a file of a Template lasts.
const DefaultValidity = 90 * 24 * time.Hour

// A Template is a Source that writes the file anew, with a new Expires, and
// signs it. Renewal is an assertion that the contents still hold: review them.
type Template struct {
	// File is what to write. Its Expires is replaced.
	File File
	// Document, if set, is written in place of File: its text, comments and order
	// included, with a new Expires and without its signature.
	Document *Document
	// Validity is how far ahead Expires lies; zero means DefaultValidity. More
	// than a year draws a warning from readers. It should be longer than the
	// Handler's RenewBefore.
	Validity time.Duration
	// Now is the clock; it is required.
	Now func() time.Time
	// Signer signs; nil leaves the file unsigned.
	Signer Signer
}

// SecurityTxt writes the file. It errs as [File.AppendText] and [Sign] do.
func (t Template) SecurityTxt(ctx context.Context) ([]byte, error) {
	if t.Now == nil {
		return nil, errors.New("securitytxt: Template needs Now")
	}
	if t.Validity <= 0 {
		t.Validity = DefaultValidity
	}
	now := t.Now()
	if now.IsZero() {
		return nil, ErrNoClock
	}
	// Whole seconds read better, and nobody needs more.
	expires := now.Add(t.Validity).UTC().Truncate(time.Second)
	var text []byte
	var err error
	if t.Document != nil {
		text, err = t.Document.WithExpires(expires)
	} else {
		t.File.Expires = expires
		text, err = t.File.MarshalText()
	}
	if err != nil || t.Signer == nil {
		return text, err
	}
	return Sign(ctx, text, t.Signer, SignOptions{Now: now})
}
