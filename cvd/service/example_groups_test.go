package service_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// Need to know inside the team: a case is for those who work on its product. For the
// others it is not there.
func ExampleSetGroups() {
	ctx := context.Background()
	svc, _ := service.New(cvd.Config{Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32))})
	c, _ := svc.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "alice"}, cvd.Receive{Title: "Overflow"},
		cvd.SetGroups{Groups: []cvd.Private{"firmware"}, Reason: "a customer's special version"})
	for _, group := range []cvd.Private{"firmware", "cloud", cvd.EveryGroup} {
		_, err := svc.View(ctx, c.ID, cvd.Viewer{Team: true, Groups: []cvd.Private{group}})
		fmt.Println(string(group), err)
	}
	// Output:
	// firmware <nil>
	// cloud cvd: not found
	// * <nil>
}
