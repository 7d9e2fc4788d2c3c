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

// What comes in is a submission until somebody has looked at it. Most are noise, and
// are dismissed by a person; one that is real becomes a case.
func ExampleAdmit() {
	ctx, now := context.Background(), time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	svc := serviceAt(&now)
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{
		Submission: true, Title: "Overflow in frobd", Reporter: cvd.Contact{Name: "Rita"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	due, _ := svc.Deadlines(c, now)
	fmt.Println(c.Submission.Stage, len(c.Vulnerabilities), due[0].Due.Format(time.DateTime))

	_, err = svc.Do(ctx, c.ID, cvd.By{Actor: "alice"}, cvd.Accept{})
	var r *cvd.Refusal
	if errors.As(err, &r) {
		fmt.Println(r.Rule)
	}
	c, err = svc.Do(ctx, c.ID, cvd.By{Actor: "alice"}, cvd.Admit{}, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{})
	fmt.Println(c.Submission.Stage, c.RM(), err)
	// Output:
	// submission 0 2026-03-03 23:59:59
	// submission.first
	// case Accepted <nil>
}

// A dismissal has one appeal, on which another person decides.
func ExampleDismiss() {
	ctx, now := context.Background(), time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	svc := serviceAt(&now)
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Submission: true, Title: "A header is missing"})
	if err != nil {
		fmt.Println(err)
		return
	}
	dismiss := cvd.Dismiss{Why: cvd.DismissalScanner, Reply: "Please show what can be done with it."}
	for _, who := range []cvd.Private{"", "alice", "Alice ", "bob"} {
		c, err = svc.Do(ctx, c.ID, cvd.By{Actor: who}, dismiss)
		var r *cvd.Refusal
		switch {
		case errors.As(err, &r):
			fmt.Println(r.Rule)
			c, _ = svc.View(ctx, firstCase(svc), cvd.Viewer{Team: true})
		case err == nil && c.Submission.Appealed.IsZero():
			c, err = svc.Do(ctx, c.ID, cvd.By{}, cvd.Appeal{Text: "It leads to the session."})
			fmt.Println(c.Submission.Stage, err)
		default:
			fmt.Println(c.Submission.Stage, err)
		}
	}
	// Output:
	// submission.person
	// submission <nil>
	// submission.appeal
	// dismissed <nil>
}

func firstCase(svc *service.Service) cvd.CaseID {
	p, _ := svc.Find(context.Background(), cvd.Viewer{Team: true}, service.Filter{}, "", 1)
	return p.Cases[0].ID
}

// What is held apart is listed with its reason. Its sender is told nothing until
// Acknowledge, or until it is admitted.
func ExampleReceive_quarantine() {
	ctx, svc := context.Background(), exampleService()
	_, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Reporter: rita, Title: "hello", Quarantine: "filled in within a second"})
	if err != nil {
		fmt.Println(err)
		return
	}
	stage := cvd.StageQuarantine
	held, err := svc.Find(ctx, cvd.Viewer{Team: true}, service.Filter{Stage: &stage}, "", 10)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := svc.View(ctx, held.Cases[0].ID, cvd.Viewer{Team: true})
	fmt.Println(string(c.Submission.Quarantine), len(c.Messages), err)
	_, err = svc.View(ctx, c.ID, cvd.Viewer{Identity: rita.Email})
	fmt.Println(err)
	if _, err = svc.Do(ctx, c.ID, cvd.By{Actor: "alice"}, cvd.Acknowledge{}); err == nil {
		_, err = svc.Relay(ctx, 10)
	}
	fmt.Println(err)
	// Output:
	// filled in within a second 0 <nil>
	// cvd: not found
	// mail: Your report has arrived
	// <nil>
}

// A mail says that it is of the reporter, and nothing shows it. The team reads it,
// asks, and takes it for real.
func ExamplePostUnverified() {
	ctx := context.Background()
	svc, _ := service.New(cvd.Config{Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32))})
	const reporter = cvd.PartyID(2)
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Reporter: rita})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err = svc.Do(ctx, c.ID, cvd.By{}, cvd.PostUnverified{
		Claimed: reporter, Reason: "no signature, and the address is another one", Text: "Version 1.3 crashes too.",
		Provenance: cvd.Provenance{
			IDs: []cvd.ExternalID{{Kind: cvd.IDMessage, Value: "<7@elsewhere.example>"}}, Channel: cvd.ChannelMail, KnownBy: cvd.KnownByToken,
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	own := func() int {
		v, _ := svc.View(ctx, c.ID, cvd.Viewer{Party: reporter})
		return len(v.Messages)
	}
	fmt.Println(c.Messages[0].Purpose, own())
	c, err = svc.Do(ctx, c.ID, cvd.By{Actor: "alice"}, cvd.Admit{Message: 1})
	fmt.Println(c.Messages[0].Purpose, own(), err)
	// Output:
	// unverified 0
	// message 1 <nil>
}

// A vendor answers by mail what it has to say of its products. It acts once the team
// adopts it.
func ExampleAdoptStatements() {
	ctx, now := context.Background(), time.Date(2026, 9, 7, 9, 0, 0, 0, time.UTC)
	svc := serviceAt(&now)
	const aurora = cvd.PartyID(2)
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Open{Origin: cvd.OriginOutbound, Title: "Overflow"})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err = svc.Do(ctx, c.ID, cvd.By{},
		cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Aurora"}},
		cvd.PostMessage{
			Party: aurora, To: []cvd.PartyID{cvd.Owner}, Text: "Our 2.x is affected.",
			Statements: []cvd.Statement{{Affected: cvd.IsAffected}},
			Provenance: cvd.Provenance{Channel: cvd.ChannelMail, KnownBy: cvd.KnownBySignature, Signature: cvd.SignatureValid},
		})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Status(1, aurora, 0).Affected)
	c, err = svc.Do(ctx, c.ID, cvd.By{Actor: "alice"}, cvd.AdoptStatements{Message: c.Messages[len(c.Messages)-1].ID})
	fmt.Println(c.Status(1, aurora, 0).Affected, err)
	// Output:
	// no statement yet
	// affected <nil>
}

// What goes out carries a token that leads back, and an ID by which a bounce is known.
func ExampleService_Thread() {
	ctx := context.Background()
	var sent cvd.Outgoing
	svc, _ := service.New(cvd.Config{Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32)), Transports: map[string]cvd.Transport{
		cvd.TransportMail: cvd.TransportFunc(func(_ context.Context, m cvd.Outgoing) (cvd.Sent, error) {
			sent = m
			return cvd.Sent{}, nil
		}),
	}})
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{}, cvd.Receive{Reporter: rita}, cvd.Acknowledge{})
	if err == nil {
		_, err = svc.Relay(ctx, 10)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	id, party, err := svc.Thread(ctx, sent.Thread)
	fmt.Println(id == c.ID, party, err)
	c, err = svc.Do(ctx, id, cvd.By{}, cvd.RecordBounce{Delivery: sent.ID, Permanent: true, Detail: "550 5.1.1"})
	fmt.Println(c.Messages[0].Deliveries[0].State, c.Participants[1].Bounced.IsZero(), err)
	// Output:
	// true 2 <nil>
	// bounced false <nil>
}
