package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/examples/internal/load"
)

// TestMain lets the test binary be the program, which starts itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-worker" {
		if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func server(t *testing.T) string {
	t.Helper()
	url := os.Getenv("CVD_TEST_POSTGRES")
	if url == "" {
		t.Skip("CVD_TEST_POSTGRES names no server")
	}
	return url
}

func TestRiver(t *testing.T) {
	url := server(t)
	for name, args := range map[string][]string{"all to the end": nil, "one killed": {"-kill"}} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := run(t.Context(), append([]string{"-db", url, "-processes", "3", "-for", "3s", "-every", "500ms"}, args...), &out)
			if err != nil || !strings.Contains(out.String(), "nothing was lost") {
				t.Fatalf("%v\n%s", err, &out)
			}
			if args != nil {
				return
			}
			for _, want := range []string{`(?m)^[1-9]\d* messages were sent by jobs, 0 after`, `(?m)^cvd_relay: [1-9]`, `(?m)^cvd_tick: [1-9]`} {
				if !regexp.MustCompile(want).MatchString(out.String()) {
					t.Errorf("no %s in\n%s", want, &out)
				}
			}
		})
	}
}

// TestOnce has jobs asked for while one waits: there is one. Asked for after one that
// failed, there is another: nothing waits for a retry.
func TestOnce(t *testing.T) {
	h := host{db: server(t), schema: fmt.Sprint("river_once_", os.Getpid())}
	ctx := t.Context()
	o, err := h.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer o.close()
	if _, err := o.db.Exec("CREATE SCHEMA " + h.schema); err != nil {
		t.Fatal(err)
	}
	defer o.db.Exec("DROP SCHEMA " + h.schema + " CASCADE")
	if err := h.migrate(ctx, o); err != nil {
		t.Fatal(err)
	}
	svc, err := load.Service(o.store, o.store.Blobs(), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := client(o.pool, h.schema, svc, limit)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(made bool) {
		t.Helper()
		r, err := jobs.Insert(ctx, relayArgs{}, nil)
		if err != nil || r.UniqueSkippedAsDuplicate == made {
			t.Errorf("%+v, %v", r, err)
		}
	}
	set := func(state string) {
		t.Helper()
		end := "now()"
		if state == "running" {
			end = "NULL"
		}
		if _, err := o.db.Exec("UPDATE "+h.schema+".river_job SET state = $1, attempt = 1, finalized_at = "+end+" WHERE finalized_at IS NULL", state); err != nil {
			t.Fatal(err)
		}
	}
	ask(true)
	ask(false)
	set("running")
	ask(false)
	set("discarded")
	ask(true)
	set("completed")
	ask(true)
	if _, err := jobs.Insert(ctx, tickArgs{}, nil); err != nil { // another kind
		t.Fatal(err)
	}
	var n int
	if err := o.db.QueryRow("SELECT count(*) FROM " + h.schema + ".river_job").Scan(&n); err != nil || n != 4 {
		t.Errorf("%d jobs, %v", n, err)
	}
}
