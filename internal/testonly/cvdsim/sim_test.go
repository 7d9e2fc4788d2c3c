package cvdsim

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// TestSimulation simulates on a store in memory. CVD_TEST_SIM=1000000 makes as many
// steps, CVD_TEST_SEED=7 others, and CVD_TEST_WORLD=1500 makes larger worlds.
func TestSimulation(t *testing.T) {
	o := Options{Seed: 1, Steps: 1500}
	for name, set := range map[string]func(int){
		"CVD_TEST_SIM": func(n int) { o.Steps = n }, "CVD_TEST_SEED": func(n int) { o.Seed = uint64(n) },
		"CVD_TEST_WORLD": func(n int) { o.World = n },
	} {
		if s := os.Getenv(name); s != "" {
			n, err := strconv.Atoi(s)
			if err != nil {
				t.Fatal(err)
			}
			set(n)
		}
	}
	r, err := Run(t.Context(), o)
	t.Logf("%+v", r)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range r.Missed {
		t.Errorf("never done in %s", m)
	}
	for _, what := range goals {
		if r.Did[what] < r.Worlds {
			t.Errorf("%s: %d in %d worlds", what, r.Did[what], r.Worlds)
		}
	}
}

// lossy forgets what it acknowledged: a write, deliveries, or what a Tick wrote.
type lossy struct {
	storage.Store
	writes, deliveries, ticks, marks bool
}

func (l *lossy) Append(ctx context.Context, changes []storage.Change) error {
	c := &changes[0]
	switch {
	case l.ticks && ctx.Value(inTick{}) != nil && len(c.Records) > 0:
		return nil
	case l.writes && c.After > 0 && c.Head.Seq%7 == 0 && len(c.Settle) == 0 && ctx.Value(inTick{}) == nil:
		return nil
	case l.marks && c.Head.Seq%3 == 0:
		kept := append([]storage.Change(nil), changes...)
		kept[0].Tag = slices.DeleteFunc(slices.Clone(c.Tag), func(t storage.Term) bool { return t == "sub:"+subscriber })
		return l.Store.Append(ctx, kept)
	case l.deliveries && len(c.Enqueue) > 0 && c.Head.Seq%5 == 0:
		kept := append([]storage.Change(nil), changes...)
		kept[0].Enqueue = nil
		return l.Store.Append(ctx, kept)
	}
	return l.Store.Append(ctx, changes)
}

// tagless loses the index entries of what is read into it.
type tagless struct{ *memstore.Store }

func (s tagless) Append(ctx context.Context, changes []storage.Change) error {
	for i := range changes {
		changes[i].Tag = nil
	}
	return s.Store.Append(ctx, changes)
}

// garbled stores other files than it was given.
type garbled struct{ storage.BlobStore }

func (s garbled) Put(ctx context.Context, id storage.BlobID, r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	return s.BlobStore.Put(ctx, id, strings.NewReader("something else"))
}

// blind writes whatever the version is.
type blind struct{ storage.State }

func (s blind) Put(ctx context.Context, key string, _ int64, v []byte) (int64, error) {
	_, version, err := s.Get(ctx, key)
	if err != nil {
		return 0, err
	}
	return s.State.Put(ctx, key, version, v)
}

// planted are faults of the store and of the library that a simulation must find.
func planted() map[string]struct {
	Options
	want string
} {
	between := func(l lossy) func(storage.Store) storage.Store {
		return func(s storage.Store) storage.Store {
			x := l
			x.Store = s
			return &x
		}
	}
	type plant = struct {
		Options
		want string
	}
	return map[string]plant{
		"a write is lost":         {Options{Between: between(lossy{writes: true})}, "something acknowledged is lost"},
		"a message is lost":       {Options{Between: between(lossy{deliveries: true})}, "the rows are not what the logs say"},
		"what Tick wrote is lost": {Options{Between: between(lossy{ticks: true})}, "a reminder came twice"},
		"an invitation shows details": {Options{Tamper: func(c cvd.Command) cvd.Command {
			if x, ok := c.(cvd.Invite); ok {
				x.DetailsFirst, x.Reason = true, "by a fault"
				return x
			}
			return c
		}}, "somebody sees what nobody gave it"},
		"a mark of a subscriber is lost": {Options{Between: between(lossy{marks: true})}, "a subscriber is not told of a change"},
		"an archive loses the index":     {Options{Restored: func(s storage.Store) storage.Store { return tagless{s.(*memstore.Store)} }}, "an archive does not give back what was there"},
		"files are garbled":              {Options{Files: func(s storage.BlobStore) storage.BlobStore { return garbled{s} }}, "a file that was acknowledged is lost"},
		"the State forgets":              {Options{State: func(s storage.State) storage.State { return blind{s} }}, "a value of the State is lost"},
		"an import is not silent":        {Options{By: func(by *cvd.By) { by.Silent, by.At = false, time.Time{} }}, "something imported was sent"},
		"a group is taken for another": {Options{Tamper: func(c cvd.Command) cvd.Command {
			if x, ok := c.(cvd.SetGroups); ok && len(x.Groups) > 0 {
				x.Groups = []cvd.Private{"blue", "red"}
				return x
			}
			return c
		}}, "a group sees a case that is not open to it"},
		"a revocation is lost": {Options{Tamper: func(c cvd.Command) cvd.Command {
			if x, ok := c.(cvd.RevokeAccess); ok {
				return cvd.PostMessage{Text: x.Reason}
			}
			return c
		}}, "a code opens what it no longer should"},
		"a hold is lost": {Options{Tamper: func(c cvd.Command) cvd.Command {
			if x, ok := c.(cvd.LegalHold); ok {
				return cvd.PostMessage{Text: x.Reason}
			}
			return c
		}}, "something was erased under a legal hold"},
		"a code goes to another": {Options{Tamper: func(c cvd.Command) cvd.Command {
			if x, ok := c.(cvd.GrantAccess); ok && x.Party > 2 {
				x.Party = 2
				return x
			}
			return c
		}}, "a code shows what nobody gave its holder"},
		"a note goes to a party": {Options{Tamper: func(c cvd.Command) cvd.Command {
			if x, ok := c.(cvd.PostMessage); ok && len(x.To) == 0 {
				x.To = []cvd.PartyID{2}
				return x
			}
			return c
		}}, "somebody sees what nobody gave it"},
	}
}

// TestPlanted shows that the simulation can fail, and that its script is short and is
// found again from its seed.
func TestPlanted(t *testing.T) {
	for name, p := range planted() {
		t.Run(name, func(t *testing.T) {
			o := p.Options
			o.Seed, o.Steps, o.World = 3, 3000, 100 // the first that is found ends it
			if name == "a code goes to another" || name == "the State forgets" || name == "a revocation is lost" {
				o.World = 300 // seldom
			}
			var f *Failure
			if _, err := Run(t.Context(), o); !errors.As(err, &f) {
				t.Fatalf("nothing is found: %v", err)
			}
			t.Log(f)
			if f.What != p.want {
				t.Errorf("%q is found", f.What)
			}
			if f.Steps > 15 || f.From < f.Steps || len(f.Script) < 3 {
				t.Errorf("the script has %d of %d steps", f.Steps, f.From)
			}
			var again *Failure
			if _, err := Run(t.Context(), o); !errors.As(err, &again) || !slices.Equal(lines(again.Script), lines(f.Script)) {
				t.Error("the same seed ends otherwise")
			}
		})
	}
}

// lines are those of a script that do something. Its remarks name one of several
// things that are wrong at once, and not always the same.
func lines(script []string) (out []string) {
	for _, l := range script {
		if !strings.HasPrefix(l, "#") && !strings.Contains(l, `"view"`) {
			out = append(out, l)
		}
	}
	return out
}
