package vultron_test

import (
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// The numbers in this file are those that the Vultron papers publish, not what
// the tables happened to give.

// stateTraces returns every sequence of events of 0 to max events that leads
// from start into a state that accept likes.
func stateTraces[S, E comparable](start S, ts []vultron.Transition[S, E], max int, accept func(S) bool) [][]E {
	var out [][]E
	var walk func(s S, h []E)
	walk = func(s S, h []E) {
		if accept(s) {
			out = append(out, slices.Clone(h))
		}
		if len(h) == max {
			return
		}
		for _, t := range ts {
			if t.From == s {
				walk(t.To, append(h, t.Event))
			}
		}
	}
	walk(start, nil)
	return out
}

func stateCount(t *testing.T, what string, got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %d, want %d", what, got, want)
	}
}

// stateNextMatches checks that next allows exactly the edges of ts, over every
// value that fits the types.
func stateNextMatches[S, E ~uint8](t *testing.T, ts []vultron.Transition[S, E], next func(S, E) (S, bool)) {
	t.Helper()
	for s := range 256 {
		for e := range 256 {
			from, event := S(s), E(e)
			i := slices.IndexFunc(ts, func(x vultron.Transition[S, E]) bool { return x.From == from && x.Event == event })
			to, ok := next(from, event)
			switch {
			case i < 0 && (ok || to != from):
				t.Errorf("state %d, event %d: goes to %d, want a refusal that stays", s, e, to)
			case i >= 0 && (!ok || to != ts[i].To):
				t.Errorf("state %d, event %d: %d, %v, want %d", s, e, to, ok, ts[i].To)
			}
		}
	}
}

func TestRMCounts(t *testing.T) {
	ts := vultron.RMTransitions()
	stateCount(t, "edges", len(ts), 11)
	stateNextMatches(t, ts, vultron.RM.Next)
	traces := stateTraces(vultron.RMStart, ts, 7, vultron.RM.Final)
	stateCount(t, "traces that end in Closed", len(traces), 15)
	for _, e := range ts {
		if e.From == vultron.RMClosed {
			t.Errorf("Closed is terminal, but %v leads to %v", e.Event, e.To)
		}
		if e.From == vultron.RMValid && e.To == vultron.RMClosed {
			t.Error("Valid leads to Closed")
		}
		if e.Event == vultron.RMInvalidate && e.From != vultron.RMReceived {
			t.Errorf("invalidate leads from %v", e.From)
		}
	}
}

func TestRMTable(t *testing.T) {
	want := []string{
		"Start receive Received",
		"Received validate Valid", "Received invalidate Invalid",
		"Invalid validate Valid", "Invalid close Closed",
		"Valid accept Accepted", "Valid defer Deferred",
		"Deferred accept Accepted", "Deferred close Closed",
		"Accepted defer Deferred", "Accepted close Closed",
	}
	stateTable(t, vultron.RMTransitions(), want)
}

func TestEMTable(t *testing.T) {
	want := []string{
		"None propose Proposed",
		"Proposed propose Proposed", "Proposed accept Active", "Proposed reject None",
		"Active propose Revise", "Active terminate Exited",
		"Revise propose Revise", "Revise accept Active", "Revise reject Active", "Revise terminate Exited",
	}
	stateTable(t, vultron.EMTransitions(), want)
}

// stateTable compares a table, by name, with the one of the design page.
func stateTable[S, E interface{ String() string }](t *testing.T, ts []vultron.Transition[S, E], want []string) {
	t.Helper()
	var got []string
	for _, x := range ts {
		got = append(got, x.From.String()+" "+x.Event.String()+" "+x.To.String())
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("table is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A remote party can be only in a state that can be reached from where it was.
func TestRMStepTo(t *testing.T) {
	ts := vultron.RMTransitions()
	reach := map[[2]vultron.RM]bool{}
	for s := vultron.RMStart; s.Valid(); s++ {
		stateTraces(s, ts, 7, func(to vultron.RM) bool { reach[[2]vultron.RM{s, to}] = true; return false })
	}
	forward := 0
	for a := range 256 {
		for b := range 256 {
			from, to := vultron.RM(a), vultron.RM(b)
			edge := slices.ContainsFunc(ts, func(x vultron.Transition[vultron.RM, vultron.RMEvent]) bool { return x.From == from && x.To == to })
			want := vultron.RMStepRefused
			switch {
			case !from.Valid() || !to.Valid():
			case from == to:
				want = vultron.RMStepSame
			case edge:
				want = vultron.RMStepEdge
			case reach[[2]vultron.RM{from, to}]:
				want = vultron.RMStepForward
				forward++
				if to.Progress() <= from.Progress() {
					t.Errorf("%v to %v is reachable without progress", from, to)
				}
			}
			if got := from.StepTo(to); got != want {
				t.Errorf("%v to %v: %v, want %v", from, to, got, want)
			}
		}
	}
	// Start to all but Received and itself, Received to D, A, C, Invalid to D
	// and A, Valid to Closed.
	stateCount(t, "forward jumps", forward, 5+3+2+1)
	for s, want := range []int{0, 1, 2, 2, 3, 3, 4, -1} {
		stateCount(t, vultron.RM(s).String()+" progress", vultron.RM(s).Progress(), want)
	}
}

func TestEMCounts(t *testing.T) {
	ts := vultron.EMTransitions()
	stateCount(t, "edges", len(ts), 10)
	stateNextMatches(t, ts, vultron.EM.Next)
	traces := stateTraces(vultron.EMNone, ts, 7, vultron.EM.Final)
	traces = slices.DeleteFunc(traces, func(h []vultron.EMEvent) bool { return len(h) == 0 })
	stateCount(t, "non-empty traces that end in None or Exited", len(traces), 72)
	for s := range vultron.EM(5) {
		if _, terminate := s.Next(vultron.EMTerminate); terminate != s.InForce() {
			t.Errorf("%v: in force %v, can be terminated %v", s, s.InForce(), terminate)
		}
	}
}

func TestConsentTable(t *testing.T) {
	ts := vultron.ConsentTransitions()
	stateNextMatches(t, ts, vultron.Consent.Next)
	stateTable(t, ts, []string{
		"NoEmbargo invite Invited", "Lapsed invite Invited", "Declined invite Invited",
		"NoEmbargo accept Signatory", "Invited accept Signatory", "Lapsed accept Signatory",
		"NoEmbargo decline Declined", "Invited decline Declined", "Lapsed decline Declined",
		"Signatory revise Lapsed",
		"NoEmbargo reset NoEmbargo", "Invited reset NoEmbargo", "Signatory reset NoEmbargo", "Lapsed reset NoEmbargo", "Declined reset NoEmbargo",
		"Signatory withdraw Declined",
	})
	// Vultron's own names: CM-18-003 with ADR-0093, sixteen edges.
	var own []string
	for _, x := range ts {
		own = append(own, x.From.String()+" "+x.Event.Vultron().String())
	}
	slices.Sort(own)
	stateCount(t, "edges of Vultron's table", len(slices.Compact(own)), 16)
	if !slices.Contains(own, "Signatory decline") {
		t.Error("a signatory may decline")
	}
}

func TestCSCounts(t *testing.T) {
	var valid, ephemeral int
	outdegree := map[int]int{}
	ts := vultron.CSTransitions()
	for i := range 256 {
		s := vultron.CS(i)
		only, eph := s.Ephemeral()
		if !s.Valid() {
			if eph {
				t.Errorf("%v is no state, but ephemeral", s)
			}
			continue
		}
		valid++
		var out []vultron.CSEvent
		for _, x := range ts {
			if x.From == s {
				out = append(out, x.Event)
			}
		}
		outdegree[len(out)]++
		name := s.String()
		vP := strings.HasPrefix(name, "v") && strings.Contains(name, "P")
		pX := strings.Contains(name, "pX")
		if eph != (vP || pX) {
			t.Errorf("%v: ephemeral is %v", s, eph)
		}
		if eph {
			ephemeral++
			if !slices.Equal(out, []vultron.CSEvent{only}) {
				t.Errorf("%v: leaves by %v, want only %v", s, out, only)
			}
			if want := map[bool]vultron.CSEvent{true: vultron.VendorAware, false: vultron.PublicAware}[vP]; only != want {
				t.Errorf("%v: must be followed by %v, want %v", s, only, want)
			}
		}
	}
	stateCount(t, "states", valid, 32)
	stateCount(t, "ephemeral states", ephemeral, 12)
	stateCount(t, "edges", len(ts), 58)
	stateCount(t, "edges without the ephemeral rules", len(vultron.CSRaises()), 72)
	for degree, want := range []int{1, 16, 6, 6, 3} {
		stateCount(t, "states with out-degree "+string(rune('0'+degree)), outdegree[degree], want)
	}
	stateNextMatches(t, ts, vultron.CS.Next)
	stateNextMatches(t, vultron.CSRaises(), vultron.CS.Raise)
	for _, x := range vultron.CSRaises() {
		if x.To != x.From|x.Event.Letter() || x.To == x.From || !x.To.Valid() {
			t.Errorf("%v by %v leads to %v", x.From, x.Event, x.To)
		}
	}
}

func TestCSHistories(t *testing.T) {
	ts := vultron.CSTransitions()
	complete := stateTraces(vultron.CS(0), ts, 6, vultron.CS.Final)
	stateCount(t, "complete histories", len(complete), 70)
	prefixes := stateTraces(vultron.CS(0), ts, 6, func(vultron.CS) bool { return true })
	stateCount(t, "prefixes", len(prefixes), 217)
	length := [7]int{}
	for _, h := range prefixes {
		length[len(h)]++
		s, ok := vultron.CSHistory(h).State()
		if !ok {
			t.Errorf("%v is refused at %v", h, s)
		}
	}
	if want := [7]int{1, 4, 9, 20, 43, 70, 70}; length != want {
		t.Errorf("prefixes by length are %v, want %v", length, want)
	}
	if s, ok := (vultron.CSHistory{vultron.PublicAware, vultron.AttacksObserved}).State(); ok || s != vultron.CSPublicAware {
		t.Errorf("PA leads to %v, %v; want a refusal at vfdPxa", s, ok)
	}
}

// Every next event is drawn evenly from those that the table allows; the chance
// of a history is the product over its steps, in exact fractions.
func TestDesiderataFrequencies(t *testing.T) {
	want := map[string]*big.Rat{
		"V≺P": big.NewRat(1, 3), "V≺X": big.NewRat(2, 3), "V≺A": big.NewRat(3, 4),
		"F≺P": big.NewRat(1, 9), "F≺X": big.NewRat(1, 3), "F≺A": big.NewRat(3, 8),
		"D≺P": big.NewRat(1, 27), "D≺X": big.NewRat(1, 6), "D≺A": big.NewRat(3, 16),
		"P≺X": big.NewRat(1, 2), "P≺A": big.NewRat(2, 3), "X≺A": big.NewRat(1, 2),
	}
	ts := vultron.CSTransitions()
	complete := stateTraces(vultron.CS(0), ts, 6, vultron.CS.Final)
	chance := func(h []vultron.CSEvent) *big.Rat {
		p, s := big.NewRat(1, 1), vultron.CS(0)
		for _, e := range h {
			n := 0
			for _, x := range ts {
				if x.From == s {
					n++
				}
			}
			p.Mul(p, big.NewRat(1, int64(n)))
			s, _ = s.Next(e)
		}
		return p
	}
	total := new(big.Rat)
	for _, h := range complete {
		total.Add(total, chance(h))
	}
	if total.Cmp(big.NewRat(1, 1)) != 0 {
		t.Fatalf("the chances of all histories add up to %v", total)
	}
	stateCount(t, "desiderata", len(vultron.Desiderata()), len(want))
	for _, d := range vultron.Desiderata() {
		met := new(big.Rat)
		for _, h := range complete {
			switch vultron.CSHistory(h).Order(d) {
			case vultron.OrderMet:
				met.Add(met, chance(h))
			case vultron.OrderOpen:
				t.Errorf("%v is open in the complete history %v", d, h)
			}
		}
		w := want[d.String()]
		if w == nil {
			t.Errorf("%v is not one of the twelve", d)
			continue
		}
		if met.Cmp(w) != 0 {
			t.Errorf("%v: met with chance %v, want %v", d, met, w)
		}
		if c := big.NewRat(int64(d.Chance.Num), int64(d.Chance.Den)); c.Cmp(w) != 0 {
			t.Errorf("%v: the table says %v, want %v", d, c, w)
		}
		delete(want, d.String())
	}
}

// What a partial history has met or missed, each of its continuations has too.
func TestDesiderataPartial(t *testing.T) {
	complete := stateTraces(vultron.CS(0), vultron.CSTransitions(), 6, vultron.CS.Final)
	for _, d := range vultron.Desiderata() {
		for _, h := range complete {
			last := vultron.OrderOpen
			for n := range len(h) + 1 {
				o := vultron.CSHistory(h[:n]).Order(d)
				if last != vultron.OrderOpen && o != last {
					t.Errorf("%v: %v at %v, then %v", d, last, h[:n], o)
				}
				if first, then := slices.Contains(h[:n], d.First), slices.Contains(h[:n], d.Then); (o == vultron.OrderOpen) == (first || then) {
					t.Errorf("%v is %v at %v", d, o, h[:n])
				}
				last = o
			}
		}
	}
	best := vultron.CSHistory{vultron.VendorAware, vultron.FixReady, vultron.FixDeployed, vultron.PublicAware, vultron.ExploitPublic, vultron.AttacksObserved}
	if met, missed := best.Quality(); met != 12 || missed != 0 {
		t.Errorf("VFDPXA: %d met, %d missed", met, missed)
	}
	if met, missed := best[:1].Quality(); met != 3 || missed != 0 {
		t.Errorf("V: %d met, %d missed", met, missed)
	}
	if met, missed := (vultron.CSHistory{vultron.AttacksObserved}).Quality(); met != 0 || missed != 5 {
		t.Errorf("A: %d met, %d missed", met, missed)
	}
}

// Stored logs hold these numbers.
func TestStateNumbers(t *testing.T) {
	names := func(n int, name func(int) string) string {
		var b []string
		for i := range n {
			b = append(b, name(i))
		}
		return strings.Join(b, " ")
	}
	for _, c := range []struct{ got, want string }{
		{names(8, func(i int) string { return vultron.RM(i).String() }), "Start Received Invalid Valid Deferred Accepted Closed RM(7)"},
		{names(8, func(i int) string { return vultron.RMEvent(i).String() }), "RMEvent(0) receive validate invalidate accept defer close RMEvent(7)"},
		{names(6, func(i int) string { return vultron.EM(i).String() }), "None Proposed Active Revise Exited EM(5)"},
		{names(6, func(i int) string { return vultron.EMEvent(i).String() }), "EMEvent(0) propose accept reject terminate EMEvent(5)"},
		{names(6, func(i int) string { return vultron.Consent(i).String() }), "NoEmbargo Invited Signatory Lapsed Declined Consent(5)"},
		{names(8, func(i int) string { return vultron.ConsentEvent(i).String() }), "ConsentEvent(0) invite accept decline revise reset withdraw ConsentEvent(7)"},
		{names(7, func(i int) string { return vultron.CS(1 << i).String() }), "Vfdpxa vFdpxa vfDpxa vfdPxa vfdpXa vfdpxA CS(64)"},
		{names(8, func(i int) string { return vultron.CSEvent(i).String() }), "CSEvent(0) V F D P X A CSEvent(7)"},
		{names(5, func(i int) string { return vultron.RMStep(i).String() }), "refused same edge forward RMStep(4)"},
		{names(4, func(i int) string { return vultron.Order(i).String() }), "open met missed Order(3)"},
		{(vultron.CSVendorAware | vultron.CSFixReady | vultron.CSPublicAware).String(), "VFdPxa"},
		{vultron.CS(0).String(), "vfdpxa"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// A host that writes into a table must not change it for others.
func TestTablesAreCopies(t *testing.T) {
	vultron.RMTransitions()[0].To = vultron.RMClosed
	vultron.CSTransitions()[0].To = 0
	vultron.Desiderata()[0].First = vultron.AttacksObserved
	if vultron.RMTransitions()[0].To != vultron.RMReceived || vultron.CSTransitions()[0].To == 0 || vultron.Desiderata()[0].First != vultron.VendorAware {
		t.Error("a caller changed a table")
	}
}

func BenchmarkStateNext(b *testing.B) {
	for b.Loop() {
		s := vultron.CS(0)
		for e := vultron.VendorAware; e <= vultron.AttacksObserved; e++ {
			s, _ = s.Next(e)
		}
		if !s.Final() {
			b.Fatal(s)
		}
	}
}
