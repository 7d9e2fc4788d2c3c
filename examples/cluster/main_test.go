package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
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

func TestCluster(t *testing.T) {
	for name, db := range map[string]string{"sqlite": t.TempDir() + "/cases.db", "postgres": os.Getenv("CVD_TEST_POSTGRES")} {
		t.Run(name, func(t *testing.T) {
			if db == "" {
				t.Skip("CVD_TEST_POSTGRES names no server")
			}
			var out bytes.Buffer
			if err := run(t.Context(), []string{"-db", db, "-processes", "3", "-for", "2s", "-kill"}, &out); err != nil || !strings.Contains(out.String(), "nothing was lost") {
				t.Fatalf("%v\n%s", err, &out)
			}
		})
	}
}
