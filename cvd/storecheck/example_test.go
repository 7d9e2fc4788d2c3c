package storecheck_test

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecheck"
	"github.com/cvdkit/cvdkit/pgp"
)

// A restore left an index that does not fit the logs.
func ExampleVerify() {
	ctx := context.Background()
	store := memstore.New()
	svc, _ := service.New(cvd.Config{Store: store, Secret: make([]byte, 32)})
	c, _ := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Title: "overflow in frobd"})
	_ = store.Append(ctx, []storage.Change{{ID: c.ID, After: c.Seq, Tip: c.Tip, Untag: []storage.Term{"open"}, Tag: []storage.Term{"closed"}}})

	r, err := storecheck.Verify(ctx, svc, store, storecheck.Options{})
	fmt.Println(r.Cases, "case,", err)
	for _, f := range r.Findings {
		fmt.Println(f.Kind, f.Detail)
	}
	left, _ := storecheck.Repair(ctx, svc, r.Findings)
	r, _ = storecheck.Verify(ctx, svc, store, storecheck.Options{})
	fmt.Println(len(left), r.OK())
	// Output:
	// 1 case, <nil>
	// term 1 that the log does not explain
	// term 1 are missing
	// 0 true
}

// A checkpoint that package pgp signs, and verifies a week later.
func ExampleCheckpoint() {
	ctx := context.Background()
	store := memstore.New()
	svc, _ := service.New(cvd.Config{Store: store, Secret: make([]byte, 32)})
	_, _ = svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Title: "overflow in frobd"})

	engine := &pgp.Engine{}
	key, _, _ := engine.Generate(pgp.KeySpec{Name: "case server"})
	signer := storecheck.SignerFunc(func(ctx context.Context, text []byte) ([]byte, error) {
		return engine.SignCleartext(ctx, text, key)
	})
	var list bytes.Buffer // in earnest: a file that is kept elsewhere
	statement, err := storecheck.Checkpoint(ctx, &list, store, signer, time.Now(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}

	verifier := storecheck.VerifierFunc(func(_ context.Context, message []byte) ([]byte, error) {
		s, err := engine.VerifyCleartext(message, []pgp.Cert{key.Cert()})
		if err == nil && pgp.Best(s.Signatures) != pgp.Valid {
			err = pgp.ErrNotVerified
		}
		return s.Text, err
	})
	s, findings, err := storecheck.VerifyCheckpoint(ctx, store, verifier, statement, &list)
	fmt.Println(s.Cases, "case,", len(findings), "findings,", err)
	// Output:
	// 1 case, 0 findings, <nil>
}
