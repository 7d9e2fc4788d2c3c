package measure_test

import (
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd/measure"
)

func ExampleOf() {
	now := time.Date(2026, 6, 20, 9, 0, 0, 0, time.UTC)
	var cases []measure.Case
	for i := range 10 {
		received := now.AddDate(0, 0, -10*i)
		cases = append(cases, measure.Case{Received: received, Acked: received.Add(time.Duration(i+1) * time.Hour)})
	}
	m := measure.Of(cases, now)
	fmt.Println(m.Stages[0].Stage, m.Stages[0].Median, m.Stages[0].P90, "open:", m.Open, "oldest:", m.OldestAge)
	// Output: acknowledge 5h0m0s 9h0m0s open: 10 oldest: 2160h0m0s
}
