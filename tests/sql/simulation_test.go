package sqltest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/internal/testonly/cvdsim"
)

// simulate runs the simulation of package cvd on databases. CVD_TEST_SIM says how many
// steps it makes.
func simulate(t *testing.T, open func() (storage.Store, func(), error)) {
	t.Helper()
	n := 200
	if s := os.Getenv("CVD_TEST_SIM"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	for _, seed := range seeds(t) {
		r, err := cvdsim.Run(t.Context(), cvdsim.Options{Seed: seed, Steps: n, World: 200, Open: open})
		t.Logf("seed %d: %+v", seed, r)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Missed) > 0 {
			t.Errorf("seed %d: it never came to %q", seed, r.Missed)
		}
	}
}

func TestSimulationSQLite(t *testing.T) {
	dir, n := t.TempDir(), 0
	simulate(t, func() (storage.Store, func(), error) {
		n++
		db, s := openFile(t, filepath.Join(dir, fmt.Sprint(n)))
		return s, func() { db.Close() }, nil
	})
}

func TestSimulationPostgres(t *testing.T) {
	url := postgresURL(t)
	simulate(t, func() (storage.Store, func(), error) {
		db, s := openSchema(t, url, newSchema(t, url))
		return s, func() { db.Close() }, nil
	})
}
