package cvd

import (
	"fmt"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"iter"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// kinds lists every record name that this version writes or has written. A name
// is never removed and never changes its meaning: golden logs hold us to it.
var kinds = map[string]func() entry{
	"case.opened/1":          func() entry { return new(caseOpened) },
	"case.titled/1":          func() entry { return new(caseTitled) },
	"case.assigned/1":        func() entry { return new(caseAssigned) },
	"case.published/1":       func() entry { return new(casePublished) },
	"case.closed/1":          func() entry { return new(caseClosed) },
	"actor.seen/1":           func() entry { return new(actorSeen) },
	"party.added/1":          func() entry { return new(partyAdded) },
	"party.changed/1":        func() entry { return new(partyChanged) },
	"party.removed/1":        func() entry { return new(partyRemoved) },
	"party.scope/1":          func() entry { return new(partyScope) },
	"party.rm/1":             func() entry { return new(partyRM) },
	"party.consent/1":        func() entry { return new(partyConsent) },
	"party.sight/1":          func() entry { return new(partySight) },
	"ids.added/1":            func() entry { return new(idsAdded) },
	"part.begun/1":           func() entry { return new(partBegun) },
	"report.received/1":      func() entry { return new(reportReceived) },
	"report.acknowledged/1":  func() entry { return new(reportAcknowledged) },
	"report.triaged/1":       func() entry { return new(reportTriaged) },
	"vuln.added/1":           func() entry { return new(vulnAdded) },
	"vuln.identified/1":      func() entry { return new(vulnIdentified) },
	"vuln.described/1":       func() entry { return new(vulnDescribed) },
	"draft.saved/1":          func() entry { return new(draftSaved) },
	"severity.set/1":         func() entry { return new(severitySet) },
	"stream.added/1":         func() entry { return new(streamAdded) },
	"status.recorded/1":      func() entry { return new(statusRecorded) },
	"embargo.proposed/1":     func() entry { return new(embargoProposed) },
	"embargo.accepted/1":     func() entry { return new(embargoAccepted) },
	"embargo.rejected/1":     func() entry { return new(embargoRejected) },
	"embargo.closed/1":       func() entry { return new(proposalsClosed) },
	"embargo.ended/1":        func() entry { return new(embargoEnded) },
	"embargo.ruled/1":        func() entry { return new(embargoRuled) },
	"embargo.agreed/1":       func() entry { return new(embargoAgreedTo) },
	"deadline.announced/1":   func() entry { return new(deadlineAnnounced) },
	"disclosure.compelled/1": func() entry { return new(disclosureCompelled) },
	"release.planned/1":      func() entry { return new(releasePlanned) },
	"release.answered/1":     func() entry { return new(releaseAnswered) },
	"release.approved/1":     func() entry { return new(releaseApproved) },
	"release.output/1":       func() entry { return new(releaseOutput) },
	"release.cancelled/1":    func() entry { return new(releaseCancelled) },
	"list.planned/1":         func() entry { return new(listPlanned) },
	"list.told/1":            func() entry { return new(listTold) },
	"claim.made/1":           func() entry { return new(claimMade) },
	"claim.adopted/1":        func() entry { return new(claimAdopted) },
	"claim.retracted/1":      func() entry { return new(claimRetracted) },
	"message.posted/1":       func() entry { return new(messagePosted) },
	"message.delivered/1":    func() entry { return new(messageDelivered) },
	"sent.kept/1":            func() entry { return new(sentKept) },
	"message.admitted/1":     func() entry { return new(messageAdmitted) },
	"delivery.bounced/1":     func() entry { return new(deliveryBounced) },
	"statements.adopted/1":   func() entry { return new(statementsAdopted) },
	"submission.received/1":  func() entry { return new(submissionReceived) },
	"submission.lifted/1":    func() entry { return new(submissionLifted) },
	"submission.decided/1":   func() entry { return new(submissionDecided) },
	"submission.appealed/1":  func() entry { return new(submissionAppealed) },
	"party.thread/1":         func() entry { return new(partyThread) },
	"file.attached/1":        func() entry { return new(fileAttached) },
	"policy.adopted/1":       func() entry { return new(policyAdopted) },
	"pause.carried/1":        func() entry { return new(pauseCarried) },
	"fact.recorded/1":        func() entry { return new(factRecorded) },
	"reminder.recorded/1":    func() entry { return new(reminderRecorded) },
	"private.erased/1":       func() entry { return new(privateErased) },
	"hold.placed/1":          func() entry { return new(holdPlaced) },
	"hold.released/1":        func() entry { return new(holdReleased) },
	"case.linked/1":          func() entry { return new(caseLinked) },
	"kin.ended/1":            func() entry { return new(kinEnded) },
	"kin.told/1":             func() entry { return new(kinTold) },
	"case.handed/1":          func() entry { return new(caseHanded) },
	"parts.moved/1":          func() entry { return new(partsMoved) },
	"read.marked/1":          func() entry { return new(readMarked) },
	"ssvc.decided/1":         func() entry { return new(ssvcDecided) },
	"topic.set/1":            func() entry { return new(topicSet) },
	"party.read/1":           func() entry { return new(partyRead) },
	"release.begun/1":        func() entry { return new(stepBegun) },
	"release.failed/1":       func() entry { return new(stepFailed) },
	"access.granted/1":       func() entry { return new(accessGranted) },
	"access.revoked/1":       func() entry { return new(accessRevoked) },
	"access.narrowed/1":      func() entry { return new(accessNarrowed) },
	"access.carried/1":       func() entry { return new(accessCarried) },
	"history.imported/1":     func() entry { return new(historyImported) },
	"cve.recorded/1":         func() entry { return new(cveRecorded) },
	"groups.set/1":           func() entry { return new(groupsSet) },
	"assessment.recorded/1":  func() entry { return new(assessmentRecorded) },
	"authority.submitted/1":  func() entry { return new(reportSubmitted) },
	"authority.requested/1":  func() entry { return new(requestRecorded) },
	"authority.answered/1":   func() entry { return new(requestAnswered) },
	"users.informed/1":       func() entry { return new(usersInformed) },
}

var kindNames = func() map[string]string {
	names := make(map[string]string, len(kinds))
	for name := range kinds {
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

func mutable[T any](c *folded, bit ownership, s *[]T) []T {
	if c.owned&bit == 0 {
		*s = slices.Clone(*s)
		c.owned |= bit
	}
	return *s
}

// working returns a copy on which commands may be decided.
func (c *folded) working() *folded {
	w := *c
	w.owned, w.hand = 0, new(hand)
	w.Repeated = false
	return &w
}

// handed returns the case for the caller of Do. What the caller appends to a
// slice must not land where the next command will.
func (c *folded) handed() *Case {
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
	w.RelatedEnds = c.relatedEnds()
	return &w
}

// at returns the n-th element, counted from 1. Fold never refuses, and a log
// that verifies was written by us; a number out of range can only come from a
// host that wrote records of its own, and is then ignored.
func at[T any, N ~uint32](s []T, n N) *T {
	if n == 0 || int(n) > len(s) {
		return nil
	}
	return &s[n-1]
}

// party returns a participant to be changed. Snapshots share both the list and those
// in it; of ten thousand a command changes one.
func (c *folded) party(id PartyID) *Participant {
	p := c.member(id)
	if p != nil && p.of != c.hand {
		own := *p
		own.of = c.hand
		p = &own
		mutable(c, ownParties, &c.Participants)[id-1] = p
	}
	return p
}

// hand is the mark of the one copy of a case that may change what bears it.
type hand struct{ _ byte }

// member returns a participant to be read.
func (c *Case) member(id PartyID) *Participant {
	if id == 0 || int(id) > len(c.Participants) {
		return nil
	}
	return c.Participants[id-1]
}

func (c *folded) report(id ReportID) *Report {
	return at(mutable(c, ownReports, &c.Reports), id)
}

func (c *folded) vuln(id VulnID) *Vulnerability {
	return at(mutable(c, ownVulns, &c.Vulnerabilities), id)
}

func (c *folded) proposal(id ProposalID) *Proposal {
	return at(mutable(c, ownProposals, &c.Embargo.Proposals), id)
}

func (c *folded) claim(id ClaimID) *Claim {
	return at(mutable(c, ownClaims, &c.Claims), id)
}

func (c *folded) message(id MessageID) *Message {
	return at(mutable(c, ownMessages, &c.Messages), id)
}

// heard notes that a participant is not silent.
func (c *folded) heard(from PartyID, e *envelope) { c.heardAt(from, e.at.Time()) }

func (c *folded) heardAt(from PartyID, t time.Time) {
	if c.member(from) == nil || from == Owner {
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
func (c *folded) status(v VulnID, vendor PartyID, s StreamID) *Status {
	all := mutable(c, ownStatuses, &c.Statuses)
	p := c.member(vendor)
	if p == nil {
		return &Status{} // written by a host of its own: see at
	}
	for _, i := range p.statuses {
		if t := &all[i]; t.Vuln == v && t.Stream == s {
			return t
		}
	}
	p = c.party(vendor)  // only now: to copy ten thousand takes longer than all the rest
	n := len(p.statuses) // full slice expression: snapshots share the array
	p.statuses = append(p.statuses[:n:n], int32(len(all)))
	c.Statuses = append(all, Status{Vuln: v, Vendor: vendor, Stream: s})
	return &c.Statuses[len(all)]
}

// statusesOf goes through the statuses of a vendor without looking at the
// others: a case may have a thousand vendors. What a viewer got holds fewer
// statuses, and an index of its own: see index.
func (c *Case) statusesOf(vendor PartyID) iter.Seq[*Status] {
	return func(yield func(*Status) bool) {
		p := c.member(vendor)
		if p == nil {
			for i := range c.Statuses {
				if t := &c.Statuses[i]; t.Vendor == vendor && !yield(t) {
					return
				}
			}
			return
		}
		for _, i := range p.statuses {
			if !yield(&c.Statuses[i]) {
				return
			}
		}
	}
}

// Reindex makes anew what StatusesOf goes by, in a case whose participants are its own.
// It is for the packages beneath cvd.
func (c *Case) Reindex(inner.Only) {
	for _, p := range c.Participants {
		p.statuses = nil
	}
	for i := range c.Statuses {
		if p := c.member(c.Statuses[i].Vendor); p != nil {
			p.statuses = append(p.statuses, int32(i))
		}
	}
}

// event appends to what happened. The slice only grows, so snapshots share it.
func (c *Case) event(e *envelope, x Event) {
	x.Seq, x.At, x.Kind, x.Actor = e.seq, e.at.Time(), kindOf(e.name), e.actor
	c.Events = append(c.Events, x)
}

// fold verifies one record and applies it. It never refuses by a rule: what was
// once accepted stays so, whatever later versions demand. It returns the entry,
// which reveal needs.
func (c *folded) fold(r *storage.Record) (entry, *envelope, error) {
	if r.Seq != c.Seq+1 {
		return nil, nil, tampered(r.Seq, "there is a gap before it")
	}
	prev := c.Tip
	if c.Seq == 0 {
		prev = genesis(c.ID)
	}
	e, tip, err := decodeBody(prev, r)
	if err != nil {
		return nil, nil, err
	}
	x, err := decodeEntry(&e)
	if err != nil {
		return nil, nil, err
	}
	if e.flags&flagFirst != 0 {
		if c.pending != 0 {
			return nil, nil, tampered(r.Seq, "records that belong to the one before it are missing")
		}
		c.pending = e.batch
	}
	if c.pending == 0 {
		return nil, nil, tampered(r.Seq, "it belongs to no command")
	}
	c.pending--
	c.take(x, &e, tip)
	if e.flags&flagPrivate != 0 && !r.HasPrivate {
		if c.owned&ownHold == 0 {
			c.hold, c.owned = cloneSet(c.hold), c.owned|ownHold
		}
		c.hold[r.Seq] = true
	}
	return x, &e, nil
}

// take applies an entry that was verified, or has just been made.
func (c *folded) take(x entry, e *envelope, tip storage.Hash) {
	c.Seq, c.Tip, c.At = e.seq, tip, e.at.Time()
	if _, ok := x.(*unknown); ok {
		c.event(e, Event{})
		c.Events[len(c.Events)-1].Kind = EventKind(e.name) // its version may change what it means
		c.ReadOnly = c.ReadOnly || e.flags&flagCritical != 0
		return
	}
	x.apply(c, e)
}

// whole reports a private part that is missing without a record that says so.
func (c *folded) whole() error {
	for seq := range c.hold {
		return fmt.Errorf("%w: record %d: its private part is missing", ErrTampered, seq)
	}
	return nil
}

func cloneSet(s map[Seq]bool) map[Seq]bool {
	t := make(map[Seq]bool, len(s)+1)
	for k := range s {
		t[k] = true
	}
	return t
}

// label writes a TLP label by its name: its number may change.
func label(w *wire, p *tlp.Label) {
	name := p.Name()
	text(w, &name)
	if w.reading && name != "" {
		l, err := tlp.Parse(name)
		if err != nil {
			l = tlp.Red // of a later version of the protocol, which we must not widen
		}
		*p = l
	}
}
