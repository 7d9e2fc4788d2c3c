package pgpseal_test

import (
	"context"
	"fmt"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/pgpseal"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/pgp"
)

// A Service whose texts only a team's OpenPGP keys open.
func ExampleNew() {
	ctx := context.Background()
	engine := &pgp.Engine{}
	process, _, _ := engine.Generate(pgp.KeySpec{Name: "case server", Address: "server@psirt.example"})
	alice, _, _ := engine.Generate(pgp.KeySpec{Name: "Alice", Address: "alice@psirt.example"})
	sealer, err := pgpseal.New(pgpseal.Config{
		State: memstore.NewState(), // or that of sqlstore, or your own
		Own:   []pgp.Secret{process},
		Team:  []pgp.Cert{alice.Cert()},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	svc, _ := service.New(cvd.Config{Store: memstore.New(), Sealer: sealer, Secret: make([]byte, 32)})
	c, _ := svc.Do(ctx, storage.CaseID{}, cvd.By{Actor: "alice"}, cvd.Receive{Title: "Overflow in frobd"})
	c, err = svc.View(ctx, c.ID, cvd.Viewer{Team: true})
	fmt.Println(string(c.Title), err)
	// Output: Overflow in frobd <nil>
}

// Alice leaves, Bob comes: the keys of all cases are wrapped again, some at a time,
// and the cases that are open get another key.
func ExampleSealer_Rewrap() {
	ctx := context.Background()
	engine := &pgp.Engine{}
	key := func(name string) pgp.Secret {
		k, _, _ := engine.Generate(pgp.KeySpec{Name: name})
		return k
	}
	process, alice, bob := key("case server"), key("Alice"), key("Bob")
	sealer, _ := pgpseal.New(pgpseal.Config{State: memstore.NewState(), Own: []pgp.Secret{process}, Team: []pgp.Cert{alice.Cert()}})
	svc, _ := service.New(cvd.Config{Store: memstore.New(), Sealer: sealer, Secret: make([]byte, 32)})
	var cases []storage.CaseID
	for range 5 {
		c, _ := svc.Do(ctx, storage.CaseID{}, cvd.By{}, cvd.Receive{Title: "a report"})
		cases = append(cases, c.ID)
	}

	if err := sealer.SetTeam([]pgp.Cert{bob.Cert()}); err != nil {
		fmt.Println(err)
	}
	var after storage.CaseID
	for {
		r, err := sealer.Rewrap(ctx, after, 2)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(r.Done, "wrapped again,", len(r.Problems), "problems")
		if after = r.Next; after == (storage.CaseID{}) {
			break
		}
	}
	for _, id := range cases {
		if err := sealer.Rotate(ctx, id); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// 2 wrapped again, 0 problems
	// 2 wrapped again, 0 problems
	// 1 wrapped again, 0 problems
}
