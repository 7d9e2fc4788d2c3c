package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
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
			if got := copied(t, append(args, "-secret", secret, "-check", to)...); got != "12 cases, 0 findings\n" {
				t.Errorf("the check: %s", got)
			}
			// And back.
			if got := copied(t, append(args, "-secret", secret, to, filepath.Join(dir, name+"-back.db"))...); !strings.Contains(got, "12 copied") {
				t.Errorf("back: %s", got)
			}
		})
	}
	coded := filepath.Join(dir, "base64") // as a host has it in a variable
	if err := os.WriteFile(coded, []byte(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("demo", 8)))), 0o600); err != nil {
		t.Fatal(err)
	}
	to := targets["sqlite"]
	for _, x := range []struct {
		want string
		args []string
	}{
		{"usage", nil}, {"usage", []string{from}}, {"usage", []string{"-secret", secret, "-check", from, to}},
		{"none.db", []string{"-secret", secret, filepath.Join(dir, "none.db"), from}},
		{"none", []string{"-secret", filepath.Join(dir, "none"), from, from}},
		{"not with their base64", []string{"-secret", coded, from, to}},
		{"postgre:// names no store", []string{"-secret", secret, from, "postgre://db.example/cases"}},
	} {
		if err := run(context.Background(), x.args, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%q: %v", x.args, err)
		}
	}
}

// TestCheck names what is damaged.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	file, secret := filepath.Join(dir, "cases.db"), filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte(strings.Repeat("demo", 8)), 0o600); err != nil {
		t.Fatal(err)
	}
	copied(t, "-demo", "2", file, filepath.Join(dir, "to.db"))
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE cvd_records SET body = CAST(body || x'00' AS BLOB) WHERE seq = 3"); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-secret", secret, "-check", file}, &out); err == nil || !strings.Contains(out.String(), "2 cases, 2 findings") {
		t.Errorf("%v\n%s", err, &out)
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
