package cvdsim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"time"
)

// markReader finds who reads what it must not.
var markReader = regexp.MustCompile(`^"(person\d+)" reads `)

// Failure is what went wrong, and how to see it again.
type Failure struct {
	Seed   uint64
	World  int
	What   string // the rule that was broken
	Err    error
	Script []string // of examples/play, the shortest that was found
	From   int      // steps that it took before it was made shorter
	Steps  int      // that it takes now
	ops    []*op
}

func (f *Failure) Error() string {
	return fmt.Sprintf("seed %d, world %d: %v\n%d steps, made shorter from %d:\n%s", f.Seed, f.World, f.Err, f.Steps, f.From, strings.Join(f.Script, "\n"))
}

const (
	verifyEach = 100 // steps: then all is judged, and after each step what it touched
	shrinkRuns = 200 // how many shorter scripts are tried
)

// Run simulates. The error is a *Failure if a rule was broken.
func Run(ctx context.Context, o Options) (Result, error) {
	r := Result{Did: map[string]int{}}
	if o.World == 0 {
		o.World = 300
	}
	for r.Steps < o.Steps {
		n := r.Worlds
		r.Worlds++
		seed := o.Seed<<20 + uint64(n)
		steps, err := live(ctx, &o, &r, seed)
		if err != nil {
			return r, shrink(ctx, &o, seed, n, steps, err)
		}
	}
	return r, nil
}

// live is the life of one world. It returns the steps that were made.
func live(ctx context.Context, o *Options, r *Result, seed uint64) (steps []*op, err error) {
	w, end, err := newWorld(o, seed)
	if err != nil {
		return nil, err
	}
	defer end()
	defer func() {
		for what, n := range w.did {
			r.Did[what] += n
		}
		r.Steps += w.did["steps"]
	}()
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0x51)), w: w}
	for len(steps) < o.World || len(w.behind()) > 0 {
		if len(steps) >= 3*o.World {
			r.Missed = append(r.Missed, fmt.Sprintf("world %d: %s", r.Worlds-1, strings.Join(w.behind(), ", ")))
			break
		}
		x := g.next()
		steps = append(steps, x)
		if err := w.step(ctx, x); err != nil {
			return steps, err
		}
		if len(steps)%verifyEach == 0 {
			if err := w.verify(ctx); err != nil {
				return steps, err
			}
		}
	}
	return steps, w.drain(ctx)
}

// behind are the goals that a world has not reached.
func (w *world) behind() (out []string) {
	for _, what := range goals {
		if w.did[what] == 0 {
			out = append(out, what)
		}
	}
	return out
}

// again makes steps in a new world.
func again(ctx context.Context, o *Options, seed uint64, steps []*op) error {
	w, end, err := newWorld(o, seed)
	if err != nil {
		return err
	}
	defer end()
	for _, x := range steps {
		if err := w.step(ctx, x); err != nil {
			return err
		}
	}
	if err := w.verify(ctx); err != nil {
		return err
	}
	return w.drain(ctx)
}

// kind is what was broken, whatever the case.
func kind(err error) string {
	var v *violation
	switch {
	case errors.As(err, &v):
		return v.what
	case err == nil:
		return ""
	}
	return "an error that nobody expects"
}

// shrink leaves out steps, the later ones first in large parts and then one by one, and
// what fails in them, as long as the same rule is broken.
func shrink(ctx context.Context, o *Options, seed uint64, world int, steps []*op, found error) error {
	f := &Failure{Seed: o.Seed, World: world, What: kind(found), Err: found, From: len(steps)}
	runs := 0
	breaks := func(steps []*op) bool {
		if runs++; runs > shrinkRuns {
			return false
		}
		err := again(ctx, o, seed, steps)
		if err == nil || kind(err) != f.What {
			return false
		}
		f.Err = err
		return true
	}
	for part := max(1, len(steps)/2); ; part = max(1, part/2) {
		for at := len(steps) - part; at >= 0; at -= part {
			if shorter := without(steps, at, at+part); breaks(shorter) {
				steps = shorter
			}
			at = min(at, len(steps))
		}
		if part == 1 {
			break
		}
	}
	for i := range steps { // without what is beside the point
		for _, simpler := range []func(*op){
			func(x *op) { x.fault = fault{} }, func(x *op) { x.during = nil }, func(x *op) { x.actor = "" }, func(x *op) { x.host = 0 }, func(x *op) { x.pass = 0 },
		} {
			x := *steps[i]
			simpler(&x)
			try := append([]*op(nil), steps...)
			try[i] = &x
			if breaks(try) {
				steps = try
			}
		}
	}
	f.Steps, f.ops = len(steps), steps
	f.Script = script(f, steps)
	return f
}

func without(steps []*op, from, to int) []*op {
	out := append(append([]*op(nil), steps[:from]...), steps[min(to, len(steps)):]...)
	var pass time.Duration // goes by all the same
	for _, x := range steps[from:min(to, len(steps))] {
		pass += x.pass
	}
	if pass > 0 && from < len(out) {
		x := *out[from]
		x.pass += pass
		out[from] = &x
	}
	return out
}

// script writes the steps for examples/play, and a look at what is wrong.
func script(f *Failure, steps []*op) []string {
	out := []string{
		fmt.Sprintf("# seed %d, world %d: %s", f.Seed, f.World, f.What),
		`{"desk": {"team": "Team", "routes": [{"transport": "mail", "address": "team"}]}}`,
	}
	now := begins
	for _, x := range steps {
		now = now.Add(x.pass)
		out = append(out, x.lines(now)...)
	}
	var v *violation
	if errors.As(f.Err, &v) && strings.HasPrefix(v.label, "c") {
		out = append(out, "# "+v.detail)
		who := `"team": true`
		if at := markReader.FindStringSubmatch(v.detail); at != nil {
			who = `"identity": "` + at[1] + `"`
		}
		out = append(out, `{"case": "`+v.label+`", "view": {`+who+`}}`)
	}
	return out
}
