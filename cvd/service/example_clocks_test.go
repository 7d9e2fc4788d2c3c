package service_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// A case runs by a policy, whose clocks start with facts. A fact that was recorded
// wrongly is corrected, and the dates follow.
func ExampleAdoptPolicy() {
	ctx, now := context.Background(), time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	svc, _ := service.New(cvd.Config{
		Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32)), Now: func() time.Time { return now },
		Policies: []policy.Policy{}, // none but what the case adopts
	})
	by := cvd.By{Actor: "alice"}
	pol, _ := policy.ByName("cra-vulnerability")
	c, err := svc.Do(ctx, cvd.CaseID{}, by, cvd.Receive{Title: "Overflow"},
		cvd.AdoptPolicy{Policy: pol}, cvd.RecordFact{Fact: policy.FactExploitAware, Reason: "our own logs"})
	show := func() {
		if err != nil {
			fmt.Println(err)
			return
		}
		ds, _ := svc.Deadlines(c, now)
		for _, d := range ds[:2] {
			fmt.Println(d.Title, d.Due.Format("2006-01-02 15:04"), d.State)
		}
	}
	show()
	c, err = svc.Do(ctx, c.ID, by, cvd.RecordFact{
		Fact: policy.FactExploitAware, At: now.Add(-2 * time.Hour), Instead: true, Reason: "the alert came two hours before",
	})
	show()
	// Output:
	// submit the early warning to the CSIRT and ENISA 2026-11-03 09:00 running
	// submit the vulnerability notification 2026-11-05 09:00 running
	// submit the early warning to the CSIRT and ENISA 2026-11-03 07:00 running
	// submit the vulnerability notification 2026-11-05 07:00 running
}
