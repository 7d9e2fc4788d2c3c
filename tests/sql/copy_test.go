package sqltest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecheck"
	"github.com/cvdkit/cvdkit/cvd/storecopy"
	"github.com/cvdkit/cvdkit/internal/testonly/cvdmodel"
)

// TestCopyBetweenStores copies random cases from memory to a database, from there to
// another, and back to memory, and holds every row of each against the logs.
func TestCopyBetweenStores(t *testing.T) {
	ctx := t.Context()
	var clock func() time.Time
	on := func(store storage.Store, blobs storage.BlobStore, state storage.State) storecopy.Side {
		svc, err := service.New(cvd.Config{Store: store, Blobs: blobs, Secret: []byte(strings.Repeat("s", 32)), Now: func() time.Time { return clock() }})
		if err != nil {
			t.Fatal(err)
		}
		return storecopy.Side{Service: svc, Store: store, Blobs: blobs, State: state}
	}
	mem := memstore.New()
	_, err := cvdmodel.Run(ctx, cvdmodel.Options{Commands: 1500, Cases: 1000, Seed: 5, New: func(cfg cvd.Config) (*service.Service, error) {
		clock = cfg.Now
		cfg.Store, cfg.Secret = mem, []byte(strings.Repeat("s", 32))
		return service.New(cfg)
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, one := openTemp(t)
	db, two := openTemp(t)
	db.SetMaxOpenConns(1)
	sides := []storecopy.Side{
		on(mem, memstore.NewBlobs(clock), memstore.NewState()), on(one, one.Blobs(), one.State()), on(two, two.Blobs(), two.State()),
		on(memstore.New(), memstore.NewBlobs(clock), memstore.NewState()),
	}
	id := sides[0]
	c, err := id.Service.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Title: "x"}, cvd.Attach{Name: "f", Content: strings.NewReader(strings.Repeat("file", 100_000))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := id.State.Put(ctx, "tracker/cursor", 0, []byte("17")); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		for i := range sides[1:] {
			r, err := storecopy.Copy(ctx, sides[i], sides[i+1], storecopy.Options{})
			if err != nil || len(r.Problems) > 0 {
				t.Fatal(err, r.Problems)
			}
			if want := []int{r.Cases, 1}[round]; r.Copied != want {
				t.Errorf("round %d: %d of %d were copied", round, r.Copied, r.Cases)
			}
			n, err := cvdmodel.Rebuilt(ctx, sides[i+1].Service, sides[i+1].Store)
			if err != nil || n < 20 {
				t.Errorf("%d cases: %v", n, err)
			}
		}
		last := sides[len(sides)-1]
		v, err := last.Service.View(ctx, c.ID, cvd.Viewer{Team: true})
		if err != nil {
			t.Fatal(err)
		}
		_, err = last.Blobs.Open(ctx, v.Attachments[0].Blob)
		if gone := errors.Is(err, cvd.ErrNotFound); gone != (round == 1) {
			t.Errorf("round %d: the file: %v", round, err)
		}
		if x, _, err := last.State.Get(ctx, "tracker/cursor"); err != nil || string(x) != "17" {
			t.Errorf("%q %v", x, err)
		}
		if round == 0 {
			if _, err := id.Service.EraseRecords(ctx, c.ID, cvd.By{}, cvd.EraseMistake, fileSeq(v)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func fileSeq(c *cvd.Case) cvd.Seq {
	for _, e := range c.Events {
		if e.Kind == cvd.EventFileAttached {
			return e.Seq
		}
	}
	panic(fmt.Sprint("no file in ", c.Number))
}

// TestVerifyDatabase finds rows that no log explains, also of cases that are not there.
func TestVerifyDatabase(t *testing.T) {
	ctx := t.Context()
	db, s := openTemp(t)
	db.SetMaxOpenConns(1)
	svc, err := service.New(cvd.Config{Store: s, Blobs: s.Blobs(), Secret: []byte(strings.Repeat("s", 32))})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Title: "x"}, cvd.Attach{Content: strings.NewReader("file")}); err != nil {
			t.Fatal(err)
		}
	}
	o := storecheck.Options{Blobs: s.Blobs(), Contents: true, Page: 2}
	r, err := storecheck.Verify(ctx, svc, s, o)
	if err != nil || !r.OK() || r.Cases != 3 || r.Files != 3 || r.Unnamed != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	stray := cvd.CaseID{0: 0xff, 15: 1}
	for _, q := range []string{
		"INSERT INTO cvd_keys (key, case_id) VALUES (zeroblob(32), ?)",
		"INSERT INTO cvd_terms (term, case_id) VALUES (x'61', ?)",
		"INSERT INTO cvd_outbox (lane, ref, case_id, at, ready, token, tries) VALUES (zeroblob(16), 1, ?, 1, 1, 0, 0)",
	} {
		if _, err := db.Exec(q, stray[:]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec("UPDATE cvd_heads SET data = x'00' WHERE case_id = (SELECT min(case_id) FROM cvd_heads)"); err != nil {
		t.Fatal(err)
	}
	r, err = storecheck.Verify(ctx, svc, s, o)
	if err != nil || len(r.Findings) != 2 || r.Findings[0].Kind != storecheck.KindHead || r.Findings[1].Kind != storecheck.KindStray || r.Findings[1].Case != stray {
		t.Fatalf("%+v %v", r, err)
	}
	left, err := storecheck.Repair(ctx, svc, r.Findings)
	if err != nil || len(left) != 1 || left[0].Kind != storecheck.KindStray {
		t.Fatalf("%+v %v", left, err)
	}
}
