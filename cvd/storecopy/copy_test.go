package storecopy_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecopy"
	"github.com/cvdkit/cvdkit/internal/testonly/cvdmodel"
)

var (
	ctx  = context.Background()
	team = cvd.Viewer{Team: true}
	now  = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
)

type mailbox struct{}

func (mailbox) Send(context.Context, cvd.Outgoing) (cvd.Sent, error) {
	return cvd.Sent{Protection: cvd.ProtectSealed}, nil
}

// side makes an empty side, whose parts wrap may replace.
func side(t testing.TB, fault *fault) storecopy.Side {
	t.Helper()
	clock := func() time.Time { return now }
	s := storecopy.Side{Store: memstore.New(), Blobs: memstore.NewBlobs(clock), State: memstore.NewState()}
	if fault != nil {
		s = fault.wrap(s)
	}
	return with(t, s, 1)
}

// with makes the Service of a side.
func with(t testing.TB, s storecopy.Side, secret byte) storecopy.Side {
	t.Helper()
	svc, err := service.New(cvd.Config{
		Store: s.Store, Blobs: s.Blobs, Secret: bytes.Repeat([]byte{secret}, 32), Now: func() time.Time { return now },
		Transports: map[string]cvd.Transport{cvd.TransportMail: mailbox{}}, Cached: -1, Subscribers: []string{"feed"},
	})
	require.NoError(t, err)
	s.Service = svc
	return s
}

func do(t testing.TB, s storecopy.Side, id storage.CaseID, cmds ...cvd.Command) *cvd.Case {
	t.Helper()
	c, err := s.Service.Do(ctx, id, cvd.By{Actor: "alice"}, cmds...)
	require.NoError(t, err)
	return c
}

func report(n int) cvd.Receive {
	return cvd.Receive{
		Title: cvd.Private(fmt.Sprint("report ", n)), Observations: "one two three four five six seven",
		IDs:      []cvd.ExternalID{{Kind: cvd.IDMessage, Value: cvd.Private(fmt.Sprintf("<%d@finder.example>", n))}},
		Reporter: cvd.Contact{Email: cvd.Private(fmt.Sprintf("r%d@finder.example", n))}, Original: strings.NewReader(fmt.Sprint("original ", n)),
	}
}

// begun is a Store with a few cases.
func begun(t testing.TB, s storecopy.Side) (ids []storage.CaseID) {
	t.Helper()
	for i := range 5 {
		now = now.Add(time.Second)
		ids = append(ids, do(t, s, storage.CaseID{}, report(i), cvd.Acknowledge{}, cvd.Attach{Name: "f", Content: strings.NewReader("file")}).ID)
	}
	do(t, s, ids[1], cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{}, cvd.Identify{CVE: "CVE-1900-1111"}, cvd.Identify{CVE: "CVE-1900-1112"})
	_, err := s.Service.Relay(ctx, 2)
	require.NoError(t, err)
	if s.State != nil {
		_, err = s.State.Put(ctx, "pgpseal/x", 0, []byte("wrapped"))
		require.NoError(t, err)
		_, err = s.State.Put(ctx, "pgpseal/y", 0, []byte{})
		require.NoError(t, err)
	}
	return ids
}

// goOn is what happens between two runs: keys move both ways, a person is erased,
// messages are sent, a case comes.
func goOn(t testing.TB, s storecopy.Side, ids []storage.CaseID) {
	t.Helper()
	now = now.Add(time.Hour)
	_, err := s.Service.Merge(ctx, ids[1], cvd.By{Actor: "bob"}, cvd.Merge{Into: ids[4]}) // to a newer one
	require.NoError(t, err)
	_, err = s.Service.Merge(ctx, ids[3], cvd.By{}, cvd.Merge{Into: ids[0]}) // to an older one
	require.NoError(t, err)
	_, err = s.Service.Erase(ctx, ids[2], cvd.By{}, cvd.ErasePerson{Party: 2, Basis: cvd.EraseRequest})
	require.NoError(t, err)
	do(t, s, storage.CaseID{}, report(7))
	_, err = s.Service.Relay(ctx, 100)
	require.NoError(t, err)
	do(t, s, ids[0], cvd.PostMessage{To: []cvd.PartyID{2}, Text: "news"})
	if s.State != nil {
		_, v, err := s.State.Get(ctx, "pgpseal/x")
		require.NoError(t, err)
		_, err = s.State.Put(ctx, "pgpseal/x", v, nil)
		require.NoError(t, err)
		_, err = s.State.Put(ctx, "pgpseal/z", 0, []byte("new"))
		require.NoError(t, err)
	}
}

// same holds all of the copy against the source.
func same(t testing.TB, from, to storecopy.Side, values bool) {
	t.Helper()
	n, err := cvdmodel.Rebuilt(ctx, to.Service, to.Store)
	require.NoError(t, err)
	m, err := cvdmodel.Rebuilt(ctx, from.Service, from.Store)
	require.NoError(t, err)
	require.Equal(t, m, n)
	heads, err := from.Store.Heads(ctx, storage.Query{Limit: 1000})
	require.NoError(t, err)
	for _, h := range heads {
		a, err := from.Service.Rebuild(ctx, h.ID)
		require.NoError(t, err)
		b, err := to.Service.Rebuild(ctx, h.ID)
		require.NoError(t, err)
		require.Equal(t, a, b)
	}
	dirty, err := to.Service.Changed(ctx, "feed", storage.CaseID{}, 1000)
	require.NoError(t, err)
	require.Len(t, dirty, len(heads), "each subscriber is told of each case")
	require.Equal(t, contents(t, from), contents(t, to))
	if values {
		require.Equal(t, stored(t, from.State), stored(t, to.State))
	}
}

func contents(t testing.TB, s storecopy.Side) map[string]string {
	t.Helper()
	out := map[string]string{}
	blobs, err := s.Blobs.List(ctx, storage.BlobID{}, 1000)
	require.NoError(t, err)
	for _, b := range blobs {
		r, err := s.Blobs.Open(ctx, b.ID)
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		out[b.ID.String()] = string(text)
	}
	return out
}

func stored(t testing.TB, s storage.State) map[string]string {
	t.Helper()
	out := map[string]string{}
	keys, err := s.List(ctx, "", "", 1000)
	require.NoError(t, err)
	for _, k := range keys {
		v, _, err := s.Get(ctx, k)
		require.NoError(t, err)
		out[k] = string(v)
	}
	return out
}

// Issue 13, line 8: a copy is the same in every row; a second run brings what is new,
// moved and erased, and a third has nothing to do.
func TestCopy(t *testing.T) {
	from, to := side(t, nil), side(t, nil)
	ids := begun(t, from)
	var seen []storecopy.Progress
	r, err := storecopy.Copy(ctx, from, to, storecopy.Options{Page: 2, Progress: func(p storecopy.Progress) { seen = append(seen, p) }})
	require.NoError(t, err)
	require.Empty(t, r.Problems)
	require.Len(t, seen, 5)
	require.Equal(t, r.Progress, seen[4])
	require.Equal(t, 5, r.Copied)
	require.Equal(t, 10, r.Files)
	require.Equal(t, 2, r.Values)
	require.Equal(t, ids[0], r.Last, "the newest first")
	same(t, from, to, true)

	goOn(t, from, ids)
	r, err = storecopy.Copy(ctx, from, to, storecopy.Options{Page: 2, Prune: true})
	require.NoError(t, err)
	require.Empty(t, r.Problems)
	require.Equal(t, 6, r.Cases)
	require.Equal(t, 2, r.Values, "one new, one removed")
	same(t, from, to, true)

	r, err = storecopy.Copy(ctx, from, to, storecopy.Options{})
	require.NoError(t, err)
	require.Equal(t, storecopy.Progress{Cases: 6, Last: ids[0]}, r.Progress)

	// Work goes on there.
	sent, err := to.Service.Relay(ctx, 100)
	require.NoError(t, err)
	require.Equal(t, 1, sent.Sent)
	do(t, to, ids[0], cvd.PostMessage{Text: "a note"})
	do(t, to, storage.CaseID{}, report(9))
}

func TestCopyLeavesAloneWhatItCannot(t *testing.T) {
	from, to := side(t, nil), side(t, nil)
	ids := begun(t, from)
	_, err := storecopy.Copy(ctx, from, to, storecopy.Options{})
	require.NoError(t, err)
	do(t, to, ids[1], cvd.PostMessage{Text: "somebody works on the copy"})
	do(t, from, ids[1], cvd.PostMessage{Text: "and on the original"})
	only := do(t, to, storage.CaseID{}, report(20))
	// A log that was tampered with, a file that is lost, and a good one.
	h, err := from.Store.Heads(ctx, storage.Query{Limit: 1})
	require.NoError(t, err)
	require.NoError(t, from.Store.Append(ctx, []storage.Change{{ID: h[0].ID, After: h[0].Seq, Tip: h[0].Tip, Erase: []storage.Seq{1}, Records: []storage.Record{{Seq: h[0].Seq + 1, Body: make([]byte, 40)}}, Head: storage.Head{ID: h[0].ID, Seq: h[0].Seq + 1}}}))
	c := do(t, from, ids[2], cvd.Attach{Name: "g", Content: strings.NewReader("lost")})
	require.NoError(t, from.Blobs.Delete(ctx, c.Attachments[len(c.Attachments)-1].Blob))
	good := do(t, from, ids[0], cvd.PostMessage{Text: "news"})
	r, err := storecopy.Copy(ctx, from, to, storecopy.Options{})
	require.NoError(t, err)
	require.Equal(t, 1, r.Only)
	errs := map[storage.CaseID]error{}
	for _, p := range r.Problems {
		errs[p.Case] = p.Err
	}
	require.Len(t, errs, 3)
	require.ErrorIs(t, errs[h[0].ID], cvd.ErrTampered)
	require.ErrorIs(t, errs[ids[1]], storecopy.ErrDiverged)
	require.ErrorIs(t, errs[ids[2]], storage.ErrNotFound)
	for id, seq := range map[storage.CaseID]storage.Seq{good.ID: good.Seq, ids[2]: c.Seq} {
		v, err := to.Service.View(ctx, id, team)
		require.NoError(t, err)
		require.Equal(t, seq, v.Seq)
	}
	_, err = to.Service.View(ctx, only.ID, team)
	require.NoError(t, err)

	_, err = storecopy.Copy(ctx, from, with(t, to, 2), storecopy.Options{})
	require.ErrorIs(t, err, cvd.ErrSecret)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err = storecopy.Copy(ended, from, to, storecopy.Options{})
	require.ErrorIs(t, err, context.Canceled)
}

// A copy from which somebody has relayed: its deliveries have tokens.
func TestCopyOverARelayedCopy(t *testing.T) {
	from, to := side(t, nil), side(t, nil)
	ids := begun(t, from)
	_, err := storecopy.Copy(ctx, from, to, storecopy.Options{})
	require.NoError(t, err)
	_, err = to.Store.Claim(ctx, storage.MillisOf(now), time.Minute, 100)
	require.NoError(t, err)
	goOn(t, from, ids)
	r, err := storecopy.Copy(ctx, from, to, storecopy.Options{})
	require.NoError(t, err)
	require.Empty(t, r.Problems)
	same(t, from, to, false)
}

// Issue 13: a crash at every step of a copy loses nothing and doubles nothing: the
// next run finishes.
func TestCopyCrashes(t *testing.T) {
	for _, after := range []bool{false, true} {
		for at := 1; ; at++ {
			f := &fault{after: after}
			from, to := side(t, f), side(t, f)
			ids := begun(t, from)
			hit := 0
			for run := range 2 {
				f.calls, f.at = 0, at
				r, err := storecopy.Copy(ctx, from, to, storecopy.Options{Page: 2, Prune: true})
				if f.calls >= at {
					hit++
					require.True(t, err != nil || len(r.Problems) > 0 || after, "call %d", at)
				}
				f.at = 0
				r, err = storecopy.Copy(ctx, from, to, storecopy.Options{Prune: true})
				require.NoError(t, err)
				require.Empty(t, r.Problems)
				same(t, from, to, true)
				if run == 0 {
					goOn(t, from, ids)
				}
			}
			if hit == 0 {
				require.Greater(t, at, 50)
				t.Log(at, "steps")
				break
			}
		}
	}
}

var errFault = errors.New("the process died")

// fault lets one call fail, before or after it was done, and all that follow it.
type fault struct {
	calls, at int
	after     bool
}

func (f *fault) wrap(s storecopy.Side) storecopy.Side {
	s.Store = faultyStore{s.Store.(*memstore.Store), f}
	s.Blobs = faultyBlobs{s.Blobs, f}
	s.State = faultyState{s.State, f}
	return s
}

func (f *fault) do(call func() error) error {
	f.calls++
	switch {
	case f.at == 0 || f.calls < f.at:
		return call()
	case f.calls == f.at && f.after:
		_ = call()
	}
	return errFault
}

type faultyStore struct {
	*memstore.Store
	f *fault
}

func (s faultyStore) Append(ctx context.Context, c []storage.Change) error {
	return s.f.do(func() error { return s.Store.Append(ctx, c) })
}

func (s faultyStore) Heads(ctx context.Context, q storage.Query) (out []storage.Head, err error) {
	return out, s.f.do(func() error { out, err = s.Store.Heads(ctx, q); return err })
}

func (s faultyStore) Load(ctx context.Context, id storage.CaseID, after storage.Seq, max int, private bool) (out []storage.Record, err error) {
	return out, s.f.do(func() error { out, err = s.Store.Load(ctx, id, after, max, private); return err })
}

type faultyBlobs struct {
	storage.BlobStore
	f *fault
}

func (s faultyBlobs) Put(ctx context.Context, id storage.BlobID, r io.Reader) error {
	return s.f.do(func() error { return s.BlobStore.Put(ctx, id, r) })
}

func (s faultyBlobs) Open(ctx context.Context, id storage.BlobID) (r io.ReadCloser, err error) {
	err = s.f.do(func() error { r, err = s.BlobStore.Open(ctx, id); return err })
	return r, err
}

func (s faultyBlobs) Delete(ctx context.Context, id storage.BlobID) error {
	return s.f.do(func() error { return s.BlobStore.Delete(ctx, id) })
}

type faultyState struct {
	storage.State
	f *fault
}

func (s faultyState) Put(ctx context.Context, key string, version int64, value []byte) (next int64, err error) {
	return next, s.f.do(func() error { next, err = s.State.Put(ctx, key, version, value); return err })
}
