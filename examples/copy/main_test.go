package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCopy copies a store, then once more, and refuses what is not there.
func TestCopy(t *testing.T) {
	dir := t.TempDir()
	from := filepath.Join(dir, "from.db")
	targets := map[string]string{"sqlite": filepath.Join(dir, "to.db")}
	schema := fmt.Sprintf("copy_%d", time.Now().UnixNano())
	if server := os.Getenv("CVD_TEST_POSTGRES"); server != "" {
		targets["postgres"] = server
		t.Cleanup(func() {
			db, err := sql.Open("pgx", server)
			if err != nil {
				t.Error(err)
				return
			}
			defer db.Close()
			if _, err := db.Exec("DROP SCHEMA IF EXISTS " + schema + " CASCADE"); err != nil {
				t.Error(err)
			}
		})
	}
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte(strings.Repeat("demo", 8)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, to := range targets {
		t.Run(name, func(t *testing.T) {
			args := []string{"-schema", schema}
			if got := copied(t, append(args, "-demo", "12", from, to)...); !strings.Contains(got, "12 cases looked at, 12 copied") || !strings.Contains(got, "12 files") {
				t.Errorf("first run: %s", got)
			}
			if got := copied(t, append(args, "-secret", secret, from, to)...); !strings.Contains(got, "12 cases looked at, 0 copied") {
				t.Errorf("second run: %s", got)
			}
			// And back.
			if got := copied(t, append(args, "-secret", secret, to, filepath.Join(dir, name+"-back.db"))...); !strings.Contains(got, "12 copied") {
				t.Errorf("back: %s", got)
			}
		})
	}
	for _, args := range [][]string{{}, {from}, {"-secret", secret, filepath.Join(dir, "none.db"), from}, {"-secret", filepath.Join(dir, "none"), from, from}} {
		if err := run(context.Background(), args, &bytes.Buffer{}); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}

func copied(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), args, &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	return out.String()
}
