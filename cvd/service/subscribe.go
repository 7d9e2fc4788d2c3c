package service

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Dirty is a case that has changed, at the version that the list was made of.
type Dirty struct {
	Case cvd.CaseID   // that has changed
	Seq  cvd.Seq      // its version when the list was made
	Tip  storage.Hash // of that version
}

// doneAtOnce bounds the cases of one append of Done.
const doneAtOnce = 100

// Changed lists at most n (1 to 1,000) cases that have changed since the
// subscriber was done with them, the newest case first, below after; the zero
// CaseID is the start. sub is one of Config.Subscribers.
//
// A subscriber gets cases, not records: several changes are one entry. It reads
// what it may with View, under a Viewer whose Clearance fits, does its work, and
// tells Done. What fails stays listed; so that it holds up nothing else, go on
// below the last case of a list and begin again at its end. Work may be repeated,
// and must bear it: two processes may get the same list, and a case that changes
// meanwhile is listed again.
func (s *Service) Changed(ctx context.Context, sub string, after cvd.CaseID, n int) ([]Dirty, error) {
	if err := s.subscribed("Changed", sub); err != nil {
		return nil, err
	}
	if n < 1 || n > 1000 {
		return nil, &cvd.InputError{Command: "Changed", Field: "n", Problem: fmt.Sprintf("a list has 1 to 1000 cases, not %d", n), Err: nil}
	}
	heads, err := s.e.Cfg.Store.Heads(ctx, storage.Query{All: []storage.Term{caselog.SubTerm(sub)}, Before: storage.Cursor{ID: after}, Limit: n})
	out := make([]Dirty, len(heads))
	for i, h := range heads {
		out[i] = Dirty{h.ID, h.Seq, h.Tip}
	}
	return out, err
}

// Done takes cases off a subscriber's list, unless they have changed after the
// versions given: those stay listed, and that is no error. The versions are those
// of Changed, or newer ones that were read since. After an error some may still be
// listed; repeating the call is safe.
func (s *Service) Done(ctx context.Context, sub string, done ...Dirty) error {
	if err := s.subscribed("Done", sub); err != nil {
		return err
	}
	newest := slices.Clone(done)
	slices.SortFunc(newest, func(a, b Dirty) int {
		return cmp.Or(bytes.Compare(a.Case[:], b.Case[:]), cmp.Compare(b.Seq, a.Seq))
	})
	newest = slices.CompactFunc(newest, func(a, b Dirty) bool { return a.Case == b.Case })
	for part := range slices.Chunk(newest, doneAtOnce) {
		if err := s.unmark(ctx, caselog.SubTerm(sub), part); err != nil {
			return err
		}
	}
	return nil
}

// unmark removes a mark from cases that are still at their versions. One that has
// moved on refuses its whole append, so it is parted from the others by halves.
func (s *Service) unmark(ctx context.Context, t storage.Term, done []Dirty) error {
	changes := make([]storage.Change, len(done))
	for i, d := range done {
		changes[i] = storage.Change{ID: d.Case, After: d.Seq, Tip: d.Tip, Untag: []storage.Term{t}}
	}
	err := s.e.Cfg.Store.Append(ctx, changes)
	if !errors.Is(err, cvd.ErrConflict) || s.e.Bound {
		return err
	}
	if len(done) == 1 {
		return nil
	}
	half := len(done) / 2
	return cmp.Or(s.unmark(ctx, t, done[:half]), s.unmark(ctx, t, done[half:]))
}

func (s *Service) subscribed(what, sub string) error {
	if !slices.Contains(s.e.Cfg.Subscribers, sub) {
		return &cvd.InputError{Command: what, Field: "sub", Problem: "Config.Subscribers does not name it", Err: nil}
	}
	return nil
}

// Marker names a case to another system, for example in a field of a ticket:
// always the same 32 hexadecimal digits for one case and system, which nobody
// without Config.Secret can guess or relate to those of another system. AddID
// makes it lead back to the case.
func (s *Service) Marker(id cvd.CaseID, system string) string {
	k := s.e.Key("marker", string(id[:])+system)
	return hex.EncodeToString(k[:16])
}
