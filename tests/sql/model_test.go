package sqltest

import (
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/internal/testonly/cvdmodel"
)

// TestModel is the model test of package cvd, on a database.
func TestModel(t *testing.T) {
	n := 2000
	if testing.Short() {
		n = 300
	}
	_, store := openTemp(t)
	r, err := cvdmodel.Run(t.Context(), cvdmodel.Options{
		Commands: n, Seed: 2,
		New: func(cfg cvd.Config) (*cvd.Service, error) {
			cfg.Store, cfg.Secret = store, []byte(strings.Repeat("s", 32))
			cfg.Cached = 2 // so that cases are read from the database, too
			return cvd.New(cfg)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Commands != n || r.Accepted < n/4 || r.Refused < n/10 {
		t.Errorf("%+v", r)
	}
}
