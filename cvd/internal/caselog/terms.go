package caselog

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// terms are the index entries of a case: what Find filters by. The common lists
// are composite, because an index answers one term at once and intersects many
// slowly.
func (c *Folded) terms() []storage.Term {
	_, tag := Retagged(NewCase(c.ID), c)
	return tag
}

// Retagged returns the terms that a case lost and won between two versions. It
// costs what has changed: a case may have ten thousand participants, and few
// commands move their terms.
func Retagged(was, is *Folded) (untag, tag []storage.Term) {
	untag, tag = Difference(was.stateTerms(), is.stateTerms())
	lost, won := movedParties(was, is)
	untag, tag = append(untag, lost...), append(tag, won...)
	if len(was.Streams) != len(is.Streams) {
		lost, won := Difference(ProductTerms(&was.Case), ProductTerms(&is.Case))
		untag, tag = append(untag, lost...), append(tag, won...)
	}
	moved("actor:", &untag, &tag, was, is, func(c *Folded) (int, func(int) storage.Term) {
		return len(c.ActorTags), func(i int) storage.Term { return c.ActorTags[i] }
	})
	if is.owned&(ownReports|ownVulns) != 0 || len(was.Reports) != len(is.Reports) || Indexed(&was.Case) != Indexed(&is.Case) {
		lost, won := Difference(indexTerms(&was.Case), indexTerms(&is.Case))
		untag, tag = append(untag, lost...), append(tag, won...)
	}
	return untag, tag
}

// movedParties compares the participants that are not the very same in both versions.
func movedParties(was, is *Folded) (lost, won []storage.Term) {
	before, now := was.Participants, is.Participants
	same := openTerm(&was.Case) == openTerm(&is.Case)
	if n := len(now); same && n == len(before) && (n == 0 || &before[0] == &now[0]) {
		return nil, nil // the very same list
	}
	for i := range max(len(before), len(now)) {
		if same && i < len(before) && i < len(now) && before[i] == now[i] {
			continue
		}
		var x, y storage.Term
		if i < len(before) {
			x = before[i].Kept(inner.Only{}).Identity
		}
		if i < len(now) {
			y = now[i].Kept(inner.Only{}).Identity
		}
		if x != y || !same {
			lost, won = append(lost, x), append(won, y)
		}
	}
	if same {
		lost = others("", lost, len(now), func(i int) storage.Term { return now[i].Kept(inner.Only{}).Identity })
		won = others("", won, len(before), func(i int) storage.Term { return before[i].Kept(inner.Only{}).Identity })
	}
	return Without(partyTerms(&was.Case, lost), nil), Without(partyTerms(&is.Case, won), nil)
}

func partyTerms(c *cvd.Case, identities []storage.Term) (out []storage.Term) {
	for _, x := range identities {
		if x != "" {
			out = append(out, "party:"+x+"/"+openTerm(c))
		}
	}
	return out
}

// stateTerms are the few that follow from the state of the case: one for each
// simple list, and two that join all, of which a filter names as many as it needs.
func (c *Folded) stateTerms() []storage.Term {
	if c.Seq == 0 {
		return nil
	}
	em := c.Embargo.State
	if _, ok := c.WentOn(); ok && em.InForce() {
		em = vultron.EMNone // it holds in the case in which this one goes on
	}
	stage := StageTerm(c.Submission.Stage)
	open, who, sev := openTerm(&c.Case), Who(c.Who), SevTerm(c.Rating())
	all := StateTerm(Standing{c.Submission.Stage, c.RM()}, em, c.Rating())
	t := []storage.Term{
		open, RmTerm(c.RM()), EmTerm(em), sev, who, open + "/" + who, open + "/" + sev, all, who + "/" + all,
		KindTerm(c.Kind), stage, open + "/" + stage, open + "/" + stage + "/" + who,
	}
	if releasing(&c.Case) {
		t = append(t, TermReleasing)
	}
	if c.unread > 0 {
		t = append(t, TermUnread)
	}
	return append(t, c.DueTerms(c.DueDate)...)
}

func openTerm(c *cvd.Case) storage.Term {
	if c.Open() {
		return "open"
	}
	return "closed"
}

const TermUnread storage.Term = "unread"

func KindTerm(k cvd.Kind) storage.Term    { return storage.Term("kind:" + k.String()) }
func RmTerm(s vultron.RM) storage.Term    { return storage.Term("rm:" + s.String()) }
func EmTerm(s vultron.EM) storage.Term    { return storage.Term("em:" + s.String()) }
func StageTerm(s cvd.Stage) storage.Term  { return storage.Term("stage:" + s.String()) }
func SevTerm(r cvd.Rating) storage.Term   { return storage.Term("sev:" + r.String()) }
func Who(actor storage.Term) storage.Term { return "who:" + actor }

// StateTerm joins the states by which cases are listed; of at most 210 there are few.
func StateTerm(x Standing, em vultron.EM, r cvd.Rating) storage.Term {
	return storage.Term("is:" + x.Stage.String() + "/" + x.Rm.String() + "/" + em.String() + "/" + r.String())
}

// Indexed reports whether new reports are compared with those of the case.
func Indexed(c *cvd.Case) bool { return c.Seq != 0 && c.Open() }

func indexTerms(c *cvd.Case) []storage.Term {
	if Indexed(c) {
		return Likeness(c)
	}
	return nil
}

// moved compares two lists of tags that only grow, but for entries that are
// replaced where they stand. Several entries may have the same tag, "" is none.
func moved(kind storage.Term, untag, tag *[]storage.Term, was, is *Folded, list func(*Folded) (int, func(int) storage.Term)) {
	n, before := list(was)
	m, now := list(is)
	var lost, won []storage.Term
	for i := range max(n, m) {
		var x, y storage.Term
		if i < n {
			x = before(i)
		}
		if i < m {
			y = now(i)
		}
		if x != y {
			lost, won = append(lost, x), append(won, y)
		}
	}
	*untag = append(*untag, others(kind, lost, m, now)...)
	*tag = append(*tag, others(kind, won, n, before)...)
}

// others returns which tags are not in a list, each once.
func others(kind storage.Term, tags []storage.Term, n int, list func(int) storage.Term) (out []storage.Term) {
	if len(tags) == 0 {
		return nil
	}
	left := make(map[storage.Term]bool, len(tags))
	for _, x := range tags {
		left[x] = true
	}
	few := len(tags) < 8
	for i := range n {
		if x := list(i); !few || slices.Contains(tags, x) {
			delete(left, x)
		}
	}
	for _, x := range tags {
		if x != "" && left[x] {
			left[x] = false
			out = append(out, kind+x)
		}
	}
	return out
}

// Difference returns what only was has and what only is has, each once.
func Difference(was, is []storage.Term) (lost, won []storage.Term) {
	return Without(was, is), Without(is, was)
}

// Without returns what is in all and not in these, each once.
func Without[T comparable](all, these []T) (out []T) {
	if len(all)+len(these) <= 24 { // to look is faster than to keep a map
		for _, t := range all {
			if !slices.Contains(these, t) && !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
		return out
	}
	skip := make(map[T]bool, len(these)+len(all))
	for _, t := range these {
		skip[t] = true
	}
	for _, t := range all {
		if !skip[t] {
			skip[t] = true
			out = append(out, t)
		}
	}
	return out
}

// Standing is how far a case has come.
type Standing struct {
	Stage cvd.Stage
	Rm    vultron.RM
}

func (x Standing) Open() bool { return x.Stage.Open(x.Rm) }
