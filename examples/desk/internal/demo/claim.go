package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Key is where the State of a database says what its cases are.
const Key = "desk/cases"

var (
	// ErrReal is returned where demonstration cases were to go into a database of real
	// ones.
	ErrReal = errors.New("this database holds real cases, and demonstration cases never go there: name another one, or leave the demonstration out")
	// ErrDemonstration is returned where real cases were to go into a database of
	// demonstration ones.
	ErrDemonstration = errors.New("this database holds demonstration cases, and real ones never go there: name another one")
)

// Kind says what the cases of a database are.
type Kind string

// The kinds.
const (
	Real          Kind = "real"
	Demonstration Kind = "demonstration"
)

// mark is the value at Key.
type mark struct {
	Kind Kind `json:"kind"`
	// Of a demonstration: the instant up to which it tells, how many of its steps were
	// taken, and whether all were.
	Until time.Time `json:"until,omitzero"`
	Steps int       `json:"steps,omitempty"`
	Done  bool      `json:"done,omitempty"`
}

// Claim marks a database as one of a kind, which it keeps: for the other kind the error
// is ErrReal or ErrDemonstration from then on, in every process. One that has cases
// and no mark is real. Call it before anything is written.
func Claim(ctx context.Context, svc *service.Service, state storage.State, kind Kind, now time.Time) error {
	for {
		m, version, err := read(ctx, state)
		if err != nil {
			return err
		}
		if m.Kind == "" {
			if m.Kind, err = found(ctx, svc, kind); err != nil {
				return err
			}
			if m.Kind == Demonstration {
				m.Until = now.UTC().Truncate(time.Minute)
			}
			err := write(ctx, state, &version, m)
			if errors.Is(err, cvd.ErrConflict) {
				continue // another process was faster: read what it wrote
			}
			if err != nil {
				return err
			}
		}
		switch {
		case m.Kind == kind:
			return nil
		case kind == Demonstration:
			return ErrReal
		case m.Kind == Demonstration:
			return ErrDemonstration
		}
		return fmt.Errorf("the mark of this database, %q, is not known", string(m.Kind))
	}
}

// found is the kind of a database without a mark.
func found(ctx context.Context, svc *service.Service, wanted Kind) (Kind, error) {
	p, err := svc.Find(ctx, everything(), service.Filter{}, "", 1)
	if err != nil {
		return "", err
	}
	if len(p.Cases)+len(p.Problems) > 0 {
		return Real, nil
	}
	return wanted, nil
}

func everything() cvd.Viewer {
	return cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}}
}

func read(ctx context.Context, state storage.State) (m mark, version int64, err error) {
	text, version, err := state.Get(ctx, Key)
	if err == nil && version != 0 {
		err = json.Unmarshal(text, &m)
	}
	return m, version, err
}

func write(ctx context.Context, state storage.State, version *int64, m mark) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	next, err := state.Put(ctx, Key, *version, text)
	if err == nil {
		*version = next
	}
	return err
}
