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
)

// exampleService is a Service with a clock that stands still, so that the
// examples print the same each time.
func exampleService() *service.Service {
	svc, err := service.New(cvd.Config{
		Store:  memstore.New(),
		Secret: []byte("32 random bytes, the same always"),
		Team:   cvd.Team{Name: "Example PSIRT"},
		Transports: map[string]cvd.Transport{
			cvd.TransportMail: cvd.TransportFunc(func(_ context.Context, m cvd.Outgoing) (cvd.Sent, error) {
				if m.Require > cvd.ProtectTLS {
					return cvd.Sent{}, cvd.ErrUnprotected
				}
				fmt.Println("mail:", m.Subject[len("[CVD-2026-7K3QX] "):])
				return cvd.Sent{Protection: cvd.ProtectTLS}, nil
			}),
		},
		Now: func() time.Time { return time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC) },
	})
	if err != nil {
		panic(err)
	}
	return svc
}

var rita = cvd.Contact{Name: "Rita Reporter", Email: "rita@finder.example"}

// Commands are applied all or none. One that a rule forbids is refused, and the
// error names the rule.
func ExampleService_Do() {
	ctx, svc := context.Background(), exampleService()
	by := cvd.By{Actor: "alice@psirt.example"}
	c, err := svc.Do(ctx, cvd.CaseID{}, by, cvd.Receive{
		Channel: cvd.ChannelMail, Reporter: rita, Title: "Heap overflow in frobd",
		IDs: []cvd.ExternalID{{Kind: cvd.IDMessage, Value: "<1@finder.example>"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err = svc.Do(ctx, c.ID, by,
		cvd.Acknowledge{},
		cvd.Triage{Outcome: cvd.OutcomeValid},
		cvd.SetSeverity{Vector: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"},
		cvd.Accept{},
		cvd.ProposeEmbargo{Ends: c.Opened.AddDate(0, 0, 30)},
		cvd.AcceptEmbargo{Party: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.RM(), c.Rating(), c.Embargo.State)

	_, err = svc.Do(ctx, c.ID, by, cvd.Publish{})
	var refusal *cvd.Refusal
	if errors.As(err, &refusal) {
		fmt.Println(refusal.Rule.Text())
	}
	// Output:
	// Accepted critical Active
	// nothing is published while an embargo is active and its end has not come
}

// What somebody wrote is of type Private: it is there, and it does not print.
func ExampleService_View() {
	ctx, svc := context.Background(), exampleService()
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Reporter: rita, Summary: "A long frame overflows the heap."})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err = svc.View(ctx, c.ID, cvd.Viewer{Team: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Reports[0].Summary)
	fmt.Println(string(c.Reports[0].Summary))

	_, err = svc.View(ctx, c.ID, cvd.Viewer{}) // the public
	fmt.Println(err)
	// Output:
	// [redacted]
	// A long frame overflows the heap.
	// cvd: not found
}

// Lists come in pages.
func ExampleService_Find() {
	ctx, svc := context.Background(), exampleService()
	for _, title := range []cvd.Private{"first", "second", "third"} {
		c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Title: title})
		if err == nil && title != "second" {
			_, err = svc.Do(ctx, c.ID, cvd.By{}, cvd.SetSeverity{Rating: cvd.RatingHigh})
		}
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	high, found := cvd.RatingHigh, []string{}
	for page := ""; ; {
		p, err := svc.Find(ctx, cvd.Viewer{Team: true}, service.Filter{Open: true, Rating: &high}, page, 1)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, s := range p.Cases {
			found = append(found, string(s.Title))
		}
		if page = p.Next; page == "" {
			break
		}
	}
	fmt.Println(len(found), strings.Contains(strings.Join(found, " "), "second"))
	// Output: 2 false
}

// The host calls Relay from its own scheduler. What a transport cannot protect
// is not sent through it: the recipient gets a notice without details.
func ExampleService_Relay() {
	ctx, svc := context.Background(), exampleService()
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Reporter: rita}, cvd.Acknowledge{})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = svc.Do(ctx, c.ID, cvd.By{}, cvd.PostMessage{To: []cvd.PartyID{2}, Text: "Does it crash in parse_frame?"})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := svc.Relay(ctx, 100)
	fmt.Println(r.Sent, "sent,", r.Noticed, "noticed,", err)
	// Output:
	// mail: Your report has arrived
	// mail: Message waiting
	// 1 sent, 1 noticed, <nil>
}
