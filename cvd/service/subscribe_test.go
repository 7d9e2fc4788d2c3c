package service_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func subscribers(names ...string) func(*cvd.Config) {
	return func(c *cvd.Config) { c.Subscribers = names }
}

func (d *desk) changed(sub string) []service.Dirty {
	d.t.Helper()
	got, err := d.svc.Changed(ctx, sub, cvd.CaseID{}, 1000)
	require.NoError(d.t, err)
	return got
}

// watchedStore is a Store that looks at each Change.
type watchedStore struct {
	storage.Store
	see func([]storage.Change) error
}

func (w watchedStore) Append(ctx context.Context, c []storage.Change) error {
	if err := w.see(c); err != nil {
		return err
	}
	return w.Store.Append(ctx, c)
}

// Whatever writes a record marks the case for every subscriber in the same write.
func TestEveryChangeMarks(t *testing.T) {
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			seen := 0
			d := newDesk(t, subscribers("one", "two"), func(c *cvd.Config) {
				c.Store = watchedStore{c.Store, func(changes []storage.Change) error {
					for _, x := range changes {
						if len(x.Records) > 0 {
							seen++
							require.Subset(t, x.Tag, []storage.Term{"sub:one", "sub:two"}, "%d records", len(x.Records))
						}
					}
					return nil
				}}
			})
			story(d)
			require.NotZero(t, seen)
			all, err := d.svc.Find(ctx, team, service.Filter{}, "", 1000)
			require.NoError(t, err)
			require.Len(t, d.changed("two"), len(all.Cases)+len(all.Problems))
		})
	}
}

func TestChangedAndDone(t *testing.T) {
	d := newDesk(t, subscribers("tracker/rt", "feed"))
	a := d.received()
	b := d.do(cvd.CaseID{}, reportBy("zoe"))
	require.Equal(t, []service.Dirty{{Case: b.ID, Seq: b.Seq, Tip: b.Tip}, {Case: a.ID, Seq: a.Seq, Tip: a.Tip}}, d.changed("feed"))

	// Several changes are one notice, and one that came since keeps the case listed.
	first := d.changed("feed")
	b = d.do(b.ID, cvd.PostMessage{Text: "a note"})
	b = d.do(b.ID, cvd.PostMessage{Text: "another"})
	require.NoError(t, d.svc.Done(ctx, "feed", first...))
	require.Equal(t, []service.Dirty{{Case: b.ID, Seq: b.Seq, Tip: b.Tip}}, d.changed("feed"), "the case that has changed since is listed once")
	require.NoError(t, d.svc.Done(ctx, "feed", append(first, d.changed("feed")...)...), "an old version beside the new one does no harm")
	require.Empty(t, d.changed("feed"))
	require.Len(t, d.changed("tracker/rt"), 2, "each has a list of its own")
	require.NoError(t, d.svc.Done(ctx, "feed", first...), "repeating is safe")

	// Done leaves the dates of the case alone.
	d.clock.pass(time.Second)
	e := d.do(cvd.CaseID{}, reportBy("eve"))
	before, err := d.store.Heads(ctx, storage.Query{Limit: 10})
	require.NoError(t, err)
	require.Equal(t, e.ID, before[0].ID)
	require.NotZero(t, before[0].Due)
	require.NoError(t, d.svc.Done(ctx, "tracker/rt", d.changed("tracker/rt")...))
	require.NoError(t, d.svc.Done(ctx, "feed", d.changed("feed")...))
	after, err := d.store.Heads(ctx, storage.Query{Limit: 10})
	require.NoError(t, err)
	require.Equal(t, before, after)

	// Pages: below the last of a list.
	for range 3 {
		d.do(cvd.CaseID{}, cvd.Receive{Title: "x"})
	}
	var paged []service.Dirty
	for at := (cvd.CaseID{}); ; {
		page, err := d.svc.Changed(ctx, "feed", at, 2)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		paged, at = append(paged, page...), page[len(page)-1].Case
	}
	require.Equal(t, d.changed("feed"), paged)

	for _, bad := range []func() error{
		func() error { _, err := d.svc.Changed(ctx, "other", cvd.CaseID{}, 1); return err },
		func() error { _, err := d.svc.Changed(ctx, "feed", cvd.CaseID{}, 0); return err },
		func() error { _, err := d.svc.Changed(ctx, "feed", cvd.CaseID{}, 1001); return err },
		func() error { return d.svc.Done(ctx, "other") },
	} {
		require.ErrorIs(t, bad(), cvd.ErrInput)
	}
	for _, names := range [][]string{{""}, {"a", "a"}, {"a b"}, {strings.Repeat("a", 65)}, {"ü"}} {
		cfg := d.cfg
		cfg.Subscribers = names
		_, err := service.New(cfg)
		require.Error(t, err, names)
	}
}

// Many are done in few appends, and those that have moved on are parted from them.
func TestDoneIsBatched(t *testing.T) {
	appends := 0
	d := newDesk(t, subscribers("feed"), func(c *cvd.Config) {
		c.Store = watchedStore{c.Store, func([]storage.Change) error { appends++; return nil }}
	})
	var ids []cvd.CaseID
	for range 250 {
		ids = append(ids, d.do(cvd.CaseID{}, cvd.Receive{Title: "x"}).ID)
	}
	list := d.changed("feed")
	d.do(ids[17], cvd.PostMessage{Text: "a note"})
	appends = 0
	require.NoError(t, d.svc.Done(ctx, "feed", list...))
	require.LessOrEqual(t, appends, 3+2*7, "three batches, one of them halved until the one case is alone")
	left := d.changed("feed")
	require.Len(t, left, 1)
	require.Equal(t, ids[17], left[0].Case)

	// A Store that fails is an error, and what is left stays listed.
	down := errors.New("the database is down")
	cfg := d.cfg
	cfg.Store = watchedStore{d.store, func([]storage.Change) error { return down }}
	svc, err := service.New(cfg)
	require.NoError(t, err)
	require.ErrorIs(t, svc.Done(ctx, "feed", left...), down)
	require.Len(t, d.changed("feed"), 1)
}

// Writers and two workers of one subscriber at once: the last version that was
// worked on is the last there is, of every case.
func TestSubscribersLoseNothing(t *testing.T) {
	d := newDesk(t, subscribers("feed"), func(c *cvd.Config) { c.Rand = nil })
	const cases, writers, each = 12, 4, 60
	var ids []cvd.CaseID
	for range cases {
		ids = append(ids, d.do(cvd.CaseID{}, cvd.Receive{Title: "x"}).ID)
	}
	seen := map[cvd.CaseID]cvd.Seq{}
	var mu sync.Mutex
	work := func() int {
		list, err := d.svc.Changed(ctx, "feed", cvd.CaseID{}, 5)
		require.NoError(t, err)
		for _, x := range list {
			c, err := d.svc.View(ctx, x.Case, team)
			require.NoError(t, err)
			mu.Lock()
			seen[x.Case] = max(seen[x.Case], c.Seq)
			mu.Unlock()
			require.NoError(t, d.svc.Done(ctx, "feed", service.Dirty{Case: c.ID, Seq: c.Seq, Tip: c.Tip}))
		}
		return len(list)
	}
	var writing, working sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for n := range each {
				_, err := d.svc.Do(ctx, ids[(w*7+n)%cases], staff, cvd.PostMessage{Text: "a note"})
				require.NoError(t, err)
			}
		})
	}
	stop := make(chan struct{})
	for range 2 {
		working.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					work()
				}
			}
		})
	}
	writing.Wait()
	close(stop)
	working.Wait()
	for work() > 0 {
	}
	for _, id := range ids {
		require.Equal(t, d.view(id, team).Seq, seen[id], "the last change of a case was lost")
	}
}

// Whether a subscriber is done is in no log: a case that is indexed anew is listed
// for each, and no notice is lost, also not one of a subscriber of another process.
func TestReindexMarks(t *testing.T) {
	d := newDesk(t, subscribers("one", "two"))
	c := d.received()
	require.NoError(t, d.svc.Done(ctx, "one", d.changed("one")...))
	cfg := d.cfg
	cfg.Subscribers = []string{"one"}
	svc, err := service.New(cfg)
	require.NoError(t, err)
	require.NoError(t, svc.Reindex(ctx, c.ID))
	require.Len(t, d.changed("one"), 1)
	require.Len(t, d.changed("two"), 1)
	ch, err := d.svc.Rebuild(ctx, c.ID)
	require.NoError(t, err)
	require.Subset(t, ch.Tag, []storage.Term{"sub:one", "sub:two"})
}

func TestAddID(t *testing.T) {
	d := newDesk(t)
	a, b := d.received(), d.do(cvd.CaseID{}, reportBy("zoe"))
	marker := d.svc.Marker(a.ID, "rt")
	require.Regexp(t, `^[0-9a-f]{32}$`, marker)
	require.Equal(t, marker, d.svc.Marker(a.ID, "rt"))
	require.NotEqual(t, marker, d.svc.Marker(a.ID, "redmine"))
	require.NotEqual(t, marker, d.svc.Marker(b.ID, "rt"))

	ids := []cvd.ExternalID{{Kind: "ticket", Value: "17"}, {Kind: "marker", Value: cvd.Private(marker)}}
	c := d.do(a.ID, cvd.AddID{IDs: append(ids, ids...)})
	require.Len(t, c.IDs, 2)
	for _, id := range ids {
		got, err := d.svc.Lookup(ctx, id)
		require.NoError(t, err)
		require.Equal(t, a.ID, got)
	}
	require.Equal(t, ids, d.view(a.ID, team).IDs)
	require.Empty(t, d.view(a.ID, cvd.Viewer{Party: 2}).IDs)
	require.Empty(t, d.view(a.ID, cvd.Viewer{Team: true, Clearance: tlp.Green}).IDs)

	// Again changes nothing; beside a new one only that is added.
	again := d.do(a.ID, cvd.AddID{IDs: ids})
	require.True(t, again.Repeated)
	require.Equal(t, c.Seq, again.Seq)
	c = d.do(a.ID, cvd.AddID{IDs: append(ids, cvd.ExternalID{Kind: "ticket", Value: "18"})}, cvd.PostMessage{Text: "a note"})
	require.Len(t, c.IDs, 3)

	// What leads elsewhere is refused, with its owner.
	_, err := d.svc.Do(ctx, b.ID, staff, cvd.AddID{IDs: ids[:1]})
	var dup *cvd.DuplicateError
	require.ErrorAs(t, err, &dup)
	require.Equal(t, a.ID, dup.Owner)

	// A merge takes them along.
	_, err = d.svc.Merge(ctx, a.ID, staff, cvd.Merge{Into: b.ID})
	require.NoError(t, err)
	require.Len(t, d.view(b.ID, team).IDs, 3)
	got, err := d.svc.Lookup(ctx, ids[0])
	require.NoError(t, err)
	require.Equal(t, b.ID, got)
	e := d.do(cvd.CaseID{}, reportBy("max"))
	_, err = d.svc.Merge(ctx, b.ID, staff, cvd.Merge{Into: e.ID})
	require.NoError(t, err)
	require.Len(t, d.view(e.ID, team).IDs, 3)
	got, err = d.svc.Lookup(ctx, ids[1])
	require.NoError(t, err)
	require.Equal(t, e.ID, got, "through two merges")

	// Erasing the record takes its keys.
	f := d.do(cvd.CaseID{}, cvd.Receive{Title: "y"}, cvd.AddID{IDs: []cvd.ExternalID{{Kind: "ticket", Value: "99"}}})
	i := slices.IndexFunc(f.Events, func(x cvd.Event) bool { return x.Kind == cvd.EventIDsAdded })
	_, err = d.svc.EraseRecords(ctx, f.ID, staff, cvd.EraseMistake, f.Events[i].Seq)
	require.NoError(t, err)
	_, err = d.svc.Lookup(ctx, cvd.ExternalID{Kind: "ticket", Value: "99"})
	require.ErrorIs(t, err, cvd.ErrNotFound)
	require.Empty(t, d.view(f.ID, team).IDs[0].Value)
}

// You is whom View was asked for.
func TestYou(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	require.Zero(t, d.view(id, team).You)
	require.Zero(t, d.view(id, cvd.Viewer{Team: true, Clearance: tlp.Amber}).You)
	require.Equal(t, cvd.PartyID(2), d.view(id, cvd.Viewer{Party: 2}).You)
	require.Equal(t, cvd.PartyID(2), d.view(id, cvd.Viewer{Identity: "rita@finder.example"}).You)
}

// textsIn lists the Private values that are not empty, by where they stand.
func textsIn(where string, v reflect.Value) (out []string) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[cvd.Private]() && v.Len() > 0 {
			out = append(out, where)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				out = append(out, textsIn(where+"."+f.Name, v.Field(i))...)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			out = append(out, textsIn(fmt.Sprintf("%s[%d]", where, i), v.Index(i))...)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			out = append(out, textsIn(where, v.Elem())...)
		}
	}
	return out
}

// What has no label is TLP:AMBER: below that a case of such things shows its
// states and no text, to anybody.
func TestClearanceLeavesNoText(t *testing.T) {
	for name, story := range stories {
		d := newDesk(t)
		id := story(d)
		full := d.view(id, team)
		require.NotEmpty(t, textsIn("Case", reflect.ValueOf(full)), "the story shows nothing")
		all := team.Groups
		same := d.view(id, cvd.Viewer{Team: true, Groups: all, Clearance: tlp.Red})
		require.Equal(t, dump(full), dump(same), "%s: TLP:RED is no limit", name)
		for _, v := range []cvd.Viewer{{Team: true, Groups: all}, {Party: 2}, {Party: 1}} {
			for _, v.Clearance = range []tlp.Label{tlp.Clear, 99} {
				low, err := d.svc.View(ctx, id, v)
				if errors.Is(err, cvd.ErrNotFound) {
					continue
				}
				require.NoError(t, err)
				require.Empty(t, textsIn("Case", reflect.ValueOf(low)), "%s, %v", name, v.Clearance)
				require.Equal(t, full.Number, low.Number)
				require.Equal(t, full.RM(), low.RM())
				require.Equal(t, full.Embargo.State, low.Embargo.State)
				require.Empty(t, low.Decisions)
			}
		}
	}
}

func TestClearanceGoesByLabels(t *testing.T) {
	d := newDesk(t)
	r := report
	r.TLP = tlp.Green
	id := d.do(cvd.CaseID{}, r).ID
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeValid, Quiet: true}, cvd.Attach{Name: "poc.c", TLP: tlp.Red, Content: strings.NewReader("int main;")},
		cvd.AddVulnerability{Title: "strict", TLP: tlp.AmberStrict}, cvd.PostMessage{To: []cvd.PartyID{2}, TLP: tlp.Clear, Text: "hello"})
	low := func(l tlp.Label) *cvd.Case { return d.view(id, cvd.Viewer{Team: true, Clearance: l}) }
	c := low(tlp.Green)
	require.Equal(t, "A long frame overflows the heap.", string(c.Reports[0].Summary))
	require.Empty(t, c.Title, "it tells of the strict one too")
	require.Empty(t, c.Attachments)
	require.Empty(t, c.Participants[1].Name)
	require.Empty(t, c.Vulnerabilities[1].Title)
	require.NotEmpty(t, c.Vulnerabilities[0].Title)
	require.Len(t, c.Messages, 1)
	require.Empty(t, low(tlp.Clear).Reports)
	c = low(tlp.Amber)
	require.NotEmpty(t, c.Participants[1].Name)
	require.Empty(t, c.Vulnerabilities[1].Title)
	require.Empty(t, c.Attachments)
	c = low(tlp.AmberStrict)
	require.NotEmpty(t, c.Title)
	require.NotEmpty(t, c.Vulnerabilities[1].Title)
	require.Empty(t, c.Attachments)
	require.Len(t, low(tlp.Red).Attachments, 1)

	// Lists and files go by it too.
	for l, want := range map[tlp.Label]string{tlp.Amber: "", tlp.AmberStrict: "Heap overflow in frobd", tlp.Unset: "Heap overflow in frobd"} {
		page, err := d.svc.Find(ctx, cvd.Viewer{Team: true, Clearance: l}, service.Filter{}, "", 10)
		require.NoError(t, err)
		require.Len(t, page.Cases, 1)
		require.Equal(t, want, string(page.Cases[0].Title), l)
	}
	_, err := d.svc.Attachment(ctx, id, cvd.Viewer{Team: true, Clearance: tlp.Amber}, 1)
	require.ErrorIs(t, err, cvd.ErrNotFound)
}
