package service_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func TestFilesNeedAPlace(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Blobs = nil })
	id := d.do(cvd.CaseID{}, report).ID
	var in *cvd.InputError
	_, err := d.svc.Do(ctx, id, staff, cvd.Attach{Content: strings.NewReader("x")})
	require.ErrorAs(t, err, &in)
	require.Equal(t, "Content", in.Field)
	_, err = d.svc.Do(ctx, cvd.CaseID{}, staff, cvd.Receive{Original: strings.NewReader("x")})
	require.ErrorAs(t, err, &in)
	require.Equal(t, "Original", in.Field)
	next, err := d.svc.Sweep(ctx, storage.BlobID{}, 10)
	require.NoError(t, err)
	require.Zero(t, next)
}

func TestFileLimit(t *testing.T) {
	for name, seal := range map[string]func(*cvd.Config){"plain": func(*cvd.Config) {}, "sealed": sealedBy("k")} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, func(c *cvd.Config) { c.Limits.Attachment = 1 << 20 }, seal)
			id := d.do(cvd.CaseID{}, report).ID
			before := d.contents()
			var in *cvd.InputError
			_, err := d.svc.Do(ctx, id, staff, cvd.Attach{Content: io.LimitReader(zeros{}, 1<<20+1)})
			require.ErrorAs(t, err, &in)
			require.Equal(t, before, d.contents())
			_, err = d.svc.Do(ctx, id, staff, cvd.Attach{Name: "first", Content: strings.NewReader("x")},
				cvd.Attach{Name: "endless", Content: zeros{}})
			require.ErrorAs(t, err, &in, "a reader without end is stopped")
			require.Equal(t, before, d.contents(), "nor is the first left behind")
			c := d.do(id, cvd.Attach{Content: io.LimitReader(zeros{}, 1<<20)})
			require.EqualValues(t, 1<<20, c.Attachments[0].Size)
			sum := sha256.Sum256(make([]byte, 1<<20))
			require.Equal(t, hex.EncodeToString(sum[:]), string(d.view(id, team).Attachments[0].SHA256))
		})
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func TestFileThatCannotBeRead(t *testing.T) {
	d := newDesk(t)
	id := d.do(cvd.CaseID{}, report).ID
	before := d.contents()
	_, err := d.svc.Do(ctx, id, staff, cvd.Attach{Content: io.MultiReader(strings.NewReader("half"), readerFunc(func([]byte) (int, error) { return 0, errBroken }))})
	require.ErrorIs(t, err, errBroken)
	require.Equal(t, before, d.contents())
}

// A refused, repeated or denied command leaves no blob.
func TestFilesOfCommandsThatWereNotApplied(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) {
		c.Authorize = func(_ context.Context, _ *cvd.Case, by cvd.By, _ cvd.Action) error {
			if by.Actor == "mallory" {
				return errors.New("no")
			}
			return nil
		}
	})
	id := d.do(cvd.CaseID{}, report).ID
	file := func() cvd.Command { return cvd.Attach{Content: strings.NewReader("x")} }
	by := cvd.By{ID: cvd.CommandID{5}}
	_, err := d.svc.Do(ctx, id, by, file())
	require.NoError(t, err)
	before := d.contents()
	c, err := d.svc.Do(ctx, id, by, file())
	require.NoError(t, err)
	require.True(t, c.Repeated)
	_, err = d.svc.Do(ctx, id, staff, file(), cvd.Accept{})
	require.ErrorIs(t, err, cvd.ErrRefused)
	_, err = d.svc.Do(ctx, id, cvd.By{Actor: "mallory"}, file())
	require.ErrorIs(t, err, cvd.ErrDenied)
	_, err = d.svc.Do(ctx, id, cvd.By{If: 1}, file())
	require.ErrorIs(t, err, cvd.ErrStale)
	require.Equal(t, before, d.contents())
}

func TestSweep(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	d.do(id, cvd.Attach{Content: strings.NewReader("kept")})
	orphans := func() (n int) {
		blobs, err := d.blobs.List(ctx, storage.BlobID{}, 1000)
		require.NoError(t, err)
		return len(blobs) - 2
	}
	for i := range 7 {
		require.NoError(t, d.blobs.Put(ctx, storage.BlobID{byte(i * 40), 1}, strings.NewReader("orphan")))
	}
	sweep := func() {
		calls := 0
		for next, err := d.svc.Sweep(ctx, storage.BlobID{}, 2); ; next, err = d.svc.Sweep(ctx, next, 2) {
			require.NoError(t, err)
			if calls++; next == (storage.BlobID{}) {
				break
			}
		}
		require.LessOrEqual(t, calls, 6, "each call looks at two")
	}
	d.clock.pass(24*time.Hour - time.Millisecond)
	sweep()
	require.Equal(t, 7, orphans(), "younger than a day: its command may be on its way")
	require.NoError(t, d.blobs.Put(ctx, storage.BlobID{99, 2}, strings.NewReader("fresh")))
	d.clock.pass(2 * time.Millisecond)
	sweep()
	require.Equal(t, 1, orphans())
	for _, a := range d.view(id, team).Attachments {
		r, err := d.svc.Attachment(ctx, id, team, a.ID)
		require.NoError(t, err)
		_, err = io.ReadAll(r)
		require.NoError(t, err)
	}
}

func TestWhoMayOpenAFile(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	a := sealedParty(d, id, "a")
	d.do(id, cvd.Attach{Name: "internal", Content: strings.NewReader("x")})
	_, err := d.svc.Attachment(ctx, id, cvd.Viewer{Party: 2}, 1)
	require.NoError(t, err, "a reporter reads back what it sent")
	for _, v := range []cvd.Viewer{{}, {Party: a}, {Party: 99}} {
		_, err = d.svc.Attachment(ctx, id, v, 1)
		require.ErrorIs(t, err, cvd.ErrNotFound)
	}
	d.do(id, cvd.PostMessage{To: []cvd.PartyID{a}, Text: "t", Attachments: []cvd.AttachmentID{2}})
	_, err = d.svc.Attachment(ctx, id, cvd.Viewer{Party: a}, 2)
	require.NoError(t, err, "what was sent to it")
	_, err = d.svc.Attachment(ctx, id, cvd.Viewer{Party: 2}, 2)
	require.ErrorIs(t, err, cvd.ErrNotFound)
}

// sink is a BlobStore that keeps no content and gives out as much.
type sink struct {
	storage.BlobStore
	took int64
}

func (s *sink) Put(_ context.Context, _ storage.BlobID, r io.Reader) error {
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, make([]byte, 32<<10))
	s.took = n
	return err
}

// Open gives out what sealing the same text would have made.
func (s *sink) Open(ctx context.Context, _ storage.BlobID) (io.ReadCloser, error) {
	return io.NopCloser(io.LimitReader(zeros{}, s.took)), nil
}

// watched measures the heap as a file passes through it.
type watched struct {
	src  io.Reader
	n    int64
	most uint64
	base uint64
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.src.Read(b)
	before := w.n
	if w.n += int64(n); before>>23 != w.n>>23 { // each 8 MiB
		if h := heap(); h > w.base {
			w.most = max(w.most, h-w.base)
		}
	}
	return n, err
}

// Neither storing nor reading a file holds it in memory.
func TestFilesAreStreamed(t *testing.T) {
	const size, bound = 64 << 20, 4 << 20
	for name, seal := range map[string]func(*cvd.Config){"plain": func(*cvd.Config) {}, "sealed": sealedBy("k")} {
		t.Run(name, func(t *testing.T) {
			blobs := &sink{BlobStore: memstore.NewBlobs(time.Now)}
			d := newDesk(t, func(c *cvd.Config) { c.Blobs = blobs }, seal)
			id := d.do(cvd.CaseID{}, report).ID
			in := &watched{src: io.LimitReader(zeros{}, size), base: heap()}
			d.do(id, cvd.Attach{Name: "core", Content: in})
			require.EqualValues(t, size, in.n)
			require.GreaterOrEqual(t, blobs.took, int64(size))
			require.Less(t, in.most, uint64(bound), "while it was stored")
			if name == "sealed" {
				return // what this store gives out is no sealed text
			}
			r, err := d.svc.Attachment(ctx, id, team, 1)
			require.NoError(t, err)
			out := &watched{src: r, base: heap()}
			_, err = io.Copy(io.Discard, struct{ io.Reader }{out})
			require.NoError(t, err)
			require.EqualValues(t, size, out.n)
			require.Less(t, out.most, uint64(bound), "while it was read")
			t.Logf("64 MiB: at most %d KiB in memory in, %d KiB out", in.most>>10, out.most>>10)
		})
	}
}

// The reader that is made of a writing function stops it when it is closed, and
// ends with the function's error.
func TestPulledReader(t *testing.T) {
	ended := false
	r := service.PulledFrom(func(w io.Writer) error {
		defer func() { ended = true }()
		for {
			if _, err := w.Write([]byte("more")); err != nil {
				return err
			}
		}
	})
	b := make([]byte, 6)
	_, err := io.ReadFull(r, b)
	require.NoError(t, err)
	require.Equal(t, "moremo", string(b))
	require.NoError(t, r.Close())
	require.True(t, ended)
	r = service.PulledFrom(func(w io.Writer) error {
		_, _ = w.Write([]byte("a"))
		return errBroken
	})
	got, err := io.ReadAll(r)
	require.ErrorIs(t, err, errBroken)
	require.True(t, bytes.Equal(got, []byte("a")))
}
