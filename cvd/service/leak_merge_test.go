package service_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
)

var marks = regexp.MustCompile(`M\d{5}X`)

// sees returns the marks that a person reads in a case: by View, in the timeline
// and in lists.
func (d *desk) sees(id cvd.CaseID, who int) map[string]bool {
	v := cvd.Viewer{Identity: cvd.Private(fmt.Sprint("party", who))}
	out := map[string]bool{}
	c, err := d.svc.View(ctx, id, v)
	if err != nil {
		return out
	}
	tl := d.svc.Timeline(c)
	for _, text := range []string{dump(c), tl.Text(), tl.ICalendar()} {
		for _, m := range marks.FindAllString(text, -1) {
			out[m] = true
		}
	}
	return out
}

// seesBy returns the marks that whoever holds a code reads, in all cases that it
// opens.
func (d *desk) seesBy(code cvd.Private) map[string]bool {
	out := map[string]bool{}
	a, err := d.svc.Access(ctx, code)
	if err != nil {
		return out
	}
	for _, p := range append(a.Others, a.Place) {
		if c, err := d.svc.View(ctx, p.Case, p.Viewer()); err == nil {
			for _, m := range marks.FindAllString(dump(c), -1) {
				out[m] = true
			}
		}
	}
	return out
}

// pair makes two cases of random histories in which the same people take part.
func pair(t *testing.T, seed uint64) (*desk, [2]*world) {
	d := newDesk(t)
	var ws [2]*world
	r := rand.New(rand.NewPCG(seed, 7))
	for i := range ws {
		w := &world{
			t: t, desk: d, r: r, base: i * 20_000, limited: map[cvd.PartyID][]cvd.VulnID{},
			roles: map[cvd.PartyID]cvd.Roles{}, details: map[cvd.PartyID]bool{}, said: map[cvd.PartyID]bool{}, shut: map[cvd.PartyID]bool{},
		}
		ws[i] = w
		if i == 0 { // some go into the other case before they are cases
			w.stage = max(0, int(seed%6)-3)
		}
		require.True(t, w.receive())
		if r.IntN(4) > 0 {
			w.try(cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 20+r.IntN(30))})
			if r.IntN(3) > 0 {
				w.try(cvd.AcceptEmbargo{Party: 2})
			}
		}
		for range 3 {
			w.invite()
			w.try(cvd.AnswerInvitation{Party: w.parties[len(w.parties)-1], Accept: r.IntN(3) > 0})
		}
	}
	for range 30 + r.IntN(30) {
		ws[r.IntN(2)].step()
	}
	return d, ws
}

// gained leaves out what the person has said itself: that is no news to it.
func gained(before, after map[string]bool, who int, ws [2]*world) (out []string) {
	for m := range after {
		own := false
		for _, w := range ws {
			for _, x := range w.secrets {
				own = own || x.mark == m && int(x.source) == who && x.kind != teamOnly
			}
		}
		if !before[m] && !own {
			out = append(out, m)
		}
	}
	return out
}

func (w *world) what(marks []string) string {
	for _, x := range w.secrets {
		for _, m := range marks {
			if x.mark == m {
				return fmt.Sprintf("%s (%s of participant %d)", m, x.what, x.source)
			}
		}
	}
	return fmt.Sprint(marks)
}

// Issue 12, lines 2, 3 and 8: nobody gains sight of anything by a merge or a
// split. CVD_TEST_LARGE=1 tries 2,000 pairs.
func TestNobodyGainsByMergeOrSplit(t *testing.T) {
	pairs := 150
	if os.Getenv("CVD_TEST_LARGE") != "" {
		pairs = 2000
	}
	merges, splits, reopened, seen := 0, 0, 0, 0
	for seed := range uint64(pairs) {
		d, ws := pair(t, seed)
		a, b := ws[0], ws[1]
		const people = 20
		var before [people]map[string]bool
		look := func(ids ...cvd.CaseID) {
			for who := range people {
				before[who] = map[string]bool{}
				for _, id := range ids {
					for m := range d.sees(id, who) {
						before[who][m] = true
						seen++
					}
				}
			}
		}
		none := func(what string, ids ...cvd.CaseID) {
			for who := range people {
				for _, id := range ids {
					if g := gained(before[who], d.sees(id, who), who, ws); len(g) > 0 {
						t.Fatalf("seed %d: by %s person %d has gained %d texts, such as %s / %s", seed, what, who, len(g), a.what(g), b.what(g))
					}
				}
			}
		}
		look(a.id, b.id)
		codes, byCode := map[cvd.Private]int{}, map[cvd.Private]map[string]bool{}
		for _, w := range ws {
			for _, p := range w.parties[1:] {
				if w.removed[p] {
					continue // it gets no code any more
				}
				code := d.code()
				d.do(w.id, cvd.GrantAccess{Party: p, Code: code})
				codes[code], byCode[code] = int(p), d.seesBy(code)
			}
		}
		openly := none
		none = func(what string, ids ...cvd.CaseID) {
			openly(what, ids...)
			for code, who := range codes {
				after := d.seesBy(code)
				if g := gained(byCode[code], after, who, ws); len(g) > 0 {
					t.Fatalf("seed %d: by %s the code of person %d opens %d more texts, such as %s / %s", seed, what, who, len(g), a.what(g), b.what(g))
				}
				seen += len(after)
			}
		}
		if _, err := d.svc.Merge(ctx, a.id, cvd.By{}, cvd.Merge{Into: b.id}); err == nil {
			merges++
			none("merging", a.id, b.id)
			look(a.id, b.id)
		}
		c := d.view(b.id, team)
		x := cvd.Split{Title: "a part"}
		for i := range c.Vulnerabilities {
			if b.r.IntN(2) == 0 {
				x.Vulnerabilities = append(x.Vulnerabilities, c.Vulnerabilities[i].ID)
			}
		}
		for i := range c.Reports {
			if b.r.IntN(2) == 0 {
				x.Reports = append(x.Reports, c.Reports[i].ID)
			}
		}
		for i := range c.Participants {
			if b.r.IntN(2) == 0 && i > 0 {
				x.Participants = append(x.Participants, c.Participants[i].ID)
			}
		}
		child, err := d.svc.Split(ctx, b.id, cvd.By{}, x)
		if err != nil {
			continue
		}
		splits++
		none("splitting", b.id, child.ID)
		look(b.id, child.ID)
		// What was kept apart stays apart also later: time passes, windows end.
		d.clock.pass(300 * 24 * 3600 * 1e9)
		none("waiting", b.id, child.ID)
		// A case that goes on in a new one, with all that it had.
		look(b.id, child.ID)
		if _, err := d.svc.Do(ctx, child.ID, cvd.By{}, cvd.Close{Override: true, Reason: "no time"}); err == nil {
			again, err := d.svc.Reopen(ctx, child.ID, cvd.By{}, cvd.Reopen{Reason: "time"})
			require.NoError(t, err)
			reopened++
			none("reopening", b.id, child.ID, again.ID)
		}
	}
	t.Logf("%d merges, %d splits, %d reopened, %d texts seen", merges, splits, reopened, seen)
	require.Greater(t, merges, pairs/3)
	require.Greater(t, splits, pairs/3)
	require.Greater(t, reopened, pairs/10)
	require.Greater(t, seen, pairs*20)
}
