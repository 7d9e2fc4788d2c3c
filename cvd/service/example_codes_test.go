package service_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// A reporter comes back by a code, such as a receipt shows. It was lost: it ends, and
// a new one is given.
func ExampleRevokeAccess() {
	ctx := context.Background()
	svc, _ := service.New(cvd.Config{Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32))})
	by := cvd.By{Actor: "alice"}
	lost, _ := svc.NewCode()
	c, _ := svc.Do(ctx, cvd.CaseID{}, by, cvd.Receive{Title: "Overflow", Reporter: cvd.Contact{Name: "Rita"}},
		cvd.GrantAccess{Party: 2, Code: lost})
	a, err := svc.Access(ctx, lost)
	fmt.Println(a.Case == c.ID, a.Party, err)
	fresh, _ := svc.NewCode()
	_, err = svc.Do(ctx, c.ID, by, cvd.RevokeAccess{Party: 2, Reason: "she lost the slip"}, cvd.GrantAccess{Party: 2, Code: fresh})
	_, gone := svc.Access(ctx, lost)
	_, works := svc.Access(ctx, fresh)
	fmt.Println(err, gone, works)
	// Output:
	// true 2 <nil>
	// <nil> cvd: not found <nil>
}
