package caselog

import (
	"context"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func (s *Book) Viewed(ctx context.Context, id cvd.CaseID, v cvd.Viewer) (*cvd.Case, error) {
	sl, err := s.Cache.Take(ctx, id)
	if err != nil {
		return nil, err
	}
	defer s.Cache.Put(sl)
	if err := s.catchUpFull(ctx, sl); err != nil {
		return nil, err
	}
	if !v.Team && v.Identity != "" {
		p := identified(&sl.Full.Case, s.ShortTag("party", string(v.Identity)), v.Party)
		if p == 0 {
			return nil, cvd.ErrNotFound
		}
		v.Party = p
	}
	return sl.Full.SeenBy(v, storage.MillisOf(s.Cfg.Now()), s.Cfg.Floor)
}

// WholeCase returns what View gives the library itself, with what is folded besides.
func (s *Book) WholeCase(ctx context.Context, id cvd.CaseID) (*Folded, error) {
	sl, err := s.Cache.Take(ctx, id)
	if err != nil {
		return nil, err
	}
	defer s.Cache.Put(sl)
	if err := s.catchUpFull(ctx, sl); err != nil {
		return nil, err
	}
	return sl.Full.copied(WholeTeam()), nil
}

// identified returns the participant with an identity: the one that is asked
// for, or the first.
func identified(c *cvd.Case, tag storage.Term, id cvd.PartyID) cvd.PartyID {
	if c.Submission.Quarantined {
		return 0 // anybody can write down the address of somebody else
	}
	removed := cvd.PartyID(0)
	for _, p := range c.Participants {
		if p.Kept(inner.Only{}).Identity == tag && (id == 0 || id == p.ID) {
			if !p.Gone() {
				return p.ID
			}
			removed = p.ID
		}
	}
	return removed
}

// SeenBy copies what sight.sees lets pass.
func (c *Folded) SeenBy(v cvd.Viewer, now storage.Millis, floor func(*cvd.Message) cvd.Protection) (*cvd.Case, error) {
	s, ok := c.See(v, now, floor)
	switch {
	case !ok:
		return nil, cvd.ErrNotFound
	case v.Team && !s.narrowed():
		w := c.copied(v).Case
		w.GroupTags = nil
		return &w, nil
	}
	w := c.ownLists().Case
	w.GroupTags = nil
	if !v.Team {
		w.You = v.Party
	}
	if !s.Sees(c.titleObject()) {
		w.Title = ""
	}
	w.Reports = Pick(c.Reports, func(r *cvd.Report) bool { return s.Sees(objectReport(r)) })
	w.Messages = paged(Pick(c.Messages, func(m *cvd.Message) bool { return s.Sees(ObjectMessage(m)) }), v, messageSeq)
	w.Topics = s.topics()
	w.Attachments = Pick(c.Attachments, s.SeesFile)
	w.Claims = Pick(c.Claims, func(x *cvd.Claim) bool { return s.Sees(objectClaim(x)) })
	w.Statuses = Pick(c.Statuses, func(x *cvd.Status) bool { return s.Sees(objectStatus(x)) })
	w.Streams = Pick(c.Streams, func(x *cvd.Stream) bool { return s.seesStream(x, w.Statuses) })
	w.Vulnerabilities = s.vulnerabilities()
	w.Participants = inner.Copies(c.Participants)
	w.Events = paged(Pick(c.Events, func(e *cvd.Event) bool { return v.Team && s.seesOwnEvent(e) || !v.Team && s.SeesEvent(e) }), v, eventSeqOf)
	if v.Team {
		w.Assignee = c.Actor(c.AssigneeNumber)
		s.inGroups(&w)
		w.Reindex(inner.Only{})
		return s.lowered(&w), nil
	}
	w.Actors, w.Assignee, w.Assigned = nil, "", false
	w.Adopted, w.DateChanges, w.Reminded, w.Recorded = nil, nil, nil, nil // the team's own clocks
	w.Disclosures, w.Lists = nil, nil
	w.Grants = Pick(c.Grants, func(g *cvd.Grant) bool { return s.p != nil && g.Party == s.p.ID })
	w.Assessments, w.AuthorityReports, w.Requests, w.Informed = nil, nil, nil, nil
	for i := range w.Events {
		w.Events[i].Actor, w.Events[i].Reason = 0, ""
	}
	for i := range w.Publications {
		w.Publications[i].Emergency = ""
	}
	hideTeamwork(&w)
	s.blankSubmission(&w)
	for i := range w.Participants {
		s.BlankParty(w.Participants[i])
	}
	s.blankTexts(&w)
	s.blankTerms(&w)
	if s.p == nil || s.p.Gone() {
		w.Embargo, w.Participants = cvd.Embargo{State: w.Embargo.State}, nil
	}
	w.Reindex(inner.Only{})
	return s.lowered(&w), nil
}

// Pick returns the elements that f takes, in a slice of its own.
func Pick[T any](from []T, f func(*T) bool) []T {
	var out []T
	for i := range from {
		if f(&from[i]) {
			if out == nil {
				out = make([]T, 0, len(from)-i)
			}
			out = append(out, from[i])
		}
	}
	return out
}

// ownLists returns a copy of the case whose short lists are its own. Those that
// depend on the viewer, or of which there may be very many, are chosen by the caller.
// TestCopiesShareNothing fails for a list that is in neither.
func (c *Folded) ownLists() Folded {
	w := *c
	w.Embargo.Proposals = slices.Clone(c.Embargo.Proposals)
	w.Announced, w.Disclosures = slices.Clone(c.Announced), slices.Clone(c.Disclosures)
	r := &w.Release
	r.Answers, r.Approvals, r.Outputs = slices.Clone(r.Answers), slices.Clone(r.Approvals), slices.Clone(r.Outputs)
	w.Groups, w.Lists = slices.Clone(c.Groups), slices.Clone(c.Lists)
	w.Grants, w.Topics = slices.Clone(c.Grants), slices.Clone(c.Topics)
	w.Publications, w.Drafts = slices.Clone(c.Publications), slices.Clone(c.Drafts)
	w.Adopted, w.DateChanges, w.Reminded = slices.Clone(c.Adopted), slices.Clone(c.DateChanges), slices.Clone(c.Reminded)
	w.Recorded, w.Updates, w.Closings, w.Waits = slices.Clone(c.Recorded), slices.Clone(c.Updates), slices.Clone(c.Closings), slices.Clone(c.Waits)
	w.RelatedEnds = c.RelatedEndsAfter()
	w.Actors, w.IDs, w.Links, w.Decisions = slices.Clone(c.Actors), slices.Clone(c.IDs), slices.Clone(c.Links), slices.Clone(c.Decisions)
	w.CVEs = slices.Clone(c.CVEs)
	w.Assessments, w.AuthorityReports = slices.Clone(c.Assessments), slices.Clone(c.AuthorityReports)
	w.Requests, w.Informed = slices.Clone(c.Requests), slices.Clone(c.Informed)
	return w
}

// copied returns a copy that shares nothing that changes.
func (c *Folded) copied(v cvd.Viewer) *Folded {
	w := c.ownLists()
	w.Reports = slices.Clone(c.Reports)
	w.Vulnerabilities = slices.Clone(c.Vulnerabilities)
	for i := range w.Vulnerabilities {
		w.Vulnerabilities[i].Severity = slices.Clone(w.Vulnerabilities[i].Severity)
	}
	w.Streams = slices.Clone(c.Streams)
	w.Statuses = slices.Clone(c.Statuses)
	w.Participants = inner.Copies(c.Participants)
	w.Claims = slices.Clone(c.Claims)
	w.Messages = slices.Clone(paged(c.Messages, v, messageSeq))
	w.Attachments = slices.Clone(c.Attachments)
	w.Events = slices.Clone(paged(c.Events, v, eventSeqOf))
	w.hold, w.revealed = nil, nil // erased is replaced, never changed
	w.Assignee = c.Actor(c.AssigneeNumber)
	return &w
}

// vulnerabilities keeps their numbers, so that they can be spoken of, and the
// rest where it is seen.
func (s Sight) vulnerabilities() []cvd.Vulnerability {
	vs := slices.Clone(s.c.Vulnerabilities)
	for i := range vs {
		v := &vs[i]
		if !s.Sees(objectVulnerability(v)) {
			*v = cvd.Vulnerability{ID: v.ID}
			continue
		}
		o := objectVulnerability(v)
		if o.part = v.Kept(inner.Only{}).CvePart; !s.Sees(o) {
			v.CVE = ""
		}
		if o.part = v.Kept(inner.Only{}).CwePart; !s.Sees(o) {
			v.CWE = ""
		}
		if o.part = v.Kept(inner.Only{}).WordsPart; !s.Sees(o) {
			v.Description, v.Workaround, v.References = "", "", nil
		}
		v.Severity = Pick(v.Severity, func(x *cvd.Severity) bool { return s.Sees(objectSeverity(x, v.ID)) })
		if len(v.Severity) < len(s.c.Vulnerabilities[i].Severity) {
			v.Rating = cvd.RatingUnknown
			if n := len(v.Severity); n > 0 {
				v.Rating = v.Severity[n-1].Rating
			}
		}
	}
	return vs
}

// SeesFile: a file is its source's, and of those who see a message that carries
// it and are within the file's own label.
func (s Sight) SeesFile(a *cvd.Attachment) bool {
	if ofTeam(&s.v) && s.ofHiddenTopic(a.ID) {
		return false
	}
	o := object{matter: matterOwn, source: a.From, label: a.TLP, part: a.Kept(inner.Only{}).Part}
	if a.Unverified {
		o.source = cvd.Owner
	}
	if s.Sees(o) {
		return true
	}
	for i := range s.c.Messages {
		if m := &s.c.Messages[i]; slices.Contains(m.Attachments, a.ID) && s.Sees(ObjectMessage(m)) {
			o.matter, o.to = matterMessage, m.To
			if s.Sees(o) {
				return true
			}
		}
	}
	return false
}

// seesStream: a product stream shows with a statement on it.
func (s Sight) seesStream(x *cvd.Stream, seen []cvd.Status) bool {
	o := object{matter: matterStatement, source: x.Vendor, label: x.TLP, part: x.Kept(inner.Only{}).Part, stream: x.ID}
	if s.Sees(o) {
		return true
	}
	for i := range seen {
		if seen[i].Stream == x.ID && seen[i].Shared {
			o.shared, o.vuln = true, seen[i].Vuln
			return s.Sees(o)
		}
	}
	return false
}

// BlankParty leaves of other participants what one must know to work together:
// that they take part, and in which role.
func (s Sight) BlankParty(p *cvd.Participant) {
	if s.p != nil && p.ID == s.p.ID {
		return
	}
	blank := cvd.Participant{ID: p.ID, Roles: p.Roles, Joined: p.Joined}
	if p.ID == cvd.Owner || s.published {
		blank.RM = p.RM
	}
	o := object{matter: matterDetails, source: p.ID, label: tlp.Amber, part: p.Kept(inner.Only{}).Part}
	if p.Roles&(cvd.RoleReporter|cvd.RoleFinder) == 0 && (p.ID == cvd.Owner || s.Sees(o)) {
		blank.Organization = p.Organization
	}
	*p = blank
}

// blankTexts removes from objects that are seen what is not for all who see them.
func (s Sight) blankTexts(w *cvd.Case) {
	me := s.v.Party
	for i := range w.Reports {
		r := &w.Reports[i]
		r.Reason, r.ForwardedTo = "", ""
		if r.Reporter != me {
			r.Wish, r.Fingerprint, r.Original, r.CreditName, r.DuplicateOf = "", "", 0, "", cvd.CaseID{}
			r.Mail, r.Files = "", nil
		}
	}
	for i := range w.Messages {
		s.BlankMessage(&w.Messages[i])
	}
	for i := range w.Claims {
		if x := &w.Claims[i]; !s.Sees(evidence(x)) {
			x.Evidence = ""
		}
	}
}

// BlankMessage leaves of a message that is seen what is not for the team, or for
// its sender, alone.
func (s Sight) BlankMessage(m *cvd.Message) {
	m.Reason, m.Claimed, m.Admitted, m.Report = "", 0, time.Time{}, 0
	if x := inner.At(s.c.Messages, m.InReplyTo); x == nil || !s.Sees(ObjectMessage(x)) {
		m.InReplyTo = 0
	}
	if m.From == s.v.Party {
		m.Deliveries = slices.Clone(m.Deliveries)
		for i := range m.Deliveries {
			m.Deliveries[i].Detail, m.Deliveries[i].Fetched = "", time.Time{}
		}
		return
	}
	var own []cvd.DeliveryState // whether it has fetched it
	for _, x := range m.Deliveries {
		if x.Party == s.v.Party {
			own = []cvd.DeliveryState{{Party: x.Party, Fetched: x.Fetched}}
		}
	}
	m.To, m.Deliveries, m.Provenance, m.Original = []cvd.PartyID{s.v.Party}, own, cvd.Provenance{}, 0
	m.Statements, m.Go, m.Hold, m.Adopted = nil, false, false, time.Time{}
}

// blankTerms leaves of the negotiation and the release what everybody needs.
func (s Sight) blankTerms(w *cvd.Case) {
	me := s.v.Party
	w.Embargo.Reason = ""
	for i := range w.Embargo.Proposals {
		p := &w.Embargo.Proposals[i]
		p.Agreed = Pick(p.Agreed, func(id *cvd.PartyID) bool { return *id == me })
		if p.By != me || len(s.without) > 0 {
			p.Reason = ""
		}
	}
	w.Announced = Pick(s.c.Announced, func(x *cvd.Announcement) bool { return s.Sees(objectAnnouncement(x)) })
	for i := range w.Announced {
		if x := &w.Announced[i]; x.By != me {
			x.Reason = ""
		}
	}
	if s.p == nil || !s.Sees(object{matter: matterDetails, source: cvd.Owner}) {
		w.Release = cvd.Release{}
		return
	}
	w.Release.Approvals = nil
	w.Release.Answers = Pick(s.c.Release.Answers, func(x *cvd.ReleaseAnswer) bool { return x.Party == me })
	w.Release.Outputs = nil
	for _, o := range s.c.Release.Outputs {
		w.Release.Outputs = append(w.Release.Outputs, cvd.ReleaseOutput{Name: o.Name, Done: o.Done, Ref: o.Ref})
	}
}

// paged is the part of a list, in the order of the log, that a viewer asks for.
func paged[T any](all []T, v cvd.Viewer, seq func(*T) cvd.Seq) []T {
	if v.Before > 0 {
		n, _ := slices.BinarySearchFunc(all, v.Before, func(x T, before cvd.Seq) int { return int(seq(&x) - before) })
		all = all[:n]
	}
	if v.Last > 0 && len(all) > v.Last {
		all = all[len(all)-v.Last:]
	}
	return all
}

func messageSeq(m *cvd.Message) cvd.Seq { return m.Seq }
func eventSeqOf(e *cvd.Event) cvd.Seq   { return e.Seq }
