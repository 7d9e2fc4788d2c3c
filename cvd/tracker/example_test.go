package tracker_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/memtracker"
)

// A case and its ticket, in both directions.
func ExampleSync() {
	ctx := context.Background()
	svc, err := service.New(cvd.Config{Store: memstore.New(), Secret: make([]byte, 32), Subscribers: []string{"tracker/mem"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	mem := memtracker.New(time.Now)
	sync, err := tracker.New(tracker.Config{
		Service: svc, State: memstore.NewState(), Tracker: mem.As("cvd-bot"), Name: "tracker/mem", Now: time.Now,
		Mapping: tracker.Mapping{In: []tracker.InRow{{Status: "resolved", Claim: "fix-ready"}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "alice"}, cvd.Receive{Title: "Overflow in frobd"})
	if err != nil {
		fmt.Println(err)
		return
	}
	pushed, err := sync.Push(ctx, 100)
	fmt.Println("tickets made:", pushed.Created, err)

	_ = mem.Comment("1", "joe", "reproduced", false)
	_ = mem.SetStatus("1", "joe", "resolved")
	pulled, err := sync.Pull(ctx, 100)
	fmt.Println("changes recorded:", pulled.Applied, err)

	c, err = svc.View(ctx, c.ID, cvd.Viewer{Team: true})
	fmt.Println("claims to look at:", len(c.OpenClaims()), err)
	// Output:
	// tickets made: 1 <nil>
	// changes recorded: 2 <nil>
	// claims to look at: 1 <nil>
}
