package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
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
			if err := run(t.Context(), []string{"-db", db, "-processes", "3", "-for", "2s"}, &out); err != nil || !strings.Contains(out.String(), "nothing was lost") {
				t.Fatalf("%v\n%s", err, &out)
			}
		})
	}
}

// TestProve has each kind of loss found.
func TestProve(t *testing.T) {
	ctx := t.Context()
	c := cluster{db: t.TempDir() + "/cases.db", worker: 1, time: 300 * time.Millisecond}
	var said bytes.Buffer
	if err := c.work(ctx, &said); err != nil {
		t.Fatal(err)
	}
	db, store, err := c.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for want, spoil := range map[string]func(k *told, svc *cvd.Service){
		"is there 0 times":       func(k *told, _ *cvd.Service) { k.notes["lost"] = "somewhere" },
		"were acknowledged":      func(k *told, _ *cvd.Service) { k.cases["lost"] = "<lost@finder.example>" },
		"was never acknowledged": func(k *told, _ *cvd.Service) { clear(k.cases) },
		"messages were written":  func(k *told, _ *cvd.Service) { k.sent["more"] = 1 },
	} {
		k := &told{cases: map[string]string{}, notes: map[string]string{}, sent: map[string]int{}}
		for _, line := range strings.Split(said.String(), "\n") {
			k.line(line)
		}
		svc, err := service(store, store.Blobs(), func(id string) { said.WriteString("sent " + id + "\n"); k.line("sent " + id) })
		if err != nil {
			t.Fatal(err)
		}
		for {
			if r, err := svc.Relay(ctx, 100); err != nil || r.Sent == 0 {
				break
			}
		}
		if err := k.prove(ctx, svc, store, &bytes.Buffer{}); err != nil {
			t.Fatal(err)
		}
		spoil(k, svc)
		if err := k.prove(ctx, svc, store, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}
