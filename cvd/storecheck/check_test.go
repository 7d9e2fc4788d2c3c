package storecheck_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecheck"
)

var (
	ctx = context.Background()
	now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
)

type desk struct {
	store *memstore.Store
	blobs *memstore.Blobs
	svc   *service.Service
	ids   []cvd.CaseID
}

func newService(t testing.TB, store storage.Store, blobs storage.BlobStore) *service.Service {
	t.Helper()
	svc, err := service.New(cvd.Config{Store: store, Blobs: blobs, Secret: make([]byte, 32), Now: func() time.Time { return now },
		Transports: map[string]cvd.Transport{cvd.TransportMail: nobody{}}})
	require.NoError(t, err)
	return svc
}

type nobody struct{}

func (nobody) Send(context.Context, cvd.Outgoing) (cvd.Sent, error) { return cvd.Sent{}, io.EOF }

func begun(t testing.TB) *desk {
	d := &desk{store: memstore.New(), blobs: memstore.NewBlobs(func() time.Time { return now })}
	d.svc = newService(t, d.store, d.blobs)
	for _, name := range []string{"ann", "bob", "cid", "dan"} {
		now = now.Add(time.Second)
		c, err := d.svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Title: "a", Reporter: cvd.Contact{Email: cvd.Private(name + "@finder.example")},
			IDs: []cvd.ExternalID{{Kind: cvd.IDMessage, Value: cvd.Private(name)}}, Original: strings.NewReader("mail of " + name)}, cvd.Acknowledge{})
		require.NoError(t, err)
		d.ids = append(d.ids, c.ID)
	}
	return d
}

func (d *desk) rows(t testing.TB, i int) storage.Rows {
	rows, err := d.store.Inspect(ctx, cvd.CaseID{}, 100)
	require.NoError(t, err)
	for _, r := range rows {
		if r.ID == d.ids[i] {
			return r
		}
	}
	t.Fatal("no rows")
	return storage.Rows{}
}

// change writes past the Service.
func (d *desk) change(t testing.TB, i int, edit func(*storage.Change, storage.Rows)) {
	t.Helper()
	r := d.rows(t, i)
	c := storage.Change{ID: r.ID, After: r.Head.Seq, Tip: r.Head.Tip, Head: *r.Head}
	edit(&c, r)
	require.NoError(t, d.store.Append(ctx, []storage.Change{c}))
}

func kinds(fs []storecheck.Finding) (out []storecheck.Kind) {
	for _, f := range fs {
		out = append(out, f.Kind)
	}
	slices.Sort(out)
	return out
}

// blind is a Store that cannot be inspected.
type blind struct{ storage.Store }

// Issue 13, line 8: each kind of damage is found, and nothing else, and what follows
// from the logs is repaired.
func TestVerify(t *testing.T) {
	head := func(f func(h *storage.Head)) func(*storage.Change, storage.Rows) {
		return func(c *storage.Change, _ storage.Rows) { f(&c.Head) }
	}
	for name, x := range map[string]struct {
		damage func(c *storage.Change, r storage.Rows)
		want   []storecheck.Kind
		blind  int // how many are found without an Inspector
		left   int // that Repair cannot mend
	}{
		"nothing":               {func(*storage.Change, storage.Rows) {}, nil, 0, 0},
		"the head's data":       {head(func(h *storage.Head) { h.Data = []byte("x") }), []storecheck.Kind{storecheck.KindHead}, 1, 0},
		"the head's date":       {head(func(h *storage.Head) { h.Due = 0 }), []storecheck.Kind{storecheck.KindHead}, 1, 0},
		"a key is missing":      {func(c *storage.Change, r storage.Rows) { c.Drop = r.Keys[:1] }, []storecheck.Kind{storecheck.KindKey}, 1, 0},
		"a key too much":        {func(c *storage.Change, r storage.Rows) { c.Take = []storage.Key{{7}} }, []storecheck.Kind{storecheck.KindKey}, 0, 0},
		"a term is missing":     {func(c *storage.Change, r storage.Rows) { c.Untag = r.Terms[:1] }, []storecheck.Kind{storecheck.KindTerm}, 1, 0},
		"a term too much":       {func(c *storage.Change, r storage.Rows) { c.Tag = []storage.Term{"x"} }, []storecheck.Kind{storecheck.KindTerm}, 0, 0},
		"a delivery is missing": {func(c *storage.Change, r storage.Rows) { c.Settle = r.Deliveries[:1] }, []storecheck.Kind{storecheck.KindDelivery}, 0, 0},
		"a delivery too much": {func(c *storage.Change, r storage.Rows) {
			c.Enqueue = []storage.Delivery{{Case: r.ID, Lane: storage.LaneID{9}, Ref: 1, At: 1}}
		}, []storecheck.Kind{storecheck.KindDelivery}, 0, 0},
		"a private part": {func(c *storage.Change, r storage.Rows) { c.Erase = []cvd.Seq{1, 2, 3, 4} }, []storecheck.Kind{storecheck.KindLog}, 1, 1},
		"a record too much": {func(c *storage.Change, r storage.Rows) {
			c.Records = []storage.Record{{Seq: r.Head.Seq + 1, Body: bytes.Repeat([]byte{1}, 50)}}
			c.Head.Seq++
		}, []storecheck.Kind{storecheck.KindLog}, 1, 1},
		"the tip": {head(func(h *storage.Head) { h.Tip[0] ^= 1 }), []storecheck.Kind{storecheck.KindHead}, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := begun(t)
			d.change(t, 2, x.damage)
			r, err := storecheck.Verify(ctx, d.svc, d.store, storecheck.Options{Blobs: d.blobs, Contents: true, Page: 3})
			require.NoError(t, err)
			require.Equal(t, x.want, kinds(r.Findings), r.Findings)
			require.Equal(t, len(x.want) == 0, r.OK())
			require.Equal(t, 4, r.Cases)
			require.Empty(t, r.Unchecked)
			for _, f := range r.Findings {
				require.Equal(t, d.ids[2], f.Case)
				require.Contains(t, f.String(), string(f.Kind))
			}
			b, err := storecheck.Verify(ctx, newService(t, blind{d.store}, d.blobs), blind{d.store}, storecheck.Options{Page: 3})
			require.NoError(t, err)
			require.Len(t, b.Findings, x.blind, b.Findings)
			require.Len(t, b.Unchecked, 1)
			left, err := storecheck.Repair(ctx, d.svc, r.Findings)
			require.NoError(t, err)
			require.Len(t, left, x.left)
			again, err := storecheck.Verify(ctx, d.svc, d.store, storecheck.Options{})
			require.NoError(t, err)
			require.Len(t, again.Findings, x.left)
		})
	}
}

// Two cases whose keys were exchanged are repaired, whichever comes first.
func TestRepairExchangedKeys(t *testing.T) {
	d := begun(t)
	a, b := d.rows(t, 0), d.rows(t, 1)
	in := func(r, other storage.Rows) storage.Change {
		return storage.Change{ID: r.ID, After: r.Head.Seq, Tip: r.Head.Tip, Drop: r.Keys[:1], Take: other.Keys[:1]}
	}
	require.NoError(t, d.store.Append(ctx, []storage.Change{in(a, b), in(b, a)}))
	r, err := storecheck.Verify(ctx, d.svc, d.store, storecheck.Options{})
	require.NoError(t, err)
	require.Len(t, r.Findings, 4)
	left, err := storecheck.Repair(ctx, d.svc, r.Findings)
	require.NoError(t, err)
	require.Empty(t, left)
	r, err = storecheck.Verify(ctx, d.svc, d.store, storecheck.Options{})
	require.NoError(t, err)
	require.True(t, r.OK(), r.Findings)
}

func TestVerifyFiles(t *testing.T) {
	d := begun(t)
	lost := func(i int) storage.BlobID {
		bs, err := d.svc.Blobs(ctx, d.ids[i])
		require.NoError(t, err)
		require.NoError(t, d.blobs.Delete(ctx, bs[0]))
		return bs[0]
	}
	lost(0)
	require.NoError(t, d.blobs.Put(ctx, lost(1), strings.NewReader("something else")))
	require.NoError(t, d.blobs.Put(ctx, storage.BlobID{1}, strings.NewReader("an upload")))
	var seen int
	r, err := storecheck.Verify(ctx, d.svc, d.store, storecheck.Options{Blobs: d.blobs, Contents: true, Progress: func(storecheck.Report) { seen++ }})
	require.NoError(t, err)
	require.Equal(t, []storecheck.Kind{storecheck.KindFile, storecheck.KindFile}, kinds(r.Findings))
	require.ErrorIs(t, r.Findings[0].Err, cvd.ErrNotFound)
	require.Equal(t, 1, r.Unnamed)
	require.Equal(t, 4, seen)
	rest, err := storecheck.Verify(ctx, d.svc, d.store, storecheck.Options{Blobs: d.blobs, After: d.ids[0]})
	require.NoError(t, err)
	require.Equal(t, 3, rest.Cases)
	require.True(t, rest.OK())
}

// strange names a case that is not there.
type strange struct{ *memstore.Store }

func (s strange) Inspect(ctx context.Context, after cvd.CaseID, n int) ([]storage.Rows, error) {
	rows, err := s.Store.Inspect(ctx, after, n)
	if after == (cvd.CaseID{}) {
		rows = append([]storage.Rows{{ID: cvd.CaseID{15: 1}, Keys: []storage.Key{{1}}}}, rows...)
	}
	return rows, err
}

func TestVerifyFindsStrays(t *testing.T) {
	d := begun(t)
	r, err := storecheck.Verify(ctx, d.svc, strange{d.store}, storecheck.Options{})
	require.NoError(t, err)
	require.Equal(t, []storecheck.Kind{storecheck.KindStray}, kinds(r.Findings))
	require.Equal(t, 5, r.Cases)
}

// busy writes to a case between the reading of its rows and of its log.
type busy struct {
	*memstore.Store
	f func()
}

func (s *busy) Inspect(ctx context.Context, after cvd.CaseID, n int) ([]storage.Rows, error) {
	rows, err := s.Store.Inspect(ctx, after, n)
	if f := s.f; f != nil {
		s.f = nil
		f()
	}
	return rows, err
}

func TestVerifyWhileInUse(t *testing.T) {
	d := begun(t)
	s := &busy{d.store, func() {
		_, err := d.svc.Do(ctx, d.ids[1], cvd.By{Actor: "x"}, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Identify{CVE: "CVE-1900-0001"})
		require.NoError(t, err)
	}}
	r, err := storecheck.Verify(ctx, d.svc, s, storecheck.Options{})
	require.NoError(t, err)
	require.Empty(t, r.Findings)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err = storecheck.Verify(ended, d.svc, d.store, storecheck.Options{})
	require.ErrorIs(t, err, context.Canceled)
}

var (
	plain = storecheck.SignerFunc(func(_ context.Context, text []byte) ([]byte, error) { return append([]byte("signed\n"), text...), nil })
	trust = storecheck.VerifierFunc(func(_ context.Context, m []byte) ([]byte, error) {
		text, ok := bytes.CutPrefix(m, []byte("signed\n"))
		if !ok {
			return nil, errors.New("no")
		}
		return text, nil
	})
)

// cut is the Store as it was when a case had fewer records, sound in itself.
func (d *desk) cut(t testing.TB, upto map[cvd.CaseID]cvd.Seq) *memstore.Store {
	t.Helper()
	store := memstore.New()
	svc := newService(t, store, d.blobs)
	for _, id := range d.ids {
		rs, err := d.store.Load(ctx, id, 0, 1000, true)
		require.NoError(t, err)
		if n, ok := upto[id]; ok {
			rs = rs[:n]
		}
		if len(rs) == 0 {
			continue
		}
		last := rs[len(rs)-1]
		require.NoError(t, store.Append(ctx, []storage.Change{{ID: id, Records: rs, Head: storage.Head{ID: id, Seq: last.Seq, Tip: storage.Hash(last.Body[len(last.Body)-32:])}}}))
		require.NoError(t, svc.Reindex(ctx, id))
	}
	return store
}

// Issue 13, line 8: a log that was cut together with its head is sound in itself, and
// a signed checkpoint shows it; so it does a case that is gone.
func TestCheckpoint(t *testing.T) {
	d := begun(t)
	short := d.rows(t, 1).Head.Seq
	_, err := d.svc.Do(ctx, d.ids[1], cvd.By{Actor: "x"}, cvd.Triage{Outcome: cvd.OutcomeValid})
	require.NoError(t, err)
	var list bytes.Buffer
	first, err := storecheck.Checkpoint(ctx, &list, d.store, plain, now, nil)
	require.NoError(t, err)
	s, findings, err := storecheck.VerifyCheckpoint(ctx, d.store, trust, first, bytes.NewReader(list.Bytes()))
	require.NoError(t, err)
	require.Empty(t, findings)
	require.Equal(t, 4, s.Cases)
	require.True(t, s.At.Equal(now))
	require.Zero(t, s.Previous)

	// What comes later is no difference.
	_, err = d.svc.Do(ctx, d.ids[0], cvd.By{}, cvd.PostMessage{Text: "a note"})
	require.NoError(t, err)
	_, findings, err = storecheck.VerifyCheckpoint(ctx, d.store, trust, first, bytes.NewReader(list.Bytes()))
	require.NoError(t, err)
	require.Empty(t, findings)
	var second bytes.Buffer
	next, err := storecheck.Checkpoint(ctx, &second, d.store, plain, now.Add(time.Hour), first)
	require.NoError(t, err)
	s, _, err = storecheck.VerifyCheckpoint(ctx, d.store, trust, next, &second)
	require.NoError(t, err)
	require.NotZero(t, s.Previous)

	old := d.cut(t, map[cvd.CaseID]cvd.Seq{d.ids[1]: short, d.ids[3]: 0})
	r, err := storecheck.Verify(ctx, newService(t, old, d.blobs), old, storecheck.Options{})
	require.NoError(t, err)
	require.True(t, r.OK(), "it is sound in itself: %v", r.Findings)
	_, findings, err = storecheck.VerifyCheckpoint(ctx, old, trust, first, bytes.NewReader(list.Bytes()))
	require.NoError(t, err)
	require.Len(t, findings, 2)
	require.Equal(t, d.ids[3], findings[0].Case)
	require.Equal(t, d.ids[1], findings[1].Case)

	// Another history of the same length.
	other := d.cut(t, map[cvd.CaseID]cvd.Seq{d.ids[1]: short})
	_, err = newService(t, other, d.blobs).Do(ctx, d.ids[1], cvd.By{Actor: "x"}, cvd.Triage{Outcome: cvd.OutcomeInvalid})
	require.NoError(t, err)
	_, findings, err = storecheck.VerifyCheckpoint(ctx, other, trust, first, bytes.NewReader(list.Bytes()))
	require.NoError(t, err)
	require.Len(t, findings, 1)
	require.Contains(t, findings[0].Detail, "another")

	// The list and the statement belong together, and the signature is asked for.
	for _, bad := range [][]byte{list.Bytes()[:list.Len()-1], bytes.Replace(list.Bytes(), []byte("a"), []byte("b"), 1), nil, list.Bytes()[120:]} {
		_, _, err = storecheck.VerifyCheckpoint(ctx, d.store, trust, first, bytes.NewReader(bad))
		require.ErrorIs(t, err, storecheck.ErrCheckpoint)
	}
	_, _, err = storecheck.VerifyCheckpoint(ctx, d.store, trust, first[1:], &list)
	require.Error(t, err)
	for _, bad := range []string{"", "x", strings.ToUpper(string(first)), strings.Replace(string(first), "cases 4", "cases 04", 1), string(first) + "more\n"} {
		_, _, err = storecheck.VerifyCheckpoint(ctx, d.store, trust, []byte("signed\n"+strings.TrimPrefix(bad, "signed\n")), bytes.NewReader(list.Bytes()))
		require.ErrorIs(t, err, storecheck.ErrCheckpoint, bad)
	}
	crlf := []byte("signed\n" + strings.ReplaceAll(strings.TrimPrefix(string(first), "signed\n"), "\n", "\r\n"))
	var again bytes.Buffer
	_, err = storecheck.Checkpoint(ctx, &again, d.store, plain, now, nil)
	require.NoError(t, err)
	_, findings, err = storecheck.VerifyCheckpoint(ctx, d.store, trust, crlf, bytes.NewReader(list.Bytes()))
	require.NoError(t, err, "a signature in cleartext changes line ends")
	require.Empty(t, findings)
}
