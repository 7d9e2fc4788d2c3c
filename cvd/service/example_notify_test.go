package service_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// A release is prepared: a draft, an instant, and a list of operators who hear of it
// two days before. Then it is called off.
func ExampleNotifyList() {
	ctx, now := context.Background(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	svc, _ := service.New(cvd.Config{Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32)), Now: func() time.Time { return now }})
	by, end := cvd.By{Actor: "alice"}, now.AddDate(0, 0, 30)
	const operator, vendor = cvd.PartyID(3), cvd.PartyID(4)
	c, err := svc.Do(ctx, cvd.CaseID{}, by, cvd.Receive{Title: "Overflow", Reporter: cvd.Contact{Name: "Rita"}},
		cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{},
		cvd.ProposeEmbargo{Ends: end}, cvd.AcceptEmbargo{Party: 2},
		cvd.Invite{Roles: cvd.RoleDeployer, Contact: cvd.Contact{Organization: "Example Power"}},
		cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Example AG"}},
		cvd.AnswerInvitation{Party: operator, Accept: true}, cvd.AnswerInvitation{Party: vendor, Accept: true},
		cvd.SaveDraft{Name: "EX-2026-1", Type: "application/json", Content: `{"document": {}}`},
		cvd.PlanRelease{At: end, Outputs: []string{"csaf", "web-page"}},
		cvd.AnswerRelease{Party: vendor}, // go: with Hold it would say why not
		cvd.PlanNotification{List: "operators", Parties: []cvd.PartyID{operator}, Lead: 48 * time.Hour, Agreement: "NDA of 2025"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, who := range []cvd.Private{"alice", "bob"} { // two people approve what is told and released
		if _, err := svc.Do(ctx, c.ID, cvd.By{Actor: who}, cvd.ApproveRelease{}); err != nil {
			fmt.Println(err)
		}
	}
	tell := cvd.NotifyList{List: "operators", Text: "Plan an update for Wednesday."}
	_, err = svc.Do(ctx, c.ID, by, tell)
	fmt.Println("a month before:", err)
	now = end.Add(-24 * time.Hour)
	_, err = svc.Do(ctx, c.ID, by, tell)
	fmt.Println("a day before:", err)
	_, err = svc.Do(ctx, c.ID, by, cvd.CancelRelease{Reason: "the update breaks the pumps"})
	fmt.Println("called off:", err)
	// Output:
	// a month before: cvd: NotifyList refused by rule list.lead-time: a pre-notification list is told once the release is approved and no earlier than its lead time before it (not before 2026-03-30T09:00:00Z)
	// a day before: <nil>
	// called off: <nil>
}
