package service_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// Two people report the same. The cases become one, and what either of them
// writes next finds it.
func ExampleService_Merge() {
	ctx := context.Background()
	svc, _ := service.New(cvd.Config{Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32))})
	by := cvd.By{Actor: "alice"}
	receive := func(who, mail string) *cvd.Case {
		c, _ := svc.Do(ctx, cvd.CaseID{}, by, cvd.Receive{
			Title: "Overflow in frobd", Summary: "A long frame overflows the heap of the daemon.",
			Reporter: cvd.Contact{Name: cvd.Private(who)}, IDs: []cvd.ExternalID{{Kind: cvd.IDMessage, Value: cvd.Private(mail)}},
		})
		return c
	}
	first, second := receive("Ann", "<1@ann.example>"), receive("Bob", "<2@bob.example>")
	near, _ := svc.Similar(ctx, second.ID, team, 3)
	fmt.Println(len(near), near[0].Case == first.ID, near[0].Score)
	one, err := svc.Merge(ctx, second.ID, by, cvd.Merge{Into: first.ID, Reason: "the same bug"})
	fmt.Println(len(one.Reports), err)
	id, _ := svc.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDNumber, Value: cvd.Private(second.Number)})
	fmt.Println(id == first.ID)
	// Output:
	// 1 true 1
	// 2 <nil>
	// true
}

// A reporter asks to be forgotten.
func ExampleService_Erase() {
	ctx := context.Background()
	svc, _ := service.New(cvd.Config{Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32))})
	by := cvd.By{Actor: "alice"}
	c, _ := svc.Do(ctx, cvd.CaseID{}, by,
		cvd.Receive{Title: "Overflow", Summary: "…", Reporter: cvd.Contact{Name: "Rita", Email: "rita@finder.example"}},
		cvd.PostMessage{Text: "Rita called, she is right."})
	all, _ := svc.Export(ctx, service.Person{Identity: "rita@finder.example"})
	fmt.Println(len(all.Cases))
	gone, err := svc.Erase(ctx, c.ID, by, cvd.ErasePerson{Party: 2, Basis: cvd.EraseRequest})
	fmt.Println(len(gone.Records), err)
	for _, m := range gone.Review { // for a human to read
		fmt.Println(m.Record, m.Named)
	}
	// Output:
	// 1
	// 4 <nil>
	// message.posted true
}

// One decision over the reports of a scanner, each answered on its own.
func ExampleService_DoMany() {
	ctx := context.Background()
	svc, _ := service.New(cvd.Config{Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32))})
	var ids []cvd.CaseID
	for range 3 {
		c, _ := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Title: "Missing header"})
		ids = append(ids, c.ID)
	}
	done, err := svc.DoMany(ctx, cvd.By{Actor: "alice"}, ids,
		cvd.Triage{Outcome: cvd.OutcomeInvalid, Reply: "A missing header is no vulnerability."}, cvd.Close{})
	for _, d := range done {
		fmt.Println(d.Case.RM(), d.Err)
	}
	fmt.Println(err)
	// Output:
	// Closed <nil>
	// Closed <nil>
	// Closed <nil>
	// <nil>
}
