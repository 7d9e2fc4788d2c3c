package cvd

import (
	"context"
	"io"
	"slices"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// Viewer is who reads. The zero Viewer is the public.
type Viewer struct {
	Team  bool    // the owner's team: sees all
	Party PartyID // a participant of the case
}

// View returns the case with the texts that the viewer may see, verified. Parts
// that the viewer may not see are left out or empty; ErrNotFound if there is no
// case or it is not for this viewer's eyes at all, so that a stranger cannot
// learn of it.
func (s *Service) View(ctx context.Context, id CaseID, v Viewer) (*Case, error) {
	sl, err := s.cache.take(ctx, id)
	if err != nil {
		return nil, err
	}
	defer s.cache.put(sl)
	if err := s.catchUpFull(ctx, sl); err != nil {
		return nil, err
	}
	return sl.full.seenBy(v)
}

// seenBy is the one place where it is decided what a viewer sees. It copies
// everything that it returns.
func (c *Case) seenBy(v Viewer) (*Case, error) {
	switch {
	case v.Team:
		return c.copied(), nil
	case v.Party == 0 && len(c.Publications) == 0:
		return nil, ErrNotFound
	case v.Party != 0 && at(c.Participants, v.Party) == nil:
		return nil, ErrNotFound
	}
	w := c.copied()
	w.Events = slices.DeleteFunc(w.Events, func(e Event) bool { return !c.seesEvent(v, e) })
	for i := range w.Events {
		w.Events[i].Actor = 0
	}
	w.Actors, w.Assignee, w.Assigned = nil, "", false
	w.hideTeamwork()
	w.Reports = slices.DeleteFunc(w.Reports, func(r Report) bool { return !c.seesReport(v, r) })
	for i := range w.Reports {
		w.Reports[i].Reason, w.Reports[i].ForwardedTo = "", ""
		if w.Reports[i].Reporter != v.Party {
			w.Reports[i].Wish, w.Reports[i].Fingerprint, w.Reports[i].Original = "", "", 0
			w.Reports[i].CreditName = ""
		}
	}
	w.Messages = slices.DeleteFunc(w.Messages, func(m Message) bool { return !c.seesMessage(v, m) })
	for i := range w.Messages {
		if m := &w.Messages[i]; m.From != v.Party {
			m.To, m.Deliveries = []PartyID{v.Party}, nil
		}
	}
	w.Attachments = slices.DeleteFunc(w.Attachments, func(a Attachment) bool { return !c.seesFile(v, a) })
	w.Claims = slices.DeleteFunc(w.Claims, func(x Claim) bool { return !c.seesClaim(v, x) })
	for i := range w.Participants {
		c.blankParty(v, &w.Participants[i])
	}
	if !c.seesDetails(v) {
		w.Title, w.Streams, w.Statuses = "", nil, nil
		for i := range w.Vulnerabilities {
			x := &w.Vulnerabilities[i]
			*x = Vulnerability{ID: x.ID}
		}
	}
	for i := range w.Embargo.Proposals {
		if p := &w.Embargo.Proposals[i]; p.By != v.Party {
			p.Reason = ""
		}
	}
	w.Embargo.Reason = ""
	if v.Party == 0 {
		// What is public stands in the advisory, in words chosen for it.
		w.Embargo, w.Participants, w.Claims = Embargo{State: w.Embargo.State}, nil, nil
	}
	return w, nil
}

// copied returns a copy that shares nothing that changes.
func (c *Case) copied() *Case {
	w := *c
	w.Reports = slices.Clone(c.Reports)
	w.Vulnerabilities = slices.Clone(c.Vulnerabilities)
	for i := range w.Vulnerabilities {
		w.Vulnerabilities[i].Severity = slices.Clone(w.Vulnerabilities[i].Severity)
	}
	w.Streams = slices.Clone(c.Streams)
	w.Statuses = slices.Clone(c.Statuses)
	w.Participants = slices.Clone(c.Participants)
	w.Embargo.Proposals = slices.Clone(c.Embargo.Proposals)
	w.Claims = slices.Clone(c.Claims)
	w.Messages = slices.Clone(c.Messages)
	w.Attachments = slices.Clone(c.Attachments)
	w.Publications = slices.Clone(c.Publications)
	w.Events = slices.Clone(c.Events)
	w.Actors = slices.Clone(c.Actors)
	w.hold, w.revealed = nil, nil
	w.Links, w.Decisions = slices.Clone(c.Links), slices.Clone(c.Decisions)
	w.Assignee = c.Actor(c.assignee)
	return &w
}

// mayKnow reports whether a participant may be told the details of the case: it
// reported them, or agreed to the embargo, or nothing is secret any more, or the
// details were given to it on purpose.
func (c *Case) mayKnow(id PartyID) bool {
	p := at(c.Participants, id)
	if p == nil {
		return false
	}
	return id == Owner || p.Details || p.Roles&RoleReporter != 0 || len(c.Publications) > 0 ||
		p.Consent == Signatory || p.Consent == Lapsed || !c.Embargo.State.InForce()
}

func (c *Case) seesDetails(v Viewer) bool {
	return v.Team || v.Party != 0 && c.mayKnow(v.Party)
}

func (c *Case) seesReport(v Viewer, r Report) bool {
	if v.Party == 0 {
		return false
	}
	return r.Reporter == v.Party || r.TLP != tlp.Red && c.mayKnow(v.Party)
}

func (c *Case) seesMessage(v Viewer, m Message) bool {
	if v.Party == 0 || m.Purpose == PurposeNote {
		return false
	}
	return m.From == v.Party || slices.Contains(m.To, v.Party) && (m.Purpose != PurposeMessage || c.mayKnow(v.Party))
}

func (c *Case) seesFile(v Viewer, a Attachment) bool {
	if v.Party == 0 {
		return false
	}
	if a.From == v.Party {
		return true
	}
	for i := range c.Messages {
		if slices.Contains(c.Messages[i].Attachments, a.ID) && c.seesMessage(v, c.Messages[i]) {
			return true
		}
	}
	return false
}

func (c *Case) seesClaim(v Viewer, x Claim) bool {
	return x.By == v.Party || !x.Adopted.IsZero() && c.seesDetails(v)
}

// blankParty leaves of other participants what one must know to work together:
// that they take part, and in which role.
func (c *Case) blankParty(v Viewer, p *Participant) {
	if p.ID == v.Party {
		return
	}
	blank := Participant{ID: p.ID, Roles: p.Roles, RM: p.RM, Joined: p.Joined}
	if c.seesDetails(v) && p.Roles&(RoleReporter|RoleFinder) == 0 {
		blank.Organization = p.Organization
	}
	*p = blank
}

// seesEvent keeps to what belongs to the viewer, the embargo, and, where the
// viewer knows the details, to the vulnerability.
func (c *Case) seesEvent(v Viewer, e Event) bool {
	if v.Party == 0 {
		return publicEvent(e)
	}
	switch e.Name {
	case "case.opened/1", "embargo.proposed/1", "embargo.accepted/1", "embargo.rejected/1", "embargo.ended/1", "case.published/1":
		return true
	case "claim.adopted/1", "vuln.added/1", "vuln.identified/1", "severity.set/1", "status.recorded/1", "stream.added/1":
		return c.seesDetails(v)
	case "message.posted/1":
		m := at(c.Messages, MessageID(e.Ref))
		return m != nil && c.seesMessage(v, *m)
	case "report.received/1", "report.acknowledged/1":
		r := at(c.Reports, ReportID(e.Ref))
		return r != nil && c.seesReport(v, *r)
	case "party.rm/1", "party.consent/1", "party.added/1":
		return e.Party == v.Party
	}
	return false
}

func publicEvent(e Event) bool {
	switch e.Name {
	case "report.received/1", "report.acknowledged/1", "case.published/1", "embargo.accepted/1", "embargo.ended/1":
		return true
	case "claim.adopted/1":
		return e.Vuln != 0
	}
	return false
}

func (s *Service) opener(id CaseID, blob BlobID) func(context.Context) (io.ReadCloser, error) {
	return func(ctx context.Context) (io.ReadCloser, error) {
		if s.cfg.Blobs == nil {
			return nil, ErrNotFound
		}
		return s.openBlob(ctx, id, blob)
	}
}
