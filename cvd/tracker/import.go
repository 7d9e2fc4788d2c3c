package tracker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// Importer makes cases of the tickets that a tracker has already: the day of the
// cut-over. Each ticket becomes one case, with its past instants, its owner, its
// state and its comments, each at its own instant (cvd.By.At; what is too old for the
// Service, or older than what the case holds already, is of today). Nobody is told
// anything, and no date of the past reminds of itself (cvd.By.Silent). A second run
// changes nothing but what is new.
//
// Preview first: it does the same and writes nothing.
type Importer struct {
	Sync  *Sync       // whose tracker is a Lister
	Query TicketQuery // which tickets; zero: all
	// Case makes the command that starts the case of a ticket. nil: Report. It
	// returns nil for a ticket that is no case.
	Case func(Ticket) cvd.Command
	// By is who imports. Its ID is set for each ticket.
	By cvd.By
	// Answered says which comments of a ticket were answers to its reporter. nil:
	// replies.
	Answered func(Change) bool
	// Progress is told after each ticket. nil: nobody.
	Progress func(Imported)
	// Preview makes no cases.
	Preview bool
}

// Imported is what an import did, or would do.
type Imported struct {
	Seen    int // tickets that were looked at
	Made    int // that became cases
	Had     int // that were cases already
	Skipped int // that are none, by Importer.Case
	// Unmapped says what could not be taken over as it was: it stands in a note of
	// the case, and here.
	Unmapped []Problem
	Failed   []Problem // tickets that did not become cases
	Cursor   string    // where the next call goes on; "": at the end
}

// Run imports at most n tickets from a cursor on ("": the beginning). The error is of
// what stopped it: Cursor says where to go on.
func (x *Importer) Run(ctx context.Context, cursor string, n int) (r Imported, err error) {
	lister, ok := x.Sync.cfg.Tracker.(Lister)
	if !ok {
		return r, errors.New("tracker: Importer: this tracker cannot list its tickets")
	}
	r.Cursor = cursor
	for r.Seen < n {
		tickets, next, err := lister.Tickets(ctx, x.Query, r.Cursor, min(100, n-r.Seen))
		if err != nil {
			return r, err
		}
		for _, t := range tickets {
			r.Seen++
			if err := x.take(ctx, lister, t, &r); err != nil {
				return r, err
			}
			if x.Progress != nil {
				x.Progress(r)
			}
		}
		if r.Cursor = next; next == "" {
			break
		}
	}
	return r, nil
}

func (x *Importer) take(ctx context.Context, lister Lister, t Ticket, r *Imported) error {
	s := x.Sync
	ours, err := s.cfg.Service.Lookup(ctx, cvd.ExternalID{Kind: s.ticketKind(), Value: cvd.Private(t.Ref)})
	if errors.Is(err, cvd.ErrNotFound) && t.Marker != "" {
		ours, err = s.cfg.Service.Lookup(ctx, cvd.ExternalID{Kind: s.markerKind(), Value: cvd.Private(t.Marker)})
	}
	had := err == nil
	if err != nil && !errors.Is(err, cvd.ErrNotFound) {
		return err
	}
	make := x.Case
	if make == nil {
		make = Report
	}
	cmd := make(t)
	if cmd == nil && !had {
		r.Skipped++
		return nil
	}
	history, err := lister.History(ctx, t.Ref)
	if err != nil {
		if stops(ctx, err) {
			return err
		}
		r.Failed = append(r.Failed, Problem{Ref: t.Ref, What: "its history could not be read", Err: err, Lost: true})
		return nil
	}
	steps, unmapped := x.steps(&t, history)
	if had {
		r.Had++
	}
	if x.Preview {
		if !had {
			r.Made++
		}
		r.Unmapped = append(r.Unmapped, unmapped...)
		return nil
	}
	if !had {
		c, problem := x.open(ctx, t, cmd)
		if problem != nil {
			if !isOwn(problem) {
				return problem
			}
			r.Failed = append(r.Failed, Problem{Ref: t.Ref, What: "it could not become a case", Err: problem, Lost: true})
			return nil
		}
		ours = c.ID
		r.Made++
	}
	if err := x.apply(ctx, ours, &t, steps, r); err != nil {
		return err
	}
	if !had {
		r.Unmapped = append(r.Unmapped, unmapped...)
	}
	return nil
}

func (x *Importer) by(at time.Time, parts ...string) cvd.By {
	by := x.By
	by.Silent, by.At = true, at
	by.ID = x.Sync.commandID(append([]string{"import"}, parts...)...)
	if by.Actor == "" {
		by.Actor = cvd.Private(x.Sync.cfg.Name)
	}
	return by
}

func (x *Importer) open(ctx context.Context, t Ticket, cmd cvd.Command) (*cvd.Case, error) {
	s := x.Sync
	cmd, err := withID(cmd, cvd.ExternalID{Kind: s.ticketKind(), Value: cvd.Private(t.Ref)})
	if err != nil {
		return nil, err
	}
	c, err := x.do(ctx, cvd.CaseID{}, x.by(t.Created, "open", t.Ref), cmd)
	if err != nil {
		return nil, err
	}
	_, err = s.adopt(ctx, place{Case: c.ID}, t)
	return c, err
}

// do decides as of by.At, or as of today where that date cannot be.
func (x *Importer) do(ctx context.Context, id cvd.CaseID, by cvd.By, cmds ...cvd.Command) (*cvd.Case, error) {
	c, err := x.Sync.cfg.Service.Do(ctx, id, by, cmds...)
	var e *cvd.InputError
	if errors.As(err, &e) && e.Field == "by.At" {
		by.At = time.Time{}
		c, err = x.Sync.cfg.Service.Do(ctx, id, by, cmds...)
	}
	return c, err
}

// step is one thing that a ticket tells of its past, with the name that makes it
// happen once.
type step struct {
	name string
	at   time.Time // when it happened
	ch   *Change   // whose command ID is that of Pull, so that it acts once, by either
	cmds []cvd.Command
}

// steps are what the history of a ticket says to its case, and what has no place
// there.
func (x *Importer) steps(t *Ticket, history []Change) (out []step, unmapped []Problem) {
	s := x.Sync
	answered := x.Answered
	if answered == nil {
		answered = func(c Change) bool { return c.Reply }
	}
	at := t.Created // of the step that is made
	add := func(name string, cmds ...cvd.Command) { out = append(out, step{name, at, nil, cmds}) }
	note := func(ch *Change, text string) {
		out = append(out, step{"", at, ch, []cvd.Command{s.note(place{}, ch, text)}})
	}
	history = slices.Clone(history)
	slices.SortStableFunc(history, func(a, b Change) int { return a.At.Compare(b.At) })
	assigned := t.Owner == ""
	owner := func() {
		if !assigned {
			assigned = true
			add("owner "+string(t.Owner), cvd.Assign{To: s.cfg.Mapping.actor(s.cfg.Name, string(t.Owner))})
		}
	}
	var first time.Time
	for i := range history {
		ch := &history[i]
		if ch.At.After(at) {
			at = ch.At
		}
		if ch.Ref == "" {
			ch.Ref = t.Ref
		}
		switch ch.Kind {
		case KindCommented:
			if strings.TrimSpace(string(ch.Text)) == "" {
				continue
			}
			// A note, whoever it was for: it was sent long ago.
			note(ch, string(ch.Text))
			if answered(*ch) && ch.Actor != t.Author && first.IsZero() {
				first = ch.At
				add("answered "+ch.ID, cvd.RecordFact{Fact: policy.FactAcknowledged, At: ch.At, Reason: "imported from the ticket"})
			}
		case KindOpened:
		case KindOwner:
			if ch.New == t.Owner && !slices.ContainsFunc(history[i+1:], func(c Change) bool { return c.Kind == KindOwner }) {
				owner()
			}
		case KindStatus:
			row, mapped := s.cfg.Mapping.in(string(ch.New))
			note(ch, describe(ch))
			if what, ok := claims[row.Claim]; ok {
				add("claim "+ch.ID, cvd.Observe{What: what, Observed: ch.At, TLP: s.cfg.CommentTLP, Evidence: cvd.Private(describe(ch))})
			} else if !mapped && ch.New != "" {
				unmapped = append(unmapped, Problem{Ref: t.Ref, What: fmt.Sprintf("the state %q means nothing to a case: add it to Mapping.In if it should", string(ch.New))})
			}
		default:
			note(ch, describe(ch))
		}
	}
	if t.Closed {
		unmapped = append(unmapped, Problem{Ref: t.Ref, What: "the ticket is closed, and its case is open: close it, or import open tickets only"})
	}
	owner()
	if t.Priority != "" && t.Priority != "0" {
		unmapped = append(unmapped, Problem{Ref: t.Ref, What: fmt.Sprintf("the priority %q was noted, and is no severity", t.Priority)})
		add("priority "+t.Priority, cvd.PostMessage{Text: cvd.Private("Priority of the ticket: " + t.Priority), TLP: s.cfg.CommentTLP})
	}
	return out, unmapped
}

// apply does the steps, each once, whatever died before.
func (x *Importer) apply(ctx context.Context, id cvd.CaseID, t *Ticket, steps []step, r *Imported) error {
	for _, st := range steps {
		by := x.by(st.at, t.Ref, st.name)
		if st.ch != nil {
			by.ID = x.Sync.commandID("change", st.ch.ID)
			if st.ch.Actor != "" {
				by.Actor = x.Sync.cfg.Mapping.actor(x.Sync.cfg.Name, st.ch.Actor)
			}
		}
		_, err := x.do(ctx, id, by, st.cmds...)
		switch {
		case err == nil, isRepeat(err):
		case errors.Is(err, cvd.ErrRefused), errors.Is(err, cvd.ErrInput):
			r.Unmapped = append(r.Unmapped, Problem{Case: id, Ref: t.Ref, What: "something of its past was refused", Err: err, Lost: true})
		default:
			return err
		}
	}
	return nil
}
