package service

import (
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// MaySee reports whether a viewer may learn of the case at all: as View does, and for
// Config.Authorize, where the Service must not be called for the same case otherwise.
// With it a host lets those act only who may see, which the core does not: it takes
// every command that Authorize allows. It does not know Viewer.Identity.
func (s *Service) MaySee(c *cvd.Case, v cvd.Viewer) bool {
	f := &caselog.Folded{Case: *c} // of which see takes no more than what is in the Case
	if c.GroupTags == nil {        // View shows the names instead
		for _, set := range c.Groups {
			who := s.e.Knowing(cvd.Viewer{Groups: set})
			f.GroupTags = append(f.GroupTags, who.Kept(inner.Only{}).Tags)
		}
	}
	return s.maySee(f, v)
}

func (s *Service) maySee(c *caselog.Folded, v cvd.Viewer) bool {
	_, ok := c.See(s.e.Knowing(v), storage.MillisOf(s.e.Cfg.Now()), s.e.Cfg.Floor)
	return ok
}
