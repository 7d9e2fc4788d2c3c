package storecopy_test

import (
	"context"
	"fmt"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/storecopy"
)

// A team moves to another Store: it copies while it works, and once more when it
// has stopped.
func ExampleCopy() {
	ctx := context.Background()
	secret := make([]byte, 32)
	on := func(store storage.Store) storecopy.Side {
		svc, _ := service.New(cvd.Config{Store: store, Secret: secret})
		return storecopy.Side{Service: svc, Store: store}
	}
	old, fresh := on(memstore.New()), on(memstore.New())
	first, _ := old.Service.Do(ctx, storage.CaseID{}, cvd.By{}, cvd.Receive{Title: "overflow in frobd"})
	r, err := storecopy.Copy(ctx, old, fresh, storecopy.Options{
		Progress: func(p storecopy.Progress) { fmt.Println(p.Cases, "cases looked at,", p.Copied, "copied") },
	})
	fmt.Println(len(r.Problems), "problems,", err)

	_, _ = old.Service.Do(ctx, first.ID, cvd.By{}, cvd.Acknowledge{})
	_, _ = old.Service.Do(ctx, storage.CaseID{}, cvd.By{}, cvd.Receive{Title: "another"})
	r, err = storecopy.Copy(ctx, old, fresh, storecopy.Options{})
	fmt.Println(r.Copied, "copied,", len(r.Problems), "problems,", err)
	c, _ := fresh.Service.View(ctx, first.ID, cvd.Viewer{Team: true})
	fmt.Println(string(c.Title), !c.Reports[0].Acknowledged.IsZero())
	// Output:
	// 1 cases looked at, 1 copied
	// 0 problems, <nil>
	// 2 copied, 0 problems, <nil>
	// overflow in frobd true
}
