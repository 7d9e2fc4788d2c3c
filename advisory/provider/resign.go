package provider

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

// A Status says what waits to be done.
type Status struct {
	// Documents is how many there are, in both trees and under all labels.
	Documents int
	// Unsigned is how many are signed by another key than the current one.
	Unsigned int
	// Keys are the fingerprints in the metadata, the current one last.
	Keys []string
	// RenewBy is when the key must be extended or rotated, so that signatures stay
	// valid for GoodValidity. The zero Time stands for never.
	RenewBy time.Time
}

// Status looks at the tree. It finishes what a crash left, and changes nothing else.
func (p *Publisher) Status() (Status, error) {
	st := Status{}
	if e := p.cfg.Signer.Expires(); !e.IsZero() {
		st.RenewBy = e.Add(-GoodValidity)
	}
	err := p.change(func(_ *change, l *ledger) error {
		st.Keys = slices.Clone(l.Keys)
		return p.documents(l, func(s shelf, path string) error {
			st.Documents++
			if p.signedBy(s, path) != strings.ToUpper(p.cfg.Signer.Fingerprint()) {
				st.Unsigned++
			}
			return nil
		})
	})
	return st, err
}

// documents calls f with every document that the lists name.
func (p *Publisher) documents(l *ledger, f func(s shelf, path string) error) error {
	for _, s := range p.cfg.shelves() {
		ls, err := p.readLists(s, l.shelf(s.path))
		if err != nil {
			return err
		}
		for _, path := range ls.paths() {
			if err := f(s, path); err != nil {
				return err
			}
		}
	}
	return nil
}

// signedBy returns the fingerprint of the key that signed the current revision.
func (p *Publisher) signedBy(s shelf, path string) string {
	file := s.file(path)
	data, err := os.ReadFile(filepath.Join(filepath.Dir(file), "."+filepath.Base(file), "current", "signer"))
	if err != nil {
		return ""
	}
	fpr, _, _ := strings.Cut(string(data), " ")
	return fpr
}

// signedAt returns when the current revision was signed.
func (p *Publisher) signedAt(s shelf, path string) time.Time {
	file := s.file(path)
	data, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "."+filepath.Base(file), "current", "signer"))
	_, at, _ := strings.Cut(strings.TrimSpace(string(data)), " ")
	t, _ := time.Parse(time.RFC3339Nano, at)
	return t
}

// Resign signs anew up to n documents whose signature is by another key than the
// current one or is older than before, and returns how many are left. Call it until
// none is left. The text of the documents stays as it is, and so do the lists.
//
// To rotate the key, make a Publisher with the new Signer and call Resign: the
// metadata lists both keys from the first call on, and drops a key when the last
// signature by it is gone. Its file stays for those who kept one.
func (p *Publisher) Resign(ctx context.Context, before time.Time, n int) (left int, err error) {
	err = p.change(func(c *change, l *ledger) error {
		u := &update{p: p, c: c, l: l, shelves: map[string]*lists{}}
		used := map[string]bool{strings.ToUpper(p.cfg.Signer.Fingerprint()): true}
		err := p.documents(l, func(s shelf, path string) error {
			by := p.signedBy(s, path)
			if used[by] && by == strings.ToUpper(p.cfg.Signer.Fingerprint()) && !p.signedAt(s, path).Before(before) {
				return nil
			}
			if n <= 0 {
				left++
				used[by] = true
				return nil
			}
			n--
			text, err := os.ReadFile(s.file(path))
			if err != nil {
				return err
			}
			if err := p.mayResign(ctx, s, path, text); err != nil {
				return err
			}
			sig, err := p.sign(ctx, text)
			if err != nil {
				return err
			}
			return u.place(s, path, text, sig)
		})
		if err != nil {
			return err
		}
		old := len(l.Keys)
		kept := slices.DeleteFunc(slices.Clone(l.Keys), func(k string) bool { return !used[k] })
		if len(kept) != old {
			// The key goes from the metadata after the last signature by it has gone.
			l.Keys = kept
		}
		return u.finish()
	})
	return left, err
}

// mayResign refuses to sign what is not what was signed before: the hash file that
// lies beside it must fit, and it must be a document of this place.
func (p *Publisher) mayResign(_ context.Context, s shelf, path string, text []byte) error {
	d, err := csaf.Parse(text)
	if err != nil {
		return err
	}
	if d.TLP() != s.tlp || !strings.HasSuffix(path, "/"+d.Filename()) {
		return docError(d.ID(), ErrTaken)
	}
	was, err := os.ReadFile(s.file(path + ".sha256"))
	if err != nil {
		return err
	}
	if !strings.HasPrefix(string(was), sum(text)) {
		return docError(d.ID(), ErrChanged)
	}
	return nil
}
