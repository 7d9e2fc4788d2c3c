package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"time"
)

// Facts returns what the case tells to the clocks of policies: what is in its
// log, and what RecordFact added for this subject or for none. It is for a case that
// View gave to the team, or Do returned: in others some are missing.
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
	for _, t := range c.sums.updates {
		f.Add(policy.FactReporterUpdated, t)
	}
	c.vendorFacts(&f)
	c.worldFacts(&f)
	for _, t := range c.sums.closed {
		f.Add(policy.FactClosed, t)
	}
	f.Pauses = c.sums.pauses
	return c.recorded(f)
}

func (c *Case) vendorFacts(f *policy.Facts) {
	if v := c.vendors(); v.all > 0 {
		f.Add(policy.FactVendorContacted, v.contacted)
		if v.silent == 0 {
			f.Add(policy.FactVendorReplied, v.answered)
		}
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
