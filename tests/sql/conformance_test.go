package sqltest

import (
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cvdtest"
)

func TestStoreConformance(t *testing.T) {
	cvdtest.TestStore(t, func(t *testing.T) cvd.Store {
		_, s := openTemp(t)
		return s
	})
}

// TestStoreOneConnection would hang if a call held a connection while it waits
// for another.
func TestStoreOneConnection(t *testing.T) {
	cvdtest.TestStore(t, func(t *testing.T) cvd.Store {
		db, s := openTemp(t)
		db.SetMaxOpenConns(1)
		return s
	})
}

// TestBoundConformance holds the Store that is bound to a transaction to the
// same contract.
func TestBoundConformance(t *testing.T) {
	for _, prepared := range []bool{false, true} {
		cvdtest.TestStore(t, func(t *testing.T) cvd.Store {
			db, s := openTemp(t)
			if prepared {
				if _, err := s.Heads(t.Context(), cvd.Query{Limit: 1}); err != nil {
					t.Fatal(err)
				}
			}
			tx, err := db.Begin()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { tx.Rollback() })
			return s.WithTx(tx)
		})
	}
}

func TestBlobConformance(t *testing.T) {
	for _, connections := range []int{0, 1} {
		cvdtest.TestBlobStore(t, func(t *testing.T) cvd.BlobStore {
			db, s := openTemp(t)
			db.SetMaxOpenConns(connections)
			return s.Blobs()
		})
	}
}

func TestStateConformance(t *testing.T) {
	for _, connections := range []int{0, 1} {
		cvdtest.TestState(t, func(t *testing.T) cvd.State {
			db, s := openTemp(t)
			db.SetMaxOpenConns(connections)
			return s.State()
		})
	}
}

func TestInspectorConformance(t *testing.T) {
	cvdtest.TestInspector(t, func(t *testing.T) cvd.Store {
		db, s := openTemp(t)
		db.SetMaxOpenConns(1)
		return s
	})
	cvdtest.TestInspector(t, func(t *testing.T) cvd.Store {
		db, s := openTemp(t)
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { tx.Rollback() })
		return s.WithTx(tx)
	})
}
