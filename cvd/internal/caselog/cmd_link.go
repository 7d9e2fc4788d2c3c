package caselog

import (
	"github.com/cvdkit/cvdkit/cvd"
)

// hideTeamwork removes what only the team sees of its own organisation.
func hideTeamwork(c *cvd.Case) {
	c.Links, c.Decisions, c.Read, c.Held = nil, nil, 0, false
	c.IDs, c.RelatedEnds, c.Drafts, c.Groups, c.CVEs = nil, nil, nil, nil, nil
	for i := range c.Streams {
		c.Streams[i].Groups = nil
	}
	c.Updates, c.Closings, c.Waits = nil, nil, nil
	for i := range c.Reports {
		c.Reports[i].MovedTo = cvd.CaseID{}
	}
	for i := range c.Vulnerabilities {
		c.Vulnerabilities[i].MovedTo = cvd.CaseID{}
	}
}
