package cvdtest

import (
	"testing"

	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func TestMemstore(t *testing.T) {
	TestStore(t, func(*testing.T) storage.Store { return memstore.New() })
}
