package service_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// What somebody says is a claim. It acts when the team adopts it: here it ends the
// embargo. It was a mistake, and is taken back.
func ExampleObserve() {
	ctx, now := context.Background(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	svc, _ := service.New(cvd.Config{Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32)), Now: func() time.Time { return now }})
	by := cvd.By{Actor: "alice"}
	c, _ := svc.Do(ctx, cvd.CaseID{}, by, cvd.Receive{Title: "Overflow", Reporter: cvd.Contact{Name: "Rita"}},
		cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{},
		cvd.ProposeEmbargo{Ends: now.AddDate(0, 0, 30)}, cvd.AcceptEmbargo{Party: 2})
	do := func(what string, cmd cvd.Command) {
		c, err := svc.Do(ctx, c.ID, by, cmd)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(what, c.Vulnerabilities[0].State, c.Embargo.State, len(c.OpenClaims()))
	}
	do("claimed:", cvd.Observe{Party: 2, What: vultron.PublicAware, Evidence: "https://forum.example/42"})
	seen, _ := svc.View(ctx, c.ID, team)
	claim := seen.OpenClaims()[0].ID
	do("adopted:", cvd.AdoptClaim{Claim: claim})
	do("taken back:", cvd.RetractAdoption{Claim: claim, Reason: "the post is on another flaw"})
	// Output:
	// claimed: vfdpxa Active 1
	// adopted: vfdPxa Exited 0
	// taken back: vfdpxa Active 1
}
