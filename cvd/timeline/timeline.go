package timeline

import (
	"cmp"
	"github.com/cvdkit/cvdkit/cvd/internal/plain"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"
)

// Timeline is what happened in a case and what is planned, ready to be shown. It
// renders as text, Markdown, HTML, iCalendar and SVG. What it holds is shown: use
// Public before anything leaves the team.
type Timeline struct {
	Number string    // the case's public number; part of iCalendar's UIDs
	Title  string    // what the case is called
	Now    time.Time `json:",omitzero"` // parts planned from actual; zero: no line is drawn
	// Zone is the zone of every date; nil is UTC.
	Zone    *time.Location
	Entries []Entry // in any order
	Bands   []Band  // in any order
	// Language is the BCP 47 tag of the language of the labels; "" is English.
	Language string
	// Texts are the renderer's own words in that language, by what they are in English;
	// what is missing is in English. service.Service.TimelineIn sets both.
	Texts map[string]string
	// Lanes orders the lanes of the picture. Lanes that only entries name follow.
	Lanes []string
	// Actors shows who did what, by Entry.Actor: for the eyes of the team only.
	Actors bool

	forAll bool // see Public
}

// Entry is one milestone.
type Entry struct {
	// ID is stable and unique within the case, such as a deadline's ID or a
	// record's number. It makes iCalendar entries replace themselves.
	ID     string
	At     time.Time `json:",omitzero"` // when it happened, or is planned
	Due    time.Time `json:",omitzero"` // what was planned for what happened at At; zero: nothing else
	Kind   string    // what it is, such as "report", "deadline" or "fix"
	Label  string    // a few words
	Detail string    // shown where there is room
	Lane   string    // the party it belongs to; empty: none, or all
	Actor  string    // the person who did it; shown only with Timeline.Actors
	// Force is how binding a deadline is; empty: it is none.
	Force policy.Force
	// Planned entries have not happened. One that is Overdue, or due Soon, is also
	// Planned; a deadline that was Met happened, in time unless it was Late.
	Planned, Overdue, Soon, Met, Late bool
	// Void is a word that says why a plan counts no more, such as "superseded" or
	// "broken off"; empty: it counts.
	Void string
	// Public entries may be shown to everyone.
	Public bool
	Reason string // why the date is what it is
}

// Band is a stretch of time, such as an embargo.
type Band struct {
	ID       string    // is stable in every language; "": Label
	From, To time.Time `json:",omitzero"` // To may be planned
	// Agreed is the end that was agreed, if To is another, because it was broken
	// off.
	Agreed time.Time `json:",omitzero"`
	Label  string    // what it is, in words
	Public bool      // Public keeps it
}

// The limits of a rendered timeline. Further entries are left out; every form
// says how many.
const maxEntries = 2000

// Public returns the timeline with only the entries and bands that are public.
// The title, the lanes, and the details and reasons of dates are left out, since
// they may name what is not; the labels and the number stay.
func (t Timeline) Public() Timeline {
	p := t
	p.forAll = true
	p.Title, p.Entries, p.Bands, p.Lanes, p.Actors = "", nil, nil, nil, false
	for _, e := range t.Entries {
		if e.Public {
			e.Reason, e.Lane, e.Detail, e.Actor = "", "", "", ""
			p.Entries = append(p.Entries, e)
		}
	}
	for _, b := range t.Bands {
		if b.Public {
			p.Bands = append(p.Bands, b)
		}
	}
	return p
}

// sorted returns the entries that are shown, by time, and how many are left out.
func (t Timeline) sorted() (es []Entry, left int) {
	for _, e := range t.Entries {
		if !e.At.IsZero() {
			es = append(es, e)
		}
	}
	slices.SortStableFunc(es, func(a, b Entry) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
	if len(es) > maxEntries {
		return es[:maxEntries], len(es) - maxEntries
	}
	return es, 0
}

// lanes returns the named lanes in order, then those that only entries name.
func (t Timeline) lanes(es []Entry) []string {
	var ls []string
	for _, l := range t.Lanes {
		if l != "" && !slices.Contains(ls, l) {
			ls = append(ls, l)
		}
	}
	for _, e := range es {
		if e.Lane != "" && !slices.Contains(ls, e.Lane) {
			ls = append(ls, e.Lane)
		}
	}
	return ls
}

func (t Timeline) loc() *time.Location { return cmp.Or(t.Zone, time.UTC) }

// The words for the state of an entry.
const (
	statusDone    = "done"
	statusMet     = "met"
	statusLate    = "met late"
	statusPlanned = "planned"
	statusSoon    = "due soon"
	statusOverdue = "overdue"
)

// status is the word for the state of an entry: one of those above, or Void.
func (e Entry) status() string {
	switch {
	case e.Void != "":
		return plain.Line(e.Void)
	case e.Overdue:
		return statusOverdue
	case e.Late:
		return statusLate
	case e.Met:
		return statusMet
	case e.Planned && e.Soon:
		return statusSoon
	case e.Planned:
		return statusPlanned
	}
	return statusDone
}

// urgent tells of what a reader must not overlook: what is overdue or was late,
// and a duty whose end is near.
func (e Entry) urgent() bool {
	s := e.status()
	return s == statusOverdue || s == statusLate || s == statusSoon && e.Force == policy.Must
}

// said is the label with how binding a deadline is.
func (t Timeline) said(e Entry) string {
	if e.Force == "" {
		return plain.Line(e.Label)
	}
	return plain.Line(e.Label + " (" + t.word(string(e.Force)) + ")")
}

// about lists what is worth saying of an entry besides its label.
func (t Timeline) about(e Entry) []string {
	var all []string
	due := ""
	if !e.Due.IsZero() && !e.Due.Equal(e.At) {
		due = t.word("was due {date}", "date", t.when(e.Due))
	}
	for _, s := range []string{e.Detail, due, t.actor(e), e.Reason} {
		if s = plain.Line(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}

func (t Timeline) actor(e Entry) string {
	if !t.Actors || e.Actor == "" {
		return ""
	}
	return t.word("by {name}", "name", e.Actor)
}

// band says what a band is, and that it was broken off.
func (t Timeline) band(b Band) string {
	if b.brokenOff() {
		return plain.Line(b.Label) + ", " + t.word("broken off")
	}
	return plain.Line(b.Label)
}

func (b Band) brokenOff() bool { return b.To.Before(b.Agreed) && !b.To.IsZero() }

// Deadlines shows deadlines as entries: those that ended at the instant they
// ended, the others at their Due. Those that have no date are left out, such as
// those that wait for a start, and so are the cancelled.
func Deadlines(ds []policy.Deadline) []Entry {
	var es []Entry
	for _, d := range ds {
		if d.Due.IsZero() || d.State == policy.DeadlineCancelled || d.State == policy.DeadlineNotOwed {
			continue
		}
		met := d.State == policy.DeadlineMet
		e := Entry{
			ID: d.ID, At: d.Due, Kind: "deadline", Label: capital(d.Title), Public: d.Public, Force: d.Force,
			Planned: d.Open(), Overdue: d.State == policy.DeadlineOverdue, Soon: d.State == policy.DeadlineDueSoon,
			Met: met, Late: met && d.Missed, Reason: d.Rule + " (" + d.Source + ")",
		}
		switch {
		case met:
			e.At, e.Due = d.Ended, d.Due
		case d.Projected:
			e.Detail = "projected; waits for " + d.Waiting
		case d.State == policy.DeadlinePaused:
			e.Detail = "paused"
		case !d.LegalLast.IsZero():
			e.Detail = "last moment " + d.Format(d.LegalLast)
		}
		es = append(es, e)
	}
	return es
}

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
