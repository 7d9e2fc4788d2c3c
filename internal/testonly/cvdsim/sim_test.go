package cvdsim

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// TestSimulation simulates on a store in memory. CVD_TEST_SIM=1000000 makes as many
// steps, CVD_TEST_SEED=7 others.
func TestSimulation(t *testing.T) {
	o := Options{Seed: 1, Steps: 1500}
	for name, set := range map[string]func(int){
		"CVD_TEST_SIM": func(n int) { o.Steps = n }, "CVD_TEST_SEED": func(n int) { o.Seed = uint64(n) },
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
	writes, deliveries, ticks bool
}

func (l *lossy) Append(ctx context.Context, changes []storage.Change) error {
	c := &changes[0]
	switch {
	case l.ticks && ctx.Value(inTick{}) != nil && len(c.Records) > 0:
		return nil
	case l.writes && c.After > 0 && c.Head.Seq%7 == 0 && len(c.Settle) == 0 && ctx.Value(inTick{}) == nil:
		return nil
	case l.deliveries && len(c.Enqueue) > 0 && c.Head.Seq%5 == 0:
		kept := append([]storage.Change(nil), changes...)
		kept[0].Enqueue = nil
		return l.Store.Append(ctx, kept)
	}
	return l.Store.Append(ctx, changes)
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
			o.Seed, o.Steps = 3, 300
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
