package caselog

import (
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Kinds lists every record name that this version writes or has written. A name
// is never removed and never changes its meaning: golden logs hold us to it.
var Kinds = map[string]func() Entry{
	"case.opened/1":          func() Entry { return new(CaseOpened) },
	"case.titled/1":          func() Entry { return new(CaseTitled) },
	"case.assigned/1":        func() Entry { return new(CaseAssigned) },
	"case.published/1":       func() Entry { return new(CasePublished) },
	"case.closed/1":          func() Entry { return new(CaseClosed) },
	"actor.seen/1":           func() Entry { return new(ActorSeen) },
	"party.added/1":          func() Entry { return new(PartyAdded) },
	"party.changed/1":        func() Entry { return new(PartyChanged) },
	"party.removed/1":        func() Entry { return new(PartyRemoved) },
	"party.scope/1":          func() Entry { return new(PartyScope) },
	"party.rm/1":             func() Entry { return new(PartyRM) },
	"party.consent/1":        func() Entry { return new(PartyConsent) },
	"party.sight/1":          func() Entry { return new(PartySight) },
	"ids.added/1":            func() Entry { return new(IdsAdded) },
	"part.begun/1":           func() Entry { return new(PartBegun) },
	"report.received/1":      func() Entry { return new(ReportReceived) },
	"report.acknowledged/1":  func() Entry { return new(ReportAcknowledged) },
	"report.triaged/1":       func() Entry { return new(ReportTriaged) },
	"vuln.added/1":           func() Entry { return new(VulnAdded) },
	"vuln.identified/1":      func() Entry { return new(VulnIdentified) },
	"vuln.described/1":       func() Entry { return new(VulnDescribed) },
	"draft.saved/1":          func() Entry { return new(DraftSaved) },
	"severity.set/1":         func() Entry { return new(SeveritySet) },
	"stream.added/1":         func() Entry { return new(StreamAdded) },
	"status.recorded/1":      func() Entry { return new(StatusRecorded) },
	"embargo.proposed/1":     func() Entry { return new(EmbargoProposed) },
	"embargo.accepted/1":     func() Entry { return new(EmbargoAccepted) },
	"embargo.rejected/1":     func() Entry { return new(EmbargoRejected) },
	"embargo.closed/1":       func() Entry { return new(ProposalsClosed) },
	"embargo.ended/1":        func() Entry { return new(EmbargoEnded) },
	"embargo.ruled/1":        func() Entry { return new(EmbargoRuled) },
	"embargo.agreed/1":       func() Entry { return new(EmbargoAgreedTo) },
	"deadline.announced/1":   func() Entry { return new(DeadlineAnnounced) },
	"disclosure.compelled/1": func() Entry { return new(DisclosureCompelled) },
	"release.planned/1":      func() Entry { return new(ReleasePlanned) },
	"release.answered/1":     func() Entry { return new(ReleaseAnswered) },
	"release.approved/1":     func() Entry { return new(ReleaseApproved) },
	"release.output/1":       func() Entry { return new(ReleaseOutput) },
	"release.cancelled/1":    func() Entry { return new(ReleaseCancelled) },
	"list.planned/1":         func() Entry { return new(ListPlanned) },
	"list.told/1":            func() Entry { return new(ListTold) },
	"claim.made/1":           func() Entry { return new(ClaimMade) },
	"claim.adopted/1":        func() Entry { return new(ClaimAdopted) },
	"claim.retracted/1":      func() Entry { return new(ClaimRetracted) },
	"message.posted/1":       func() Entry { return new(MessagePosted) },
	"message.delivered/1":    func() Entry { return new(MessageDelivered) },
	"sent.kept/1":            func() Entry { return new(SentKept) },
	"message.admitted/1":     func() Entry { return new(MessageAdmitted) },
	"delivery.bounced/1":     func() Entry { return new(DeliveryBounced) },
	"statements.adopted/1":   func() Entry { return new(StatementsAdopted) },
	"submission.received/1":  func() Entry { return new(SubmissionReceived) },
	"submission.lifted/1":    func() Entry { return new(SubmissionLifted) },
	"submission.decided/1":   func() Entry { return new(SubmissionDecided) },
	"submission.appealed/1":  func() Entry { return new(SubmissionAppealed) },
	"party.thread/1":         func() Entry { return new(PartyThread) },
	"file.attached/1":        func() Entry { return new(FileAttached) },
	"policy.adopted/1":       func() Entry { return new(PolicyAdopted) },
	"pause.carried/1":        func() Entry { return new(PauseCarried) },
	"fact.recorded/1":        func() Entry { return new(FactRecorded) },
	"reminder.recorded/1":    func() Entry { return new(ReminderRecorded) },
	"private.erased/1":       func() Entry { return new(PrivateErased) },
	"hold.placed/1":          func() Entry { return new(HoldPlaced) },
	"hold.released/1":        func() Entry { return new(HoldReleased) },
	"case.linked/1":          func() Entry { return new(CaseLinked) },
	"kin.ended/1":            func() Entry { return new(KinEnded) },
	"kin.told/1":             func() Entry { return new(KinTold) },
	"case.handed/1":          func() Entry { return new(CaseHanded) },
	"parts.moved/1":          func() Entry { return new(PartsMoved) },
	"read.marked/1":          func() Entry { return new(ReadMarked) },
	"ssvc.decided/1":         func() Entry { return new(SsvcDecided) },
	"topic.set/1":            func() Entry { return new(TopicSet) },
	"party.read/1":           func() Entry { return new(PartyRead) },
	"release.begun/1":        func() Entry { return new(StepBegun) },
	"release.failed/1":       func() Entry { return new(StepFailed) },
	"access.granted/1":       func() Entry { return new(AccessGranted) },
	"access.revoked/1":       func() Entry { return new(AccessRevoked) },
	"access.narrowed/1":      func() Entry { return new(AccessNarrowed) },
	"access.carried/1":       func() Entry { return new(AccessCarried) },
	"history.imported/1":     func() Entry { return new(HistoryImported) },
	"cve.recorded/1":         func() Entry { return new(CveRecorded) },
	"groups.set/1":           func() Entry { return new(GroupsSet) },
	"assessment.recorded/1":  func() Entry { return new(AssessmentRecorded) },
	"authority.submitted/1":  func() Entry { return new(ReportSubmitted) },
	"authority.requested/1":  func() Entry { return new(RequestRecorded) },
	"authority.answered/1":   func() Entry { return new(RequestAnswered) },
	"users.informed/1":       func() Entry { return new(UsersInformed) },
}

var kindNames = func() map[string]string {
	names := make(map[string]string, len(Kinds))
	for name := range Kinds {
		names[name] = name
	}
	return names
}()

// ownership tells which slices of a working copy are its own already. A case is
// copied before commands are decided on it; what they do not touch stays shared
// with the snapshots that were given out.
type ownership uint8

const (
	ownReports ownership = 1 << iota
	ownVulns
	ownStatuses
	ownParties
	ownProposals
	ownClaims
	ownMessages
	ownHold
	ownAll ownership = 1<<iota - 1
)

func mutable[T any](c *Folded, bit ownership, s *[]T) []T {
	if c.owned&bit == 0 {
		*s = slices.Clone(*s)
		c.owned |= bit
	}
	return *s
}

// Working returns a copy on which commands may be decided.
func (c *Folded) Working() *Folded {
	w := *c
	w.owned, w.hand = 0, new(inner.Hand)
	w.Repeated = false
	return &w
}

// Handed returns the case for the caller of Do. What the caller appends to a
// slice must not land where the next command will.
func (c *Folded) Handed() *cvd.Case {
	if c == nil {
		return nil
	}
	w := c.Case
	w.Streams = slices.Clip(c.Streams)
	w.Claims = slices.Clip(c.Claims)
	w.Messages = slices.Clip(c.Messages)
	w.Attachments = slices.Clip(c.Attachments)
	w.Publications = slices.Clip(c.Publications)
	w.DateChanges = slices.Clip(c.DateChanges)
	w.Reminded = slices.Clip(c.Reminded)
	w.Events = slices.Clip(c.Events)
	w.Actors = slices.Clip(c.Actors)
	w.Groups, w.GroupTags = slices.Clone(c.Groups), slices.Clone(c.GroupTags)
	w.Recorded, w.Updates, w.Closings = slices.Clip(c.Recorded), slices.Clip(c.Updates), slices.Clip(c.Closings)
	w.RelatedEnds = c.RelatedEndsAfter()
	return &w
}

// party returns a participant to be changed. Snapshots share both the list and those
// in it; of ten thousand a command changes one.
func (c *Folded) party(id cvd.PartyID) *cvd.Participant {
	p := c.Participant(id)
	if p != nil && p.Kept(inner.Only{}).Of != c.hand {
		own := *p
		own.Kept(inner.Only{}).Of = c.hand
		p = &own
		mutable(c, ownParties, &c.Participants)[id-1] = p
	}
	return p
}

func (c *Folded) report(id cvd.ReportID) *cvd.Report {
	return inner.At(mutable(c, ownReports, &c.Reports), id)
}

func (c *Folded) vuln(id cvd.VulnID) *cvd.Vulnerability {
	return inner.At(mutable(c, ownVulns, &c.Vulnerabilities), id)
}

func (c *Folded) proposal(id cvd.ProposalID) *cvd.Proposal {
	return inner.At(mutable(c, ownProposals, &c.Embargo.Proposals), id)
}

func (c *Folded) claim(id cvd.ClaimID) *cvd.Claim {
	return inner.At(mutable(c, ownClaims, &c.Claims), id)
}

func (c *Folded) message(id cvd.MessageID) *cvd.Message {
	return inner.At(mutable(c, ownMessages, &c.Messages), id)
}

// heard notes that a participant is not silent.
func (c *Folded) heard(from cvd.PartyID, e *Envelope) { c.heardAt(from, e.At.Time()) }

func (c *Folded) heardAt(from cvd.PartyID, t time.Time) {
	if c.Participant(from) == nil || from == cvd.Owner {
		return
	}
	p := c.party(from)
	if !t.Before(p.Bounced) {
		p.Bounced = time.Time{}
	}
	if t.After(p.Answered) {
		c.answers(p, t)
	}
}

// status returns the entry of a vulnerability, vendor and stream, and makes one
// where there is none.
func (c *Folded) status(v cvd.VulnID, vendor cvd.PartyID, s cvd.StreamID) *cvd.Status {
	all := mutable(c, ownStatuses, &c.Statuses)
	p := c.Participant(vendor)
	if p == nil {
		return &cvd.Status{} // written by a host of its own: see at
	}
	for _, i := range p.Kept(inner.Only{}).Statuses {
		if t := &all[i]; t.Vuln == v && t.Stream == s {
			return t
		}
	}
	p = c.party(vendor)                     // only now: to copy ten thousand takes longer than all the rest
	n := len(p.Kept(inner.Only{}).Statuses) // full slice expression: snapshots share the array
	p.Kept(inner.Only{}).Statuses = append(p.Kept(inner.Only{}).Statuses[:n:n], int32(len(all)))
	c.Statuses = append(all, cvd.Status{Vuln: v, Vendor: vendor, Stream: s})
	return &c.Statuses[len(all)]
}

// event appends to what happened. The slice only grows, so snapshots share it.
func event(c *cvd.Case, e *Envelope, x cvd.Event) {
	x.Seq, x.At, x.Kind, x.Actor = e.Seq, e.At.Time(), kindOf(e.Name), e.Actor
	c.Events = append(c.Events, x)
}

// fold verifies one record and applies it. It never refuses by a rule: what was
// once accepted stays so, whatever later versions demand. It returns the entry,
// which reveal needs.
func (c *Folded) fold(r *storage.Record) (Entry, *Envelope, error) {
	if r.Seq != c.Seq+1 {
		return nil, nil, Tampered(r.Seq, "there is a gap before it")
	}
	prev := c.Tip
	if c.Seq == 0 {
		prev = Genesis(c.ID)
	}
	e, tip, err := decodeBody(prev, r)
	if err != nil {
		return nil, nil, err
	}
	x, err := decodeEntry(&e)
	if err != nil {
		return nil, nil, err
	}
	if e.Flags&FlagFirst != 0 {
		if c.pending != 0 {
			return nil, nil, Tampered(r.Seq, "records that belong to the one before it are missing")
		}
		c.pending = e.Batch
	}
	if c.pending == 0 {
		return nil, nil, Tampered(r.Seq, "it belongs to no command")
	}
	c.pending--
	c.Take(x, &e, tip)
	if e.Flags&FlagPrivate != 0 && !r.HasPrivate {
		if c.owned&ownHold == 0 {
			c.hold, c.owned = cloneSet(c.hold), c.owned|ownHold
		}
		c.hold[r.Seq] = true
	}
	return x, &e, nil
}

// Take applies an entry that was verified, or has just been made.
func (c *Folded) Take(x Entry, e *Envelope, tip storage.Hash) {
	c.Seq, c.Tip, c.At = e.Seq, tip, e.At.Time()
	if _, ok := x.(*unknown); ok {
		event(&c.Case, e, cvd.Event{})
		c.Events[len(c.Events)-1].Kind = cvd.EventKind(e.Name) // its version may change what it means
		c.ReadOnly = c.ReadOnly || e.Flags&FlagCritical != 0
		return
	}
	x.apply(c, e)
}

// whole reports a private part that is missing without a record that says so.
func (c *Folded) whole() error {
	for seq := range c.hold {
		return fmt.Errorf("%w: record %d: its private part is missing", cvd.ErrTampered, seq)
	}
	return nil
}

func cloneSet(s map[cvd.Seq]bool) map[cvd.Seq]bool {
	t := make(map[cvd.Seq]bool, len(s)+1)
	for k := range s {
		t[k] = true
	}
	return t
}

// label writes a TLP label by its name: its number may change.
func label(w *Wire, p *tlp.Label) {
	name := p.Name()
	text(w, &name)
	if w.Reading && name != "" {
		l, err := tlp.Parse(name)
		if err != nil {
			l = tlp.Red // of a later version of the protocol, which we must not widen
		}
		*p = l
	}
}
