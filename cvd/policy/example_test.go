package policy_test

import (
	"fmt"
	"time"
	_ "time/tzdata"

	"github.com/cvdkit/cvdkit/cvd/policy"
)

// A team learns on a Saturday that its product is attacked, and publishes a
// workaround a week later.
func ExamplePolicy_Deadlines() {
	berlin, _ := time.LoadLocation("Europe/Berlin")
	cal := policy.Calendar{Zone: berlin}
	pol, _ := policy.ByName("cra-vulnerability")

	var facts policy.Facts
	facts.Add(policy.FactExploitAware, time.Date(2026, 11, 7, 10, 20, 0, 0, berlin))
	facts.Add(policy.FactWorkaround, time.Date(2026, 11, 14, 16, 0, 0, 0, berlin))
	now := time.Date(2026, 11, 16, 9, 0, 0, 0, berlin)
	for _, d := range pol.Deadlines(facts, cal, now) {
		fmt.Println(d.Clock, cal.Format(d.Due), d.State)
	}
	// Output:
	// early-warning Sun 2026-11-08 10:20 CET (UTC+01:00) overdue
	// notification Tue 2026-11-10 10:20 CET (UTC+01:00) overdue
	// final-report Sat 2026-11-28 16:00 CET (UTC+01:00) running
	// intermediate-report no date waiting
	// inform-users Tue 2026-11-10 10:20 CET (UTC+01:00) overdue
}

func ExampleDeadline_Explain() {
	pol, _ := policy.ByName("cra-vulnerability")
	var facts policy.Facts
	facts.Add(policy.FactExploitAware, time.Date(2026, 11, 7, 10, 20, 0, 0, time.UTC))
	facts.Add(policy.FactWorkaround, time.Date(2026, 11, 14, 16, 0, 0, 0, time.UTC))
	ds := pol.Deadlines(facts, policy.Calendar{}, time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC))
	fmt.Print(ds[2].Explain())
	// Output:
	// cra-vulnerability/final-report: submit the final report (must)
	//   rule         no later than 14 days after a corrective or mitigating measure is available: the earliest usable one, unless the team names another; a published workaround is one
	//   source       Regulation (EU) 2024/2847 Art. 14(2)(c)
	//   arithmetic   starts with a published workaround: Sat 2026-11-14 16:00 UTC
	//                14 days of 24 hours later: Sat 2026-11-28 16:00 UTC
	//                by Regulation 1182/71 Art. 3(1) the day of the event is not counted: the last day is Sat 2026-11-28
	//                Sat 2026-11-28 is a day of rest (Saturday): by Art. 3(4) the period ends on Mon 2026-11-30
	//                it ends with the last hour of that day: last moment Mon 2026-11-30 23:59:59 UTC
	//   due          Sat 2026-11-28 16:00 UTC
	//   last moment  Mon 2026-11-30 23:59:59 UTC
	//   state        running
}

// The two numbers of a team's RFC 2350 document make a policy.
func ExampleForWindow() {
	pol := policy.ForWindow("our-team", 30, 90)
	var facts policy.Facts
	facts.Add(policy.FactReceived, time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC))
	window, _ := pol.EmbargoDates(facts, policy.Calendar{})
	fmt.Println("until", window.End.Format(time.DateOnly), "at most until", window.Latest.Format(time.DateOnly))
	// Output: until 2026-07-01 at most until 2026-08-30
}

// A host keeps its own answer times as JSON.
func ExampleParse() {
	pol, err := policy.Parse([]byte(`{
		"format": 1, "name": "ours", "version": 1,
		"title": "Our answer times", "source": "https://example.com/security",
		"clocks": [{
			"name": "answer", "title": "answer the reporter", "force": "should",
			"rules": [{"from": ["report.received"], "limit": "1 business day", "say": "by the end of the next business day"}],
			"stop": ["report.acknowledged"]
		}]
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	var facts policy.Facts
	friday := time.Date(2026, 6, 5, 16, 0, 0, 0, time.UTC)
	facts.Add(policy.FactReceived, friday)
	hours := policy.Calendar{Open: 9 * time.Hour, Close: 17 * time.Hour}
	fmt.Println(hours.Format(pol.Deadlines(facts, hours, friday)[0].Due))

	_, err = policy.Parse([]byte(`{"format": 1, "name": "ours", "publish": true}`))
	fmt.Println(err)
	// Output:
	// Mon 2026-06-08 17:00 UTC
	// policy: json: unknown field "publish"
}

// A case keeps the dates that it gave. A correction that moves one to an earlier
// instant says so.
func ExampleAdopted_Readopt() {
	pol, _ := policy.ByName("cert-cc")
	contacted := time.Date(2026, 6, 10, 9, 0, 0, 0, time.UTC)
	var facts policy.Facts
	facts.Add(policy.FactVendorContacted, contacted)
	adopted := policy.Adopt(pol, facts, policy.Calendar{}, contacted)

	facts.Add(policy.FactVendorContacted, contacted.AddDate(0, 0, -2)) // an older mail turns up
	_, changes, _ := adopted.Readopt(facts, policy.Calendar{}, contacted.AddDate(0, 0, 1))
	for _, c := range changes {
		fmt.Println(c.ID, c.From.Format(time.DateOnly), "to", c.To.Format(time.DateOnly), "earlier:", c.Earlier)
	}
	// Output: cert-cc/disclosure 2026-07-25 to 2026-07-23 earlier: true
}

// A scheduler records the ID of each reminder, and looks again when NextDue says.
func ExamplePendingReminders() {
	pol := policy.ForWindow("ours", 30, 30)
	start := time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)
	var facts policy.Facts
	facts.Add(policy.FactReceived, start)

	recorded := map[string]bool{}
	done := func(id string) bool { return recorded[id] }
	for now := start; !now.IsZero(); {
		ds := pol.Deadlines(facts, policy.Calendar{}, now)
		for _, r := range policy.PendingReminders(ds, now, done) {
			recorded[r.ID] = true
			fmt.Println(now.Format(time.DateTime), r.Kind, r.Deadline)
		}
		now = policy.NextDue(ds, now, done)
	}
	// Output:
	// 2026-06-17 09:00:00 soon ours/disclosure
	// 2026-06-28 09:00:00 soon ours/disclosure
	// 2026-07-01 09:00:00 due ours/disclosure
	// 2026-07-02 09:00:00 escalate ours/disclosure
}

func ExampleFirstPresent() {
	at := time.Date(2026, 8, 3, 9, 0, 0, 0, time.UTC)
	away := []policy.Absence{{Person: "s1", From: at.AddDate(0, 0, -7), To: at.AddDate(0, 0, 7)}}
	fmt.Println(policy.FirstPresent([]string{"s1", "s2"}, away, at))
	// Output: s2 true
}
