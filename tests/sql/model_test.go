package sqltest

import (
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/internal/testonly/cvdmodel"
)

// TestModel is the model test of package cvd, on a database, with the rows that it
// leaves: TestRebuildEqualsStore of issue 13.
func TestModel(t *testing.T) {
	n := 2000
	if testing.Short() {
		n = 300
	}
	_, store := openTemp(t)
	var svc *service.Service
	r, err := cvdmodel.Run(t.Context(), cvdmodel.Options{
		Commands: n, Seed: 2,
		New: func(cfg cvd.Config) (*service.Service, error) {
			cfg.Store, cfg.Secret = store, []byte(strings.Repeat("s", 32))
			cfg.Cached = 2     // so that cases are read from the database, too
			cfg.Policies = nil // the team's own clocks
			var err error
			svc, err = service.New(cfg)
			return svc, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Commands != n || r.Accepted < n/4 || r.Refused < n/10 {
		t.Errorf("%+v", r)
	}
	// Every row of every table is what the logs say.
	if cases, err := cvdmodel.Rebuilt(t.Context(), svc, store); err != nil || cases < n/100 {
		t.Errorf("%d cases: %v", cases, err)
	}
}
