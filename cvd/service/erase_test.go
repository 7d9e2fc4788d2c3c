package service_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// involved is a case in which Rita did everything that a participant can do.
func involved(d *desk) *cvd.Case {
	r := report
	r.Title, r.Summary = "TRACE title", "TRACE summary"
	r.Products, r.Observations, r.Wish, r.CreditName, r.Fingerprint = "TRACE products", "TRACE obs", "TRACE wish", "TRACE credit", "TRACE print"
	r.Reporter = cvd.Contact{
		Name: "TRACE Rita", Organization: "TRACE org", Email: "TRACE@finder.example", Phone: "TRACE 1", Address: "TRACE street", Key: "TRACE key",
	}
	r.Original = strings.NewReader("TRACE original")
	id := d.do(cvd.CaseID{}, r).ID
	d.do(id, cvd.Acknowledge{}, cvd.Triage{Outcome: cvd.OutcomeValid, Reason: "it is TRACE Rita again", Reply: "thanks"},
		cvd.ProposeEmbargo{Party: 2, Ends: d.clock.Now().AddDate(0, 0, 9), Reason: "TRACE why"})
	d.do(id, cvd.ProposeEmbargo{Ends: d.clock.Now().AddDate(0, 0, 8)}, cvd.RejectEmbargo{Proposal: 2, Party: 2, Reason: "TRACE no"})
	d.do(id, cvd.Attach{Party: 2, Name: "TRACE.txt", Content: strings.NewReader("TRACE file")},
		cvd.PostMessage{Party: 2, To: []cvd.PartyID{1}, Subject: "TRACE subject", Text: "TRACE text"},
		cvd.Observe{What: vultron.VendorAware, Party: 2, Evidence: "TRACE evidence"},
		cvd.SetSeverity{Party: 2, Rating: cvd.RatingHigh, Source: "TRACE source"},
		cvd.PostMessage{Text: "a note on something else"})
	_, err := d.svc.Do(ctx, id, cvd.By{Actor: "TRACE@finder.example"}, cvd.MarkRead{})
	require.NoError(d.t, err)
	return d.view(id, team)
}

func TestErasePerson(t *testing.T) {
	d := newDesk(t)
	before := involved(d)
	id := before.ID
	require.Contains(t, dump(before), "TRACE")
	by := cvd.By{ID: cvd.CommandID{7}, Actor: "alice"}
	got, err := d.svc.Erase(ctx, id, by, cvd.ErasePerson{Party: 2, Actor: "TRACE@finder.example", Basis: cvd.EraseRequest})
	require.NoError(t, err)
	require.Equal(t, 2, got.Files)

	// What is left with the name is listed, and nothing else has it.
	after := d.view(id, team)
	var named []cvd.Mention
	for _, m := range got.Review {
		if m.Named {
			named = append(named, m)
		}
	}
	require.Len(t, named, 1)
	require.Equal(t, cvd.EventReportTriaged, named[0].Record)
	require.Greater(t, len(got.Review), 1, "notes that do not name the person are listed too")
	require.Equal(t, 2, strings.Count(dump(after), "TRACE"), "the reason of one record, with its report and its event")
	one, err := d.svc.EraseRecords(ctx, id, staff, cvd.EraseRequest, named[0].Seq)
	require.NoError(t, err)
	require.Equal(t, []cvd.Seq{named[0].Seq}, one.Records)
	require.NotContains(t, d.contents(), "TRACE")
	require.NotContains(t, dump(d.view(id, team)), "TRACE")
	blobs, err := d.blobs.List(ctx, storage.BlobID{}, 10)
	require.NoError(t, err)
	require.Empty(t, blobs)

	// The structure and the chain stand; the erasure is on record, without a name.
	require.Equal(t, len(before.Reports), len(after.Reports))
	require.Equal(t, before.Reports[0].Received, after.Reports[0].Received)
	require.True(t, after.Participants[1].Erased)
	last := after.Events[len(after.Events)-1]
	require.Equal(t, cvd.EventPrivateErased, last.Kind)
	require.Equal(t, cvd.EraseRequest, last.Became())
	_, err = d.another().svc.View(ctx, id, team)
	require.NoError(t, err)

	// No list and no identifier leads from the person to the case, and nothing is
	// sent to it any more.
	page, err := d.svc.Find(ctx, team, service.Filter{Party: "trace@finder.example"}, "", 10)
	require.NoError(t, err)
	require.Empty(t, page.Cases)
	_, err = d.svc.Lookup(ctx, report.IDs[0])
	require.ErrorIs(t, err, cvd.ErrNotFound)
	sent := len(d.mail.got)
	d.relay()
	require.Len(t, d.mail.got, sent)

	again, err := d.svc.Erase(ctx, id, by, cvd.ErasePerson{Party: 2, Actor: "TRACE@finder.example", Basis: cvd.EraseRequest})
	require.NoError(t, err)
	require.True(t, again.Repeated)
	require.NoError(t, d.svc.Reindex(ctx, id), "a rebuilt index does not bring the person back")
	_, err = d.svc.Lookup(ctx, report.IDs[0])
	require.ErrorIs(t, err, cvd.ErrNotFound)
}

func TestEraseRefused(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Retention = []cvd.Retention{{After: time.Hour, What: cvd.EraseTexts}} })
	id := d.received().ID
	_, err := d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: cvd.Owner})
	require.ErrorIs(t, err, cvd.ErrInput)
	_, err = d.svc.Erase(ctx, id, staff, cvd.ErasePerson{})
	require.ErrorIs(t, err, cvd.ErrInput)
	_, err = d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Actor: "nobody"})
	require.ErrorIs(t, err, cvd.ErrRefused)

	d.do(id, cvd.LegalHold{Reason: "court"})
	_, err = d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: 2})
	var r *cvd.Refusal
	require.ErrorAs(t, err, &r)
	require.Equal(t, cvd.RuleHold, r.Rule)
	_, err = d.svc.EraseRecords(ctx, id, staff, cvd.EraseMistake, 1)
	require.ErrorIs(t, err, cvd.ErrRefused)
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeInvalid}, cvd.Close{})
	d.clock.pass(2 * time.Hour)
	kept, err := d.svc.Retain(ctx, cvd.CaseID{}, 10)
	require.NoError(t, err)
	require.Equal(t, 1, kept.Held)
	require.Empty(t, kept.Erased)
	require.Equal(t, "Rita Reporter", string(d.view(id, team).Participants[1].Name))
	d.refused(id, cvd.RuleOnce, cvd.LegalHold{Reason: "again"})
	d.do(id, cvd.LiftHold{Reason: "over"})
	d.refused(id, cvd.RuleOnce, cvd.LiftHold{Reason: "again"})
	gone, err := d.svc.Retain(ctx, cvd.CaseID{}, 10)
	require.NoError(t, err)
	require.Len(t, gone.Erased, 1)

	cfg := d.cfg
	cfg.Authorize = func(context.Context, *cvd.Case, cvd.By, cvd.Action) error { return errBroken }
	c, err := service.New(cfg)
	require.NoError(t, err)
	_, err = c.Erase(ctx, id, staff, cvd.ErasePerson{Party: 2})
	require.ErrorIs(t, err, cvd.ErrDenied)
}

func TestRetention(t *testing.T) {
	const day = 24 * time.Hour
	d := newDesk(t, func(c *cvd.Config) {
		c.Retention = []cvd.Retention{{After: 10 * day, What: cvd.EraseReporters}, {After: 100 * day, What: cvd.EraseTexts | cvd.EraseStaff}}
	})
	var ids []cvd.CaseID
	for range 3 {
		r := report
		r.IDs = nil
		id := d.do(cvd.CaseID{}, r).ID
		d.do(id, cvd.Triage{Outcome: cvd.OutcomeInvalid, Quiet: true, Reason: "the team's own"})
		ids = append(ids, id)
	}
	d.do(ids[0], cvd.Close{})
	d.do(ids[1], cvd.Close{})
	all := func() (n int) {
		var after cvd.CaseID
		for first := true; first || after != (cvd.CaseID{}); first = false {
			got, err := d.svc.Retain(ctx, after, 1)
			require.NoError(t, err)
			require.LessOrEqual(t, got.Cases, 1)
			n, after = n+len(got.Erased), got.Next
		}
		return n
	}
	d.clock.pass(9 * day)
	require.Zero(t, all())
	d.clock.pass(day)
	require.Equal(t, 2, all())
	require.Zero(t, all(), "once")
	c := d.view(ids[0], team)
	require.Empty(t, string(c.Participants[1].Email))
	require.Equal(t, "the team's own", string(c.Reports[0].Reason))
	require.Equal(t, "Example PSIRT", string(c.Participants[0].Organization))
	d.clock.pass(90 * day)
	require.Equal(t, 2, all())
	require.Zero(t, all())
	c = d.view(ids[0], team)
	require.Empty(t, string(c.Reports[0].Reason))
	require.Empty(t, string(c.Actor(1)))
	require.Equal(t, "Rita Reporter", string(d.view(ids[2], team).Participants[1].Name), "it is open")
}

func TestExportPerson(t *testing.T) {
	d := newDesk(t)
	id := involved(d).ID
	d.received() // of another person
	got, err := d.svc.Export(ctx, service.Person{Identity: "trace@finder.example", Actor: "TRACE@finder.example"})
	require.NoError(t, err)
	require.Len(t, got.Cases, 1)
	require.Equal(t, id, got.Cases[0].ID)
	require.Equal(t, []cvd.PartyID{2}, got.Cases[0].Parties)
	var b bytes.Buffer
	require.NoError(t, got.RevealJSON(&b))
	require.True(t, json.Valid(b.Bytes()))
	for _, x := range []string{
		"TRACE title", "TRACE summary", "TRACE products", "TRACE obs", "TRACE wish", "TRACE credit", "TRACE print", "TRACE Rita",
		"TRACE org", "TRACE@finder.example", "TRACE 1", "TRACE street", "TRACE key", "TRACE why", "TRACE no", "TRACE.txt",
		"TRACE subject", "TRACE text", "TRACE evidence", "TRACE source",
	} {
		require.Contains(t, b.String(), x)
	}
	require.NotContains(t, b.String(), "it is TRACE Rita again", "the team's text")
	require.NotContains(t, b.String(), "Finders United")
	plain, err := json.Marshal(got)
	require.NoError(t, err)
	require.NotContains(t, string(plain), "TRACE")
	var erased []cvd.Seq
	for _, r := range got.Cases[0].Records {
		if len(r.Fields) > 0 {
			erased = append(erased, r.Seq)
		}
	}
	e, err := d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: 2, Actor: "TRACE@finder.example"})
	require.NoError(t, err)
	require.Subset(t, e.Records, erased, "what is exported is what is erased")
	got, err = d.svc.Export(ctx, service.Person{Identity: "trace@finder.example"})
	require.NoError(t, err)
	require.Empty(t, got.Cases)
	_, err = d.svc.Export(ctx, service.Person{})
	require.ErrorIs(t, err, cvd.ErrInput)
}

// A Store that says it has erased and has not is found out, and does not keep
// anybody waiting for ever.
func TestErasureThatDidNotHappen(t *testing.T) {
	var f *faulty
	d := newDesk(t, onFaulty(&f))
	id := d.received().ID
	kept := d.log(id)
	_, err := d.svc.Erase(ctx, id, staff, cvd.ErasePerson{Party: 2})
	require.NoError(t, err)
	f.alter = func(rs []storage.Record) []storage.Record {
		return append(append([]storage.Record{}, kept...), rs[len(kept):]...)
	}
	_, err = d.another().svc.View(ctx, id, team)
	require.ErrorIs(t, err, cvd.ErrTampered)
}
