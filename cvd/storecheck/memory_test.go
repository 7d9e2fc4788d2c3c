package storecheck_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecheck"
	"github.com/cvdkit/cvdkit/internal/testonly/cvdmany"
)

// Issue 18: a million cases are iterated and verified in under 64 MiB. What is in use
// at the end of a walk does not grow with the number of cases: a list of IDs, or of
// names of files, would. CVD_TEST_CASES=1000000 walks through so many and looks at the
// 64 MiB.
func TestVerifyMemory(t *testing.T) {
	small, large := 100, 1_000
	if s := os.Getenv("CVD_TEST_CASES"); s != "" {
		var err error
		large, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	for name, wrap := range map[string]func(*cvdmany.Store) storage.Store{
		"with an Inspector":    func(s *cvdmany.Store) storage.Store { return s },
		"without an Inspector": func(s *cvdmany.Store) storage.Store { return blind{s} },
	} {
		t.Run(name, func(t *testing.T) {
			walk := func(n int) (end, peak uint64) {
				many := &cvdmany.Store{N: n}
				blobs := cvdmany.Blobs{Store: many}
				store := wrap(many)
				svc, err := cvdmany.Service(store, blobs, cvdmany.Now, nil)
				require.NoError(t, err)
				base := cvdmany.LiveHeap()
				used := func() uint64 { return cvdmany.LiveHeap() - min(base, cvdmany.LiveHeap()) }
				r, err := storecheck.Verify(t.Context(), svc, store, storecheck.Options{Blobs: blobs, Page: 25, Now: cvdmany.Now(), Progress: func(r storecheck.Report) {
					if r.Cases == n {
						end = used()
						peak = max(peak, end)
					} else if r.Cases%50_000 == 0 {
						now := used()
						peak = max(peak, now)
						t.Logf("%d cases: %d KiB in use", r.Cases, now>>10)
					}
				}})
				require.NoError(t, err)
				require.True(t, r.OK())
				require.Equal(t, n, r.Cases)
				require.Equal(t, n, r.Files)
				require.Zero(t, r.Unnamed)
				return end, peak
			}
			few, _ := walk(small)
			many, peak := walk(large)
			t.Logf("in use after %d cases %d KiB, after %d cases %d KiB, at most %d KiB", small, few>>10, large, many>>10, peak>>10)
			// An ID takes 16 bytes.
			require.Less(t, float64(many), float64(few)+12*float64(large-small), "it grows with the number of cases")
			require.Less(t, peak, uint64(64<<20))
		})
	}
}
