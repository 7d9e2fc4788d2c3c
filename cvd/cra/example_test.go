package cra_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cra"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// exampleService is a Service with a clock that stands still.
func exampleService(now time.Time) *service.Service {
	svc, err := service.New(cvd.Config{Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32)), Now: func() time.Time { return now },
		Rand: &seeded{1}, Team: cvd.Team{Name: "Gateway Works"}})
	if err != nil {
		panic(err)
	}
	return svc
}

// A team decides on awareness, and asks what the early warning still lacks.
func ExamplePrepare() {
	ctx, now := context.Background(), time.Date(2026, 11, 6, 20, 30, 0, 0, time.UTC)
	svc := exampleService(now)
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "ada"},
		cvd.Open{Title: "Overflow in the frame parser", Origin: cvd.OriginOutbound},
		cvd.AddProduct{Name: "Gateway OS"},
		cvd.RecordAssessment{Step: cvd.StepAware, Evidence: "logs of a customer"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if c, err = svc.View(ctx, c.ID, cvd.Viewer{Team: true}); err != nil {
		fmt.Println(err)
		return
	}
	ds, _ := svc.Deadlines(c, now)
	for _, p := range cra.Procedures(c, ds) {
		stage, _ := p.Next()
		draft := cra.Prepare(c, p, stage, cra.Options{Profile: cra.Profile{MainEstablishment: "Germany"}})
		fmt.Println(draft.Stage, "to the", draft.Route.Authority())
		for _, f := range draft.Check() {
			fmt.Println(f.Number, f.Label, f.Say)
		}
		due, _ := p.Deadline("early-warning")
		fmt.Println("due", due.Format(due.Due))
	}
	// Output:
	// early warning to the CSIRT designated as coordinator, Germany, and ENISA
	// 5 Member States where product available (Concerned CSIRT) is missing
	// 7 Product Version is missing
	// due Sat 2026-11-07 20:30 UTC
}

// A feed raises a suspicion; the decision on awareness stays with people.
func ExampleSuspicions() {
	ctx, now := context.Background(), time.Date(2026, 11, 6, 20, 30, 0, 0, time.UTC)
	svc := exampleService(now)
	c, _ := svc.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "ada"}, cvd.Open{Title: "Overflow", Origin: cvd.OriginOutbound}, cvd.Identify{Vuln: 1, CVE: "CVE-1900-0001"})
	c, _ = svc.View(ctx, c.ID, cvd.Viewer{Team: true})
	signals, err := cra.ReadKEV(strings.NewReader(`{"vulnerabilities": [{"cveID": "CVE-1900-0001", "dateAdded": "2026-11-06"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err = svc.Do(ctx, c.ID, cvd.By{Actor: "feeds"}, cra.Suspicions(c, signals)...); err != nil {
		fmt.Println(err)
		return
	}
	c, _ = svc.View(ctx, c.ID, cvd.Viewer{Team: true})
	for _, p := range cra.Procedures(c, nil) {
		fmt.Println(p.Kind, p.Matter, p.State)
	}
	// Output: vulnerability v1 suspected
}

// The Member State without an establishment in the Union.
func ExampleProfile_Route() {
	fmt.Println(cra.Profile{Importer: "France", MostUsers: "Italy"}.Route())
	// Output: {France importer of most products (Art. 14(7)(b))}
}
