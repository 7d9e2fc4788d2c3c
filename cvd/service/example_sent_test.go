package service_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// What did we write to her? The text as it went out, for the team and for its
// recipient alone.
func ExampleService_Sent() {
	ctx := context.Background()
	post := cvd.TransportFunc(func(context.Context, cvd.Outgoing) (cvd.Sent, error) {
		return cvd.Sent{Protection: cvd.ProtectTLS}, nil
	})
	svc, _ := service.New(cvd.Config{
		Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32)), Team: cvd.Team{Name: "Example PSIRT"},
		Transports: map[string]cvd.Transport{cvd.TransportMail: post},
		Texts:      map[string]map[string]string{"en": {"acknowledgement": "Thank you for your report."}},
	})
	c, _ := svc.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "alice"},
		cvd.Receive{Title: "Overflow", Reporter: cvd.Contact{Name: "Rita", Email: "rita@reporter.example"}}, cvd.Acknowledge{})
	if _, err := svc.Relay(ctx, 10); err != nil {
		fmt.Println(err)
	}
	got, err := svc.Sent(ctx, c.ID, cvd.Viewer{Party: 2}, 1, 2)
	text, _, _ := strings.Cut(string(got.Text), "\n\n-- ")
	fmt.Println(text, err)
	_, err = svc.Sent(ctx, c.ID, cvd.Viewer{}, 1, 2)
	fmt.Println(err)
	// Output:
	// TLP:GREEN
	//
	// Dear Rita,
	//
	// Thank you for your report. <nil>
	// cvd: not found
}
