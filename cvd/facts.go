package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"slices"
	"time"
)

// Facts returns what the case tells to the clocks of policies: what is in its
// log, and what RecordFact added for this subject or for none.
//
// Facts of vendors are of all vendors that take part besides the owner: the first
// that was contacted, the last that answered; a fix is there once every vendor
// that is affected has one.
func (c *Case) Facts(subject string) policy.Facts {
	f := policy.Facts{Subject: subject}
	for i := range c.Reports {
		r := &c.Reports[i]
		f.Add(policy.FactReceived, r.Received)
		f.Add(policy.FactKnown, r.Received)
		f.Add(policy.FactAcknowledged, r.Acknowledged)
		if r.Outcome != OutcomeNeedsInformation {
			f.Add(policy.FactAssessed, r.Triaged)
		}
	}
	for i := range c.Messages {
		m := &c.Messages[i]
		if m.From == Owner && slices.ContainsFunc(m.To, c.isReporter) {
			f.Add(policy.FactReporterUpdated, m.Posted)
		}
	}
	c.vendorFacts(&f)
	c.worldFacts(&f)
	for i := range c.Events {
		switch e := &c.Events[i]; e.Kind {
		case EventCaseClosed:
			f.Add(policy.FactClosed, e.At)
		}
	}
	f.Pauses = c.pauses()
	return c.recorded(f)
}

func (c *Case) isReporter(p PartyID) bool {
	return p != Owner && c.Participants[p-1].Roles&RoleReporter != 0
}

func (c *Case) vendorFacts(f *policy.Facts) {
	silent, vendors := 0, 0
	var answered time.Time
	for i := range c.Participants {
		p := &c.Participants[i]
		if p.ID == Owner || p.Roles&RoleVendor == 0 || p.gone() {
			continue
		}
		vendors++
		f.Add(policy.FactVendorContacted, p.Joined)
		if p.Answered.IsZero() {
			silent++
		} else if p.Answered.After(answered) {
			answered = p.Answered
		}
	}
	if vendors > 0 && silent == 0 {
		f.Add(policy.FactVendorReplied, answered)
	}
	for i := range c.Claims {
		if x := &c.Claims[i]; x.What == vultron.VendorAware && x.Vendor != Owner && !x.Adopted.IsZero() {
			f.Add(policy.FactVendorNotified, x.Observed)
		}
	}
	if t, ok := c.allVendors(vultron.FixReady); ok {
		f.Add(policy.FactFixReady, t)
	}
	if t, ok := c.allVendors(vultron.FixDeployed); ok {
		f.Add(policy.FactFixAvailable, t)
		f.Add(policy.FactMeasureAvailable, t)
	}
}

// allVendors returns when the last of the vendors that are affected reached a
// letter.
func (c *Case) allVendors(e vultron.CSEvent) (last time.Time, ok bool) {
	for i := range c.Statuses {
		s := &c.Statuses[i]
		// That the team itself is aware makes it no vendor that is affected.
		silent := s.Vendor == Owner && s.Recorded.IsZero() && !c.State(s.Vuln, Owner, s.Stream).Has(vultron.CSFixReady)
		if s.Affected == NotAffected || silent || !c.voiced(s) {
			continue
		}
		if !c.State(s.Vuln, s.Vendor, s.Stream).Has(e.Letter()) {
			return time.Time{}, false
		}
	}
	for i := range c.Claims {
		if x := &c.Claims[i]; x.What == e && !x.Adopted.IsZero() && x.Observed.After(last) {
			last = x.Observed
		}
	}
	return last, !last.IsZero()
}

func (c *Case) worldFacts(f *policy.Facts) {
	for i := range c.Claims {
		x := &c.Claims[i]
		if x.Adopted.IsZero() {
			continue
		}
		switch x.What {
		case vultron.AttacksObserved:
			f.Add(policy.FactExploitObserved, x.Observed)
		case vultron.PublicAware:
			// What was published here, or before it came here, is nobody else's.
			if v := at(c.Vulnerabilities, x.Vuln); len(c.Publications) == 0 && (v == nil || !v.Published.Equal(x.Observed)) {
				f.Add(policy.FactDisclosedByOther, x.Observed)
			}
		}
	}
	for _, p := range c.Publications {
		f.Add(policy.FactDisclosed, p.At)
		f.Add(policy.FactDetailsPublic, p.At)
		f.Add(policy.FactExistencePublic, p.At)
	}
	if ends, ok := c.Embargo.Ends(); ok {
		f.Add(policy.FactEmbargoEnds, ends)
	}
	f.Add(policy.FactEmbargoExited, c.Embargo.Ended)
}

// pauses are the times in which the team waits for the reporter: from a triage
// that needs information to the next thing that the reporter sends, or the next
// triage.
func (c *Case) pauses() []policy.Pause {
	ps := slices.Clone(c.paused)
	for i := range c.Events {
		e := &c.Events[i]
		asks := e.Kind == EventReportTriaged && Outcome(e.detail) == OutcomeNeedsInformation
		ends := e.Kind == EventReportTriaged && !asks || e.Kind == EventReportReceived || e.Kind == EventMessagePosted && c.fromReporter(e)
		last := len(ps) - 1
		open := last >= 0 && ps[last].To.IsZero()
		switch {
		case asks && !open:
			ps = append(ps, policy.Pause{From: e.instant(), Reason: "information is missing"})
		case ends && open:
			ps[last].To = e.instant()
		}
	}
	return ps
}

// instant is when it was, where the record was carried from another case.
func (e *Event) instant() time.Time {
	if e.Kind == EventReportTriaged && !e.When.IsZero() {
		return e.When
	}
	return e.At
}

func (c *Case) fromReporter(e *Event) bool {
	m := at(c.Messages, MessageID(e.ref))
	return m != nil && m.From != 0 && c.isReporter(m.From)
}

func (c *Case) recorded(f policy.Facts) policy.Facts {
	for _, r := range c.facts {
		if r.subject != "" && r.subject != f.Subject {
			continue
		}
		if r.instead {
			delete(f.Times, r.fact)
		}
		f.Add(r.fact, r.at)
	}
	return f
}
