package engine

import (
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// clocks carries what gives the case its dates: policies with the dates that were
// computed, facts that were recorded, and what was published. A period that runs by
// law does not begin anew because a team sorts its cases.
func (k *carrier) clocks() {
	d := k.to
	k.end()
	for _, a := range k.from.Adopted {
		if !newlyAdopted(d.c.Adopted, a) || isMatter(a.Subject) {
			continue // it goes on with the facts of both; duties carries those of a matter
		}
		x := &caselog.PolicyAdopted{}
		for _, c := range k.from.DateChanges {
			if strings.HasPrefix(c.ID, a.Policy+"/") {
				x.Changes = append(x.Changes, c)
			}
		}
		var err error
		if x.Adopted, err = a.MarshalBinary(); err == nil {
			d.emit(x)
		}
	}
	if !k.from.Imported.IsZero() && k.from.Imported.After(d.c.Imported) {
		d.emit(&caselog.HistoryImported{At: k.from.Imported, From: d.c.Seq + 3})
	}
	facts := append(slices.Clone(k.from.Recorded), k.published()...)
	if k.into == nil {
		for i, f := range facts {
			if !isMatter(f.Subject) {
				k.fact(f, k.reasonOf(i))
			}
		}
		for _, p := range k.from.Waits {
			if !p.To.IsZero() { // one that lasts comes with its report
				d.emit(&caselog.PauseCarried{From: p.From, To: p.To})
			}
		}
		for _, r := range k.from.Reminded {
			if r.Deadline != clockAnswer {
				d.emit(&caselog.ReminderRecorded{Reminder: r.ID, Deadline: r.Deadline, Kind: r.Kind})
			}
		}
		return
	}
	k.unite(facts)
}

// isMatter tells of what has numbers that are others in another case: see duties.
func isMatter(subject string) bool {
	_, ok := cvd.ParseMatter(subject)
	return ok
}

func (k *carrier) fact(f cvd.RecordedFact, reason cvd.Private) {
	k.to.emit(&caselog.FactRecorded{Fact: f.Fact, At: f.At, Subject: f.Subject, Instead: f.Instead, Reason: reason})
}

// reasonOf finds why the nth fact was recorded.
func (k *carrier) reasonOf(n int) cvd.Private {
	for i := range k.from.Events {
		if e := &k.from.Events[i]; e.Kind == cvd.EventFactRecorded && int(e.Kept(inner.Only{}).Ref) == n+1 {
			return e.Reason
		}
	}
	return ""
}

// published are the facts of what was published before it came along, and of what
// was written to reporters: neither the publication nor the message comes along.
func (k *carrier) published() (out []cvd.RecordedFact) {
	if k.from.Reports != nil {
		if ts := k.from.Facts("").Times[policy.FactReporterUpdated]; len(ts) > 0 {
			out = append(out, cvd.RecordedFact{Fact: policy.FactReporterUpdated, At: ts[len(ts)-1]})
		}
	}
	if len(k.to.c.Publications) > 0 && k.into == nil {
		return out // they have come along themselves
	}
	for _, p := range k.from.Publications {
		if slices.ContainsFunc(p.Vulnerabilities, func(v cvd.VulnID) bool { return k.vulns[v] != 0 }) {
			for _, f := range []policy.Fact{policy.FactDisclosed, policy.FactDetailsPublic, policy.FactExistencePublic} {
				out = append(out, cvd.RecordedFact{Fact: f, At: p.At})
			}
		}
	}
	return out
}

// unite gives a fact that was recorded in one of two cases the times of both: a
// correction in one of them is none of what the other holds.
func (k *carrier) unite(theirs []cvd.RecordedFact) {
	type key struct {
		fact    policy.Fact
		subject string
	}
	keys := []key{{policy.FactVendorContacted, ""}, {policy.FactVendorNotified, ""}}
	for _, f := range slices.Concat(theirs, k.into.Recorded) {
		if x := (key{f.Fact, f.Subject}); !isMatter(f.Subject) && !slices.Contains(keys, x) {
			keys = append(keys, x)
		}
	}
	// Those of no subject first: they count for all.
	slices.SortStableFunc(keys, func(a, b key) int { return min(len(a.subject), 1) - min(len(b.subject), 1) })
	for _, x := range keys {
		var want []time.Time
		for _, t := range slices.Concat(k.from.Facts(x.subject).Times[x.fact], k.into.Facts(x.subject).Times[x.fact], timesOf(k.published(), x.fact)) {
			if !t.IsZero() && !slices.ContainsFunc(want, t.Equal) {
				want = append(want, t)
			}
		}
		have := k.to.c.Facts(x.subject).Times[x.fact]
		instead := slices.ContainsFunc(have, func(t time.Time) bool { return !t.IsZero() && !slices.ContainsFunc(want, t.Equal) })
		for _, t := range want {
			if instead || !slices.ContainsFunc(have, t.Equal) {
				k.fact(cvd.RecordedFact{Fact: x.fact, At: t, Subject: x.subject, Instead: instead}, "")
				instead = false
				have = k.to.c.Facts(x.subject).Times[x.fact]
			}
		}
	}
}

func timesOf(facts []cvd.RecordedFact, f policy.Fact) (out []time.Time) {
	for _, x := range facts {
		if x.Fact == f {
			out = append(out, x.At)
		}
	}
	return out
}

// publications carries what the team has published of a case that goes on as a
// whole.
func (k *carrier) publications() {
	for _, p := range k.from.Publications {
		x := &caselog.CasePublished{At: p.At, Unchecked: p.Unchecked, Advisories: p.Advisories, SHA256: p.SHA256, Model: p.AdvisorySHA256, Reason: p.Emergency}
		for _, v := range p.Vulnerabilities {
			if to := k.vulns[v]; to != 0 {
				x.Vulns = append(x.Vulns, to)
			}
		}
		if len(x.Vulns) > 0 {
			k.in(k.from.Vulnerabilities[p.Vulnerabilities[0]-1].Kept(inner.Only{}).PublishedPart)
			k.to.emit(x)
		}
	}
	k.end()
}
