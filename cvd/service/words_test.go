package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// termsAreOfTheLog fails if the index of a case is not what follows from its log.
func (d *desk) termsAreOfTheLog(id cvd.CaseID) {
	d.t.Helper()
	ch, err := d.svc.Rebuild(ctx, id)
	require.NoError(d.t, err)
	all, err := d.store.(storage.Inspector).Inspect(ctx, cvd.CaseID{}, 1000)
	require.NoError(d.t, err)
	i := slices.IndexFunc(all, func(r storage.Rows) bool { return r.ID == id })
	require.Equal(d.t, ch.Tag, all[i].Terms)
}

// Issue 13, point 9: free text over unsealed titles.
func TestFindByText(t *testing.T) {
	d := newDesk(t)
	add := func(title cvd.Private) cvd.CaseID {
		d.clock.pass(time.Second)
		return d.do(cvd.CaseID{}, cvd.Receive{Title: title}).ID
	}
	a := add("Heap overflow in FROBD 2.1 (router)")
	b := add("Überlauf: CVE-1900-0001 in frobd")
	c := add("帧解析 heap 溢出")
	d.clock.pass(time.Second)
	s := d.do(cvd.CaseID{}, cvd.Receive{Title: "a heap of noise", Submission: true}).ID
	find := func(text cvd.Private) (out []cvd.CaseID) {
		for _, x := range d.find(service.Filter{Text: text}) {
			out = append(out, x.ID)
		}
		return out
	}
	for text, want := range map[cvd.Private][]cvd.CaseID{
		"frobd": {b, a}, "FROBD heap": {a}, "heap": {s, c, a}, "überlauf": {b}, "0001 cve": {b}, "CVE-1900-0001": {b}, "2.1": {a},
		"溢出": {c}, "出溢": {c}, "帧 heap": {c}, "frob": nil, "heap nothing": nil, " \t\n": {s, c, b, a}, "": {s, c, b, a}, "-": nil,
	} {
		require.Equal(t, want, find(text), "%q", string(text))
	}
	// No sign has a meaning.
	for _, hostile := range []cvd.Private{
		`"heap" OR "x"`, "heap*", "NEAR(heap frobd)", "heap AND NOT x", "title:heap", "he\x00ap", `'; DROP TABLE cvd_terms; --`, "(((", "^heap$", "heap & !x", "\xff\xfe",
		cvd.Private(strings.Repeat("heap ", 1<<16)), cvd.Private(strings.Repeat("x", 1<<20)), cvd.Private(strings.Repeat("\"", 1<<16)),
	} {
		page, err := d.svc.Find(ctx, team, service.Filter{Text: hostile}, "", 10)
		require.NoError(t, err, "%.40q", string(hostile))
		_ = page
	}
	require.Equal(t, []cvd.CaseID{a}, find("heap* (frobd)"))
	require.Len(t, find(cvd.Private(strings.Repeat("heap ", 1<<16))), 3, "a word is asked for once")
	many := ""
	for i := range 40 {
		many += " w" + strings.Repeat("x", i)
	}
	require.Empty(t, find(cvd.Private(many)), "more words than any title has")

	// With other filters, and in pages.
	quarantine, em := cvd.StageQuarantine, vultron.EMNone
	require.Empty(t, d.find(service.Filter{Text: "heap", Stage: &quarantine}))
	require.Len(t, d.find(service.Filter{Text: "heap", EM: &em, Open: true}), 3)
	page, err := d.svc.Find(ctx, team, service.Filter{Text: "heap"}, "", 2)
	require.NoError(t, err)
	rest, err := d.svc.Find(ctx, team, service.Filter{Text: "heap"}, page.Next, 2)
	require.NoError(t, err)
	require.Equal(t, []cvd.CaseID{s, c, a}, []cvd.CaseID{page.Cases[0].ID, page.Cases[1].ID, rest.Cases[0].ID})

	// A new title takes the place of the old one, and an erasure takes the words along.
	d.do(a, cvd.SetTitle{Title: "Heap overread in frobd"})
	require.Empty(t, find("overflow"))
	require.Equal(t, []cvd.CaseID{a}, find("overread heap"))
	events := d.view(a, team).Events
	i := slices.IndexFunc(events, func(e cvd.Event) bool { return e.Kind == cvd.EventCaseTitled })
	_, err = d.svc.EraseRecords(ctx, a, staff, cvd.EraseMistake, events[i].Seq)
	require.NoError(t, err)
	require.Empty(t, find("overread"))
	d.do(a, cvd.SetTitle{Title: "once more"})
	require.Equal(t, []cvd.CaseID{a}, find("once"))
	i = slices.IndexFunc(d.view(s, team).Events, func(e cvd.Event) bool { return e.Kind == cvd.EventSubmissionReceived })
	_, err = d.svc.EraseRecords(ctx, s, staff, cvd.EraseMistake, d.view(s, team).Events[i].Seq)
	require.NoError(t, err)
	require.Equal(t, []cvd.CaseID{c}, find("heap"))
	for _, id := range []cvd.CaseID{a, b, c, s} {
		d.termsAreOfTheLog(id)
	}
	// Nothing of it stands in the index as it was written.
	all, err := d.store.(storage.Inspector).Inspect(ctx, cvd.CaseID{}, 1000)
	require.NoError(t, err)
	for _, r := range all {
		for _, term := range r.Terms {
			require.NotContains(t, strings.ToLower(string(term)), "frobd")
		}
	}
}

// Whoever may not see a title does not find by its words.
func TestFindByTextShowsNothing(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	d.do(id, vendorAt("one"))
	text := service.Filter{Text: "overflow"}
	for _, x := range []struct {
		v    cvd.Viewer
		want int
	}{
		{team, 1}, {cvd.Viewer{Identity: "rita@finder.example"}, 1},
		{cvd.Viewer{Identity: "one"}, 0}, // it has not agreed
		{cvd.Viewer{Team: true, Groups: team.Groups, Clearance: tlp.Green}, 0},
		{cvd.Viewer{Team: true, Groups: team.Groups, Clearance: tlp.Amber}, 1},
		{cvd.Viewer{Team: true, Groups: []cvd.Private{"other"}}, 1},
	} {
		page, err := d.svc.Find(ctx, x.v, text, "", 10)
		require.NoError(t, err)
		require.Len(t, page.Cases, x.want, "%+v", x.v)
		require.Empty(t, page.Next)
	}
	d.do(id, cvd.SetGroups{Groups: []cvd.Private{"firmware"}})
	page, err := d.svc.Find(ctx, cvd.Viewer{Team: true, Groups: []cvd.Private{"other"}}, text, "", 10)
	require.NoError(t, err)
	require.Empty(t, page.Cases)
}

// What is sealed is in no index, and the error says so.
func TestSealedTitlesHaveNoWords(t *testing.T) {
	d := newDesk(t, sealedBy("key"))
	id := d.received().ID
	_, err := d.svc.Find(ctx, team, service.Filter{Text: "overflow"}, "", 10)
	require.ErrorIs(t, err, cvd.ErrInput)
	require.ErrorContains(t, err, "sealed")
	ch, err := d.svc.Rebuild(ctx, id)
	require.NoError(t, err)
	for _, term := range ch.Tag {
		require.NotContains(t, string(term), "word:")
	}
}
