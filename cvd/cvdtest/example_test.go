package cvdtest_test

import (
	"testing"

	"github.com/cvdkit/cvdkit/cvd/cvdtest"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// In a host's own test it is one line; memstore stands here for its Store.
func ExampleTestStore() {
	test := func(t *testing.T) {
		cvdtest.TestStore(t, func(t *testing.T) storage.Store { return memstore.New() })
	}
	_ = test
}

func ExampleTestState() {
	test := func(t *testing.T) {
		cvdtest.TestState(t, func(t *testing.T) storage.State { return memstore.NewState() })
	}
	_ = test
}
