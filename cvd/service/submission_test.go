package service_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// submission is a report that was quarantined, dismissed, appealed and admitted.
func submission(d *desk) cvd.CaseID {
	r := report
	r.Quarantine, r.Original = "filled in within a second", strings.NewReader("raw")
	r.Files = []cvd.File{{Name: "poc.c", Type: "text/x-c", TLP: tlp.Red, Content: strings.NewReader("int main;")}}
	r.PublishOn, r.Exploited = d.clock.t.AddDate(0, 0, 40), true
	id := d.do(cvd.CaseID{}, r).ID
	d.do(id, cvd.Acknowledge{})
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeNeedsInformation, Reply: "Which version?"})
	d.clock.pass(time.Hour)
	d.do(id, cvd.PostMessage{Party: 2, To: []cvd.PartyID{1}, Text: "1.3"})
	d.do(id, cvd.Assign{To: "alice@psirt.example"}, cvd.Dismiss{Why: cvd.DismissalNoFlaw, Reason: "works as it should", Reply: "It is documented."})
	d.do(id, cvd.Appeal{Text: "look again"})
	d.relay()
	d.clock.pass(time.Hour)
	d.do(id, cvd.Admit{})
	return id
}

func (d *desk) submitted(change ...func(*cvd.Receive)) *cvd.Case {
	d.t.Helper()
	r := report
	r.Submission = true
	for _, f := range change {
		f(&r)
	}
	return d.do(cvd.CaseID{}, r)
}

// Issue 13, line 3: what came in is one record, until somebody has looked at it.
func TestSubmissionIsOneRecord(t *testing.T) {
	d := newDesk(t)
	r := report
	r.Submission, r.Original = true, strings.NewReader("raw")
	r.Files = []cvd.File{{Name: "a", Content: strings.NewReader("first")}}
	c, err := d.svc.Do(ctx, cvd.CaseID{}, cvd.By{}, r)
	require.NoError(t, err)
	require.Equal(t, cvd.Seq(1), c.Seq)
	require.Len(t, d.log(c.ID), 1)
	require.Equal(t, cvd.StageSubmission, c.Submission.Stage)
	require.Equal(t, vultron.RMStart, c.RM())
	require.Empty(t, c.Vulnerabilities)
	require.Len(t, c.Participants, 2)
	require.Empty(t, c.Title, "Do returns no texts")
	require.Empty(t, c.Participants[1].Email)
	require.Empty(t, c.Reports[0].Summary)
	require.Equal(t, d.clock.t, c.Reports[0].Acknowledged)

	full := d.view(c.ID, team)
	require.Equal(t, "Heap overflow in frobd", string(full.Title))
	require.Equal(t, "rita@finder.example", string(full.Participants[1].Email))
	require.Equal(t, "Example PSIRT", string(full.Participants[0].Organization))
	require.Equal(t, "A long frame overflows the heap.", string(full.Reports[0].Summary))
	require.Equal(t, "raw", d.file(c.ID, team, full.Reports[0].Original))
	require.Equal(t, "first", d.file(c.ID, team, full.Reports[0].Files[0]))
	require.Equal(t, "a", string(full.Attachments[1].Name))
	// A process that reads the log sees the same.
	require.Equal(t, dump(full), dump(must(d.another().svc.View(ctx, c.ID, team))))

	// The receipt goes out, says nothing of the report, and leads back.
	mails := d.mailed("rita@finder.example")
	require.Len(t, mails, 1)
	require.Contains(t, string(mails[0].Text), c.Number)
	require.NotContains(t, string(mails[0].Text), "frobd")
	require.Equal(t, cvd.Private("<1@finder.example>"), mails[0].InReplyTo)
	require.True(t, mails[0].Auto)
	id, p := d.thread(mails[0].Thread)
	require.Equal(t, c.ID, id)
	require.Equal(t, cvd.PartyID(2), p)
	id, err = d.svc.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDNumber, Value: cvd.Private(c.Number)})
	require.NoError(t, err)
	require.Equal(t, c.ID, id)

	// The same report again is the same submission.
	r.Original, r.Files = nil, nil
	again, err := d.svc.Do(ctx, cvd.CaseID{}, cvd.By{}, r)
	require.NoError(t, err)
	require.True(t, again.Repeated)
	require.Equal(t, c.ID, again.ID)
	require.NoError(t, d.svc.Reindex(ctx, c.ID))

	// The sender sees its own report, and how far it is.
	own := d.view(c.ID, cvd.Viewer{Identity: "rita@finder.example"})
	require.Equal(t, "A long frame overflows the heap.", string(own.Reports[0].Summary))
	require.Equal(t, cvd.StageSubmission, own.Submission.Stage)
	_, err = d.svc.View(ctx, c.ID, cvd.Viewer{})
	require.ErrorIs(t, err, cvd.ErrNotFound)

	// It goes with a new case only, and Quiet sends nothing.
	r.IDs, r.Quiet = nil, true
	var in *cvd.InputError
	_, err = d.svc.Do(ctx, d.do(cvd.CaseID{}, cvd.Receive{}).ID, staff, r)
	require.ErrorAs(t, err, &in)
	require.Equal(t, "Submission", in.Field)
	c = d.do(cvd.CaseID{}, r)
	require.Zero(t, c.Reports[0].Acknowledged)
	require.Empty(t, c.Messages)
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// due returns when the first look is due.
func (d *desk) dueOf(c *cvd.Case) policy.Deadline {
	d.t.Helper()
	ds := d.allDue(c)
	require.Len(d.t, ds, 1, "no clock but the team's own")
	require.Equal(d.t, "submission/look", ds[0].ID)
	return ds[0]
}

func TestClockOfASubmission(t *testing.T) {
	d := newDesk(t)
	d.clock.t = time.Date(2026, 3, 6, 9, 30, 0, 0, time.UTC) // a Friday
	c := d.submitted()
	require.Equal(t, time.Date(2026, 3, 9, 23, 59, 59, 0, time.UTC), d.dueOf(c).Due.UTC(), "one business day")
	quick := d.submitted(func(r *cvd.Receive) { r.IDs, r.Exploited = nil, true })
	require.Equal(t, d.clock.t.Add(4*time.Hour), d.dueOf(quick).Due.UTC())
	require.Equal(t, 1, len(d.log(quick.ID))-1, "one record, and one that names who entered it")

	// Tick knows it, and reminds.
	d.clock.pass(5 * time.Hour)
	ticked, err := d.svc.Tick(ctx, 10)
	require.NoError(t, err)
	require.NotEmpty(t, ticked.Reminders)
	for _, a := range ticked.Reminders {
		require.Equal(t, quick.ID, a.Case)
	}
	// The question for what is missing stops the clock, once.
	d.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeNeedsInformation, Reply: "Which version?"})
	asked := d.view(c.ID, team)
	require.Equal(t, d.clock.t, asked.Submission.Asked)
	require.Len(t, d.mailed("rita@finder.example"), 3, "two receipts and the question")
	d.clock.pass(7 * 24 * time.Hour)
	require.Equal(t, policy.DeadlinePaused, d.dueOf(d.view(c.ID, team)).State)
	d.do(c.ID, cvd.PostMessage{Party: 2, To: []cvd.PartyID{1}, Text: "1.3"})
	require.Equal(t, policy.DeadlineRunning, d.dueOf(d.view(c.ID, team)).State)

	c = d.do(c.ID, cvd.Dismiss{Why: cvd.DismissalNoFlaw})
	require.Equal(t, policy.DeadlineMet, d.dueOf(c).State)
	d.clock.pass(24 * time.Hour)
	c = d.do(c.ID, cvd.Appeal{Text: "look again"})
	again := d.dueOf(c)
	require.True(t, again.Due.After(d.clock.t), "the appeal starts it anew: %s", again.Explain())
	require.True(t, again.Ended.IsZero())
	c = d.do(c.ID, cvd.Admit{})
	for _, x := range d.allDue(c) {
		if x.ID == "submission/look" {
			require.Equal(t, d.clock.t, x.Ended)
		}
	}
	require.Greater(t, len(d.allDue(c)), 3, "with the case come its clocks")
	none := newDesk(t, func(c *cvd.Config) { c.Submissions = []policy.Policy{} })
	require.Empty(t, none.submitted().Adopted)
}

func TestDismissalAndAppeal(t *testing.T) {
	d := newDesk(t)
	id := d.submitted().ID
	// No machine closes a submission.
	_, err := d.svc.Do(ctx, id, cvd.By{Actor: "  "}, cvd.Dismiss{Why: cvd.DismissalSpam})
	var r *cvd.Refusal
	require.ErrorAs(t, err, &r)
	require.Equal(t, cvd.RulePerson, r.Rule)
	known := d.do(cvd.CaseID{}, cvd.Receive{}).ID
	_, err = d.svc.Do(ctx, id, staff, cvd.Dismiss{Why: cvd.DismissalDuplicate, DuplicateOf: cvd.CaseID{1}})
	require.ErrorIs(t, err, cvd.ErrNotFound)
	d.do(id, cvd.Assign{To: staff.Actor})
	c := d.do(id, cvd.Dismiss{Why: cvd.DismissalDuplicate, DuplicateOf: known, Reason: "seen before", Reply: "Thank you."})
	require.False(t, c.Open())
	require.Equal(t, cvd.StageDismissed, c.Submission.Stage)
	mails := d.mailed("rita@finder.example")
	last := string(mails[len(mails)-1].Text)
	require.Contains(t, string(mails[len(mails)-1].Subject), c.Number)
	require.NotContains(t, last, "duplicate")
	require.NotContains(t, last, "seen before")
	own := d.view(id, cvd.Viewer{Party: 2})
	require.Equal(t, cvd.StageDismissed, own.Submission.Stage)
	require.Zero(t, own.Submission.Dismissal)
	require.NotContains(t, dump(own), "seen before")
	require.Zero(t, own.Submission.DuplicateOf)
	require.Equal(t, known, d.view(id, team).Submission.DuplicateOf)

	c = d.do(id, cvd.Appeal{Text: "mine is another", Provenance: cvd.Provenance{KnownBy: cvd.KnownByAccess}})
	require.True(t, c.Open())
	require.False(t, c.Assigned, "another person is to look at it")
	require.Equal(t, cvd.StageSubmission, c.Submission.Stage)
	// Nor is it another person that only writes its name otherwise.
	_, err = d.svc.Do(ctx, id, cvd.By{Actor: "Alice@psirt.example "}, cvd.Dismiss{Why: cvd.DismissalDuplicate})
	require.ErrorAs(t, err, &r)
	require.Equal(t, cvd.RuleAppeal, r.Rule)
	c, err = d.svc.Do(ctx, id, other, cvd.Dismiss{Why: cvd.DismissalDuplicate, Quiet: true})
	require.NoError(t, err)
	require.Equal(t, cvd.StageDismissed, c.Submission.Stage)
	d.refused(id, cvd.RuleAppeal, cvd.Appeal{Text: "and again"})
	// The team itself can always take it back.
	c = d.do(id, cvd.Admit{})
	require.Equal(t, vultron.RMReceived, c.RM())
	require.True(t, c.Open())
}

// What is in quarantine is for the team's eyes. Its sender is told nothing, and who
// is only named as its sender does not see it.
func TestQuarantine(t *testing.T) {
	d := newDesk(t)
	c := d.submitted(func(r *cvd.Receive) { r.Quarantine = "SPF fails" })
	id := c.ID
	require.Equal(t, cvd.StageQuarantine, c.Submission.Stage)
	require.Empty(t, d.mailed("rita@finder.example"))
	require.Equal(t, "SPF fails", string(d.view(id, team).Submission.Quarantine))
	_, err := d.svc.View(ctx, id, cvd.Viewer{Identity: "rita@finder.example"})
	require.ErrorIs(t, err, cvd.ErrNotFound)
	page, err := d.svc.Find(ctx, cvd.Viewer{Identity: "rita@finder.example"}, service.Filter{}, "", 10)
	require.NoError(t, err)
	require.Empty(t, page.Cases)
	require.Empty(t, page.Problems, "not even that there is something")
	// Whoever holds its receipt sees what it sent, and not that it is held apart.
	own := d.view(id, cvd.Viewer{Party: 2})
	require.Equal(t, "A long frame overflows the heap.", string(own.Reports[0].Summary))
	require.Equal(t, cvd.StageSubmission, own.Submission.Stage)
	require.NotContains(t, dump(own), "SPF")
	require.NotContains(t, strings.ToLower(dump(own)), "quarantine")
	require.NotContains(t, d.svc.Timeline(own).Text(), "SPF")
	// The person's data is found all the same when it asks for it.
	data, err := d.svc.Export(ctx, service.Person{Identity: "rita@finder.example"})
	require.NoError(t, err)
	require.Len(t, data.Cases, 1)

	d.do(id, cvd.Dismiss{Why: cvd.DismissalSpam})
	require.Empty(t, d.mailed("rita@finder.example"), "a dismissal tells nobody either")
	_, err = d.svc.View(ctx, id, cvd.Viewer{Identity: "rita@finder.example"})
	require.ErrorIs(t, err, cvd.ErrNotFound)

	id = d.submitted(func(r *cvd.Receive) { r.Quarantine, r.IDs = "SPF fails", nil }).ID
	c = d.do(id, cvd.Acknowledge{})
	require.Equal(t, cvd.StageSubmission, c.Submission.Stage)
	require.Len(t, d.mailed("rita@finder.example"), 1)
	d.view(id, cvd.Viewer{Identity: "rita@finder.example"})
	// From the quarantine into a case: the team vouches for it.
	id = d.submitted(func(r *cvd.Receive) { r.Quarantine, r.IDs = "SPF fails", nil }).ID
	c = d.do(id, cvd.Admit{})
	require.False(t, c.Submission.Quarantined)
	d.view(id, cvd.Viewer{Identity: "rita@finder.example"})
}

// Admitted, it is the case that it would have been had it been taken in at once.
func TestAdmittedSubmissionIsTheCaseOfAReport(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) {
		c.Standing = cvd.StandingEmbargo{Days: 90, Policy: "team/1"}
		c.Embargo = cvd.EmbargoRules{Resolve: cvd.ResolveOwner}
	})
	for _, on := range []time.Time{{}, d.clock.t.AddDate(0, 0, 20)} {
		r := report
		r.IDs, r.PublishOn = nil, on
		want := d.view(d.do(cvd.CaseID{}, r, cvd.Acknowledge{}).ID, team)
		r.Submission = true
		id := d.do(cvd.CaseID{}, r).ID
		d.do(id, cvd.Admit{})
		got := d.view(id, team)
		require.Equal(t, want.RM(), got.RM())
		require.Equal(t, dump(want.Embargo), dump(got.Embargo))
		require.Equal(t, dump(want.Announced), dump(got.Announced))
		require.Equal(t, dump(want.Vulnerabilities), dump(got.Vulnerabilities))
		require.Equal(t, dump(want.Participants), dump(got.Participants))
		require.Equal(t, dump(want.Reports), dump(got.Reports))
		require.Equal(t, want.Title, got.Title)
		require.Equal(t, len(want.Adopted)+1, len(got.Adopted))
		require.NoError(t, d.svc.Reindex(ctx, id))
		d.do(id, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{})
	}
	// In one call too, and after the person was erased.
	c := d.do(cvd.CaseID{}, cvd.Receive{Submission: true, Title: "t"}, cvd.Admit{})
	require.Equal(t, "t", string(d.view(c.ID, team).Vulnerabilities[0].Title))
	id := d.submitted().ID
	_, err := d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: 2})
	require.NoError(t, err)
	require.Empty(t, d.view(d.do(id, cvd.Admit{}).ID, team).Title)
}

// Into a case that exists it goes as by a merge: all that led to it leads there.
func TestSubmissionGoesIntoACase(t *testing.T) {
	d := newDesk(t)
	first := d.received().ID
	d.do(first, cvd.ProposeEmbargo{Ends: d.clock.t.AddDate(0, 0, 30)}, cvd.AcceptEmbargo{Party: 2})
	s := d.submitted(func(r *cvd.Receive) {
		r.IDs = []cvd.ExternalID{{Kind: cvd.IDMessage, Value: "<5@zoe.example>"}}
		r.Reporter = cvd.Contact{Email: "zoe@finder.example"}
		r.Files = []cvd.File{{Name: "core", Content: strings.NewReader("dump")}}
		r.PublishOn = d.clock.t.AddDate(0, 0, 50)
	})
	token := d.mailed("zoe@finder.example")[0].Thread
	_, err := d.svc.Merge(ctx, first, staff, cvd.Merge{Into: s.ID})
	var r *cvd.Refusal
	require.ErrorAs(t, err, &r)
	require.Equal(t, cvd.RuleSubmission, r.Rule)
	c, err := d.svc.Merge(ctx, s.ID, staff, cvd.Merge{Into: first})
	require.NoError(t, err)
	require.Len(t, c.Vulnerabilities, 1)
	full := d.view(first, team)
	require.Len(t, full.Reports, 2)
	require.Equal(t, "dump", d.file(first, cvd.Viewer{Party: 3}, full.Reports[1].Files[0]))
	require.Len(t, full.Announced, 1)
	id, p := d.thread(token)
	require.Equal(t, first, id)
	require.Equal(t, cvd.PartyID(3), p)
	for _, x := range []cvd.ExternalID{{Kind: cvd.IDNumber, Value: cvd.Private(s.Number)}, {Kind: cvd.IDMessage, Value: "<5@zoe.example>"}} {
		id, err = d.svc.Lookup(ctx, x)
		require.NoError(t, err)
		require.Equal(t, first, id)
	}
	gone := d.view(s.ID, team)
	require.Equal(t, cvd.StageMerged, gone.Submission.Stage)
	require.False(t, gone.Open())
	to, err := d.svc.Follow(ctx, s.ID)
	require.NoError(t, err)
	require.Equal(t, first, to)
	d.refused(s.ID, cvd.RuleMoved, cvd.Admit{})
	// The second reporter sees nothing of the first one's before it agrees.
	seen := d.view(first, cvd.Viewer{Party: 3})
	require.Empty(t, seen.Title)
	require.Len(t, seen.Reports, 1)
	require.Zero(t, seen.Submission)
	require.NoError(t, d.svc.Reindex(ctx, first))
	require.NoError(t, d.svc.Reindex(ctx, s.ID))
	// Also one that was dismissed before.
	s = d.submitted(func(r *cvd.Receive) { r.IDs, r.Reporter = nil, cvd.Contact{Name: "N"} })
	d.do(s.ID, cvd.Dismiss{Why: cvd.DismissalScanner})
	c, err = d.svc.Merge(ctx, s.ID, staff, cvd.Merge{Into: first})
	require.NoError(t, err)
	require.Len(t, c.Reports, 3)
	require.False(t, d.view(s.ID, team).Open())
}

func TestListsKnowSubmissions(t *testing.T) {
	d := newDesk(t)
	want := map[cvd.Stage][]cvd.CaseID{}
	add := func(s cvd.Stage, id cvd.CaseID) { want[s] = append([]cvd.CaseID{id}, want[s]...) }
	fresh := func(r *cvd.Receive) { r.IDs = nil }
	add(cvd.StageCase, d.received().ID)
	add(cvd.StageSubmission, d.submitted(fresh).ID)
	add(cvd.StageQuarantine, d.submitted(fresh, func(r *cvd.Receive) { r.Quarantine = "q" }).ID)
	x := d.submitted(fresh).ID
	d.do(x, cvd.Dismiss{Why: cvd.DismissalSpam})
	add(cvd.StageDismissed, x)
	y := d.submitted(fresh).ID
	d.do(y, cvd.Admit{})
	add(cvd.StageCase, y)
	z := d.submitted(fresh).ID
	_, err := d.svc.Merge(ctx, z, staff, cvd.Merge{Into: y})
	require.NoError(t, err)
	add(cvd.StageMerged, z)
	list := func(f service.Filter) (ids []cvd.CaseID) {
		p, err := d.svc.Find(ctx, team, f, "", 100)
		require.NoError(t, err)
		for _, s := range p.Cases {
			ids = append(ids, s.ID)
			require.Contains(t, want[s.Stage], s.ID)
			require.Equal(t, "Heap overflow in frobd", string(s.Title))
		}
		return ids
	}
	for s, ids := range want {
		require.ElementsMatch(t, ids, list(service.Filter{Stage: &s}), s)
		open := list(service.Filter{Stage: &s, Open: true})
		require.Equal(t, s == cvd.StageCase || s == cvd.StageSubmission || s == cvd.StageQuarantine, len(open) > 0, s)
		require.Len(t, append(open, list(service.Filter{Stage: &s, Closed: true})...), len(ids))
	}
	require.Len(t, list(service.Filter{}), 6)
	require.Len(t, list(service.Filter{Open: true}), 4)
	stage := cvd.StageCase
	_, err = d.svc.Find(ctx, cvd.Viewer{Identity: "rita@finder.example"}, service.Filter{Stage: &stage}, "", 10)
	require.ErrorIs(t, err, cvd.ErrDenied)
	page, err := d.svc.Find(ctx, cvd.Viewer{Identity: "rita@finder.example"}, service.Filter{}, "", 10)
	require.NoError(t, err)
	require.Len(t, page.Cases, 5, "its own, but for the one in quarantine")

	// Duplicates are found among all that is open.
	near, err := d.svc.Similar(ctx, want[cvd.StageSubmission][0], team, 10)
	require.NoError(t, err)
	require.Len(t, near, 3)
	require.Equal(t, 1.0, near[0].Score)
}

func TestErasureOfASubmission(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) {
		c.Retention = []cvd.Retention{{After: 30 * 24 * time.Hour, What: cvd.EraseTexts}}
	})
	file := func(r *cvd.Receive) {
		r.Original = strings.NewReader("raw")
		r.Files = []cvd.File{{Name: "f", Content: strings.NewReader("file")}}
	}
	c := d.submitted(file)
	token := d.mailed("rita@finder.example")[0].Thread
	data, err := d.svc.Export(ctx, service.Person{Identity: "rita@finder.example"})
	require.NoError(t, err)
	files := 0
	for _, r := range data.Cases[0].Records {
		if r.File != 0 {
			files++
		}
	}
	require.Equal(t, 2, files)
	gone, err := d.svc.Erase(ctx, c.ID, staff, cvd.ErasePerson{Party: 2, Basis: cvd.EraseRequest})
	require.NoError(t, err)
	require.Equal(t, 2, gone.Files)
	require.NotContains(t, d.everywhere(), "frobd")
	require.NotContains(t, d.everywhere(), "rita")
	_, _, err = d.svc.Thread(ctx, token)
	require.ErrorIs(t, err, cvd.ErrNotFound)
	_, err = d.svc.Lookup(ctx, report.IDs[0])
	require.ErrorIs(t, err, cvd.ErrNotFound)
	require.NoError(t, d.svc.Reindex(ctx, c.ID))
	near, err := d.svc.Similar(ctx, c.ID, team, 3)
	require.NoError(t, err)
	require.Empty(t, near)
	// What is left can still go into a case, without what was erased.
	into := d.received().ID
	_, err = d.svc.Merge(ctx, c.ID, staff, cvd.Merge{Into: into})
	require.NoError(t, err)

	// Retention waits for a decision, however long, and counts from it.
	id := d.submitted(file, func(r *cvd.Receive) { r.IDs = nil }).ID
	d.clock.pass(400 * 24 * time.Hour)
	_, err = d.svc.Retain(ctx, cvd.CaseID{}, 100)
	require.NoError(t, err)
	require.Equal(t, "Heap overflow in frobd", string(d.view(id, team).Title))
	d.do(id, cvd.Dismiss{Why: cvd.DismissalSpam})
	for _, days := range []int{29, 2} {
		require.Equal(t, "Heap overflow in frobd", string(d.view(id, team).Title))
		d.clock.pass(time.Duration(days) * 24 * time.Hour)
		_, err = d.svc.Retain(ctx, cvd.CaseID{}, 100)
		require.NoError(t, err)
	}
	require.Empty(t, d.view(id, team).Title)
}

// The first submission of a Store proves the Secret, as the first case does.
func TestSubmissionProvesTheSecret(t *testing.T) {
	d := newDesk(t)
	id := d.submitted().ID
	e := d.another(func(c *cvd.Config) { c.Secret = cvd.Secret(strings.Repeat("x", 32)) })
	_, err := e.svc.View(ctx, id, team)
	require.ErrorIs(t, err, cvd.ErrSecret)
	// Authorize is asked, and actions of their own are refused too.
	denied := errors.New("no")
	f := d.another(func(c *cvd.Config) {
		c.Authorize = func(_ context.Context, _ *cvd.Case, _ cvd.By, a cvd.Action) error {
			if _, ok := a.(cvd.Admit); ok {
				return denied
			}
			return nil
		}
	})
	_, err = f.svc.Do(ctx, id, staff, cvd.Admit{})
	require.ErrorIs(t, err, denied)
	var r *cvd.Refusal
	_, err = f.svc.Split(ctx, id, staff, cvd.Split{Title: "t", Reports: []cvd.ReportID{1}})
	require.ErrorAs(t, err, &r)
	require.Equal(t, cvd.RuleSubmission, r.Rule)
	_, err = f.svc.Reopen(ctx, id, staff, cvd.Reopen{Reason: "r"})
	require.ErrorAs(t, err, &r)
	require.Equal(t, cvd.RuleSubmission, r.Rule)
}

func (d *desk) allDue(c *cvd.Case) []policy.Deadline {
	ds, err := d.svc.Deadlines(c, d.clock.Now())
	require.NoError(d.t, err)
	return ds
}
