package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"slices"
)

// terms are the index entries of a case: what Find filters by. The common lists
// are composite, because an index answers one term at once and intersects many
// slowly.
func (c *folded) terms() []storage.Term {
	_, tag := retagged(newCase(c.ID), c)
	return tag
}

// retagged returns the terms that a case lost and won between two versions. It
// costs what has changed: a case may have ten thousand participants, and few
// commands move their terms.
func retagged(was, is *folded) (untag, tag []storage.Term) {
	untag, tag = difference(was.stateTerms(), is.stateTerms())
	lost, won := movedParties(was, is)
	untag, tag = append(untag, lost...), append(tag, won...)
	if len(was.Streams) != len(is.Streams) {
		lost, won := difference(was.productTerms(), is.productTerms())
		untag, tag = append(untag, lost...), append(tag, won...)
	}
	moved("actor:", &untag, &tag, was, is, func(c *folded) (int, func(int) storage.Term) {
		return len(c.actorTags), func(i int) storage.Term { return c.actorTags[i] }
	})
	if is.owned&(ownReports|ownVulns) != 0 || len(was.Reports) != len(is.Reports) || was.indexed() != is.indexed() {
		lost, won := difference(was.indexTerms(), is.indexTerms())
		untag, tag = append(untag, lost...), append(tag, won...)
	}
	return untag, tag
}

// movedParties compares the participants that are not the very same in both versions.
func movedParties(was, is *folded) (lost, won []storage.Term) {
	before, now := was.Participants, is.Participants
	same := was.openTerm() == is.openTerm()
	if n := len(now); same && n == len(before) && (n == 0 || &before[0] == &now[0]) {
		return nil, nil // the very same list
	}
	for i := range max(len(before), len(now)) {
		if same && i < len(before) && i < len(now) && before[i] == now[i] {
			continue
		}
		var x, y storage.Term
		if i < len(before) {
			x = before[i].identity
		}
		if i < len(now) {
			y = now[i].identity
		}
		if x != y || !same {
			lost, won = append(lost, x), append(won, y)
		}
	}
	if same {
		lost = others("", lost, len(now), func(i int) storage.Term { return now[i].identity })
		won = others("", won, len(before), func(i int) storage.Term { return before[i].identity })
	}
	return without(was.partyTerms(lost), nil), without(is.partyTerms(won), nil)
}

func (c *Case) partyTerms(identities []storage.Term) (out []storage.Term) {
	for _, x := range identities {
		if x != "" {
			out = append(out, "party:"+x+"/"+c.openTerm())
		}
	}
	return out
}

// stateTerms are the few that follow from the state of the case: one for each
// simple list, and two that join all, of which a filter names as many as it needs.
func (c *folded) stateTerms() []storage.Term {
	if c.Seq == 0 {
		return nil
	}
	em := c.Embargo.State
	if _, ok := c.wentOn(); ok && em.InForce() {
		em = vultron.EMNone // it holds in the case in which this one goes on
	}
	stage := stageTerm(c.Submission.Stage)
	open, who, sev := c.openTerm(), who(c.who), sevTerm(c.Rating())
	all := stateTerm(standing{c.Submission.Stage, c.RM()}, em, c.Rating())
	t := []storage.Term{
		open, rmTerm(c.RM()), emTerm(em), sev, who, open + "/" + who, open + "/" + sev, all, who + "/" + all,
		kindTerm(c.Kind), stage, open + "/" + stage, open + "/" + stage + "/" + who,
	}
	if c.releasing() {
		t = append(t, termReleasing)
	}
	if c.unread > 0 {
		t = append(t, termUnread)
	}
	switch {
	case c.undated():
		t = append(t, termUndated)
	case c.Open():
		t = append(t, dueTerms(c.dueDate)...)
	}
	return t
}

func (c *Case) openTerm() storage.Term {
	if c.Open() {
		return "open"
	}
	return "closed"
}

const termUnread storage.Term = "unread"

func kindTerm(k Kind) storage.Term        { return storage.Term("kind:" + k.String()) }
func rmTerm(s vultron.RM) storage.Term    { return storage.Term("rm:" + s.String()) }
func emTerm(s vultron.EM) storage.Term    { return storage.Term("em:" + s.String()) }
func stageTerm(s Stage) storage.Term      { return storage.Term("stage:" + s.String()) }
func sevTerm(r Rating) storage.Term       { return storage.Term("sev:" + r.String()) }
func who(actor storage.Term) storage.Term { return "who:" + actor }

// stateTerm joins the states by which cases are listed; of at most 210 there are few.
func stateTerm(x standing, em vultron.EM, r Rating) storage.Term {
	return storage.Term("is:" + x.stage.String() + "/" + x.rm.String() + "/" + em.String() + "/" + r.String())
}

// indexed reports whether new reports are compared with those of the case.
func (c *Case) indexed() bool { return c.Seq != 0 && c.Open() }

func (c *Case) indexTerms() []storage.Term {
	if c.indexed() {
		return c.likeness()
	}
	return nil
}

// moved compares two lists of tags that only grow, but for entries that are
// replaced where they stand. Several entries may have the same tag, "" is none.
func moved(kind storage.Term, untag, tag *[]storage.Term, was, is *folded, list func(*folded) (int, func(int) storage.Term)) {
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

// difference returns what only was has and what only is has, each once.
func difference(was, is []storage.Term) (lost, won []storage.Term) {
	return without(was, is), without(is, was)
}

func without[T comparable](all, these []T) (out []T) {
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
