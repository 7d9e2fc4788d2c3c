package service_test

import (
	"context"
	"errors"
	"fmt"
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

func (d *desk) upload(id cvd.CaseID, content string) cvd.Upload {
	d.t.Helper()
	u, err := d.svc.Upload(ctx, id, strings.NewReader(content))
	require.NoError(d.t, err)
	return u
}

func (d *desk) uploaded(id cvd.CaseID, v cvd.Viewer, a cvd.AttachmentID) string {
	d.t.Helper()
	r, err := d.svc.Attachment(ctx, id, v, a)
	require.NoError(d.t, err)
	defer r.Close()
	b, err := io.ReadAll(r)
	require.NoError(d.t, err)
	return string(b)
}

func (d *desk) stored() int {
	d.t.Helper()
	blobs, err := d.blobs.List(ctx, storage.BlobID{}, 1000)
	require.NoError(d.t, err)
	return len(blobs)
}

// A form comes with files, and the case is not there yet.
func TestUploadsOfANewCase(t *testing.T) {
	for name, seal := range map[string]func(*cvd.Config){"plain": func(*cvd.Config) {}, "sealed": sealedBy("k")} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, seal)
			first := d.upload(cvd.CaseID{}, "the report")
			second := d.upload(first.Case, "the exploit")
			form := anonymous("a")
			form.Original = first
			by := cvd.By{ID: cvd.CommandID{7}}
			c, err := d.svc.Do(ctx, cvd.CaseID{}, by, form, cvd.Attach{Party: 2, Name: "poc.c", Content: &second})
			require.NoError(t, err)
			require.Equal(t, first.Case, c.ID)
			require.Equal(t, "the report", d.uploaded(c.ID, team, 1))
			require.Equal(t, "the exploit", d.uploaded(c.ID, team, 2))
			require.EqualValues(t, 11, c.Attachments[1].Size)
			// The same form again is the same case, also for another process.
			c, err = d.another().svc.Do(ctx, cvd.CaseID{}, by, form, cvd.Attach{Party: 2, Name: "poc.c", Content: &second})
			require.NoError(t, err)
			require.True(t, c.Repeated)
			require.Len(t, c.Attachments, 2)
			// Under another command the files are spent.
			_, err = d.svc.Do(ctx, cvd.CaseID{}, staff, form)
			require.ErrorIs(t, err, cvd.ErrRefused)
			_, err = d.svc.Do(ctx, c.ID, staff, cvd.Attach{Content: second})
			require.ErrorIs(t, err, cvd.ErrInput)
			require.NoError(t, d.svc.Discard(ctx, first, second))
			require.Equal(t, 2, d.stored(), "what is named is not discarded")
		})
	}
}

func TestUploadsThatCannotBeNamed(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	u := d.upload(id, "x")
	before := d.contents()
	for what, cmds := range map[string][]cvd.Command{
		"of another case": {cvd.Attach{Content: d.upload(cvd.CaseID{}, "y")}},
		"twice":           {cvd.Attach{Content: u}, cvd.Attach{Content: u}},
		"made up":         {cvd.Attach{Content: cvd.Upload{Case: id, Blob: u.Blob, Size: 1}}},
	} {
		_, err := d.svc.Do(ctx, id, staff, cmds...)
		require.ErrorIs(t, err, cvd.ErrInput, what)
	}
	_, err := io.ReadAll(u)
	require.Error(t, err)
	require.Equal(t, 3, d.stored(), "nothing was dropped that may yet be named: %d", len(before))
	d.clock.pass(12*time.Hour + time.Millisecond)
	_, err = d.svc.Do(ctx, id, staff, cvd.Attach{Content: u})
	require.ErrorIs(t, err, cvd.ErrInput, "Sweep may be at it")
	d.clock.pass(12 * time.Hour)
	_, err = d.svc.Sweep(ctx, storage.BlobID{}, 100)
	require.NoError(t, err)
	require.Equal(t, 1, d.stored())
	other := d.another(func(c *cvd.Config) { c.Blobs = nil })
	_, err = other.svc.Upload(ctx, id, strings.NewReader("x"))
	require.ErrorIs(t, err, cvd.ErrInput)
}

// A form whose second file breaks off leaves no case and no file; the text that was
// typed is the host's to show again, and its next try succeeds.
func TestAFormWhoseSecondFileBreaksOff(t *testing.T) {
	d := newDesk(t)
	before := d.contents()
	first := d.upload(cvd.CaseID{}, "whole")
	_, err := d.svc.Upload(ctx, first.Case, io.MultiReader(strings.NewReader("half"), readerFunc(func([]byte) (int, error) { return 0, io.ErrUnexpectedEOF })))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Equal(t, 1, d.stored(), "half a file does not stay")
	require.NoError(t, d.svc.Discard(ctx, first))
	require.Equal(t, before, d.contents())
	// Or the host takes in what has arrived, and says which file has not.
	first = d.upload(cvd.CaseID{}, "whole")
	receipt := d.code()
	c := d.do(cvd.CaseID{}, anonymous("a"), cvd.GrantAccess{Party: 2, Code: receipt}, cvd.Attach{Party: 2, Name: "a", Content: first})
	a, err := d.svc.Access(ctx, receipt)
	require.NoError(t, err)
	require.Equal(t, "whole", d.uploaded(c.ID, a.Viewer(), 1))
}

// faultyBlobs fails the nth Put, before or after it has stored the blob, or in the
// middle of it.
type faultyBlobs struct {
	storage.BlobStore
	n    int
	step string
}

func (f *faultyBlobs) Put(ctx context.Context, id storage.BlobID, r io.Reader) error {
	if f.n--; f.n != 0 {
		return f.BlobStore.Put(ctx, id, r)
	}
	switch f.step {
	case "before":
		return errBroken
	case "middle":
		return f.BlobStore.Put(ctx, id, io.MultiReader(io.LimitReader(r, 3), readerFunc(func([]byte) (int, error) { return 0, errBroken })))
	}
	if err := f.BlobStore.Put(ctx, id, r); err != nil {
		return err
	}
	return errBroken
}

// Whatever breaks at whatever step of a form with two files: the next try of the
// same form makes one case with both, and what was left behind is swept.
func TestUploadsSurviveEveryFault(t *testing.T) {
	try := func(d *desk, by cvd.By) (*cvd.Case, error) {
		first, err := d.svc.Upload(ctx, cvd.CaseID{}, strings.NewReader("first"))
		if err != nil {
			return nil, err
		}
		second, err := d.svc.Upload(ctx, first.Case, strings.NewReader("second"))
		if err != nil {
			return nil, err
		}
		form := anonymous("a")
		form.IDs = []cvd.ExternalID{{Kind: "form", Value: "nonce"}}
		form.Original = first
		return d.svc.Do(ctx, cvd.CaseID{}, by, form, cvd.Attach{Party: 2, Name: "b", Content: second},
			cvd.GrantAccess{Party: 2, Code: aCode})
	}
	for _, at := range []string{"blob 1 before", "blob 1 middle", "blob 1 after", "blob 2 before", "blob 2 middle", "blob 2 after", "append before", "append after", "nothing"} {
		for _, sameID := range []bool{true, false} {
			t.Run(fmt.Sprint(at, sameID), func(t *testing.T) {
				f := &faulty{Store: memstore.New()}
				d := newDesk(t, func(c *cvd.Config) { c.Store = f })
				b := &faultyBlobs{BlobStore: d.blobs}
				broken := d.another(func(c *cvd.Config) { c.Blobs = b })
				if _, err := fmt.Sscanf(at, "blob %d %s", &b.n, &b.step); err != nil {
					b.n = 0
				}
				switch at {
				case "append before":
					f.before = errBroken
				case "append after":
					f.after = errBroken
				}
				by := cvd.By{}
				if sameID {
					by.ID = cvd.CommandID{9}
				}
				_, err := try(broken, by)
				if at != "nothing" && at != "append after" {
					require.ErrorIs(t, err, errBroken)
				}
				// The process has died; another one gets the form again.
				c, err := try(d.another(), by)
				require.NoError(t, err)
				a, err := d.svc.Access(ctx, aCode)
				require.NoError(t, err)
				require.Equal(t, c.ID, a.Case)
				require.Equal(t, "first", d.uploaded(c.ID, team, 1))
				require.Equal(t, "second", d.uploaded(c.ID, team, 2))
				page, err := d.svc.Find(ctx, team, service.Filter{}, "", 10)
				require.NoError(t, err)
				require.Len(t, page.Cases, 1, "one case")
				d.clock.pass(25 * time.Hour)
				_, err = d.svc.Sweep(ctx, storage.BlobID{}, 100)
				require.NoError(t, err)
				require.Equal(t, 2, d.stored(), "and its two files")
				require.Equal(t, "second", d.uploaded(c.ID, team, 2))
			})
		}
	}
}

// counting is a BlobStore that keeps nothing.
type counting struct {
	memstore.Blobs
	n    int64
	peak *uint64
}

func (c *counting) Put(_ context.Context, _ storage.BlobID, r io.Reader) error {
	buf := make([]byte, 64<<10)
	for next := int64(0); ; {
		n, err := r.Read(buf)
		if c.n += int64(n); c.n >= next {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			*c.peak, next = max(*c.peak, m.HeapAlloc), c.n+16<<20
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// A GiB passes in less than 16 MiB of memory, sealed or not.
func TestUploadsStream(t *testing.T) {
	size := int64(1 << 30)
	for name, seal := range map[string]func(*cvd.Config){"plain": func(*cvd.Config) {}, "sealed": sealedBy("k")} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() {
				size = 64 << 20
			}
			var peak uint64
			blobs := &counting{peak: &peak}
			d := newDesk(t, seal, func(c *cvd.Config) { c.Blobs, c.Limits.Attachment = blobs, size })
			runtime.GC()
			var before runtime.MemStats
			runtime.ReadMemStats(&before)
			u, err := d.svc.Upload(ctx, cvd.CaseID{}, io.LimitReader(zeros{}, size))
			require.NoError(t, err)
			require.Equal(t, size, u.Size)
			require.GreaterOrEqual(t, blobs.n, size)
			used := int64(peak) - int64(before.HeapAlloc)
			t.Logf("%d MiB in %.1f MiB", size>>20, float64(used)/(1<<20))
			require.Less(t, used, int64(16<<20))
		})
	}
}

// Files of a form are stored while they arrive, before the command that names them.
func ExampleService_Upload() {
	svc, err := service.New(cvd.Config{Store: memstore.New(), Blobs: memstore.NewBlobs(time.Now), Secret: make([]byte, 32)})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	var files []cvd.Upload
	var id cvd.CaseID // of the case that the form will start
	for _, part := range []string{"the exploit", "the crash dump"} {
		u, err := svc.Upload(ctx, id, strings.NewReader(part))
		if err != nil {
			_ = svc.Discard(ctx, files...) // the form has broken off
			fmt.Println(err)
			return
		}
		files, id = append(files, u), u.Case
	}
	cmds := []cvd.Command{cvd.Receive{Channel: cvd.ChannelPortal, Title: "Overflow in frobd"}}
	for _, u := range files {
		cmds = append(cmds, cvd.Attach{Party: 2, Name: "file", Content: u})
	}
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "form"}, cmds...)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(c.Attachments), c.Attachments[0].Size, c.Attachments[1].Size)
	// Output: 2 11 14
}
