package cvdtest_test

import (
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cvdtest"
	"github.com/cvdkit/cvdkit/cvd/memstore"
)

// In a host's own test it is one line; memstore stands here for its Store.
func ExampleTestStore() {
	test := func(t *testing.T) {
		cvdtest.TestStore(t, func(t *testing.T) cvd.Store { return memstore.New() })
	}
	_ = test
}

func ExampleTestState() {
	test := func(t *testing.T) {
		cvdtest.TestState(t, func(t *testing.T) cvd.State { return memstore.NewState() })
	}
	_ = test
}
