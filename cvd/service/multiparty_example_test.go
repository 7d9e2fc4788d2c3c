package service_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func serviceAt(now *time.Time) *service.Service {
	svc, err := service.New(cvd.Config{
		Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32)), Now: func() time.Time { return *now },
	})
	if err != nil {
		panic(err)
	}
	return svc
}

// Two ends are proposed: the shorter one is answered first, the other becomes a
// revision.
func ExampleProposeEmbargo() {
	ctx := context.Background()
	now := time.Date(2026, 9, 7, 9, 0, 0, 0, time.UTC)
	svc := serviceAt(&now)
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Title: "Overflow", Reporter: cvd.Contact{Name: "Rita"}})
	if err != nil {
		panic(err)
	}
	const reporter = cvd.PartyID(2)
	_, err = svc.Do(ctx, c.ID, cvd.By{},
		cvd.ProposeEmbargo{Ends: now.AddDate(0, 0, 90)},
		cvd.ProposeEmbargo{Ends: now.AddDate(0, 0, 30)},
		cvd.AcceptEmbargo{Party: reporter, Proposal: 1})
	var r *cvd.Refusal
	if errors.As(err, &r) {
		fmt.Println(r.Rule)
	}
	c, err = svc.Do(ctx, c.ID, cvd.By{},
		cvd.ProposeEmbargo{Ends: now.AddDate(0, 0, 90)},
		cvd.ProposeEmbargo{Ends: now.AddDate(0, 0, 30)},
		cvd.AcceptEmbargo{Party: reporter, Proposal: 2})
	if err != nil {
		panic(err)
	}
	ends, _ := c.Embargo.Ends()
	fmt.Println(c.Embargo.State, ends.Format(time.DateTime))
	// Output:
	// em.earliest-first
	// Revise 2026-10-07 09:00:00
}

// All vendors at a glance.
func ExampleCase_Progress() {
	ctx := context.Background()
	now := time.Date(2026, 9, 7, 9, 0, 0, 0, time.UTC)
	svc := serviceAt(&now)
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Open{Origin: cvd.OriginOutbound, Title: "Overflow"})
	if err != nil {
		panic(err)
	}
	c, err = svc.Do(ctx, c.ID, cvd.By{},
		cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Aurora"}},
		cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Cirrus"}},
		cvd.RecordStatus{Party: 2, Affected: cvd.IsAffected},
		cvd.Observe{What: vultron.VendorAware, Vendor: 2, Party: 2, Adopt: true})
	if err != nil {
		panic(err)
	}
	for _, x := range c.Progress()[1:] {
		fmt.Println(x.Party, x.State, x.Statement, x.Heard.IsZero())
	}
	// Output:
	// 2 Vfdpxa affected false
	// 3 vfdpxa no statement yet true
}

// A release has one instant, and takes two people.
func ExamplePlanRelease() {
	ctx := context.Background()
	now := time.Date(2026, 9, 7, 9, 0, 0, 0, time.UTC)
	svc := serviceAt(&now)
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Open{Origin: cvd.OriginOutbound, Title: "Overflow"})
	if err != nil {
		panic(err)
	}
	ana, ben := cvd.By{Actor: "ana"}, cvd.By{Actor: "ben"}
	_, err = svc.Do(ctx, c.ID, ana,
		cvd.PlanRelease{At: now.Add(24 * time.Hour), Outputs: []string{"csaf", "cve-record"}},
		cvd.ApproveRelease{})
	if err != nil {
		panic(err)
	}
	now = now.Add(25 * time.Hour)
	for _, by := range []cvd.By{ana, ben} {
		_, err = svc.Do(ctx, c.ID, by, cvd.ApproveRelease{}, cvd.RecordOutput{Output: "csaf"})
		var r *cvd.Refusal
		if errors.As(err, &r) {
			fmt.Println(r.Rule)
		}
	}
	c, err = svc.View(ctx, c.ID, cvd.Viewer{Team: true})
	if err != nil {
		panic(err)
	}
	next, _ := c.Release.Next()
	fmt.Println("next:", next.Name)
	// Output:
	// release.two-people
	// next: cve-record
}
