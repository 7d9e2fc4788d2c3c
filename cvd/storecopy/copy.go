package storecopy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// ErrDiverged means that a case has records on the other side that it does not have
// here: somebody has written to the copy. It was left as it is.
var ErrDiverged = errors.New("storecopy: the two logs of the case differ")

// ErrTooMany ends a run in which a hundred cases in a row failed: on a Store that
// does not work. It wraps the error of the last.
var ErrTooMany = errors.New("storecopy: one case after the other fails")

const failuresInARow = 100

// Side is one of the two.
type Side struct {
	// Service works on Store, with the Secret and the Sealer of the cases.
	Service *service.Service
	Store   storage.Store     // that of Service
	Blobs   storage.BlobStore // nil on either side: no files are copied
	State   storage.State     // nil on either side: no values are copied
}

// Options say how a run goes. The zero Options are ready.
type Options struct {
	// Progress is called after each case.
	Progress func(Progress)
	// Prune removes from the other State what this one does not have, such as
	// destroyed keys of cases. Without it only new and changed values are copied.
	Prune bool
	// Page is how many cases or values are listed at a time. 0: 500.
	Page int
}

// Progress is what a run has done so far.
type Progress struct {
	Cases   int            // looked at
	Copied  int            // written, wholly or in part
	Records int            // written
	Files   int            // written
	Values  int            // of the State, written or removed
	Last    storage.CaseID // looked at; the run goes from the newest case to the oldest
}

// Result is what a run did.
type Result struct {
	Progress
	// Only is how many cases the other side has and this one does not.
	Only int
	// Problems are cases that could not be copied, or lack a file. The others were.
	Problems []Problem
}

// Problem is the error of one case: for example cvd.ErrTampered, ErrDiverged, or
// that of a Sealer.
type Problem struct {
	Case storage.CaseID // that was not copied
	Err  error          // why
}

// Copy writes to the other side what it lacks, newest cases first. Each case is
// written in one append, together with those whose keys it has taken over. Files are
// written before it, and removed before it where they were erased: whatever happens,
// no erased file stays behind unknown.
//
// An error means that a Store cannot be listed, that it was filled under another
// Secret (cvd.ErrSecret), that one case after the other failed (ErrTooMany), or that
// ctx ended; the next run goes on from there. What is written to the source
// meanwhile may wait for the next run.
func Copy(ctx context.Context, from, to Side, o Options) (Result, error) {
	r, err := begin(ctx, from, to, o)
	if err != nil {
		return r.Result, err
	}
	if from.State != nil && to.State != nil {
		if err := r.values(ctx); err != nil {
			return r.Result, err
		}
	}
	err = r.cases(ctx)
	return r.Result, err
}

// Cases is Copy for single cases, without the State. A case that is not there is a
// problem.
func Cases(ctx context.Context, from, to Side, o Options, ids ...storage.CaseID) (Result, error) {
	r, err := begin(ctx, from, to, o)
	for _, id := range ids {
		if err == nil {
			if err = r.try(ctx, id); err == nil {
				r.look(id)
			}
		}
	}
	return r.Result, err
}

func begin(ctx context.Context, from, to Side, o Options) (*run, error) {
	if o.Page <= 0 {
		o.Page = 500
	}
	r := &run{from: from, to: to, o: o, done: map[storage.CaseID]bool{}}
	for _, s := range []Side{from, to} { // under another Secret nothing is read
		_, err := s.Service.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDNumber, Value: "none"})
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return r, err
		}
	}
	return r, nil
}

type run struct {
	Result
	from, to Side
	o        Options
	done     map[storage.CaseID]bool // along with another
	failed   int                     // in a row
}

func (r *run) cases(ctx context.Context) error {
	here, there := pages{store: r.from.Store, size: r.o.Page}, pages{store: r.to.Store, size: r.o.Page}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		a, err := here.head(ctx)
		if err != nil {
			return err
		}
		b, err := there.head(ctx)
		if err != nil {
			return err
		}
		switch order := newerFirst(a, b); {
		case a == nil && b == nil:
			return nil
		case order > 0: // only the other side has it
			if !r.done[b.ID] {
				r.Only++
			}
			there.next()
		case order == 0 && a.Seq == b.Seq && a.Tip == b.Tip:
			r.look(a.ID)
			here.next()
			there.next()
		default:
			if err := r.try(ctx, a.ID); err != nil {
				return err
			}
			r.look(a.ID)
			here.next()
			if order == 0 {
				there.next()
			}
		}
	}
}

func (r *run) look(id storage.CaseID) {
	r.Cases, r.Last = r.Cases+1, id
	if r.o.Progress != nil {
		r.o.Progress(r.Progress)
	}
}

// try copies a case and keeps its error, unless that is not the case's own.
func (r *run) try(ctx context.Context, id storage.CaseID) error {
	if r.done[id] {
		return nil
	}
	err := r.one(ctx, id)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		r.failed = 0
		return nil
	}
	r.Problems = append(r.Problems, Problem{id, err})
	if r.failed++; r.failed == failuresInARow {
		return fmt.Errorf("%w: %w", ErrTooMany, err)
	}
	return nil
}

// one copies a case, together with those from which it has taken keys.
func (r *run) one(ctx context.Context, id storage.CaseID) error {
	ids, steps := []storage.CaseID{id}, []step(nil)
	var lost error
	for try := 0; ; {
		for len(steps) < len(ids) {
			s, err := r.plan(ctx, ids[len(steps)])
			if err != nil {
				return err
			}
			missing, err := r.files(ctx, s)
			if err != nil {
				return err
			}
			if missing != nil {
				lost = missing
			}
			steps = append(steps, s)
		}
		err := r.append(ctx, steps)
		var dup *storage.DuplicateError
		switch {
		case errors.As(err, &dup) && !slices.Contains(ids, dup.Owner) && len(ids) < 100:
			ids = append(ids, dup.Owner) // it gives the key up in the same append
		case errors.Is(err, storage.ErrConflict) && try < 10:
			try, steps = try+1, nil // somebody else copies too: look at what is left to do
		case err != nil:
			return fmt.Errorf("storecopy: writing the case: %w", err)
		default:
			for _, s := range steps {
				if len(steps) > 1 { // else the walk comes past it once only
					r.done[s.change.ID] = true
				}
				r.Copied++
				r.Records += len(s.change.Records)
			}
			return lost
		}
	}
}
