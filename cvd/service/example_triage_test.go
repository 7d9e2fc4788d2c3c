package service_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// From a valid report to a vulnerability that others can speak of: what it is, how bad,
// what to do first, and the state of its CVE record. Then the work waits for a while.
func ExampleTriage() {
	ctx := context.Background()
	svc, _ := service.New(cvd.Config{Store: memstore.New(), Secret: []byte(strings.Repeat("s", 32))})
	by := cvd.By{Actor: "alice"}
	c, _ := svc.Do(ctx, cvd.CaseID{}, by, cvd.Receive{Title: "Crash of frobd", Reporter: cvd.Contact{Name: "Rita"}})
	_, err := svc.Do(ctx, c.ID, by,
		cvd.Acknowledge{},
		cvd.Triage{Outcome: cvd.OutcomeValid, Reply: "We can reproduce it."},
		cvd.SetTitle{Title: "Overflow in the parser of frobd"},
		cvd.Identify{Title: "Heap overflow", CWE: "CWE-122", CVE: "CVE-1900-0001"},
		cvd.RecordCVE{CVE: "CVE-1900-0001", State: cvd.CVEReserved},
		cvd.Describe{
			Description: "A frame with a length field of 0xFFFF overflows the heap.",
			Workaround:  "Filter frames of more than 1,500 bytes.", References: []cvd.Private{"https://frobd.example/frames"},
		},
		cvd.SetSeverity{Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Source: "Example PSIRT"},
		cvd.DecideSSVC{Table: "supplier", Inputs: map[string]string{"E": "N", "U": "L", "TI": "P", "PSI": "M"}},
		cvd.Accept{}, cvd.Assign{To: "bob"},
		cvd.Defer{Reason: "until the new parser is in"},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	seen, _ := svc.View(ctx, c.ID, team)
	v := seen.Vulnerabilities[0]
	fmt.Println(seen.Title, v.CVE, v.CWE) // what people wrote does not print by itself
	fmt.Println(string(seen.Title), string(v.CVE), v.Rating, v.Severity[0].Score)
	fmt.Println(string(seen.Decisions[0].Outcome), seen.CVEs[0].State, seen.RM())
	// Output:
	// [redacted] [redacted] [redacted]
	// Overflow in the parser of frobd CVE-1900-0001 critical 9.8
	// Defer RESERVED Deferred
}
