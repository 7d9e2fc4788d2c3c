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

// Terms of an embargo: a reporter announces a date, two proposals go back, one holds; a
// vendor is asked to agree to it; and with everybody's fix there it ends early.
func ExampleEndEmbargo() {
	ctx, now := context.Background(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	svc, _ := service.New(cvd.Config{Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32)), Now: func() time.Time { return now }})
	by, day := cvd.By{Actor: "alice"}, func(n int) time.Time { return now.AddDate(0, 0, n) }
	c, _ := svc.Do(ctx, cvd.CaseID{}, by, cvd.Receive{Title: "Overflow", Reporter: cvd.Contact{Name: "Rita"}})
	do := func(cmds ...cvd.Command) *cvd.Case {
		if _, err := svc.Do(ctx, c.ID, by, cmds...); err != nil {
			fmt.Println(err)
		}
		seen, _ := svc.View(ctx, c.ID, team)
		return seen
	}
	do(cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{},
		cvd.SetEmbargoRules{Rules: cvd.EmbargoRules{Resolve: cvd.ResolveShortest, Quorum: 50}},
		cvd.AnnounceDeadline{Party: 2, At: day(90), Reason: "her talk"}, // no embargo, and binds nobody
		cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Example AG"}})
	do(cvd.ProposeEmbargo{Ends: day(60)}, cvd.WithdrawProposal{Reply: "We can be faster."})
	do(cvd.ProposeEmbargo{Party: 2, Ends: day(7)}, cvd.RejectEmbargo{Reply: "No fix is ready by then."})
	out := do(cvd.ProposeEmbargo{Ends: day(30)}, cvd.AcceptEmbargo{Party: 2})
	for _, p := range out.Embargo.Proposals {
		fmt.Println(p.ID, p.Ends.Format(time.DateOnly), p.State)
	}
	out = do(cvd.AnswerInvitation{Party: 3, Accept: false}, // a no can become a yes
		cvd.AskConsent{To: 3, Window: 96 * time.Hour}, cvd.AnswerInvitation{Party: 3, Accept: true})
	fmt.Println(out.Embargo.State, out.Participants[2].Consent)
	early := cvd.EndEmbargo{Reason: "the fix is out"}
	_, err := svc.Do(ctx, c.ID, by, early)
	fmt.Println(err)
	out = do(cvd.Observe{What: vultron.VendorAware, Vendor: 3, Party: 3, Adopt: true}, cvd.Observe{What: vultron.FixReady, Vendor: 3, Party: 3, Adopt: true}, early)
	fmt.Println(out.Embargo.State, out.Embargo.Why)
	// Output:
	// 1 2026-05-01 withdrawn
	// 2 2026-03-09 rejected
	// 3 2026-04-01 accepted
	// Active Signatory
	// cvd: EndEmbargo refused by rule em.early-end-needs-fixes: an embargo ends early only once the agreed share of vendors has a fix ready (0 of 50 percent)
	// Exited agreement
}
