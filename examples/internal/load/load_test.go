package load

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/memstore"
)

// TestProve has each kind of loss found.
func TestProve(t *testing.T) {
	ctx := t.Context()
	store, blobs := memstore.New(), memstore.NewBlobs(time.Now)
	var said bytes.Buffer
	worker := Worker{Number: 1, Steps: 60, Store: store, Blobs: blobs, Out: &said}
	own, err := worker.Service()
	if err != nil {
		t.Fatal(err)
	}
	nothing := func(context.Context) error { return nil }
	if err := worker.Work(ctx, own, nothing, nothing); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(k *Ledger){
		"is there 0 times":       func(k *Ledger) { k.notes["lost"] = "somewhere" },
		"were acknowledged":      func(k *Ledger) { k.cases["lost"] = "<lost@finder.example>" },
		"was never acknowledged": func(k *Ledger) { clear(k.cases) },
		"messages were written":  func(k *Ledger) { k.sent["more"] = 1 },
	} {
		k := NewLedger()
		for _, line := range strings.Split(said.String(), "\n") {
			k.Line(line)
		}
		svc, err := Service(store, blobs, func(id string) { said.WriteString("sent " + id + "\n"); k.Line("sent " + id) })
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
		spoil(k)
		if err := k.prove(ctx, svc, store, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
		if want == "was never acknowledged" {
			k.killed = true // it may have written what it could not say any more
			if err := k.prove(ctx, svc, store, &bytes.Buffer{}); err != nil {
				t.Error(err)
			}
		}
	}
}
