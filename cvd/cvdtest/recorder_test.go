package cvdtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// recorder is a tb that keeps the failure instead of failing the test.
type recorder struct {
	ctx     context.Context
	failure string
}

type stop struct{}

func (r *recorder) Helper()                  {}
func (r *recorder) Context() context.Context { return r.ctx }
func (r *recorder) Fatalf(format string, args ...any) {
	r.failure = fmt.Sprintf(format, args...)
	panic(stop{})
}

// failures runs rules and returns what those said that failed.
func failures[T any](t *testing.T, rules []rule[T], open func() T) map[string]string {
	t.Helper()
	failed := map[string]string{}
	for _, r := range rules {
		rec := &recorder{ctx: t.Context()}
		func() {
			defer func() {
				if p := recover(); p != nil && p != (stop{}) {
					t.Fatalf("rule %s panics: %v", r.name, p)
				}
			}()
			r.on(rec, open())
		}()
		if rec.failure != "" {
			failed[r.name] = rec.failure
		}
	}
	return failed
}

// broken is an implementation with one fault, and the rules that must see it.
type broken[T any] struct {
	fault string
	open  func() T
	fails []string
}

// testBroken proves that each rule can fail, and that it names itself when it does.
func testBroken[T any](t *testing.T, rules []rule[T], faults []broken[T]) {
	t.Helper()
	proven := map[string]bool{}
	for _, b := range faults {
		t.Run(strings.ReplaceAll(b.fault, " ", "-"), func(t *testing.T) {
			got := failures(t, rules, b.open)
			for _, name := range b.fails {
				i := slices.IndexFunc(rules, func(r rule[T]) bool { return r.name == name })
				if i < 0 {
					t.Fatalf("there is no rule %q", name)
				}
				said, failed := got[name]
				if !failed {
					t.Errorf("rule %q did not see that %s; these did: %v", name, b.fault, names(got))
				} else if !strings.Contains(said, rules[i].says) || !strings.Contains(said, rules[i].where) {
					t.Errorf("rule %q does not say what it is and where it stands: %s", name, said)
				}
				proven[name] = true
			}
		})
	}
	for _, r := range rules {
		if !proven[r.name] {
			t.Errorf("nothing proves that rule %q can fail", r.name)
		}
	}
}

func names(m map[string]string) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
