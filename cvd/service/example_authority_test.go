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

// A vulnerability is exploited. The manufacturer records since when it is aware, what
// it reported to the authority, what was asked and answered, what a court had it
// disclose, and how users were told. Nothing is submitted by the library.
func ExampleRecordAssessment() {
	ctx, now := context.Background(), time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	svc, _ := service.New(cvd.Config{Store: memstore.New(), Blobs: memstore.NewBlobs(func() time.Time { return now }), Secret: []byte(strings.Repeat("s", 32)), Now: func() time.Time { return now }})
	c, err := svc.Do(ctx, cvd.CaseID{}, cvd.By{Actor: "alice"},
		cvd.Receive{Title: "Overflow"},
		cvd.RecordAssessment{Step: cvd.StepSuspected, Source: "a customer"},
		cvd.RecordAssessment{Step: cvd.StepAware, Evidence: "the payload was found in our own logs"},
		cvd.RecordSubmission{
			Stages: []cvd.ReportStage{cvd.StageEarlyWarning}, Authority: "CSIRT of the member state", Reference: "R-1",
			Name: "warning.pdf", Type: "application/pdf", Content: strings.NewReader("as it was submitted"),
		},
		cvd.RecordRequest{Kind: cvd.RequestDelay, Authority: "CSIRT of the member state", Text: "there is no fix yet"},
		cvd.RecordAnswer{Request: 1, Granted: true, Answer: "for a week"},
		cvd.RecordCompelledDisclosure{Basis: "order 12/26", Recipient: "the court of Example", What: "the logs"},
		cvd.InformUsers{Audience: "all", Text: "Update to 4.6.3.", Mitigation: "Close port 99.", Way: "mail", Machine: true},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	seen, _ := svc.View(ctx, c.ID, team)
	for _, a := range seen.Assessments {
		fmt.Println(a.Step, a.At.Format(time.DateTime))
	}
	fmt.Println(seen.AuthorityReports[0].Stages, string(seen.AuthorityReports[0].Reference))
	fmt.Println(seen.Requests[0].Kind, seen.Requests[0].Granted, len(seen.Disclosures), len(seen.Informed))
	// Output:
	// suspected 2026-11-02 09:00:00
	// aware 2026-11-02 09:00:00
	// [early warning] R-1
	// delay of dissemination true 1 1
}
