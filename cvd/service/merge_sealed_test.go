package service_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// perCase seals so that only the same case opens: enough to see what is copied
// without being sealed again.
type perCase struct{}

func (perCase) Seal(_ context.Context, id cvd.CaseID, dst io.Writer, src io.Reader) error {
	b, err := io.ReadAll(src)
	if err != nil {
		return err
	}
	_, err = dst.Write(append(id[:], masked(id, b)...))
	return err
}

func (perCase) Open(_ context.Context, id cvd.CaseID, dst io.Writer, src io.Reader) error {
	b, err := io.ReadAll(src)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(b, id[:]) {
		return errors.New("sealed for another case")
	}
	_, err = dst.Write(masked(id, b[len(id):]))
	return err
}

func masked(id cvd.CaseID, b []byte) []byte {
	out := make([]byte, len(b))
	for i := range b {
		out[i] = b[i] ^ id[i%len(id)] ^ 0x5a
	}
	return out
}

func TestSealedCasesMergeAndErase(t *testing.T) {
	d := newDesk(t, func(c *cvd.Config) { c.Sealer = perCase{} })
	a := d.do(cvd.CaseID{}, reportBy("ann")).ID
	b := d.do(cvd.CaseID{}, reportBy("bob")).ID
	_, err := d.svc.Merge(ctx, a, staff, cvd.Merge{Into: b})
	require.NoError(t, err)
	full := d.another().view(b, team)
	require.Equal(t, "by ann", string(full.Reports[1].Summary))
	f, err := d.svc.Attachment(ctx, b, team, full.Reports[1].Original)
	require.NoError(t, err)
	text, err := io.ReadAll(f)
	require.NoError(t, err)
	require.Equal(t, "original of ann", string(text))
	d.leads(cvd.IDMessage, "<ann@mail.example>", b)
	require.NotContains(t, d.contents(), "ann@mail.example")

	got, err := d.svc.Export(ctx, service.Person{Identity: "ann@mail.example"})
	require.NoError(t, err)
	require.Len(t, got.Cases, 2, "the merged case, and where it went")
	for _, c := range got.Cases {
		_, err := d.svc.Erase(ctx, c.ID, staff, cvd.ErasePerson{Party: c.Parties[0]})
		require.NoError(t, err)
	}
	for _, id := range []cvd.CaseID{a, b} {
		require.NotContains(t, dump(d.another().view(id, team)), "ann@")
	}
}

// Two cases are merged while others write to both: nothing is lost, and nobody
// waits for the other.
func TestMergeUnderContention(t *testing.T) {
	for range 20 {
		d := newDesk(t)
		a := d.do(cvd.CaseID{}, reportBy("ann")).ID
		b := d.do(cvd.CaseID{}, reportBy("bob")).ID
		var wg sync.WaitGroup
		var merged, notes [2]error
		for i, ids := range [][2]cvd.CaseID{{a, b}, {b, a}} {
			wg.Go(func() { _, merged[i] = d.svc.Merge(ctx, ids[0], staff, cvd.Merge{Into: ids[1]}) })
			wg.Go(func() {
				for range 5 {
					if _, err := d.another().svc.Do(ctx, ids[0], staff, cvd.PostMessage{Text: "note"}); err != nil {
						notes[i] = err
					}
				}
			})
		}
		wg.Wait()
		require.NoError(t, errors.Join(notes[:]...))
		require.True(t, (merged[0] == nil) != (merged[1] == nil), "one of the two: %v", merged)
		for _, err := range merged {
			require.True(t, err == nil || errors.Is(err, cvd.ErrRefused), err)
		}
		open := 0
		for _, id := range []cvd.CaseID{a, b} {
			c := d.another().view(id, team)
			require.Len(t, c.Messages[:5], 5)
			if c.Open() {
				open++
				require.Len(t, c.Reports, 2)
			}
		}
		require.Equal(t, 1, open)
	}
}
