package service

import (
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// filterQuery turns a filter into one term, or into the few of which each case
// that matches has one: both cost what the list shows, however many cases there
// are. What few cases have (a party, a product) is looked up first, and the rest of
// the filter in each of them. some is false if the filter contradicts itself.
func (s *Service) filterQuery(f Filter) (q storage.Query, some bool) {
	if q, some = s.stateQuery(f); !some {
		return q, false
	}
	if f.Product != "" {
		q.All = append([]storage.Term{s.productTerm(f.Product)}, q.All...)
	}
	if f.Kind != nil {
		q.All = append(q.All, caselog.KindTerm(*f.Kind))
	}
	if f.Unread {
		q.All = append(q.All, caselog.TermUnread)
	}
	if strings.TrimSpace(string(f.Text)) != "" {
		words := caselog.WordsOf(f.Text)
		q.All = append(s.e.WordTerms(words), q.All...)
		return q, len(words) > 0 && len(words) <= caselog.MostWords // which no title has
	}
	return q, true
}

func (s *Service) productTerm(name cvd.Private) storage.Term {
	return "product:" + s.e.ShortTag("product", strings.ToLower(strings.TrimSpace(string(name))))
}

// stateQuery is that of the states, the assignee, the party and the date.
func (s *Service) stateQuery(f Filter) (q storage.Query, some bool) {
	f.Open = f.Open || !f.DueBefore.IsZero()
	if f.Open && f.Closed || f.Unassigned && f.Assignee != "" {
		return q, false
	}
	var where []caselog.Standing
	for _, x := range standings {
		if (f.RM == nil || *f.RM == x.Rm) && (f.Stage == nil || *f.Stage == x.Stage) && !(f.Open && !x.Open()) && !(f.Closed && x.Open()) {
			where = append(where, x)
		}
	}
	ems := within(f.EM, vultron.EMNone, vultron.EMExited)
	ratings := within(f.Rating, cvd.RatingUnknown, cvd.RatingCritical)
	assignee := storage.Term("")
	switch {
	case f.Unassigned:
		assignee = caselog.Who("")
	case f.Assignee != "":
		assignee = caselog.Who(s.e.ActorTag(f.Assignee))
	}
	state := storage.Term("")
	switch {
	case f.Closed:
		state = "closed"
	case f.Open:
		state = "open"
	}
	var all []storage.Term
	for _, x := range where {
		for _, em := range ems {
			for _, r := range ratings {
				if x.Stage != cvd.StageCase && (em != vultron.EMNone || r != cvd.RatingUnknown) {
					continue // a submission has neither
				}
				all = append(all, caselog.StateTerm(x, em, r))
			}
		}
	}
	if len(all) == 0 {
		return q, false
	}
	if f.Party != "" {
		s.partyQuery(&q, f, state, assignee)
		return q, true
	}
	if f.RM != nil && *f.RM != vultron.RMStart {
		state = "" // which follows
	}
	var simple []storage.Term
	for _, x := range []struct {
		is bool
		t  storage.Term
	}{
		{state != "", state}, {assignee != "", assignee}, {f.Rating != nil, caselog.SevTerm(ratings[0])},
		{f.Stage != nil, caselog.StageTerm(where[0].Stage)}, {f.RM != nil, caselog.RmTerm(where[0].Rm)}, {f.EM != nil, caselog.EmTerm(ems[0])},
	} {
		if x.is {
			simple = append(simple, x.t)
		}
	}
	switch {
	case len(simple) <= 1:
		q.All = simple
		return q, true
	case len(simple) == 2 && state != "" && f.RM == nil && f.EM == nil:
		q.All = []storage.Term{state + "/" + simple[1]}
		return q, true
	case f.Stage != nil && assignee != "" && f.RM == nil && f.EM == nil && f.Rating == nil:
		for _, is := range []storage.Term{"open", "closed"} {
			if state == "" || state == is {
				q.Any = append(q.Any, is+"/"+simple[len(simple)-1]+"/"+assignee)
			}
		}
		return q, true
	}
	if assignee != "" {
		for i := range all {
			all[i] = assignee + "/" + all[i]
		}
	}
	q.Any = all
	return q, true
}

// standings are all that there are: a submission has not begun to be handled.
var standings = []caselog.Standing{
	{Stage: cvd.StageCase, Rm: vultron.RMStart}, {Stage: cvd.StageCase, Rm: vultron.RMReceived}, {Stage: cvd.StageCase, Rm: vultron.RMInvalid}, {Stage: cvd.StageCase, Rm: vultron.RMValid},
	{Stage: cvd.StageCase, Rm: vultron.RMDeferred}, {Stage: cvd.StageCase, Rm: vultron.RMAccepted}, {Stage: cvd.StageCase, Rm: vultron.RMClosed},
	{Stage: cvd.StageSubmission, Rm: vultron.RMStart}, {Stage: cvd.StageQuarantine, Rm: vultron.RMStart}, {Stage: cvd.StageDismissed, Rm: vultron.RMStart},
	{Stage: cvd.StageMerged, Rm: vultron.RMStart}, {Stage: cvd.StageMerged, Rm: vultron.RMClosed},
}

// partyQuery lists the cases of one party, open or closed, and looks at the rest
// of the filter in each of them.
func (s *Service) partyQuery(q *storage.Query, f Filter, state, assignee storage.Term) {
	party := "party:" + s.e.ShortTag("party", string(f.Party))
	switch {
	case state != "":
		q.All = []storage.Term{party + "/" + state}
	case f.RM != nil && *f.RM == vultron.RMClosed:
		q.All = []storage.Term{party + "/closed"}
	case f.RM != nil && *f.RM != vultron.RMStart:
		q.All = []storage.Term{party + "/open"}
	default:
		q.Any = []storage.Term{party + "/open", party + "/closed"}
	}
	if f.RM != nil {
		q.All = append(q.All, caselog.RmTerm(*f.RM))
	}
	if f.Stage != nil {
		q.All = append(q.All, caselog.StageTerm(*f.Stage))
	}
	if f.EM != nil {
		q.All = append(q.All, caselog.EmTerm(*f.EM))
	}
	if f.Rating != nil {
		q.All = append(q.All, caselog.SevTerm(*f.Rating))
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
