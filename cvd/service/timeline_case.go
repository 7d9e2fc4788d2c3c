package service

import (
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/engine"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/timeline"
)

// Timeline returns the timeline of the case with its deadlines, and with the
// zone of Config.Calendar. The end of the embargo stands in it once, and a deadline
// for which nobody had to do anything does not. Policies whose dates are missing,
// see Deadlines, stand in an entry of their own.
//
// Of a case that View gave to a participant it holds what that one may see, and may
// be shown to it as it is; Timeline.Public is for everybody else. Set Timeline.Actors
// to show the team who did what.
//
// It is in English; TimelineIn gives it in another language.
func (s *Service) Timeline(c *cvd.Case) timeline.Timeline { return s.timeline(c, nil) }

// TimelineIn is Timeline in a language of Catalogues or Config.Texts (BCP 47), else in
// that of Config.Language. The words of policies, such as what is due, why and in
// which rule that stands, are as their authors wrote them.
func (s *Service) TimelineIn(c *cvd.Case, language string) timeline.Timeline {
	return s.timeline(c, s.TextsIn(language))
}

// TextsIn returns the texts of a language of Catalogues or Config.Texts (BCP 47), or
// of the one that it is a kind of, else those of Config.Language.
func (s *Service) TextsIn(language string) *cvd.Texts {
	return s.languages.in(language, s.e.Cfg.Language)
}

func (s *Service) timeline(c *cvd.Case, x *cvd.Texts) timeline.Timeline {
	now := s.e.Cfg.Now()
	t := c.TimelineIn(x, now, s.e.Cfg.Calendar.Zone)
	all, err := s.Deadlines(c, now)
	ds := slices.DeleteFunc(all, func(d policy.Deadline) bool {
		return d.StartBy == policy.FactEmbargoEnds && d.Due.Equal(d.Start)
	})
	for _, e := range timeline.Deadlines(ds) {
		e.Lane = c.PartyName(cvd.Owner)
		nameVendors(c, &e, ds)
		t.Entries = append(t.Entries, e)
	}
	if err != nil {
		t.Entries = append(t.Entries, timeline.Entry{ID: c.Number + "/unknown", At: now, Kind: "policy",
			Label: x.Say("Dates are missing here"), Detail: err.Error(), Overdue: true, Lane: c.PartyName(cvd.Owner)})
	}
	return t
}

// nameVendors says to whom a reminder for silent vendors goes, or went.
func nameVendors(c *cvd.Case, e *timeline.Entry, ds []policy.Deadline) {
	i := slices.IndexFunc(ds, func(d policy.Deadline) bool { return d.ID == e.ID })
	if i < 0 || ds[i].Clock != engine.ClockVendorSilent {
		return
	}
	var names []string
	if e.Met {
		for i := range c.Messages {
			if m := &c.Messages[i]; m.Purpose == cvd.PurposeSilence && m.Posted.Equal(e.At) {
				for _, id := range m.To {
					names = append(names, c.PartyName(id))
				}
			}
		}
	} else {
		for _, p := range c.Participants {
			if p.ID != cvd.Owner && p.Roles&cvd.RoleVendor != 0 && p.Answered.IsZero() {
				names = append(names, c.PartyName(p.ID))
			}
		}
	}
	if len(names) > 0 {
		e.Detail = strings.Join(names, ", ")
	}
}
