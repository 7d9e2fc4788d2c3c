package service_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// BenchmarkParticipants shows what a command costs in a case of many parties,
// beside the disk: the Store is memstore.
func BenchmarkParticipants(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		store := memstore.New()
		now := noon
		svc, err := service.New(cvd.Config{Store: store, Secret: []byte(strings.Repeat("s", 32)), Now: func() time.Time {
			now = now.Add(time.Millisecond) // each command is at a time of its own, and changes what it hears of
			return now
		}})
		if err != nil {
			b.Fatal(err)
		}
		c, err := svc.Do(ctx, cvd.CaseID{}, staff, cvd.Receive{Title: "t", Reporter: cvd.Contact{Email: "r@finder.example"}}, cvd.Acknowledge{}, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint("invite/", n), func(b *testing.B) {
			for b.Loop() {
				for len(c.Participants) < n {
					var cmds []cvd.Command
					for range 100 {
						cmds = append(cmds, cvd.Invite{Roles: cvd.RoleVendor, DetailsFirst: true, Reason: "r", Contact: cvd.Contact{Email: cvd.Private(fmt.Sprintf("v%d@vendor.example", len(c.Participants)+len(cmds)))}})
					}
					if c, err = svc.Do(ctx, c.ID, staff, cmds...); err != nil {
						b.Fatal(err)
					}
				}
				if b.N > 1 {
					break
				}
			}
		})
		for name, cmd := range map[string]cvd.Command{
			"note":    cvd.PostMessage{Text: "t"},
			"message": cvd.PostMessage{To: []cvd.PartyID{50}, Text: "t"},
			"answer":  cvd.PostMessage{Party: 50, To: []cvd.PartyID{1}, Text: "t"},
			"status":  cvd.RecordStatus{Party: 50, Affected: cvd.IsAffected},
			"change":  cvd.ChangeParty{Party: 50, Contact: cvd.Contact{Phone: "1"}},
		} {
			b.Run(fmt.Sprint(name, "/", n), func(b *testing.B) {
				for b.Loop() {
					if _, err := svc.Do(ctx, c.ID, staff, cmd); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
