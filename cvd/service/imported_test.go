package service_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
)

var years = noon.AddDate(-3, 0, 0)

// then applies commands of a history, as of a day of it.
func (d *desk) then(id cvd.CaseID, day int, cmds ...cvd.Command) *cvd.Case {
	d.t.Helper()
	by := staff
	by.Silent, by.At = true, years.AddDate(0, 0, day)
	c, err := d.svc.Do(ctx, id, by, cmds...)
	require.NoError(d.t, err)
	return c
}

// imported is a whole history of three years ago.
func imported(d *desk) cvd.CaseID {
	r := report
	r.Original = nil
	id := d.then(cvd.CaseID{}, 0, r).ID
	d.then(id, 1, cvd.Acknowledge{}, cvd.Triage{Outcome: cvd.OutcomeValid, Reply: "thank you"}, cvd.Accept{})
	d.then(id, 2, cvd.ProposeEmbargo{Ends: years.AddDate(0, 0, 60)}, cvd.AcceptEmbargo{Party: 2}, vendorAt("one"))
	d.then(id, 3, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "which version?"}, cvd.PostMessage{Party: 2, To: []cvd.PartyID{1}, Text: "1.2"})
	d.then(id, 25, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "we work on it"})
	d.then(id, 50, cvd.SetSeverity{Rating: cvd.RatingHigh}, cvd.RecordStatus{Vuln: 1, Affected: cvd.IsFixed, Fixed: "1.3"})
	d.then(id, 60, cvd.Publish{Advisories: []string{"https://vendor.example/a/1"}})
	d.then(id, 70, cvd.Close{})
	return id
}

// Issue 13, line 5: an import sends nothing, and its dates are those that were.
func TestImportIsSilent(t *testing.T) {
	d := newDesk(t)
	id := imported(d)
	c := d.view(id, team)
	require.True(t, c.Opened.Equal(years))
	require.True(t, c.Reports[0].Acknowledged.Equal(years.AddDate(0, 0, 1)))
	require.True(t, c.Reports[0].Triaged.Equal(years.AddDate(0, 0, 1)))
	require.True(t, c.Messages[0].Posted.Equal(years.AddDate(0, 0, 3)))
	require.True(t, c.Publications[0].At.Equal(years.AddDate(0, 0, 60)))
	require.Len(t, c.Messages, 3, "the library wrote none of its own")
	for _, m := range c.Messages {
		require.Equal(t, cvd.DeliveryHeld, m.Deliveries[0].State)
	}
	require.False(t, c.Open())
	ds, err := d.svc.Deadlines(c, d.clock.t)
	require.NoError(t, err)
	for _, x := range ds {
		require.True(t, !x.Missed || x.Clock == "status-update" || x.Clock == "vendor-silent", x.Clock)
	}
	for range 3 {
		d.relay()
		require.Empty(t, d.mail.got)
		require.Empty(t, d.ticks())
		d.clock.pass(40 * 24 * time.Hour)
	}
	n := 0
	for _, e := range c.Events {
		if e.Kind == cvd.EventHistoryImported {
			require.True(t, e.When.Equal(d.cfg.Now().AddDate(0, 0, -120)), "when it was written shows")
			n++
		}
	}
	require.Equal(t, 8, n)
	d.rebuilt("imported")
	require.NotContains(t, dump(d.view(id, cvd.Viewer{Party: 2})), "history.imported")
	again, err := d.svc.Reopen(ctx, id, staff, cvd.Reopen{Reason: "it is back"})
	require.NoError(t, err)
	d.do(again.ID, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "look"})
	d.relay()
	require.NotEmpty(t, d.mail.got, "what comes after it is sent")
}

// What is open goes on: a date to come is reminded of, one that passed before the
// import is listed as overdue and nobody is told again.
func TestImportOfOpenCases(t *testing.T) {
	d := newDesk(t)
	silent := staff
	silent.Silent = true
	r := report
	r.Original, r.IDs = nil, nil
	old := d.then(cvd.CaseID{}, 0, r).ID
	silent.At = d.clock.t.Add(-time.Hour)
	fresh, err := d.svc.Do(ctx, cvd.CaseID{}, silent, reportBy("zoe"))
	require.NoError(t, err)
	listed, err := d.svc.Find(ctx, team, service.Filter{DueBefore: noon}, "", 10)
	require.NoError(t, err)
	require.Len(t, listed.Cases, 1)
	require.Equal(t, old, listed.Cases[0].ID)
	require.True(t, listed.Cases[0].Overdue(noon))
	told := map[cvd.CaseID]int{}
	for range 30 {
		for _, a := range d.ticks() {
			told[a.Case]++
			require.False(t, a.Case == old && a.Deadline.Due.Before(noon), a.Deadline.Clock)
		}
		d.clock.pass(12 * time.Hour)
	}
	require.NotZero(t, told[fresh.ID])
	d.do(old, cvd.Acknowledge{})
	d.relay()
	require.Len(t, d.mail.got, 1, "and what is done now is told")
	// A submission gets no receipt.
	r = reportBy("kim")
	r.Submission, r.Original = true, nil
	d.mail.got = nil
	_, err = d.svc.Do(ctx, cvd.CaseID{}, silent, r)
	require.NoError(t, err)
	d.relay()
	require.Empty(t, d.mail.got)
	d.rebuilt("open imports")
}

func TestImportInOrder(t *testing.T) {
	d := newDesk(t)
	id := d.then(cvd.CaseID{}, 5, report).ID
	for _, by := range []cvd.By{
		{Silent: true, At: years}, {At: years.AddDate(0, 0, 9)}, {Silent: true, At: d.clock.t.Add(time.Minute)}, {Silent: true, At: noon.AddDate(-200, 0, 0)},
	} {
		_, err := d.svc.Do(ctx, id, by, cvd.SetTitle{Title: "t"})
		require.ErrorIs(t, err, cvd.ErrInput)
		_, err = d.svc.Link(ctx, id, by, cvd.LinkTo{Kind: cvd.LinkRelated, Case: d.do(cvd.CaseID{}, reportBy("zoe")).ID})
		require.ErrorIs(t, err, cvd.ErrInput)
	}
	c := d.then(id, 5, cvd.SetTitle{Title: "the same instant"})
	require.True(t, c.At.Equal(years.AddDate(0, 0, 5)))
	_, err := d.svc.Do(ctx, id, cvd.By{Silent: true}, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.RecordFact{Fact: policy.FactExploitAlleged})
	require.NoError(t, err, "without a date it is now")
	d.relay()
	for _, m := range d.mail.got {
		require.NotContains(t, string(m.Text), "valid")
	}
}

// What was imported was read where it comes from; what comes afterwards is not.
func TestImportsAreRead(t *testing.T) {
	d := newDesk(t)
	id := imported(d)
	require.Empty(t, d.find(service.Filter{Unread: true}))
	require.Empty(t, d.view(id, team).Unread())
	require.Empty(t, d.view(id, cvd.Viewer{Party: 2}).UnreadBy(2).Messages)
	require.Zero(t, d.find(service.Filter{})[0].Unread)
	again, err := d.svc.Reopen(ctx, id, staff, cvd.Reopen{Reason: "it is back"})
	require.NoError(t, err)
	d.do(again.ID, cvd.MarkRead{})
	d.do(again.ID, cvd.PostMessage{Party: 2, To: []cvd.PartyID{1}, Text: "still there"})
	require.Len(t, d.view(again.ID, team).Unread().Messages, 1)
	require.Len(t, d.find(service.Filter{Unread: true}), 1)
	// An import into a case that lives leaves what is unread there.
	silent := staff
	silent.Silent = true
	_, err = d.svc.Do(ctx, again.ID, silent, cvd.PostMessage{Party: 2, To: []cvd.PartyID{1}, Text: "from the old system"})
	require.NoError(t, err)
	require.Len(t, d.view(again.ID, team).Unread().Messages, 1)
	d.do(again.ID, cvd.MarkRead{})
	require.Empty(t, d.find(service.Filter{Unread: true}))
	d.rebuilt("imports are read")
}

// A case into which an imported one goes reminds of no date that had passed before.
func TestAMergeKeepsTheImport(t *testing.T) {
	d := newDesk(t)
	r := report
	r.Original, r.IDs = nil, nil
	old, written := d.then(cvd.CaseID{}, 0, r).ID, d.clock.t
	d.clock.pass(time.Hour)
	into := d.do(cvd.CaseID{}, reportBy("zoe")).ID
	_, err := d.svc.Merge(ctx, old, staff, cvd.Merge{Into: into})
	require.NoError(t, err)
	var when time.Time
	for _, e := range d.view(into, team).Events {
		if e.Kind == cvd.EventHistoryImported {
			when = e.When
		}
	}
	require.True(t, when.Equal(written), "%s", when)
	for range 10 {
		for _, a := range d.ticks() {
			require.False(t, a.Case == into && a.Deadline.Due.Before(written), "%s of %s", a.Deadline.Clock, a.Deadline.Due)
		}
		d.clock.pass(12 * time.Hour)
	}
	d.rebuilt("a merge of an import")
}
