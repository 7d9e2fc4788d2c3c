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

// A vendor and an expert join. Each sees as much as it needs, and no more; addresses
// change, somebody leaves, and at last the vendor coordinates.
func ExampleInvite() {
	ctx, now := context.Background(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	svc, _ := service.New(cvd.Config{Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32)), Now: func() time.Time { return now }})
	by := cvd.By{Actor: "alice"}
	const vendor, expert = cvd.PartyID(3), cvd.PartyID(4)
	c, _ := svc.Do(ctx, cvd.CaseID{}, by, cvd.Receive{Title: "Overflow", Reporter: cvd.Contact{Name: "Rita"}})
	do := func(cmds ...cvd.Command) {
		if _, err := svc.Do(ctx, c.ID, by, cmds...); err != nil {
			fmt.Println(err)
		}
	}
	title := func(p cvd.PartyID) string {
		seen, err := svc.View(ctx, c.ID, cvd.Viewer{Party: p})
		if err != nil {
			return err.Error()
		}
		return fmt.Sprintf("%q", string(seen.Title))
	}
	do(cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{}, cvd.AddVulnerability{Title: "Weak hash"},
		cvd.ProposeEmbargo{Ends: now.AddDate(0, 0, 30)}, cvd.AcceptEmbargo{Party: 2},
		cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Example AG", Email: "psirt@example.com"}},
		cvd.Invite{Roles: cvd.RoleExpert, Limited: true, Scope: []cvd.VulnID{2}, Contact: cvd.Contact{Name: "Eve"}})
	fmt.Println("before its yes:", title(vendor))
	do(cvd.AnswerInvitation{Party: vendor, Accept: true}, cvd.ReportState{Party: vendor, State: vultron.RMAccepted},
		cvd.AddProduct{Vendor: vendor, Name: "Pump 7", Versions: "7.0 to 7.4.2"},
		cvd.AnswerInvitation{Party: expert, Accept: true})
	fmt.Println("after it:", title(vendor))
	do(cvd.ChangeParty{Party: vendor, Contact: cvd.Contact{Organization: "Example AG", Email: "security@example.com"}, Tracking: "EX-17"},
		cvd.SetScope{Party: expert, Limited: true, Scope: []cvd.VulnID{1, 2}, Reason: "the two hang together"},
		cvd.RemoveParty{Party: expert, Reason: "her contract has ended"})
	fmt.Println("who left:", title(expert))
	do(cvd.HandOver{To: vendor, Reason: "it is their protocol"})
	seen, _ := svc.View(ctx, c.ID, team)
	fmt.Println(seen.Lead == vendor, seen.Participants[vendor-1].RM, string(seen.Participants[vendor-1].Tracking))
	// Output:
	// before its yes: ""
	// after it: "Overflow"
	// who left: cvd: not found
	// true Accepted EX-17
}
