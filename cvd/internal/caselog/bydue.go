package caselog

import (
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// A list by date reads an index that is in the order of the dates: an open case has a
// term for its date among all cases of its stage, and one among those that the same
// member of the team works on. So a page of the common lists costs what it shows,
// however many cases there are. Where a filter asks for more, its cases are sorted if
// they are few, and picked from that index if they are many.

// DuePath is a set of cases in the order of their dates.
type DuePath string

// DuePaths are those in which a case of a stage stands: that of all, and that of who
// works on it.
func DuePaths(stage cvd.Stage, assignee storage.Term) [2]DuePath {
	all := "on:" + stage.String()
	return [2]DuePath{DuePath(all), DuePath(all + "/" + string(assignee))}
}

// At is the term of a date in it. The zero Time has none, and stands after all.
func (p DuePath) At(t time.Time) storage.Term {
	if t.IsZero() {
		return storage.Term(p + ":none")
	}
	switch t = t.UTC(); {
	case t.Year() < 0:
		t = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	case t.Year() > 9999:
		t = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	}
	return storage.Term(p) + storage.Term(t.Format(":20060102150405.000"))
}

// Dated selects those with a date, from one on, and before another unless it is zero.
func (p DuePath) Dated(from, before time.Time) storage.Query {
	q := storage.Query{From: p.At(from), To: p.At(before)}
	if from.IsZero() {
		q.From = storage.Term(p + ":")
	}
	return q
}

// DateOf is the date of a term.
func DateOf(t storage.Term) time.Time {
	_, date, _ := strings.Cut(string(t), ":")
	_, date, _ = strings.Cut(date, ":")
	at, err := time.Parse("20060102150405.000", date)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// DueTerms are the index entries of an open case with a date, or with none.
func (c *Folded) DueTerms(date time.Time) (out []storage.Term) {
	if c.Seq == 0 || !c.Open() {
		return nil
	}
	for _, p := range DuePaths(c.Submission.Stage, c.Who) {
		out = append(out, p.At(date))
	}
	return out
}

// AnyDueTerms are those that it can have, whichever of its dates comes next.
func (c *Folded) AnyDueTerms(ds []policy.Deadline) (out []storage.Term) {
	out = c.DueTerms(time.Time{})
	for i := range ds {
		if !ds[i].Due.IsZero() {
			out = append(out, c.DueTerms(ds[i].Due)...)
		}
	}
	return Without(out, nil)
}
