package service_test

import (
	"context"
	"fmt"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// A tracker mirrors cases as far as TLP:GREEN: it asks what has changed, reads what
// it may hold, and says what it is done with. Its links lie in State.
func ExampleService_Changed() {
	ctx := context.Background()
	state := memstore.NewState()
	svc, err := service.New(cvd.Config{
		Store: memstore.New(), Secret: make([]byte, 32), Subscribers: []string{"tracker/rt"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Title: "Overflow in frobd", TLP: tlp.Amber})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := svc.Do(ctx, c.ID, cvd.By{}, cvd.PostMessage{Text: "a note"}); err != nil {
		fmt.Println(err)
	}

	mirror := func() {
		list, err := svc.Changed(ctx, "tracker/rt", cvd.CaseID{}, 100)
		fmt.Println("changed:", len(list), err)
		for _, x := range list {
			seen, err := svc.View(ctx, x.Case, cvd.Viewer{Team: true, Clearance: tlp.Green})
			if err != nil {
				continue // it stays listed
			}
			fmt.Printf("ticket: state %s, title %q\n", seen.RM(), string(seen.Title))
			key := "tracker/rt/" + seen.ID.String()
			_, version, _ := state.Get(ctx, key)
			if _, err := state.Put(ctx, key, version, []byte("17")); err != nil {
				continue
			}
			if _, err := svc.Do(ctx, x.Case, cvd.By{}, cvd.AddID{IDs: []cvd.ExternalID{{Kind: "ticket", Value: "17"}}}); err != nil {
				continue
			}
		}
		fmt.Println("done:", svc.Done(ctx, "tracker/rt", list...))
	}
	mirror()
	mirror() // AddID was a change too, after the version that was listed
	mirror()
	found, err := svc.Lookup(ctx, cvd.ExternalID{Kind: "ticket", Value: "17"})
	fmt.Println("ticket 17 is the case:", found == c.ID, err)
	// Output:
	// changed: 1 <nil>
	// ticket: state Received, title ""
	// done: <nil>
	// changed: 1 <nil>
	// ticket: state Received, title ""
	// done: <nil>
	// changed: 0 <nil>
	// done: <nil>
	// ticket 17 is the case: true <nil>
}
