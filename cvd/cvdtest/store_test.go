package cvdtest

import (
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
)

func TestMemstore(t *testing.T) {
	TestStore(t, func(*testing.T) cvd.Store { return memstore.New() })
}
