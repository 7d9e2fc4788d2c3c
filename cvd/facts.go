package cvd

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Facts returns what the case tells to the clocks of policies: what is in its
// log, and what RecordFact added for this subject or for none. It is for a case that
// View gave to the team, or Do returned: in others some are missing.
//
// Facts of vendors are of all vendors that take part besides the owner: the first
// that was contacted, the last that answered; a fix is there once every vendor
// that is affected has one.
//
// A subject that is a [Matter] has the facts of its vulnerability and of its
// manufacturer: what was observed of that vulnerability, and the first fix that the
// users of that manufacturer can get. Measures of others are no facts of it until
// somebody records them.
func (c *Case) Facts(subject string) policy.Facts {
	return c.FactsOf(inner.Only{}, subject, c.CountVendors(inner.Only{}))
}

// FactsOf is Facts with vendors that were counted before. It is for the packages
// beneath cvd.
func (c *Case) FactsOf(_ inner.Only, subject string, vendors inner.VendorSums) policy.Facts {
	f := policy.Facts{Subject: subject}
	for i := range c.Reports {
		r := &c.Reports[i]
		f.Add(policy.FactReceived, r.Received)
		f.Add(policy.FactKnown, r.Received)
		f.Add(policy.FactAcknowledged, r.Acknowledged)
		if r.Exploited {
			f.Add(policy.FactExploitAlleged, r.Received)
		}
		if r.Outcome != OutcomeNeedsInformation {
			f.Add(policy.FactAssessed, r.Triaged)
		}
	}
	for _, t := range c.Updates {
		f.Add(policy.FactReporterUpdated, t)
	}
	c.submissionFacts(&f)
	m, ok := ParseMatter(subject)
	c.vendorFacts(&f, vendors)
	if ok {
		c.matterFacts(&f, m)
	}
	c.worldFacts(&f, m)
	for _, t := range c.Closings {
		f.Add(policy.FactClosed, t)
	}
	f.Pauses = c.Waits
	f = c.recorded(f)
	if ok {
		c.authorityFacts(&f)
	}
	return f
}

func (c *Case) vendorFacts(f *policy.Facts, v inner.VendorSums) {
	if v.All > 0 {
		f.Add(policy.FactVendorContacted, v.Contacted)
		if v.Silent == 0 {
			f.Add(policy.FactVendorReplied, v.Answered)
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

// matterFacts replaces those of all vendors and vulnerabilities by those of one.
func (c *Case) matterFacts(f *policy.Facts, m Matter) {
	for _, x := range []policy.Fact{policy.FactFixReady, policy.FactFixAvailable, policy.FactMeasureAvailable} {
		delete(f.Times, x)
	}
	if m.Vuln == 0 {
		return
	}
	for i := range c.Claims {
		x := &c.Claims[i]
		if x.Vuln != m.Vuln || x.Vendor != m.Manufacturer() || x.Adopted.IsZero() {
			continue
		}
		switch x.What {
		case vultron.FixReady:
			f.Add(policy.FactFixReady, x.Observed)
		case vultron.FixDeployed:
			f.Add(policy.FactFixAvailable, x.Observed)
		}
	}
}

// worldFacts are of the vulnerability of a matter, or of all.
func (c *Case) worldFacts(f *policy.Facts, m Matter) {
	incident := m.Incident != 0
	for i := range c.CVEs {
		if x := &c.CVEs[i]; x.State == CVEPublished && !incident && (m.Vuln == 0 || x.Vuln == m.Vuln) {
			f.Add(policy.FactCVEPublished, x.At)
		}
	}
	for i := range c.Claims {
		x := &c.Claims[i]
		if x.Adopted.IsZero() || incident || m.Vuln != 0 && x.Vuln != m.Vuln {
			continue
		}
		switch x.What {
		case vultron.AttacksObserved:
			at := x.Observed
			if m.Vuln != 0 && x.Adopted.After(at) {
				at = x.Adopted // a duty to assess begins when the manufacturer learns of it
			}
			f.Add(policy.FactExploitObserved, at)
		case vultron.PublicAware:
			// What was published here, or before it came here, is nobody else's.
			if v := inner.At(c.Vulnerabilities, x.Vuln); len(c.Publications) == 0 && (v == nil || !v.Published.Equal(x.Observed)) {
				f.Add(policy.FactDisclosedByOther, x.Observed)
			}
		}
	}
	for _, p := range c.Publications {
		if incident || m.Vuln != 0 && !slices.Contains(p.Vulnerabilities, m.Vuln) {
			continue
		}
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
	for _, r := range c.Recorded {
		if r.Subject != "" && r.Subject != f.Subject {
			continue
		}
		if r.Instead {
			delete(f.Times, r.Fact)
		}
		f.Add(r.Fact, r.At)
	}
	return f
}
