package service_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

var ctx = context.Background()

func TestCommandIDIsAppliedOnce(t *testing.T) {
	d := newDesk(t)
	by := cvd.By{ID: cvd.CommandID{1}, Actor: "alice"}
	c, err := d.svc.Do(ctx, cvd.CaseID{}, by, cvd.Receive{Title: "t"})
	require.NoError(t, err)
	require.False(t, c.Repeated)
	id := c.ID
	for _, e := range []*desk{d, d.another(), d.another(func(c *cvd.Config) { c.Cached = -1 })} {
		again, err := e.svc.Do(ctx, cvd.CaseID{}, by, cvd.Receive{Title: "t"})
		require.NoError(t, err)
		require.True(t, again.Repeated)
		require.Equal(t, id, again.ID, "the command that opened a case does not open another")
		require.Equal(t, c.Seq, again.Seq)
	}
	by.ID = cvd.CommandID{2}
	c, err = d.svc.Do(ctx, id, by, cvd.SetTitle{Title: "u"})
	require.NoError(t, err)
	for _, e := range []*desk{d, d.another(), d.another(func(c *cvd.Config) { c.Cached = -1 })} {
		again, err := e.svc.Do(ctx, id, by, cvd.SetTitle{Title: "u"})
		require.NoError(t, err)
		require.True(t, again.Repeated)
		require.Equal(t, c.Seq, again.Seq)
	}
	require.Equal(t, "u", string(d.view(id, team).Title))
	c = d.do(id, cvd.SetTitle{Title: "x"})
	require.False(t, c.Repeated)
}

func TestUnknownOutcome(t *testing.T) {
	var f *faulty
	d := newDesk(t, onFaulty(&f))

	f.after = errBroken // written, and then the connection broke
	c, err := d.svc.Do(ctx, cvd.CaseID{}, staff, cvd.Receive{Title: "t"})
	require.NoError(t, err, "the Service looks whether its command is there")
	f.after = errBroken
	by := cvd.By{ID: cvd.CommandID{9}}
	c, err = d.svc.Do(ctx, c.ID, by, cvd.SetTitle{Title: "u"})
	require.NoError(t, err)
	require.Equal(t, 1, d.names(c.ID)[cvd.EventCaseTitled])

	f.before = errBroken // not written
	by.ID = cvd.CommandID{10}
	before := d.contents()
	_, err = d.svc.Do(ctx, c.ID, by, cvd.SetTitle{Title: "v"})
	require.ErrorIs(t, err, errBroken)
	require.Equal(t, before, d.contents())
	_, err = d.svc.Do(ctx, c.ID, by, cvd.SetTitle{Title: "v"})
	require.NoError(t, err)
	require.Equal(t, 2, d.names(c.ID)[cvd.EventCaseTitled])

	f.before = errBroken
	_, err = d.svc.Do(ctx, cvd.CaseID{}, by, cvd.Receive{Title: "t"})
	require.ErrorIs(t, err, errBroken)

	// The caller is gone before the Service can look: it repeats later.
	gone, cancel := context.WithCancel(ctx)
	by.ID = cvd.CommandID{11}
	e := d.another(func(c *cvd.Config) { c.Store = cancelling{f, cancel} })
	_, err = e.svc.Do(gone, c.ID, by, cvd.SetTitle{Title: "w"})
	require.ErrorIs(t, err, errBroken)
	again, err := e.svc.Do(ctx, c.ID, by, cvd.SetTitle{Title: "w"})
	require.NoError(t, err)
	require.True(t, again.Repeated)
	require.Equal(t, 3, d.names(c.ID)[cvd.EventCaseTitled])
}

// cancelling writes, cancels its caller and fails.
type cancelling struct {
	storage.Store
	cancel func()
}

func (x cancelling) Append(ctx context.Context, c []storage.Change) error {
	if err := x.Store.Append(ctx, c); err != nil {
		return err
	}
	x.cancel()
	return errBroken
}

// A file whose command has no known outcome stays, because a record may name it.
func TestUnknownOutcomeKeepsTheFile(t *testing.T) {
	d := newDesk(t)
	c := d.received()
	gone, cancel := context.WithCancel(ctx)
	e := d.another(func(c *cvd.Config) { c.Store = cancelling{d.store, cancel} })
	_, err := e.svc.Do(gone, c.ID, staff, cvd.Attach{Name: "a", Content: bytes.NewBufferString("content")})
	require.ErrorIs(t, err, errBroken)
	full := d.view(c.ID, team)
	r, err := d.svc.Attachment(ctx, c.ID, team, full.Attachments[len(full.Attachments)-1].ID)
	require.NoError(t, err)
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "content", string(b))
}

func TestSameReportOpensOneCase(t *testing.T) {
	d := newDesk(t)
	first := d.received()
	again := d.received()
	require.Equal(t, first.ID, again.ID)
	require.True(t, again.Repeated)
	require.Equal(t, first.Seq, again.Seq)
	c := d.do(first.ID, report)
	require.True(t, c.Repeated, "nor is it added to the case that has it")

	other := d.do(cvd.CaseID{}, cvd.Receive{Title: "other"})
	_, err := d.svc.Do(ctx, other.ID, staff, report)
	var dup *cvd.DuplicateError
	require.ErrorAs(t, err, &dup)
	require.Equal(t, first.ID, dup.Owner)

	blobs, err := d.blobs.List(ctx, storage.BlobID{}, 10)
	require.NoError(t, err)
	require.Len(t, blobs, 1, "the original of a repeated report is not kept twice")
}

func TestSameReportConcurrently(t *testing.T) {
	d := newDesk(t)
	desks := []*desk{d, d.another(), d.another(func(c *cvd.Config) { c.Cached = -1 })}
	ids := make([]cvd.CaseID, 16)
	fresh := make([]bool, 16)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			c, err := desks[i%3].svc.Do(ctx, cvd.CaseID{}, staff, report)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i], fresh[i] = c.ID, !c.Repeated
		})
	}
	wg.Wait()
	opened := 0
	for i := range ids {
		require.Equal(t, ids[0], ids[i])
		if fresh[i] {
			opened++
		}
	}
	require.Equal(t, 1, opened)
	p, err := d.svc.Find(ctx, team, service.Filter{}, "", 10)
	require.NoError(t, err)
	require.Len(t, p.Cases, 1)
}

// A case number has 25 random bits: among a few thousand cases two will draw the
// same. The second draws again; it is not taken for a repeat of the first.
func TestNumbersThatCollide(t *testing.T) {
	block := make([]byte, 16)
	collide := true
	n := byte(0)
	d := newDesk(t, func(c *cvd.Config) {
		c.Rand = readerFunc(func(b []byte) (int, error) {
			n++
			if len(b) == 4 && collide { // what a number is made from
				return fixedRand(block).Read(b)
			}
			return fixedRand{n, 1, 2, 3, 4, 5, 6, 7, n, 8, 9}.Read(b)
		})
		c.Authorize = func(_ context.Context, c *cvd.Case, _ cvd.By, _ cvd.Action) error {
			block[0]++ // each try to open the second case reads other bytes …
			return nil
		}
	})
	a := d.do(cvd.CaseID{}, cvd.Receive{Title: "first"})
	block[0] = 0 // … but the first one reads those of the first case
	b := d.do(cvd.CaseID{}, cvd.Receive{Title: "second"})
	require.False(t, b.Repeated)
	require.NotEqual(t, a.ID, b.ID)
	require.NotEqual(t, a.Number, b.Number)
	require.Equal(t, "second", string(d.view(b.ID, team).Title))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func TestIfPinsTheVersion(t *testing.T) {
	d := newDesk(t)
	c := d.received()
	other := d.another()
	_, err := d.svc.Do(ctx, c.ID, cvd.By{If: c.Seq}, cvd.Acknowledge{})
	require.NoError(t, err)
	for _, x := range []*desk{d, other} {
		before := x.contents()
		_, err = x.svc.Do(ctx, c.ID, cvd.By{If: c.Seq}, cvd.SetTitle{Title: "t"})
		require.ErrorIs(t, err, cvd.ErrStale)
		require.Equal(t, before, x.contents())
	}
	// The other process has the old version in its cache; the new one is met.
	now := d.do(c.ID, cvd.SetTitle{Title: "u"})
	_, err = other.svc.Do(ctx, c.ID, cvd.By{If: now.Seq}, cvd.SetTitle{Title: "v"})
	require.NoError(t, err)
	// A conflict that comes between is not decided again.
	var f *faulty
	e := d.another(onFaulty(&f))
	now = d.view(c.ID, team)
	f.before = cvd.ErrConflict
	_, err = e.svc.Do(ctx, c.ID, cvd.By{If: now.Seq}, cvd.SetTitle{Title: "w"})
	require.ErrorIs(t, err, cvd.ErrStale)
	require.ErrorIs(t, err, cvd.ErrConflict)
	require.Zero(t, f.written())
}

func TestAuthorize(t *testing.T) {
	asked := []string{}
	d := newDesk(t, func(c *cvd.Config) {
		c.Authorize = func(_ context.Context, c *cvd.Case, by cvd.By, cmd cvd.Action) error {
			asked = append(asked, fmt.Sprintf("%T %s %d", cmd, string(by.Actor), c.Seq))
			if _, ok := cmd.(cvd.Close); ok && string(by.Actor) != "chief" {
				return errors.New("only the chief closes")
			}
			return nil
		}
	})
	c := d.received()
	require.Equal(t, []string{"cvd.Receive alice@psirt.example 0"}, asked)
	before := d.contents()
	asked = nil
	_, err := d.svc.Do(ctx, c.ID, staff, cvd.Triage{Outcome: cvd.OutcomeInvalid}, cvd.Close{})
	require.ErrorIs(t, err, cvd.ErrDenied)
	require.ErrorContains(t, err, "only the chief closes")
	require.Equal(t, before, d.contents(), "all or none")
	require.Contains(t, asked, fmt.Sprintf("cvd.Triage alice@psirt.example %d", c.Seq))
	require.Contains(t, asked, fmt.Sprintf("cvd.Close alice@psirt.example %d", c.Seq), "each is asked with the case as it was before the call")
	_, err = d.svc.Do(ctx, c.ID, cvd.By{Actor: "chief"}, cvd.Triage{Outcome: cvd.OutcomeInvalid}, cvd.Close{})
	require.NoError(t, err)
}

func TestIdentifierOfAnotherCase(t *testing.T) {
	d := newDesk(t)
	a := d.do(cvd.CaseID{}, cvd.Receive{Title: "a"})
	b := d.do(cvd.CaseID{}, cvd.Receive{Title: "b"})
	d.do(a.ID, cvd.Identify{CVE: "CVE-1900-0001"})
	d.do(a.ID, cvd.Identify{CVE: "CVE-1900-0001", CWE: "CWE-787"})
	before := d.contents()
	_, err := d.svc.Do(ctx, b.ID, staff, cvd.SetTitle{Title: "c"}, cvd.Identify{CVE: "CVE-1900-0001"})
	var dup *cvd.DuplicateError
	require.ErrorAs(t, err, &dup)
	require.Equal(t, a.ID, dup.Owner)
	require.Equal(t, before, d.contents())
	got, err := d.svc.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDCVE, Value: "CVE-1900-0001"})
	require.NoError(t, err)
	require.Equal(t, a.ID, got)
	for _, as := range []string{a.Number, " [" + a.Number + "] ", "#" + a.Number} {
		got, err = d.svc.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDNumber, Value: cvd.Private(as)})
		require.NoError(t, err)
		require.Equal(t, a.ID, got)
	}
	_, err = d.svc.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDNumber, Value: "CVD-1999-00000"})
	require.ErrorIs(t, err, cvd.ErrNotFound)
}

// What Do returns and keeps in its cache is what a fresh process folds from the
// log, after every command and with times, zones and slices that a caller brings.
func TestCacheIsTheFoldOfTheLog(t *testing.T) {
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.onDo = func(c *cvd.Case) {
				fresh := d.another(func(c *cvd.Config) { c.Cached = -1 })
				// A refused command shows the plain case to Authorize.
				var folded *cvd.Case
				fresh = fresh.another(func(cfg *cvd.Config) {
					cfg.Authorize = func(_ context.Context, c *cvd.Case, _ cvd.By, _ cvd.Action) error {
						folded = c
						return errBroken
					}
				})
				_, err := fresh.svc.Do(ctx, c.ID, staff, cvd.Accept{})
				require.ErrorIs(t, err, cvd.ErrDenied)
				require.Equal(t, dump(folded), dump(c))
			}
			story(d)
		})
	}
}

// Slices of a command stay the caller's own.
func TestCommandsAreNotKept(t *testing.T) {
	d := newDesk(t)
	c := d.received()
	to := []cvd.PartyID{2}
	files := []cvd.AttachmentID{1}
	c = d.do(c.ID, cvd.PostMessage{To: to, Text: "t", Attachments: files})
	to[0], files[0] = 99, 99
	m := c.Messages[len(c.Messages)-1]
	require.Equal(t, []cvd.PartyID{2}, m.To)
	require.Equal(t, []cvd.AttachmentID{1}, m.Attachments)
}

func TestActorsAreIntroducedOnce(t *testing.T) {
	d := newDesk(t)
	c := d.received()
	for range 3 {
		d.another().do(c.ID, cvd.SetTitle{Title: "t"})
	}
	require.Equal(t, 1, d.names(c.ID)[cvd.EventActorSeen], "so that one erasure removes a person")
	d.do(c.ID, cvd.Assign{To: "alice@psirt.example"})
	require.Len(t, d.view(c.ID, team).Actors, 1)
}

func TestBoundService(t *testing.T) {
	d := newDesk(t)
	c := d.received()
	d.do(c.ID, cvd.Acknowledge{})

	// A transaction that sees its own writes, and is rolled back.
	tx := memstore.New()
	all := d.log(c.ID)
	heads, err := d.store.Heads(ctx, storage.Query{Limit: 1})
	require.NoError(t, err)
	require.NoError(t, tx.Append(ctx, []storage.Change{{ID: c.ID, Records: all, Head: heads[0]}}))
	bound := d.svc.Using(tx)
	in, err := bound.Do(ctx, c.ID, staff, cvd.SetTitle{Title: "never committed"})
	require.NoError(t, err)
	in2, err := bound.Do(ctx, c.ID, staff, cvd.SetTitle{Title: "again"})
	require.NoError(t, err)
	require.Greater(t, in2.Seq, in.Seq)
	out := d.do(c.ID, cvd.SetTitle{Title: "committed"})
	require.Equal(t, in.Seq, out.Seq, "the Service knows nothing of what was rolled back")
	require.Equal(t, "committed", string(d.view(c.ID, team).Title))

	// A bound Service leaves a conflict to the host.
	f := &faulty{Store: d.store, before: cvd.ErrConflict}
	_, err = d.svc.Using(f).Do(ctx, c.ID, staff, cvd.SetTitle{Title: "x"})
	require.ErrorIs(t, err, cvd.ErrConflict)
	require.Zero(t, f.written())
	f.before = cvd.ErrConflict
	_, err = d.another(func(c *cvd.Config) { c.Store = f }).svc.Do(ctx, c.ID, staff, cvd.SetTitle{Title: "x"})
	require.NoError(t, err, "another Service decides again")
}
