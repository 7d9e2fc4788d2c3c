package tracker

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
)

// Pulled is what a call of Pull did.
type Pulled struct {
	Applied  int       // changes that were recorded in a case
	Opened   int       // tickets that became cases
	Ignored  int       // changes of our own, and of tickets that stand for no case
	Problems []Problem // changes and tickets that were left out
	More     bool      // there are more changes now
	Next     time.Time // the tracker wants no requests before; zero: it takes them
}

// maxSeen is how many changes are remembered by name, since they are told again.
const maxSeen = 2000

// Pull takes in the next changes of the tracker, about n (1 to 1,000), the oldest
// first, each once. What a case refuses becomes a note in it; a change of which
// nothing could be kept is a Problem that is Lost. The error is of what stopped the
// call: then the cursor stays, and the next call begins with the same changes.
func (s *Sync) Pull(ctx context.Context, n int) (r Pulled, err error) {
	if n < 1 || n > 1000 {
		return r, errors.New("tracker: Pull: n is 1 to 1000")
	}
	if r.Next, err = s.paused(ctx); err != nil || !r.Next.IsZero() {
		return r, err
	}
	var at cursor
	key := s.cfg.Name + "/cursor"
	version, err := s.get(ctx, key, &at)
	if err != nil {
		return r, err
	}
	self, err := s.account(ctx)
	if err == nil && version == 0 {
		at.At, err = s.begin(ctx)
	}
	var page Page
	if err == nil {
		page, err = s.cfg.Tracker.Changes(ctx, at.At, n)
	}
	if err != nil {
		r.Next = s.hold(ctx, err)
		return r, err
	}
	in := &intake{s: s, page: page, self: self, known: map[string]Ticket{}, r: &r}
	seen := at.Seen
	for i := range page.Changes {
		ch := &page.Changes[i]
		id := digest(ch.ID)
		if ch.Actor == self || slices.Contains(seen, id) {
			r.Ignored++
			continue
		}
		if err := in.take(ctx, ch); err != nil {
			r.Next = s.hold(ctx, err)
			return r, err
		}
		if err := s.at("pulled"); err != nil {
			return r, err
		}
	}
	r.More = page.More
	now := cursor{page.Cursor, remember(seen, page.Changes)}
	if len(page.Changes) == 0 && page.Cursor == at.At {
		return r, nil
	}
	_, err = s.put(ctx, key, version, now)
	if errors.Is(err, cvd.ErrConflict) {
		err = nil // another process was first: what it did not do was done here, once
	}
	return r, err
}

// begin is the cursor of a Sync that has none.
func (s *Sync) begin(ctx context.Context) (string, error) {
	x, ok := s.cfg.Tracker.(Starter)
	if !ok || s.cfg.Since.IsZero() {
		return "", nil
	}
	return x.CursorAt(ctx, s.cfg.Since)
}

func remember(seen []string, chs []Change) []string {
	for i := range chs {
		if id := digest(chs[i].ID); !slices.Contains(seen, id) {
			seen = append(seen, id)
		}
	}
	return slices.Clone(seen[max(0, len(seen)-maxSeen):])
}

// intake takes in one page of changes.
type intake struct {
	s     *Sync
	page  Page
	self  string
	known map[string]Ticket // that were read for this page
	r     *Pulled
}

// take records a change in the cases of its ticket. An error ends the page; what
// concerns only this change is a Problem.
func (in *intake) take(ctx context.Context, ch *Change) error {
	places, err := in.places(ctx, ch.Ref)
	var e *Error
	switch {
	case errors.Is(err, ErrGone):
		in.r.Ignored++ // somebody else's, or gone before it was known
		return nil
	case err != nil && !errors.As(err, &e) && ctx.Err() == nil && isOwn(err):
		in.r.Problems = append(in.r.Problems, Problem{Ref: ch.Ref, What: "the ticket could not become a case", Err: err, Lost: true})
		return nil
	case err != nil:
		return err
	}
	if len(places) == 0 {
		in.r.Ignored++
		return nil
	}
	done := map[cvd.CaseID]bool{}
	for _, p := range places {
		id, err := in.s.cfg.Service.Follow(ctx, p.Case)
		if errors.Is(err, cvd.ErrNotFound) {
			in.problem(cvd.CaseID{}, ch, "the case of the ticket is not there", err)
			continue
		}
		if err != nil {
			return err
		}
		if !done[id] {
			done[id] = true
			if err := in.apply(ctx, id, p, ch); err != nil {
				return err
			}
		}
	}
	return nil
}

// isOwn: an error of the command that would start a case, and not of Store or tracker.
func isOwn(err error) bool { return errors.Is(err, cvd.ErrInput) || errors.Is(err, cvd.ErrRefused) }

func (in *intake) problem(id cvd.CaseID, ch *Change, what string, err error) {
	in.r.Problems = append(in.r.Problems, Problem{Case: id, Ref: ch.Ref, What: what, Err: err, Lost: true})
}

// places are the cases that a ticket stands for: by the index, by the number that a
// case knows, by the marker that the ticket carries; or by the case that it becomes.
func (in *intake) places(ctx context.Context, ref string) ([]place, error) {
	s := in.s
	var have []place
	if _, err := s.get(ctx, s.ticketKey(ref), &have); err != nil || len(have) > 0 {
		return have, err
	}
	id, err := s.cfg.Service.Lookup(ctx, cvd.ExternalID{Kind: s.ticketKind(), Value: cvd.Private(ref)})
	if err == nil {
		return in.found(ctx, place{Case: id}, ref)
	} else if !errors.Is(err, cvd.ErrNotFound) {
		return nil, err
	}
	t, err := in.ticket(ctx, ref)
	if err != nil {
		return nil, err
	}
	if t.Ref != ref { // it was moved or merged: what happened to it happened to the other
		if _, err := s.get(ctx, s.ticketKey(t.Ref), &have); err != nil || len(have) > 0 {
			return have, err
		}
	}
	if t.Marker != "" {
		id, err := s.cfg.Service.Lookup(ctx, cvd.ExternalID{Kind: s.markerKind(), Value: cvd.Private(t.Marker)})
		if errors.Is(err, cvd.ErrNotFound) {
			return nil, nil // of another installation, or made up
		} else if err != nil {
			return nil, err
		}
		return in.found(ctx, place{id, in.part(ctx, id, t.Marker)}, t.Ref)
	}
	return in.open(ctx, t)
}

// part is the part of a case that a marker names.
func (in *intake) part(ctx context.Context, id cvd.CaseID, marker string) string {
	c, err := in.s.cfg.Service.View(ctx, id, in.s.viewer())
	if err == nil {
		for _, p := range in.s.cfg.Parts(c, &in.s.cfg.Mapping) {
			if in.s.marker(place{id, p.Key}) == marker {
				return p.Key
			}
		}
	}
	return ""
}

// found notes the case of a ticket whose link was lost, or not yet written.
func (in *intake) found(ctx context.Context, p place, ref string) ([]place, error) {
	return []place{p}, in.s.index(ctx, ref, p)
}

func (in *intake) ticket(ctx context.Context, ref string) (Ticket, error) {
	if t, ok := in.page.Tickets[ref]; ok {
		return t, nil
	}
	if t, ok := in.known[ref]; ok {
		return t, nil
	}
	t, err := in.s.cfg.Tracker.Read(ctx, ref)
	if err == nil {
		in.known[ref] = t
	}
	return t, err
}

// open makes a case of a ticket, if the host wants it. The ticket gets its marker by
// the next Push.
func (in *intake) open(ctx context.Context, t Ticket) ([]place, error) {
	s := in.s
	if s.cfg.Intake == nil || t.Author == in.self {
		return nil, nil
	}
	cmd := s.cfg.Intake(t)
	if cmd == nil {
		return nil, nil
	}
	cmd, err := withID(cmd, cvd.ExternalID{Kind: s.ticketKind(), Value: cvd.Private(t.Ref)})
	if err != nil {
		return nil, err
	}
	by := s.by(s.commandID("open", t.Ref))
	by.Actor = s.cfg.Mapping.actor(s.cfg.Name, t.Author)
	c, err := s.cfg.Service.Do(ctx, cvd.CaseID{}, by, cmd)
	if err != nil {
		return nil, err
	}
	if !c.Repeated {
		in.r.Opened++
	}
	if err := s.at("opened"); err != nil {
		return nil, err
	}
	return s.adopt(ctx, place{Case: c.ID}, t)
}

// adopt ties a case to the ticket that it was made of.
func (s *Sync) adopt(ctx context.Context, p place, t Ticket) ([]place, error) {
	var l link
	version, err := s.get(ctx, s.linkKey(p), &l)
	if err == nil && l.Ref == "" {
		_, err = s.put(ctx, s.linkKey(p), version, link{Ref: t.Ref, Version: t.Version, Theirs: true})
		if errors.Is(err, cvd.ErrConflict) {
			err = nil // another process takes the same ticket in
		}
	}
	if err == nil {
		err = s.at("adopted")
	}
	if err == nil {
		err = s.index(ctx, t.Ref, p)
	}
	return []place{p}, err
}

func withID(cmd cvd.Command, id cvd.ExternalID) (cvd.Command, error) {
	switch x := cmd.(type) {
	case cvd.Receive:
		x.IDs = append(slices.Clip(x.IDs), id)
		return x, nil
	case cvd.Open:
		x.IDs = append(slices.Clip(x.IDs), id)
		return x, nil
	}
	return nil, errors.New("tracker: Config.Intake returned a command that starts no case: use cvd.Receive or cvd.Open")
}

// Report takes a ticket for a report: its title, its text, when it was made and, if
// the tracker tells, who made it. It is the usual Config.Intake.
func Report(t Ticket) cvd.Command {
	return cvd.Receive{
		Channel: cvd.ChannelTracker, Received: t.Created, Title: t.Title, Observations: t.Body,
		Reporter: cvd.Contact{Name: t.AuthorName, Email: t.AuthorEmail},
	}
}
