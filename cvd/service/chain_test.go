package service_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// altered returns a desk of a new process whose Store gives out altered records.
func (d *desk) altered(alter func([]storage.Record) []storage.Record) *desk {
	return d.another(func(c *cvd.Config) {
		c.Store = &faulty{Store: c.Store, alter: alter}
	})
}

// tampered requires that neither reading nor writing trusts the altered log.
func (d *desk) tampered(id cvd.CaseID, alter func([]storage.Record) []storage.Record, what string, args ...any) {
	d.t.Helper()
	e := d.altered(alter)
	c, err := e.svc.View(ctx, id, team)
	require.ErrorIs(d.t, err, cvd.ErrTampered, append([]any{what}, args...)...)
	require.Nil(d.t, c)
	_, err = e.svc.Do(ctx, id, staff, cvd.SetTitle{Title: "t"})
	require.ErrorIs(d.t, err, cvd.ErrTampered, append([]any{what}, args...)...)
}

func TestEveryByteOfABodyIsChained(t *testing.T) {
	d, id := withDesk(t, surprise)
	log := d.log(id)
	require.Greater(t, len(log), 5)
	for i := range log {
		for n := range log[i].Body {
			d.tampered(id, func(rs []storage.Record) []storage.Record {
				rs[i].Body[n] ^= 0x10
				return rs
			}, "record %d, byte %d", i+1, n)
		}
		d.tampered(id, func(rs []storage.Record) []storage.Record {
			rs[i].Body = rs[i].Body[:len(rs[i].Body)-1]
			return rs
		}, "record %d is cut", i+1)
		d.tampered(id, func(rs []storage.Record) []storage.Record {
			rs[i].Body = append(rs[i].Body, 0)
			return rs
		}, "record %d is longer", i+1)
		d.tampered(id, func(rs []storage.Record) []storage.Record {
			rs[i].Body = nil
			return rs
		}, "record %d is empty", i+1)
	}
}

func TestEveryByteOfAPrivatePartIsChained(t *testing.T) {
	d, id := withDesk(t, surprise)
	log := d.log(id)
	some := 0
	for i := range log {
		for n := range log[i].Private {
			some++
			e := d.altered(func(rs []storage.Record) []storage.Record {
				if rs[i].Private != nil {
					rs[i].Private[n] ^= 1
				}
				return rs
			})
			_, err := e.svc.View(ctx, id, team)
			require.ErrorIs(t, err, cvd.ErrTampered)
		}
		if log[i].Private == nil {
			d.tamperedPrivate(id, i, func(r *storage.Record) { r.Private, r.HasPrivate = make([]byte, 20), true }, "added")
			continue
		}
		// Erased without a record that says so: seen also by who reads no texts.
		d.tampered(id, func(rs []storage.Record) []storage.Record {
			rs[i].Private, rs[i].HasPrivate = nil, false
			return rs
		}, "private part of record %d is gone", i+1)
		d.tamperedPrivate(id, i, func(r *storage.Record) { r.Private = nil }, "claimed and not there")
		d.tamperedPrivate(id, i, func(r *storage.Record) { r.Private = []byte{} }, "empty")
		d.tamperedPrivate(id, i, func(r *storage.Record) { r.Private = r.Private[:len(r.Private)-1] }, "cut")
		d.tamperedPrivate(id, i, func(r *storage.Record) { r.Private = append(r.Private, 0) }, "longer")
	}
	require.Greater(t, some, 100)
}

func (d *desk) tamperedPrivate(id cvd.CaseID, i int, alter func(*storage.Record), what string) {
	d.t.Helper()
	_, err := d.altered(func(rs []storage.Record) []storage.Record {
		if rs[0].Private != nil || !rs[0].HasPrivate { // a read of texts
			alter(&rs[i])
		}
		return rs
	}).svc.View(ctx, id, team)
	require.ErrorIs(d.t, err, cvd.ErrTampered, "private part of record %d: %s", i+1, what)
}

func TestRecordsCannotBeMoved(t *testing.T) {
	d, id := withDesk(t, negotiation)
	log := d.log(id)
	for i := range len(log) - 1 {
		d.tampered(id, func(rs []storage.Record) []storage.Record { return slices.Delete(rs, i, i+1) }, "record %d dropped", i+1)
		renumbered := func(rs []storage.Record) []storage.Record {
			for n := range rs {
				rs[n].Seq = cvd.Seq(n + 1)
			}
			return rs
		}
		d.tampered(id, func(rs []storage.Record) []storage.Record { return renumbered(slices.Delete(rs, i, i+1)) }, "record %d dropped, renumbered", i+1)
		d.tampered(id, func(rs []storage.Record) []storage.Record {
			rs[i], rs[i+1] = rs[i+1], rs[i]
			return renumbered(rs)
		}, "records %d and %d swapped", i+1, i+2)
		d.tampered(id, func(rs []storage.Record) []storage.Record {
			return renumbered(slices.Insert(rs, i, rs[i]))
		}, "record %d twice", i+1)
	}
	other := d.do(cvd.CaseID{}, cvd.Receive{Title: "another case"})
	foreign := d.log(other.ID)
	d.tampered(id, func([]storage.Record) []storage.Record { return foreign }, "the log of another case")
	d.tampered(id, func(rs []storage.Record) []storage.Record { return append(foreign[:1:1], rs[1:]...) }, "a record of another case")
}

// A batch that was cut in the middle is seen at once. A log that was cut between
// two batches verifies; the guard of the next append shows that it goes on.
func TestLogsThatWereCut(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	ends := map[int]bool{len(d.log(id)): true}
	d.onDo = func(c *cvd.Case) { ends[int(c.Seq)] = true }
	d.do(id, cvd.Acknowledge{})
	d.do(id, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{})
	d.do(id, cvd.SetTitle{Title: "u"})
	all := len(d.log(id))
	within, between := 0, 0
	for n := 1; n < all; n++ {
		cut := func(rs []storage.Record) []storage.Record { return rs[:min(n, len(rs))] }
		if !ends[n] {
			within++
			d.tampered(id, cut, "cut after record %d", n)
			continue
		}
		between++
		e := d.altered(cut)
		_, err := e.svc.View(ctx, id, team)
		require.NoError(t, err)
		soon, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		before := d.contents()
		_, err = e.svc.Do(soon, id, staff, cvd.SetTitle{Title: "t"})
		require.ErrorIs(t, err, cvd.ErrTampered, "cut after record %d", n)
		_, err = e.svc.Do(soon, id, cvd.By{If: cvd.Seq(n)}, cvd.SetTitle{Title: "t"})
		require.ErrorIs(t, err, cvd.ErrStale)
		require.Equal(t, before, d.contents())
	}
	require.Positive(t, within)
	require.Equal(t, 3, between)
	// A process that has the case in its memory notices when the Store was
	// restored from an old copy.
	f := &faulty{Store: d.store}
	e := d.another(func(c *cvd.Config) { c.Store = f })
	e.do(id, cvd.SetTitle{Title: "v"})
	old := golden{id: id, records: d.log(id)[:all]}.open(t)
	f.Store = old.store
	before := old.contents()
	_, err := e.svc.Do(ctx, id, staff, cvd.SetTitle{Title: "w"})
	require.ErrorIs(t, err, cvd.ErrTampered)
	require.Equal(t, before, old.contents())
}

func TestErasedTextsAreGone(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	before := d.view(id, team) // the Service keeps the texts in its cache
	require.NotEmpty(t, before.Reports[0].Summary)
	c := d.do(id, cvd.Acknowledge{})
	var seq cvd.Seq
	for _, e := range c.Events {
		if e.Kind == cvd.EventReportReceived {
			seq = e.Seq
		}
	}
	require.NoError(t, d.store.Append(ctx, []storage.Change{service.Erasure(c, cvd.CommandID{1}, seq)}))
	for _, x := range []*desk{d, d.another()} {
		after := x.view(id, team)
		require.Empty(t, after.Reports[0].Summary)
		require.Empty(t, after.Reports[0].CreditName)
		require.NotEmpty(t, after.Title, "what was not erased is still there")
	}
	// A record that says so does not cover another record.
	for i, r := range d.log(id) {
		if r.HasPrivate {
			d.tampered(id, func(rs []storage.Record) []storage.Record {
				rs[i].Private, rs[i].HasPrivate = nil, false
				return rs
			}, "record %d", i+1)
		}
	}
}

// Records of a later version stay in the log. One that is marked critical makes
// the case read-only.
func TestRecordsOfALaterVersion(t *testing.T) {
	d := newDesk(t)
	c := d.received()
	ch := service.AppendedBy(c, cvd.CommandID{7}, "future.thing/3", false, []byte("fields"), bytes.Repeat([]byte{8}, 30))
	require.NoError(t, d.store.Append(ctx, []storage.Change{ch}))
	for _, e := range []*desk{d, d.another()} {
		v := e.view(c.ID, team)
		last := v.Events[len(v.Events)-1]
		require.Equal(t, cvd.EventKind("future.thing/3"), last.Kind)
		require.Equal(t, c.Seq+1, last.Seq)
		require.False(t, v.ReadOnly)
		_, err := e.svc.Do(ctx, c.ID, cvd.By{ID: cvd.CommandID{7}}, cvd.SetTitle{Title: "t"})
		require.NoError(t, err)
		require.Zero(t, d.names(c.ID)[cvd.EventCaseTitled], "its command is known too")
		got := d.log(c.ID)
		require.Equal(t, ch.Records[0], got[len(got)-1], "it stays as it is")
	}
	c = d.do(c.ID, cvd.SetTitle{Title: "t"})
	require.Equal(t, "t", string(d.view(c.ID, team).Title))
	d.tampered(c.ID, func(rs []storage.Record) []storage.Record {
		rs[ch.After].Private, rs[ch.After].HasPrivate = nil, false
		return rs
	}, "the private part of an unknown record is chained too")

	require.NoError(t, d.store.Append(ctx, []storage.Change{service.AppendedBy(c, cvd.CommandID{8}, "future.rule/1", true, nil, nil)}))
	before := d.contents()
	for _, e := range []*desk{d, d.another()} {
		v := e.view(c.ID, team)
		require.True(t, v.ReadOnly)
		require.Equal(t, cvd.EventKind("future.rule/1"), v.Events[len(v.Events)-1].Kind)
		_, err := e.svc.Do(ctx, c.ID, staff, cvd.SetTitle{Title: "t"})
		require.ErrorIs(t, err, cvd.ErrNewer)
		require.NotErrorIs(t, err, cvd.ErrTampered)
	}
	require.Equal(t, before, d.contents())
}
