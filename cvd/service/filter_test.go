package service_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// asked counts the questions to a Store.
type asked struct {
	storage.Store
	last  *storage.Query
	heads *int
}

func (a asked) Heads(ctx context.Context, q storage.Query) ([]storage.Head, error) {
	*a.last = q
	*a.heads++
	return a.Store.Heads(ctx, q)
}

// standing tells whether anything can be where a filter looks: a case is at any
// state of its handling, what was not made a case at none.
func standing(f service.Filter) bool {
	for rm := vultron.RMStart; rm <= vultron.RMClosed; rm++ {
		for stage := cvd.StageCase; stage <= cvd.StageDismissed; stage++ {
			open := rm != vultron.RMClosed && stage != cvd.StageDismissed
			if (f.RM == nil || *f.RM == rm) && (f.Stage == nil || *f.Stage == stage) && (stage == cvd.StageCase || rm == vultron.RMStart) &&
				!(f.Open && !open) && !(f.Closed && open) &&
				(stage == cvd.StageCase || (f.EM == nil || *f.EM == vultron.EMNone) && (f.Rating == nil || *f.Rating == cvd.RatingUnknown)) {
				return true
			}
		}
	}
	return false
}

// Every filter lists just what matches, by one term or by terms of which a case
// has one; what contradicts itself asks nobody.
func TestEveryFilter(t *testing.T) {
	var last storage.Query
	heads := 0
	d := newDesk(t, func(c *cvd.Config) { c.Store = asked{c.Store, &last, &heads} })
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		x := reportBy([]string{"ann", "bob", "cid"}[i%3])
		x.IDs, x.Original = nil, nil
		if x.Submission = i%4 == 0; x.Submission {
			id := d.do(cvd.CaseID{}, x).ID
			if i%8 == 0 {
				d.do(id, cvd.Dismiss{Why: cvd.DismissalSpam})
			}
			if i%3 == 0 {
				d.do(id, cvd.Assign{To: "bob@psirt.example"})
			}
			continue
		}
		id := d.do(cvd.CaseID{}, x).ID
		if r.IntN(2) == 0 {
			d.do(id, cvd.Assign{To: []cvd.Private{"alice@psirt.example", "bob@psirt.example"}[r.IntN(2)]})
		}
		if r.IntN(2) == 0 {
			d.do(id, cvd.AdoptPolicy{Policy: tablePolicy(t, "team")})
		}
		if r.IntN(3) == 0 {
			d.do(id, cvd.MarkRead{})
		}
		if r.IntN(2) == 0 {
			d.do(id, cvd.SetSeverity{Rating: cvd.Rating(1 + r.IntN(5))})
		}
		if r.IntN(2) == 0 {
			d.do(id, cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 30)})
			if r.IntN(2) == 0 {
				d.do(id, cvd.AcceptEmbargo{Party: 2})
				if r.IntN(3) == 0 {
					d.do(id, cvd.EndEmbargo{Reason: "none"})
				}
			}
		}
		switch r.IntN(4) {
		case 0:
			d.do(id, cvd.Triage{Outcome: cvd.OutcomeValid, Quiet: true}, cvd.Accept{})
		case 1:
			d.do(id, cvd.Triage{Outcome: cvd.OutcomeInvalid, Quiet: true})
		case 2:
			d.do(id, cvd.Triage{Outcome: cvd.OutcomeInvalid, Quiet: true}, cvd.Close{Override: true, Reason: "none"})
		}
	}
	all, err := d.svc.Find(ctx, team, service.Filter{}, "", 1000)
	require.NoError(t, err)
	require.Len(t, all.Cases, 60)
	full, lines := map[cvd.CaseID]*cvd.Case{}, map[cvd.CaseID]cvd.Summary{}
	for _, x := range all.Cases {
		lines[x.ID] = x
		full[x.ID] = d.view(x.ID, team)
	}
	matches := func(c *cvd.Case, f service.Filter) bool {
		return !(f.Open && !c.Open()) && !(f.Closed && c.Open()) && (f.RM == nil || *f.RM == c.RM()) &&
			(f.EM == nil || *f.EM == c.Embargo.State) && (f.Rating == nil || *f.Rating == c.Rating()) &&
			(f.Assignee == "" || f.Assignee == c.Assignee) && (!f.Unassigned || !c.Assigned) &&
			(f.Party == "" || f.Party == c.Participants[1].Email) && (f.Stage == nil || *f.Stage == c.Submission.Stage) &&
			(f.Kind == nil || *f.Kind == c.Kind) && (!f.Unread || lines[c.ID].Unread > 0) &&
			(f.DueBefore.IsZero() || !lines[c.ID].Due.IsZero() && lines[c.ID].Due.Before(f.DueBefore))
	}
	counts, byDue := map[int]int{}, 0
	for n := range 4000 {
		var f service.Filter
		pick := func() bool { return r.IntN(5) < 2 }
		f.Open, f.Closed = pick(), r.IntN(5) == 0
		if pick() {
			rm := vultron.RM(r.IntN(7))
			f.RM = &rm
		}
		if pick() {
			em := vultron.EM(r.IntN(5))
			f.EM = &em
		}
		if pick() {
			x := cvd.Rating(r.IntN(6))
			f.Rating = &x
		}
		if pick() {
			f.Assignee = "bob@psirt.example"
		}
		f.Unassigned = r.IntN(5) == 0
		if r.IntN(5) == 0 {
			stage := cvd.Stage(r.IntN(4))
			f.Stage = &stage
		}
		if pick() {
			f.Party = "ann@mail.example"
		}
		late := r.IntN(6) == 0
		if late {
			f.DueBefore = d.clock.t.AddDate(0, 0, r.IntN(120))
		}
		more := r.IntN(6) == 0
		if more {
			kind := cvd.Kind(r.IntN(2))
			f.Kind, f.Unread = &kind, r.IntN(2) == 0
		}
		heads = 0
		page, err := d.svc.Find(ctx, team, f, "", 1000)
		require.NoError(t, err)
		got := map[cvd.CaseID]bool{}
		for _, x := range page.Cases {
			got[x.ID] = true
		}
		want := map[cvd.CaseID]bool{}
		for id, c := range full {
			if matches(c, f) {
				want[id] = true
			}
		}
		require.Equal(t, want, got, "filter %d: %+v", n, f)
		contradicts := f.Open && f.Closed || f.Unassigned && f.Assignee != "" || f.Stage != nil && *f.Stage != cvd.StageCase &&
			(f.EM != nil && *f.EM != vultron.EMNone || f.Rating != nil && *f.Rating != cvd.RatingUnknown) || !standing(f)
		if !late || contradicts {
			require.Equal(t, contradicts, heads == 0, "filter %+v asked %d times", f, heads)
		}
		if f.Party == "" && !contradicts && !late && !more {
			require.LessOrEqual(t, len(last.All), 1, "%+v", f)
			require.True(t, len(last.All) == 0 || len(last.Any) == 0, "%+v", f)
			require.LessOrEqual(t, len(last.Any), 47, "%+v", f) // 42 of cases, 5 of submissions
		}
		counts[min(len(got), 1)]++
		if f.ByDue = true; !f.Open || f.Party != "" || contradicts {
			continue
		}
		listed, after := []cvd.Summary(nil), ""
		for size := 1 + r.IntN(30); ; {
			page, err := d.svc.Find(ctx, team, f, after, size)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page.Cases), size)
			listed = append(listed, page.Cases...)
			if after = page.Next; after == "" {
				break
			}
			require.Len(t, page.Cases, size)
		}
		require.Len(t, listed, len(want), "%+v", f)
		for i, x := range listed {
			require.True(t, want[x.ID])
			delete(want, x.ID)
			if i > 0 {
				y := listed[i-1]
				require.True(t, !y.Due.IsZero() && (x.Due.IsZero() || !x.Due.Before(y.Due)) || y.Due.IsZero() && x.Due.IsZero() && bytes.Compare(x.ID[:], y.ID[:]) < 0, "%v before %v", y.Due, x.Due)
			}
		}
		byDue++
	}
	require.Greater(t, byDue, 200)
	require.Greater(t, counts[1], 300, "the filters found too little")
}
