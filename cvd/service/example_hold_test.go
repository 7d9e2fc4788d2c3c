package service_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// While a court wants to see a case nothing of it is erased, whatever a person or a
// rule of retention asks for.
func ExampleLegalHold() {
	ctx := context.Background()
	svc, _ := service.New(cvd.Config{Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32))})
	by := cvd.By{Actor: "alice"}
	c, _ := svc.Do(ctx, cvd.CaseID{}, by, cvd.Receive{Title: "Overflow", Reporter: cvd.Contact{Name: "Rita"}},
		cvd.LegalHold{Reason: "proceedings 12/26"})
	rita := cvd.ErasePerson{Party: 2, Basis: cvd.EraseRequest}
	_, err := svc.Erase(ctx, c.ID, by, rita)
	var refused *cvd.Refusal
	fmt.Println(errors.As(err, &refused) && refused.Rule == cvd.RuleHold)
	_, err = svc.Do(ctx, c.ID, by, cvd.LiftHold{Reason: "they are closed"})
	gone, err2 := svc.Erase(ctx, c.ID, by, rita)
	fmt.Println(err, err2, len(gone.Records) > 0)
	// Output:
	// true
	// <nil> <nil> true
}
