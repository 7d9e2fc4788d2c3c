package cvd

import (
	"context"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"io"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Viewer is who reads. The zero Viewer is the public.
type Viewer struct {
	Team bool // the owner's team: sees all that is open to Groups
	// Groups are those of the team to which the viewer belongs, in the host's terms. It
	// sees the cases that are open to the whole team, as all are until SetGroups, and
	// those that are open to a group of its. EveryGroup: all cases.
	Groups []Private
	Party  PartyID // a participant of the case
	// Grant is the code by which Party came: what Access returned. It limits what is
	// seen to what the code opens, while it holds. 0: the host knows who it is.
	Grant GrantID
	// Identity names a participant in the host's terms, as Contact.Identity does,
	// instead of Party or to check it.
	Identity Private
	// Over says how the answer reaches the viewer: what needs more protection is
	// left out. ProtectNone: the host protects it well enough for everything.
	Over Protection
	// Last limits the answer to so many of the newest messages, and of the newest
	// events, before the record Before: a page of a case that has very many. 0: all.
	// What is computed from them, such as a Timeline, is then of the page.
	Last   int
	Before Seq // 0: the newest
	// Clearance is the strictest TLP label that the viewer may hold, for example of
	// a tracker that mirrors cases: what has a stricter one is left out, also for
	// the team. What has no label counts as TLP:AMBER: names, reasons, identifiers.
	// But what a report is labelled holds for who sent it, and the label of a
	// vulnerability for the drafts and records that are about it. Unset: no limit.
	Clearance tlp.Label

	tags  []storage.Term // keyed hashes of Groups
	every bool           // Groups has EveryGroup
}

// View returns the case with the texts that the viewer may see, verified. Parts
// that the viewer may not see are left out or empty; ErrNotFound if there is no
// case or it is not for this viewer's eyes at all, so that a stranger cannot
// learn of it.
func (s *Service) View(ctx context.Context, id CaseID, v Viewer) (*Case, error) {
	v = s.knowing(v)
	c, err := s.viewed(ctx, id, v)
	if err != nil {
		return nil, err
	}
	return c, s.withoutOthers(ctx, c, v)
}

func (s *Service) viewed(ctx context.Context, id CaseID, v Viewer) (*Case, error) {
	sl, err := s.cache.take(ctx, id)
	if err != nil {
		return nil, err
	}
	defer s.cache.put(sl)
	if err := s.catchUpFull(ctx, sl); err != nil {
		return nil, err
	}
	if !v.Team && v.Identity != "" {
		p := sl.full.identified(s.shortTag("party", string(v.Identity)), v.Party)
		if p == 0 {
			return nil, ErrNotFound
		}
		v.Party = p
	}
	return sl.full.seenBy(v, storage.MillisOf(s.cfg.Now()), s.cfg.Floor)
}

// wholeCase returns what View gives the library itself, with what is folded besides.
func (s *Service) wholeCase(ctx context.Context, id CaseID) (*folded, error) {
	sl, err := s.cache.take(ctx, id)
	if err != nil {
		return nil, err
	}
	defer s.cache.put(sl)
	if err := s.catchUpFull(ctx, sl); err != nil {
		return nil, err
	}
	return sl.full.copied(wholeTeam()), nil
}

// identified returns the participant with an identity: the one that is asked
// for, or the first.
func (c *Case) identified(tag storage.Term, id PartyID) PartyID {
	if c.Submission.Quarantined {
		return 0 // anybody can write down the address of somebody else
	}
	removed := PartyID(0)
	for _, p := range c.Participants {
		if p.identity == tag && (id == 0 || id == p.ID) {
			if !p.gone() {
				return p.ID
			}
			removed = p.ID
		}
	}
	return removed
}

// seenBy copies what sight.sees lets pass.
func (c *folded) seenBy(v Viewer, now storage.Millis, floor func(*Message) Protection) (*Case, error) {
	s, ok := c.see(v, now, floor)
	switch {
	case !ok:
		return nil, ErrNotFound
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
	if !s.sees(c.titleObject()) {
		w.Title = ""
	}
	w.Reports = pick(c.Reports, func(r *Report) bool { return s.sees(r.object()) })
	w.Messages = paged(pick(c.Messages, func(m *Message) bool { return s.sees(m.object()) }), v, messageSeq)
	w.Topics = s.topics()
	w.Attachments = pick(c.Attachments, s.seesFile)
	w.Claims = pick(c.Claims, func(x *Claim) bool { return s.sees(x.object()) })
	w.Statuses = pick(c.Statuses, func(x *Status) bool { return s.sees(x.object()) })
	w.Streams = pick(c.Streams, func(x *Stream) bool { return s.seesStream(x, w.Statuses) })
	w.Vulnerabilities = s.vulnerabilities()
	w.Participants = copies(c.Participants)
	w.Events = paged(pick(c.Events, func(e *Event) bool { return v.Team && s.seesOwnEvent(e) || !v.Team && s.seesEvent(e) }), v, eventSeqOf)
	if v.Team {
		w.Assignee = c.Actor(c.assignee)
		s.inGroups(&w)
		w.Reindex(inner.Only{})
		return s.lowered(&w), nil
	}
	w.Actors, w.Assignee, w.Assigned = nil, "", false
	w.Adopted, w.DateChanges, w.Reminded, w.Recorded = nil, nil, nil, nil // the team's own clocks
	w.Disclosures, w.Lists = nil, nil
	w.Grants = pick(c.Grants, func(g *Grant) bool { return s.p != nil && g.Party == s.p.ID })
	w.Assessments, w.AuthorityReports, w.Requests, w.Informed = nil, nil, nil, nil
	for i := range w.Events {
		w.Events[i].Actor, w.Events[i].Reason = 0, ""
	}
	for i := range w.Publications {
		w.Publications[i].Emergency = ""
	}
	w.hideTeamwork()
	s.blankSubmission(&w)
	for i := range w.Participants {
		s.blankParty(w.Participants[i])
	}
	s.blankTexts(&w)
	s.blankTerms(&w)
	if s.p == nil || s.p.gone() {
		w.Embargo, w.Participants = Embargo{State: w.Embargo.State}, nil
	}
	w.Reindex(inner.Only{})
	return s.lowered(&w), nil
}

// copies returns copies of what a list points to.
func copies[T any](from []*T) []*T {
	all, out := make([]T, len(from)), make([]*T, len(from))
	for i, x := range from {
		all[i], out[i] = *x, &all[i]
	}
	return out
}

// pick returns the elements that f takes, in a slice of its own.
func pick[T any](from []T, f func(*T) bool) []T {
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
func (c *folded) ownLists() folded {
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
	w.RelatedEnds = c.relatedEnds()
	w.Actors, w.IDs, w.Links, w.Decisions = slices.Clone(c.Actors), slices.Clone(c.IDs), slices.Clone(c.Links), slices.Clone(c.Decisions)
	w.CVEs = slices.Clone(c.CVEs)
	w.Assessments, w.AuthorityReports = slices.Clone(c.Assessments), slices.Clone(c.AuthorityReports)
	w.Requests, w.Informed = slices.Clone(c.Requests), slices.Clone(c.Informed)
	return w
}

// copied returns a copy that shares nothing that changes.
func (c *folded) copied(v Viewer) *folded {
	w := c.ownLists()
	w.Reports = slices.Clone(c.Reports)
	w.Vulnerabilities = slices.Clone(c.Vulnerabilities)
	for i := range w.Vulnerabilities {
		w.Vulnerabilities[i].Severity = slices.Clone(w.Vulnerabilities[i].Severity)
	}
	w.Streams = slices.Clone(c.Streams)
	w.Statuses = slices.Clone(c.Statuses)
	w.Participants = copies(c.Participants)
	w.Claims = slices.Clone(c.Claims)
	w.Messages = slices.Clone(paged(c.Messages, v, messageSeq))
	w.Attachments = slices.Clone(c.Attachments)
	w.Events = slices.Clone(paged(c.Events, v, eventSeqOf))
	w.hold, w.revealed = nil, nil // erased is replaced, never changed
	w.Assignee = c.Actor(c.assignee)
	return &w
}

// vulnerabilities keeps their numbers, so that they can be spoken of, and the
// rest where it is seen.
func (s sight) vulnerabilities() []Vulnerability {
	vs := slices.Clone(s.c.Vulnerabilities)
	for i := range vs {
		v := &vs[i]
		if !s.sees(v.object()) {
			*v = Vulnerability{ID: v.ID}
			continue
		}
		o := v.object()
		if o.part = v.cvePart; !s.sees(o) {
			v.CVE = ""
		}
		if o.part = v.cwePart; !s.sees(o) {
			v.CWE = ""
		}
		if o.part = v.wordsPart; !s.sees(o) {
			v.Description, v.Workaround, v.References = "", "", nil
		}
		v.Severity = pick(v.Severity, func(x *Severity) bool { return s.sees(x.object(v.ID)) })
		if len(v.Severity) < len(s.c.Vulnerabilities[i].Severity) {
			v.Rating = RatingUnknown
			if n := len(v.Severity); n > 0 {
				v.Rating = v.Severity[n-1].Rating
			}
		}
	}
	return vs
}

// seesFile: a file is its source's, and of those who see a message that carries
// it and are within the file's own label.
func (s sight) seesFile(a *Attachment) bool {
	if s.v.ofTeam() && s.ofHiddenTopic(a.ID) {
		return false
	}
	o := object{matter: matterOwn, source: a.From, label: a.TLP, part: a.part}
	if a.Unverified {
		o.source = Owner
	}
	if s.sees(o) {
		return true
	}
	for i := range s.c.Messages {
		if m := &s.c.Messages[i]; slices.Contains(m.Attachments, a.ID) && s.sees(m.object()) {
			o.matter, o.to = matterMessage, m.To
			if s.sees(o) {
				return true
			}
		}
	}
	return false
}

// seesStream: a product stream shows with a statement on it.
func (s sight) seesStream(x *Stream, seen []Status) bool {
	o := object{matter: matterStatement, source: x.Vendor, label: x.TLP, part: x.part, stream: x.ID}
	if s.sees(o) {
		return true
	}
	for i := range seen {
		if seen[i].Stream == x.ID && seen[i].Shared {
			o.shared, o.vuln = true, seen[i].Vuln
			return s.sees(o)
		}
	}
	return false
}

// blankParty leaves of other participants what one must know to work together:
// that they take part, and in which role.
func (s sight) blankParty(p *Participant) {
	if s.p != nil && p.ID == s.p.ID {
		return
	}
	blank := Participant{ID: p.ID, Roles: p.Roles, Joined: p.Joined}
	if p.ID == Owner || s.published {
		blank.RM = p.RM
	}
	o := object{matter: matterDetails, source: p.ID, label: tlp.Amber, part: p.part}
	if p.Roles&(RoleReporter|RoleFinder) == 0 && (p.ID == Owner || s.sees(o)) {
		blank.Organization = p.Organization
	}
	*p = blank
}

// blankTexts removes from objects that are seen what is not for all who see them.
func (s sight) blankTexts(w *Case) {
	me := s.v.Party
	for i := range w.Reports {
		r := &w.Reports[i]
		r.Reason, r.ForwardedTo = "", ""
		if r.Reporter != me {
			r.Wish, r.Fingerprint, r.Original, r.CreditName, r.DuplicateOf = "", "", 0, "", CaseID{}
			r.Mail, r.Files = "", nil
		}
	}
	for i := range w.Messages {
		s.blankMessage(&w.Messages[i])
	}
	for i := range w.Claims {
		if x := &w.Claims[i]; !s.sees(x.evidence()) {
			x.Evidence = ""
		}
	}
}

// blankMessage leaves of a message that is seen what is not for the team, or for
// its sender, alone.
func (s sight) blankMessage(m *Message) {
	m.Reason, m.Claimed, m.Admitted, m.Report = "", 0, time.Time{}, 0
	if x := at(s.c.Messages, m.InReplyTo); x == nil || !s.sees(x.object()) {
		m.InReplyTo = 0
	}
	if m.From == s.v.Party {
		m.Deliveries = slices.Clone(m.Deliveries)
		for i := range m.Deliveries {
			m.Deliveries[i].Detail, m.Deliveries[i].Fetched = "", time.Time{}
		}
		return
	}
	var own []DeliveryState // whether it has fetched it
	for _, x := range m.Deliveries {
		if x.Party == s.v.Party {
			own = []DeliveryState{{Party: x.Party, Fetched: x.Fetched}}
		}
	}
	m.To, m.Deliveries, m.Provenance, m.Original = []PartyID{s.v.Party}, own, Provenance{}, 0
	m.Statements, m.Go, m.Hold, m.Adopted = nil, false, false, time.Time{}
}

// blankTerms leaves of the negotiation and the release what everybody needs.
func (s sight) blankTerms(w *Case) {
	me := s.v.Party
	w.Embargo.Reason = ""
	for i := range w.Embargo.Proposals {
		p := &w.Embargo.Proposals[i]
		p.Agreed = pick(p.Agreed, func(id *PartyID) bool { return *id == me })
		if p.By != me || len(s.without) > 0 {
			p.Reason = ""
		}
	}
	w.Announced = pick(s.c.Announced, func(x *Announcement) bool { return s.sees(x.object()) })
	for i := range w.Announced {
		if x := &w.Announced[i]; x.By != me {
			x.Reason = ""
		}
	}
	if s.p == nil || !s.sees(object{matter: matterDetails, source: Owner}) {
		w.Release = Release{}
		return
	}
	w.Release.Approvals = nil
	w.Release.Answers = pick(s.c.Release.Answers, func(x *ReleaseAnswer) bool { return x.Party == me })
	w.Release.Outputs = nil
	for _, o := range s.c.Release.Outputs {
		w.Release.Outputs = append(w.Release.Outputs, ReleaseOutput{Name: o.Name, Done: o.Done, Ref: o.Ref})
	}
}

func (s *Service) opener(id CaseID, blob storage.BlobID) func(context.Context) (io.ReadCloser, error) {
	return func(ctx context.Context) (io.ReadCloser, error) {
		if s.cfg.Blobs == nil {
			return nil, ErrNotFound
		}
		return s.openBlob(ctx, id, blob)
	}
}
