package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// filterQuery turns a filter into one term, or into the few of which each case
// that matches has one: both cost what the list shows, however many cases there
// are. some is false if the filter contradicts itself.
func (s *Service) filterQuery(f Filter) (q Query, some bool) {
	if f.Open && f.Closed || f.Unassigned && f.Assignee != "" {
		return q, false
	}
	var rms []vultron.RM
	for rm := vultron.RMStart; rm <= vultron.RMClosed; rm++ {
		if (f.RM == nil || *f.RM == rm) && !(f.Open && rm == vultron.RMClosed) && !(f.Closed && rm != vultron.RMClosed) {
			rms = append(rms, rm)
		}
	}
	ems := within(f.EM, vultron.EMNone, vultron.EMExited)
	ratings := within(f.Rating, RatingUnknown, RatingCritical)
	if len(rms) == 0 || len(ems) == 0 || len(ratings) == 0 {
		return q, false
	}
	assignee := Term("")
	switch {
	case f.Unassigned:
		assignee = who("")
	case f.Assignee != "":
		assignee = who(s.actorTag(f.Assignee))
	}
	state := Term("")
	switch {
	case f.Closed, f.RM != nil && *f.RM == vultron.RMClosed:
		state = "closed"
	case f.Open:
		state = "open"
	}
	if f.Party != "" {
		s.partyQuery(&q, f, state, assignee)
		return q, true
	}
	if f.RM != nil && (f.EM != nil || f.Rating != nil || assignee != "" || state != "closed") {
		state = "" // which follows
	}
	var simple []Term
	for _, x := range []struct {
		is bool
		t  Term
	}{
		{state != "", state}, {f.RM != nil && state == "", rmTerm(rms[0])}, {f.EM != nil, emTerm(ems[0])},
		{assignee != "", assignee}, {f.Rating != nil, sevTerm(ratings[0])},
	} {
		if x.is {
			simple = append(simple, x.t)
		}
	}
	switch {
	case len(simple) <= 1:
		q.All = simple
		return q, true
	case len(simple) == 2 && state != "" && f.EM == nil:
		q.All = []Term{state + "/" + simple[1]}
		return q, true
	}
	for _, rm := range rms {
		for _, em := range ems {
			for _, r := range ratings {
				t := stateTerm(rm, em, r)
				if assignee != "" {
					t = assignee + "/" + t
				}
				q.Any = append(q.Any, t)
			}
		}
	}
	return q, true
}

// partyQuery lists the cases of one party, open or closed, and looks at the rest
// of the filter in each of them.
func (s *Service) partyQuery(q *Query, f Filter, state, assignee Term) {
	party := "party:" + s.shortTag("party", string(f.Party))
	switch {
	case state != "":
		q.All = []Term{party + "/" + state}
	case f.RM != nil:
		q.All = []Term{party + "/open"}
	default:
		q.Any = []Term{party + "/open", party + "/closed"}
	}
	if f.RM != nil {
		q.All = append(q.All, rmTerm(*f.RM))
	}
	if f.EM != nil {
		q.All = append(q.All, emTerm(*f.EM))
	}
	if f.Rating != nil {
		q.All = append(q.All, sevTerm(*f.Rating))
	}
	if assignee != "" {
		q.All = append(q.All, assignee)
	}
}

// within lists the value that a filter names, if it is one, else all.
func within[T ~uint8](one *T, first, last T) (all []T) {
	for x := first; x <= last; x++ {
		if one == nil || *one == x {
			all = append(all, x)
		}
	}
	return all
}
