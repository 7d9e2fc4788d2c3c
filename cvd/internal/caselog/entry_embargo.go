package caselog

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// zoned keeps an instant and the zone in which it was agreed: the name if there
// is one, and the offset then, because zone data changes. A time of RFC 3339 has
// only the offset.
func (w *Wire) zoned(p *time.Time) {
	w.Instant(p)
	zone, offset := "", 0
	if !w.Reading && !p.IsZero() {
		p2 := *p
		zone, offset = p2.Zone() // "Local" would mean another zone elsewhere
		if p2.Location() != time.Local {
			zone = p2.Location().String()
		}
	}
	text(w, &zone)
	o := int64(offset)
	Signed(w, &o)
	if w.Reading && !p.IsZero() && zone != "UTC" && (zone != "" || o != 0) {
		*p = p.In(time.FixedZone(zone, int(o)))
	}
}

type EmbargoProposed struct {
	By     cvd.PartyID
	Ends   time.Time
	Policy string
	State  vultron.EM // of the embargo afterwards
	Dates  cvd.Dates
	// Reasoned and OffDay: see Proposal.
	Reasoned, OffDay bool

	Reason cvd.Private
}

func (*EmbargoProposed) RecordName() string { return "embargo.proposed/1" }

func (x *EmbargoProposed) Body(w *Wire) {
	num(w, &x.By)
	w.zoned(&x.Ends)
	text(w, &x.Policy)
	num(w, &x.State)
	wireDates(&x.Dates, w)
	w.flag(&x.Reasoned)
	w.flag(&x.OffDay)
}

func (x *EmbargoProposed) Private(w *Wire) { text(w, &x.Reason) }

func (x *EmbargoProposed) apply(c *Folded, e *Envelope) {
	ps := mutable(c, ownProposals, &c.Embargo.Proposals)
	id := cvd.ProposalID(len(ps) + 1)
	c.Embargo.Proposals = append(ps, cvd.Proposal{ID: id, By: x.By, Made: e.At.Time(), Ends: x.Ends, Separate: x.Dates, Policy: x.Policy, Reasoned: x.Reasoned, OffDay: x.OffDay})
	c.Embargo.State = x.State
	event(&c.Case, e, cvd.Event{Party: x.By, When: x.Ends}.With(uint32(id), uint16(x.State)))
}

func (x *EmbargoProposed) reveal(c *Folded, e *Envelope) {
	c.proposal(cvd.ProposalID(c.Events[e.Seq-1].Kept(inner.Only{}).Ref)).Reason = x.Reason
}

type EmbargoAccepted struct {
	structural
	Proposal cvd.ProposalID
	By       cvd.PartyID
	State    vultron.EM
	Assumed  bool
}

func (*EmbargoAccepted) RecordName() string { return "embargo.accepted/1" }

func (x *EmbargoAccepted) Body(w *Wire) {
	num(w, &x.Proposal)
	num(w, &x.By)
	num(w, &x.State)
	w.flag(&x.Assumed)
}

func (x *EmbargoAccepted) apply(c *Folded, e *Envelope) {
	var ends time.Time
	if old := c.proposal(c.Embargo.Active); old != nil {
		old.State = cvd.ProposalReplaced
	}
	if p := c.proposal(x.Proposal); p != nil {
		p.State, p.Answered, p.Assumed, ends = cvd.ProposalAccepted, e.At.Time(), p.Assumed || x.Assumed, p.Ends
		c.Embargo.Active = x.Proposal
	}
	c.Embargo.State = x.State
	event(&c.Case, e, cvd.Event{Party: x.By, When: ends}.With(uint32(x.Proposal), uint16(x.State)))
}

type EmbargoRejected struct {
	Proposal cvd.ProposalID
	By       cvd.PartyID
	State    vultron.EM
	Stopped  []cvd.ProposalID // later ones that are not considered any more

	Reason cvd.Private
}

func (*EmbargoRejected) RecordName() string { return "embargo.rejected/1" }

func (x *EmbargoRejected) Body(w *Wire) {
	num(w, &x.Proposal)
	num(w, &x.By)
	num(w, &x.State)
	many(w, &x.Stopped, func(w *Wire, p *cvd.ProposalID) { num(w, p) })
}

func (x *EmbargoRejected) Private(w *Wire)           { text(w, &x.Reason) }
func (x *EmbargoRejected) reveal(*Folded, *Envelope) {}

func (x *EmbargoRejected) apply(c *Folded, e *Envelope) {
	if p := c.proposal(x.Proposal); p != nil {
		p.State, p.Answered = cvd.ProposalRejected, e.At.Time()
	}
	for _, id := range x.Stopped {
		if p := c.proposal(id); p != nil {
			p.State, p.Answered = cvd.ProposalStopped, e.At.Time()
		}
	}
	c.Embargo.State = x.State
	if x.State == vultron.EMNone {
		c.unbind(e)
	}
	event(&c.Case, e, cvd.Event{Party: x.By}.With(uint32(x.Proposal), uint16(x.State)))
}

// ProposalsClosed closes proposals that nobody rejected.
type ProposalsClosed struct {
	Proposals []cvd.ProposalID
	To        cvd.ProposalState
	By        cvd.PartyID // 0: nobody did it, time has passed
	State     vultron.EM  // of the embargo afterwards

	Reason cvd.Private
}

func (*ProposalsClosed) RecordName() string { return "embargo.closed/1" }

func (x *ProposalsClosed) Body(w *Wire) {
	many(w, &x.Proposals, func(w *Wire, p *cvd.ProposalID) { num(w, p) })
	num(w, &x.To)
	num(w, &x.By)
	num(w, &x.State)
}

func (x *ProposalsClosed) Private(w *Wire)           { text(w, &x.Reason) }
func (x *ProposalsClosed) reveal(*Folded, *Envelope) {}

func (x *ProposalsClosed) apply(c *Folded, e *Envelope) {
	ref := uint32(0)
	for _, id := range x.Proposals {
		if p := c.proposal(id); p != nil {
			p.State, p.Answered = x.To, e.At.Time()
			ref = uint32(id)
		}
	}
	c.Embargo.State = x.State
	if x.State == vultron.EMNone {
		c.unbind(e)
	}
	event(&c.Case, e, cvd.Event{Party: x.By}.With(ref, uint16(x.To)))
}

// unbind resets all consents: there is nothing left to consent to.
func (c *Folded) unbind(e *Envelope) {
	for _, p := range c.Participants {
		p = c.party(p.ID)
		consented(p, vultron.NoEmbargo, false, e.At)
		p.AnswerBy, p.Terms = time.Time{}, 0
	}
}

type EmbargoEnded struct {
	Why cvd.EndReason
	At  time.Time // where it ended in another case; zero: now
	// Early: before the end that was agreed; related cases are told.
	Early bool

	Reason cvd.Private
}

func (*EmbargoEnded) RecordName() string { return "embargo.ended/1" }

func (x *EmbargoEnded) Body(w *Wire) {
	num(w, &x.Why)
	w.Instant(&x.At)
	w.flag(&x.Early)
}

func (x *EmbargoEnded) Private(w *Wire)               { text(w, &x.Reason) }
func (x *EmbargoEnded) reveal(c *Folded, _ *Envelope) { c.Embargo.Reason = x.Reason }

func (x *EmbargoEnded) apply(c *Folded, e *Envelope) {
	ps := mutable(c, ownProposals, &c.Embargo.Proposals)
	c.ended = nil
	if c.Embargo.Active != 0 {
		c.keepEnded()
	}
	for i := range ps {
		if ps[i].State == cvd.ProposalOpen {
			ps[i].State = cvd.ProposalReplaced
		}
	}
	c.unbind(e)
	c.Embargo.State, c.Embargo.Ended, c.Embargo.Why = vultron.EMExited, e.or(x.At), x.Why
	if x.Early {
		c.addKin(KinEnd{RelatedEnd: cvd.RelatedEnd{Case: c.ID, Number: c.Number, Why: x.Why, At: e.At.Time()}})
	}
	if c.Embargo.Active == 0 {
		c.Embargo.State = vultron.EMNone // it was only proposed
	}
	event(&c.Case, e, cvd.Event{}.With(0, uint16(x.Why)))
}

// ClaimMade is what a party says of the world. It moves no state.
type ClaimMade struct {
	What     vultron.CSEvent
	Vuln     cvd.VulnID
	Vendor   cvd.PartyID
	Stream   cvd.StreamID
	By       cvd.PartyID
	Observed time.Time
	TLP      tlp.Label
	Shared   bool
	Follows  cvd.ClaimID
	Made     time.Time // where it was made in another case; zero: now

	Evidence cvd.Private
}

func (*ClaimMade) RecordName() string { return "claim.made/1" }

func (x *ClaimMade) Body(w *Wire) {
	num(w, &x.What)
	num(w, &x.Vuln)
	num(w, &x.Vendor)
	num(w, &x.Stream)
	num(w, &x.By)
	w.Instant(&x.Observed)
	label(w, &x.TLP)
	w.flag(&x.Shared)
	num(w, &x.Follows)
	w.Instant(&x.Made)
}

func (x *ClaimMade) Private(w *Wire) { text(w, &x.Evidence) }

func (x *ClaimMade) apply(c *Folded, e *Envelope) {
	id := cvd.ClaimID(len(c.Claims) + 1)
	y := cvd.Claim{
		ID: id, What: x.What, Vuln: x.Vuln, Vendor: x.Vendor, Stream: x.Stream,
		By: x.By, Observed: x.Observed, Made: e.or(x.Made), TLP: x.TLP, Shared: x.Shared,
	}
	y.Kept(inner.Only{}).Part, y.Kept(inner.Only{}).Follows = c.Part, x.Follows
	c.Claims = append(c.Claims, y) // as with events, snapshots share what is before it
	c.heardAt(x.By, e.or(x.Made))
	event(&c.Case, e, cvd.Event{Vuln: x.Vuln, Party: x.Vendor, When: x.Observed}.With(uint32(id), uint16(x.What)))
}

func (x *ClaimMade) reveal(c *Folded, e *Envelope) {
	c.claim(cvd.ClaimID(c.Events[e.Seq-1].Kept(inner.Only{}).Ref)).Evidence = x.Evidence
}

// ClaimAdopted makes a claim act.
type ClaimAdopted struct {
	structural
	Claim cvd.ClaimID
	At    time.Time // where it was adopted in another case; zero: now
}

func (*ClaimAdopted) RecordName() string { return "claim.adopted/1" }

func (x *ClaimAdopted) Body(w *Wire) {
	num(w, &x.Claim)
	w.Instant(&x.At)
}

func (x *ClaimAdopted) apply(c *Folded, e *Envelope) {
	cl := c.claim(x.Claim)
	if cl == nil {
		event(&c.Case, e, cvd.Event{}.With(uint32(x.Claim), 0))
		return
	}
	cl.Adopted = e.or(x.At)
	letter := cl.What.Letter()
	if letter&(vultron.CSVendorAware|vultron.CSFixReady|vultron.CSFixDeployed) != 0 {
		c.status(cl.Vuln, cl.Vendor, cl.Stream).State |= raised(cl.What)
	} else if v := c.vuln(cl.Vuln); v != nil {
		v.State |= letter
	}
	event(&c.Case, e, cvd.Event{Vuln: cl.Vuln, Party: cl.Vendor, When: cl.Observed}.With(uint32(x.Claim), uint16(cl.What)))
}

// Covered reports whether an embargo keeps the vulnerability secret: it is
// handled here, and not public.
func Covered(v *cvd.Vulnerability) bool {
	return v.MovedTo == (cvd.CaseID{}) && v.State&(vultron.CSPublicAware|vultron.CSExploitPublic) == 0
}

// SecretLeft reports whether something is left for an embargo to cover.
func SecretLeft(c *cvd.Case) bool {
	return slices.ContainsFunc(c.Vulnerabilities, func(v cvd.Vulnerability) bool { return Covered(&v) })
}

// Exploited reports whether attacks are known on something that is secret.
func Exploited(c *cvd.Case) bool {
	return slices.ContainsFunc(c.Vulnerabilities, func(v cvd.Vulnerability) bool { return Covered(&v) && v.State.Has(vultron.CSAttacksObserved) })
}
