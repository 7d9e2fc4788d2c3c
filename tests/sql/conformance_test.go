package sqltest

import (
	"testing"

	"github.com/cvdkit/cvdkit/cvd/cvdtest"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func TestStoreConformance(t *testing.T) {
	each(t, func(t *testing.T, open opener) {
		cvdtest.TestStore(t, func(t *testing.T) storage.Store {
			_, s := open(t)
			return s
		})
	})
}

// TestStoreConformanceOneConnection would hang if a call held a connection while it
// waits for another.
func TestStoreConformanceOneConnection(t *testing.T) {
	each(t, func(t *testing.T, open opener) {
		cvdtest.TestStore(t, func(t *testing.T) storage.Store {
			db, s := open(t)
			db.SetMaxOpenConns(1)
			return s
		})
	})
}

// TestBoundConformance holds the Store that is bound to a transaction to the
// same contract.
func TestBoundConformance(t *testing.T) {
	each(t, func(t *testing.T, open opener) {
		for _, prepared := range []bool{false, true} {
			cvdtest.TestStore(t, func(t *testing.T) storage.Store {
				db, s := open(t)
				if prepared {
					if _, err := s.Heads(t.Context(), storage.Query{Limit: 1}); err != nil {
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
	})
}

func TestBlobConformance(t *testing.T) {
	each(t, func(t *testing.T, open opener) {
		for _, connections := range []int{0, 1} {
			cvdtest.TestBlobStore(t, func(t *testing.T) storage.BlobStore {
				db, s := open(t)
				db.SetMaxOpenConns(connections)
				return s.Blobs()
			})
		}
	})
}

func TestInspectorConformance(t *testing.T) {
	each(t, func(t *testing.T, open opener) {
		cvdtest.TestInspector(t, func(t *testing.T) storage.Store {
			db, s := open(t)
			db.SetMaxOpenConns(1)
			return s
		})
		cvdtest.TestInspector(t, func(t *testing.T) storage.Store {
			db, s := open(t)
			tx, err := db.Begin()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { tx.Rollback() })
			return s.WithTx(tx)
		})
	})
}

func TestStateConformance(t *testing.T) {
	each(t, func(t *testing.T, open opener) {
		for _, connections := range []int{0, 1} {
			cvdtest.TestState(t, func(t *testing.T) storage.State {
				db, s := open(t)
				db.SetMaxOpenConns(connections)
				return s.State()
			})
		}
	})
}
