// Package trackertest checks a [tracker.Tracker] against its contract:
//
//	trackertest.Test(t, func(t *testing.T) trackertest.Harness { … })
//
// Each rule has a name and a sentence, and both stand in what a failure prints. What
// a system cannot do is left out of the Harness, and Test says which rules were not
// run for that. It needs no empty tracker, and leaves tickets behind.
package trackertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/tracker"
)

// Harness is a tracker under test, and a person who works in it beside the adapter.
type Harness struct {
	Tracker tracker.Tracker // the adapter
	// Person is what somebody with another account does. nil functions are not
	// possible, and the rules that need them are not run.
	Person Person
	// Statuses are two states that a ticket takes one after the other, for example
	// "open" and "resolved"; the second is a closed one.
	Statuses [2]string
	// Unknown is a state that there is not.
	Unknown string
	// Stale is set if the tracker can tell that a ticket has changed since it was read.
	Stale bool
	// KeepsBody is set if the text of a ticket can be read and replaced.
	KeepsBody bool
	// Wait is how long after a write Find and Changes may not show it. 0: they do.
	Wait time.Duration
}

// Person works in a tracker by hand.
type Person struct {
	Open      func(ctx context.Context, title, text string) (ref string, err error) // makes a ticket and returns its Ref
	Comment   func(ctx context.Context, ref, text string) error                     // comments a ticket
	SetStatus func(ctx context.Context, ref, status string) error                   // to one of Schema.Statuses
	SetTitle  func(ctx context.Context, ref, title string) error                    // replaces the title
	Delete    func(ctx context.Context, ref string) error                           // removes a ticket for good
	// Move and Merge return the Ref by which the ticket is read from then on.
	Move  func(ctx context.Context, ref string) (string, error)
	Merge func(ctx context.Context, ref, into string) (string, error) // see Move
}

// Rule is a sentence of the contract with its check.
type Rule struct {
	Name string // of the test, in CamelCase
	Text string // the sentence
	// Needs says what the Harness lacks to run it; "": nothing.
	Needs func(Harness) string
	Check func(ctx context.Context, h Harness) error // returns how the tracker breaks the rule; nil: it keeps it
}

// Test runs every rule as a test of its own. open gives the tracker for a rule.
func Test(t *testing.T, open func(t *testing.T) Harness) {
	t.Helper()
	for _, r := range Rules() {
		t.Run(r.Name, func(t *testing.T) {
			h := open(t)
			if r.Needs != nil {
				if why := r.Needs(h); why != "" {
					t.Skipf("not run: %s: %s", why, r.Text)
				}
			}
			if err := r.Check(t.Context(), h); err != nil {
				t.Errorf("%s\n  rule: %s\n  see: the documentation of tracker.Tracker", err, r.Text)
			}
		})
	}
}

// Rules returns the contract.
func Rules() []Rule {
	return slices.Concat(writeRules, readRules, changeRules)
}

func needs(what string, has func(Harness) bool) func(Harness) string {
	return func(h Harness) string {
		if has(h) {
			return ""
		}
		return what
	}
}

var person = func(h Harness) bool { return h.Person.Comment != nil && h.Person.SetStatus != nil }

// fresh are fields that no other rule or run has written.
func fresh() tracker.Fields {
	m := marker()
	return tracker.Fields{Marker: m, Title: "[CVD-1900-" + m[:6] + "] Coordinated disclosure case", Body: "It stands for a case.\nhttps://desk.example/" + m[:6]}
}

// create makes a ticket that is as it should be.
func create(ctx context.Context, h Harness) (tracker.Ticket, tracker.Fields, error) {
	f := fresh()
	f.Status = h.Statuses[0]
	t, err := h.Tracker.Create(ctx, f)
	if err != nil {
		return t, f, fmt.Errorf("method Create: %w", err)
	}
	return t, f, nil
}

func same(what string, t tracker.Ticket, f tracker.Fields, h Harness) error {
	var except []string
	if !h.KeepsBody {
		except = append(except, "Body")
	}
	if err := tracker.NotApplied(f, t, except...); err != nil {
		return fmt.Errorf("%s: the ticket does not show what was written: %w", what, err)
	}
	return nil
}

// until repeats a look until it shows what it should, for as long as the tracker may
// take.
func until(ctx context.Context, h Harness, look func() error) error {
	ctx, cancel := context.WithTimeout(ctx, h.Wait)
	defer cancel()
	for {
		err := look()
		if err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(max(h.Wait/20, time.Millisecond))
	}
}

func refs(ts []tracker.Ticket) string {
	var out []string
	for _, t := range ts {
		out = append(out, t.Ref)
	}
	return strings.Join(out, ", ")
}

func wantErr(what string, err, want error) error {
	if !errors.Is(err, want) {
		return fmt.Errorf("%s returned %v instead of %v", what, err, want)
	}
	return nil
}
