package cvdtest

import (
	"context"
	"fmt"
	"runtime"
	"testing"
)

// tb is what a rule needs of a test. The suites' own tests pass a recorder, to
// see that a rule fails on what is broken.
type tb interface {
	Helper()
	Context() context.Context
	Fatalf(format string, args ...any)
}

// rule is one sentence of a contract. T is the interface under test.
type rule[T any] struct {
	name  string
	says  string
	where string // the documentation that states it
	run   func(c *check, v T)
}

// check runs one rule.
type check struct {
	tb
	says, where string
}

func (r rule[T]) on(t tb, v T) {
	t.Helper()
	c := &check{t, r.says, r.where}
	defer func() {
		switch p := recover().(type) {
		case nil:
		case runtime.Error: // a rule took the first of what is none
			c.failf("too few results: %v", p)
		default:
			panic(p)
		}
	}()
	r.run(c, v)
}

// runAll makes a subtest of each rule, each on a value of its own.
func runAll[T any](t *testing.T, rules []rule[T], open func(*testing.T) T) {
	t.Helper()
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) { r.on(t, open(t)) })
	}
}

// failf ends the rule.
func (c *check) failf(format string, args ...any) {
	c.Helper()
	c.Fatalf("rule: %s\n  it stands in: %s\n  seen: %s", c.says, c.where, fmt.Sprintf(format, args...))
}

// ok ends the rule if a call failed that should not.
func (c *check) ok(err error, what string, args ...any) {
	c.Helper()
	if err != nil {
		c.failf("%s failed: %v", fmt.Sprintf(what, args...), err)
	}
}

// equal ends the rule if two values print differently.
func (c *check) equal(got, want any, what string, args ...any) {
	c.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		c.failf("%s: got %s, want %s", fmt.Sprintf(what, args...), shorten(g), shorten(w))
	}
}

func shorten(s string) string {
	const most = 600
	if len(s) <= most {
		return s
	}
	return fmt.Sprintf("%s… (%d bytes)", s[:most], len(s))
}
