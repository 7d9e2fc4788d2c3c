package pgpseal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Rewrapped is what one call of Rewrap did.
type Rewrapped struct {
	Done    int // wrapped anew
	Current int // were wrapped to the team already
	// Problems are cases whose key could not be opened or stored; the others went
	// on. Call again once the reason is gone.
	Problems []Problem
	// Left are the members to whom nothing can be wrapped now, for example because
	// their certificate has expired: one error for each.
	Left []error
	// Next gives the next call; zero at the end.
	Next storage.CaseID
}

// Problem is the error of one case.
type Problem struct {
	Case storage.CaseID // whose key it is
	Err  error          // why it was left as it was
}

// Rewrap wraps the keys of at most n cases, after the one that the call before
// returned, to the team as it is now; the zero CaseID starts. Keys that are wrapped
// so already are left alone, so it may be interrupted anywhere and begun anew, and
// several processes may do it at once. See the package documentation for what it
// cannot take back.
func (s *Sealer) Rewrap(ctx context.Context, after storage.CaseID, n int) (Rewrapped, error) {
	var out Rewrapped
	if n < 1 {
		return out, fmt.Errorf("pgpseal: at least one key is looked at, not %d", n)
	}
	from := ""
	if after != (storage.CaseID{}) {
		from = StateKey(after)
	}
	names, err := s.cfg.State.List(ctx, statePrefix, from, n)
	if err != nil {
		return out, fmt.Errorf("pgpseal: listing the keys of cases: %w", err)
	}
	_, out.Left = s.recipients()
	for _, name := range names {
		id, err := storage.ParseCaseID(strings.TrimPrefix(name, statePrefix))
		if err != nil || StateKey(id) != name {
			continue // not ours, though it has our name
		}
		current, err := s.rewrap(ctx, id, func(*ring) error { return nil })
		switch {
		case ctx.Err() != nil:
			return out, ctx.Err()
		case err != nil:
			out.Problems = append(out.Problems, Problem{id, err})
		case current:
			out.Current++
		default:
			out.Done++
		}
		out.Next = id
	}
	if len(names) < n {
		out.Next = storage.CaseID{}
	}
	return out, nil
}

// rewrap edits the ring of a case and wraps it to the team. It reports true if
// there was nothing to do.
func (s *Sealer) rewrap(ctx context.Context, id storage.CaseID, edit func(*ring) error) (current bool, err error) {
	for try := 0; ; try++ {
		wrapped, version, err := s.cfg.State.Get(ctx, StateKey(id))
		if err != nil {
			return false, fmt.Errorf("pgpseal: reading the key of the case: %w", err)
		}
		if version == 0 {
			s.drop(id)
			return true, ErrNoKey
		}
		was, err := s.unwrap(ctx, id, wrapped)
		if err != nil {
			return false, err
		}
		r := &ring{id, was.keys, was.to}
		if err := edit(r); err != nil {
			return false, err
		}
		if to, _ := s.recipients(); len(r.keys) == len(was.keys) && slices.Equal(marks(to), was.to) {
			return true, nil
		}
		_, err = s.put(ctx, r, version)
		if errors.Is(err, storage.ErrConflict) && try < 20 {
			continue // another process was first: look at what it has left to do
		}
		s.drop(id) // what is in the State decides, also after an unknown outcome
		return false, err
	}
}

// Rotate gives a case another key, wrapped to the team as it is now: what is sealed
// from then on needs it. The older ones stay, to read what is sealed under them.
// Other processes use it after Config.Fresh at the latest. A case has at most 100
// keys. ErrNoKey if it has none yet.
func (s *Sealer) Rotate(ctx context.Context, id storage.CaseID) error {
	_, err := s.rewrap(ctx, id, s.grow)
	return err
}

// Destroy removes the keys of a case from the State: what was sealed under them can
// be read by nobody any more, but for who kept a wrapped copy. Destroying none is
// no error. Other processes notice it after Config.Fresh at the latest; write no
// more to the case before that, or it gets a new key.
func (s *Sealer) Destroy(ctx context.Context, id storage.CaseID) error {
	for {
		_, version, err := s.cfg.State.Get(ctx, StateKey(id))
		if err == nil && version != 0 {
			_, err = s.cfg.State.Put(ctx, StateKey(id), version, nil)
		}
		s.drop(id)
		if !errors.Is(err, storage.ErrConflict) {
			return err
		}
	}
}
