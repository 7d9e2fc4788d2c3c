package archive_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/archive"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecheck"
	"github.com/cvdkit/cvdkit/cvd/storecopy"
	"github.com/cvdkit/cvdkit/internal/testonly/cvdmodel"
)

var (
	ctx  = context.Background()
	team = cvd.Viewer{Team: true}
	now  = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
)

// side is a team with everything in memory. fail lets the nth write fail.
func side(t testing.TB, secret byte, fail *int) storecopy.Side {
	t.Helper()
	clock := func() time.Time { return now }
	s := storecopy.Side{Store: memstore.New(), Blobs: memstore.NewBlobs(clock), State: memstore.NewState()}
	if fail != nil {
		s.Store, s.Blobs, s.State = writes{s.Store.(*memstore.Store), fail}, blobWrites{s.Blobs, fail}, stateWrites{s.State, fail}
	}
	svc, err := service.New(cvd.Config{Store: s.Store, Blobs: s.Blobs, Secret: bytes.Repeat([]byte{secret}, 32), Now: clock, Cached: -1})
	require.NoError(t, err)
	s.Service = svc
	return s
}

var errDied = errors.New("the process died")

// step fails every write from the nth on.
func step(n *int) error {
	if *n--; *n < 0 {
		return errDied
	}
	return nil
}

type writes struct {
	*memstore.Store
	n *int
}

// Append dies after its work; before it is after the step before.
func (w writes) Append(ctx context.Context, c []storage.Change) error {
	err := step(w.n)
	if err != nil && *w.n < -1 {
		return err
	}
	return errors.Join(err, w.Store.Append(ctx, c))
}

type blobWrites struct {
	storage.BlobStore
	n *int
}

func (w blobWrites) Put(ctx context.Context, id storage.BlobID, r io.Reader) error {
	if err := step(w.n); err != nil {
		return err
	}
	return w.BlobStore.Put(ctx, id, r)
}

type stateWrites struct {
	storage.State
	n *int
}

func (w stateWrites) Put(ctx context.Context, k string, v int64, b []byte) (int64, error) {
	if err := step(w.n); err != nil {
		return 0, err
	}
	return w.State.Put(ctx, k, v, b)
}

func do(t testing.TB, s storecopy.Side, id cvd.CaseID, cmds ...cvd.Command) *cvd.Case {
	t.Helper()
	now = now.Add(time.Second)
	c, err := s.Service.Do(ctx, id, cvd.By{Actor: "alice"}, cmds...)
	require.NoError(t, err)
	return c
}

func report(name string) cvd.Receive {
	return cvd.Receive{
		Title: cvd.Private("title of " + name), Observations: cvd.Private("observations of " + name), Original: strings.NewReader("mail of " + name),
		IDs: []cvd.ExternalID{{Kind: cvd.IDMessage, Value: cvd.Private(name)}}, Reporter: cvd.Contact{Email: cvd.Private(name + "@finder.example")},
	}
}

var (
	signer   = storecheck.SignerFunc(func(_ context.Context, b []byte) ([]byte, error) { return append([]byte("signed\r\n"), b...), nil })
	verifier = storecheck.VerifierFunc(func(_ context.Context, b []byte) ([]byte, error) {
		text, ok := bytes.CutPrefix(b, []byte("signed\r\n"))
		if !ok {
			return nil, errors.New("bad signature")
		}
		return text, nil
	})
)

func stateKeys(id cvd.CaseID) []string {
	return []string{"pgpseal/" + id.String(), "pgpseal/none"}
}

func exported(t testing.TB, s storecopy.Side, ids ...cvd.CaseID) []byte {
	t.Helper()
	var b bytes.Buffer
	m, err := archive.Export(ctx, &b, s, archive.LogOptions{Created: now, Team: "Example PSIRT", Signer: signer, StateKeys: stateKeys}, ids...)
	require.NoError(t, err)
	require.Len(t, m.Cases, len(ids))
	return b.Bytes()
}

func open(t testing.TB, b []byte) *archive.Archive {
	t.Helper()
	a, err := archive.Open(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	return a
}

func begun(t testing.TB, s storecopy.Side) (ids []cvd.CaseID) {
	for _, name := range []string{"ann", "bob", "cid"} {
		c := do(t, s, cvd.CaseID{}, report(name), cvd.Acknowledge{}, cvd.Attach{Name: "poc", Content: strings.NewReader("poc of " + name)})
		_, err := s.State.Put(ctx, stateKeys(c.ID)[0], 0, []byte("key of "+name))
		require.NoError(t, err)
		ids = append(ids, c.ID)
	}
	return ids
}

// same holds a restored Store against the one that was exported.
func same(t testing.TB, a, b storecopy.Side, ids ...cvd.CaseID) {
	t.Helper()
	_, err := cvdmodel.Rebuilt(ctx, b.Service, b.Store)
	require.NoError(t, err)
	for _, id := range ids {
		x, err := a.Service.Rebuild(ctx, id)
		require.NoError(t, err)
		y, err := b.Service.Rebuild(ctx, id)
		require.NoError(t, err)
		require.Equal(t, x, y)
		v, _, err := b.State.Get(ctx, stateKeys(id)[0])
		require.NoError(t, err)
		require.NotEmpty(t, v)
		blobs, err := b.Service.Blobs(ctx, id)
		require.NoError(t, err)
		for _, blob := range blobs {
			r, err := b.Blobs.Open(ctx, blob)
			require.NoError(t, err)
			text, err := io.ReadAll(r)
			require.NoError(t, err)
			require.Contains(t, string(text), " of ")
		}
	}
}

// Issue 13, line 8: a backup brings back what it was made of, in every row, also over
// an older state in which keys have other owners.
func TestExportImport(t *testing.T) {
	from := side(t, 1, nil)
	ids := begun(t, from)
	older := exported(t, from, ids...)
	a := open(t, older)
	require.NoError(t, a.Verify(ctx, verifier))
	require.Equal(t, "Example PSIRT", a.Manifest().Team)
	to := side(t, 1, nil)
	r, err := archive.Import(ctx, a, to, storecopy.Options{})
	require.NoError(t, err)
	require.Empty(t, r.Problems)
	require.Equal(t, 3, r.Copied)
	require.Equal(t, 6, r.Files)
	same(t, from, to, ids...)

	// Keys move both ways, a person is erased.
	_, err = from.Service.Merge(ctx, ids[0], cvd.By{}, cvd.Merge{Into: ids[2]})
	require.NoError(t, err)
	_, err = from.Service.Erase(ctx, ids[1], cvd.By{}, cvd.ErasePerson{Party: 2, Basis: cvd.EraseRequest})
	require.NoError(t, err)
	for _, order := range [][]cvd.CaseID{ids, {ids[2], ids[1], ids[0]}} {
		newer := exported(t, from, order...)
		again := side(t, 1, nil)
		_, err = archive.Import(ctx, open(t, older), again, storecopy.Options{})
		require.NoError(t, err)
		var steps int
		r, err = archive.Import(ctx, open(t, newer), again, storecopy.Options{Progress: func(storecopy.Progress) { steps++ }})
		require.NoError(t, err)
		require.Empty(t, r.Problems)
		require.Equal(t, 3, r.Cases)
		require.Equal(t, 3, steps)
		same(t, from, again, ids...)
		// An older archive takes nothing back: it tells that the logs differ.
		r, err = archive.Import(ctx, open(t, older), again, storecopy.Options{})
		require.NoError(t, err)
		require.NotEmpty(t, r.Problems)
		for _, p := range r.Problems {
			require.ErrorIs(t, p.Err, storecopy.ErrDiverged)
		}
		same(t, from, again, ids...)
		require.NotContains(t, string(newer), "observations of bob", "what was erased is in no later archive")
	}
	// A part of it: whose keys went to a case that is not there stays away, unharmed.
	alone := side(t, 1, nil)
	_, err = archive.Import(ctx, open(t, older), alone, storecopy.Options{})
	require.NoError(t, err)
	r, err = archive.Import(ctx, open(t, exported(t, from, ids[2])), alone, storecopy.Options{})
	require.NoError(t, err)
	require.Len(t, r.Problems, 1)

	_, err = archive.Import(ctx, a, side(t, 2, nil), storecopy.Options{})
	require.ErrorIs(t, err, cvd.ErrSecret)
	_, err = a.View()
	require.ErrorIs(t, err, archive.ErrForm)
	_, err = archive.ImportView(ctx, from.Service, a, archive.ImportOptions{})
	require.ErrorIs(t, err, archive.ErrForm)
}

// Issue 13: a crash at every step of an import loses nothing and doubles nothing: the
// next call finishes.
func TestImportCrashes(t *testing.T) {
	from := side(t, 1, nil)
	ids := begun(t, from)
	a := open(t, exported(t, from, ids...))
	for at := 0; ; at++ {
		n := at
		to := side(t, 1, &n)
		r, err := archive.Import(ctx, a, to, storecopy.Options{})
		died := n < 0
		require.Equal(t, died, err != nil || len(r.Problems) > 0)
		n = 1 << 30
		r, err = archive.Import(ctx, a, to, storecopy.Options{})
		require.NoError(t, err)
		require.Empty(t, r.Problems)
		same(t, from, to, ids...)
		blobs, err := to.Blobs.List(ctx, storage.BlobID{}, 100)
		require.NoError(t, err)
		require.Len(t, blobs, 6)
		if !died {
			require.Greater(t, at, 10)
			return
		}
	}
}

// rezipped writes the files of an archive anew, with changes.
func rezipped(t testing.TB, b []byte, edit func(name string, content []byte) (string, []byte)) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range in.File {
		r, err := f.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		name, content := edit(f.Name, content)
		if name == "" {
			continue
		}
		x, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		require.NoError(t, err)
		_, err = x.Write(content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// Whatever is changed in an archive is found: by Open, by Verify, or when it is read.
func TestDamagedArchives(t *testing.T) {
	from := side(t, 1, nil)
	ids := begun(t, from)
	b := exported(t, from, ids[0])
	sound := func(b []byte) error {
		a, err := archive.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return err
		}
		if err := a.Verify(ctx, verifier); err != nil {
			return err
		}
		to := side(t, 1, nil)
		r, err := archive.Import(ctx, a, to, storecopy.Options{})
		if err == nil && len(r.Problems) > 0 {
			err = r.Problems[0].Err
		}
		return err
	}
	require.NoError(t, sound(b))
	require.NoError(t, sound(rezipped(t, b, func(n string, c []byte) (string, []byte) { return n, c })), "the order and the headers of the ZIP are free")
	for what, edit := range map[string]func(string, []byte) (string, []byte){
		"a byte of a log": func(n string, c []byte) (string, []byte) {
			if strings.HasSuffix(n, "/log") {
				c[40] ^= 1
			}
			return n, c
		},
		"a byte of a file": func(n string, c []byte) (string, []byte) {
			if strings.Contains(n, "/blobs/") {
				c[0] ^= 1
			}
			return n, c
		},
		"a key": func(n string, c []byte) (string, []byte) {
			if strings.Contains(n, "/state/") {
				c[0] ^= 1
			}
			return n, c
		},
		"a file is missing": func(n string, c []byte) (string, []byte) {
			if strings.Contains(n, "/blobs/") {
				return "", nil
			}
			return n, c
		},
		"a file is longer": func(n string, c []byte) (string, []byte) {
			if strings.Contains(n, "/blobs/") {
				c = append(c, 1)
			}
			return n, c
		},
		"no signature": func(n string, c []byte) (string, []byte) {
			if n == "manifest.sig" {
				return "", nil
			}
			return n, c
		},
		"another signature": func(n string, c []byte) (string, []byte) {
			if n == "manifest.sig" {
				c[len(c)-3] ^= 1
			}
			return n, c
		},
		"another team": func(n string, c []byte) (string, []byte) {
			return n, bytes.Replace(c, []byte("Example PSIRT"), []byte("Example CSIRT"), 1)
		},
		"a path": func(n string, c []byte) (string, []byte) {
			if strings.HasSuffix(n, "/log") {
				return "../log", c
			}
			return n, bytes.Replace(c, []byte("cases/"+ids[0].String()+"/log"), []byte("../log"), 1)
		},
	} {
		require.Error(t, sound(rezipped(t, b, edit)), what)
	}
	for i := 0; i < len(b); i += 7 {
		cut, bad := b[:i], bytes.Clone(b)
		require.Error(t, sound(cut))
		bad[i] ^= 0x20
		_ = sound(bad) // times and the like may change; nothing panics
	}
	_, err := archive.Export(ctx, io.Discard, from, archive.LogOptions{}, cvd.CaseID{1})
	require.ErrorIs(t, err, cvd.ErrNotFound)
}
