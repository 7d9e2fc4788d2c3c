package timeline_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/timeline"
)

func ExampleTimeline() {
	now := time.Date(2026, 6, 20, 9, 0, 0, 0, time.UTC)
	start := now.AddDate(0, 0, -19)
	var facts policy.Facts
	facts.Add(policy.FactReceived, start)
	pol := policy.ForWindow("ours", 30, 30)
	pol.Clocks[0].Public = true // this team announces its dates
	tl := timeline.Timeline{
		Number: "CVD-2026-7K3Q9", Title: "Heap overflow", Now: now,
		Entries: append(timeline.Deadlines(pol.Deadlines(facts, policy.Calendar{}, now)),
			timeline.Entry{ID: "1", At: start, Label: "Report received", Lane: "Reporter"}),
	}
	fmt.Print(tl.Public().Text())
	fmt.Println(strings.Contains(tl.SVG(), "Report received"), strings.Contains(tl.Public().SVG(), "Report received"))
	// Output:
	// CVD-2026-7K3Q9
	//
	// Sat 2026-06-20 09:00 UTC  -- now --
	// Wed 2026-07-01 09:00 UTC  due soon Publish the fix and the advisory (should)
	// true false
}
