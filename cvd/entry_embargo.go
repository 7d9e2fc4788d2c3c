package cvd

import (
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// zoned keeps an instant and the zone in which it was agreed: the name if there
// is one, and the offset then, because zone data changes. A time of RFC 3339 has
// only the offset.
func (w *wire) zoned(p *time.Time) {
	w.instant(p)
	zone, offset := "", 0
	if !w.reading && !p.IsZero() {
		p2 := *p
		zone, offset = p2.Zone() // "Local" would mean another zone elsewhere
		if p2.Location() != time.Local {
			zone = p2.Location().String()
		}
	}
	text(w, &zone)
	o := int64(offset)
	signed(w, &o)
	if w.reading && !p.IsZero() && zone != "UTC" && (zone != "" || o != 0) {
		*p = p.In(time.FixedZone(zone, int(o)))
	}
}

type embargoProposed struct {
	By     PartyID
	Ends   time.Time
	Policy string
	State  vultron.EM // of the embargo afterwards
	Dates  Dates
	// Reasoned and OffDay: see Proposal.
	Reasoned, OffDay bool

	Reason Private
}

func (*embargoProposed) name() string { return "embargo.proposed/1" }
func (x *embargoProposed) body(w *wire) {
	num(w, &x.By)
	w.zoned(&x.Ends)
	text(w, &x.Policy)
	num(w, &x.State)
	x.Dates.wire(w)
	w.flag(&x.Reasoned)
	w.flag(&x.OffDay)
}
func (x *embargoProposed) private(w *wire) { text(w, &x.Reason) }
func (x *embargoProposed) apply(c *folded, e *envelope) {
	ps := mutable(c, ownProposals, &c.Embargo.Proposals)
	id := ProposalID(len(ps) + 1)
	c.Embargo.Proposals = append(ps, Proposal{ID: id, By: x.By, Made: e.at.Time(), Ends: x.Ends, Separate: x.Dates, Policy: x.Policy, Reasoned: x.Reasoned, OffDay: x.OffDay})
	c.Embargo.State = x.State
	c.event(e, Event{Party: x.By, When: x.Ends}.With(uint32(id), uint16(x.State)))
}
func (x *embargoProposed) reveal(c *folded, e *envelope) {
	c.proposal(ProposalID(c.Events[e.seq-1].ref)).Reason = x.Reason
}

type embargoAccepted struct {
	structural
	Proposal ProposalID
	By       PartyID
	State    vultron.EM
	Assumed  bool
}

func (*embargoAccepted) name() string { return "embargo.accepted/1" }
func (x *embargoAccepted) body(w *wire) {
	num(w, &x.Proposal)
	num(w, &x.By)
	num(w, &x.State)
	w.flag(&x.Assumed)
}
func (x *embargoAccepted) apply(c *folded, e *envelope) {
	var ends time.Time
	if old := c.proposal(c.Embargo.Active); old != nil {
		old.State = ProposalReplaced
	}
	if p := c.proposal(x.Proposal); p != nil {
		p.State, p.Answered, p.Assumed, ends = ProposalAccepted, e.at.Time(), p.Assumed || x.Assumed, p.Ends
		c.Embargo.Active = x.Proposal
	}
	c.Embargo.State = x.State
	c.event(e, Event{Party: x.By, When: ends}.With(uint32(x.Proposal), uint16(x.State)))
}

type embargoRejected struct {
	Proposal ProposalID
	By       PartyID
	State    vultron.EM
	Stopped  []ProposalID // later ones that are not considered any more

	Reason Private
}

func (*embargoRejected) name() string { return "embargo.rejected/1" }
func (x *embargoRejected) body(w *wire) {
	num(w, &x.Proposal)
	num(w, &x.By)
	num(w, &x.State)
	many(w, &x.Stopped, func(w *wire, p *ProposalID) { num(w, p) })
}
func (x *embargoRejected) private(w *wire)           { text(w, &x.Reason) }
func (x *embargoRejected) reveal(*folded, *envelope) {}
func (x *embargoRejected) apply(c *folded, e *envelope) {
	if p := c.proposal(x.Proposal); p != nil {
		p.State, p.Answered = ProposalRejected, e.at.Time()
	}
	for _, id := range x.Stopped {
		if p := c.proposal(id); p != nil {
			p.State, p.Answered = ProposalStopped, e.at.Time()
		}
	}
	c.Embargo.State = x.State
	if x.State == vultron.EMNone {
		c.unbind(e)
	}
	c.event(e, Event{Party: x.By}.With(uint32(x.Proposal), uint16(x.State)))
}

// proposalsClosed closes proposals that nobody rejected.
type proposalsClosed struct {
	Proposals []ProposalID
	To        ProposalState
	By        PartyID    // 0: nobody did it, time has passed
	State     vultron.EM // of the embargo afterwards

	Reason Private
}

func (*proposalsClosed) name() string { return "embargo.closed/1" }
func (x *proposalsClosed) body(w *wire) {
	many(w, &x.Proposals, func(w *wire, p *ProposalID) { num(w, p) })
	num(w, &x.To)
	num(w, &x.By)
	num(w, &x.State)
}
func (x *proposalsClosed) private(w *wire)           { text(w, &x.Reason) }
func (x *proposalsClosed) reveal(*folded, *envelope) {}
func (x *proposalsClosed) apply(c *folded, e *envelope) {
	ref := uint32(0)
	for _, id := range x.Proposals {
		if p := c.proposal(id); p != nil {
			p.State, p.Answered = x.To, e.at.Time()
			ref = uint32(id)
		}
	}
	c.Embargo.State = x.State
	if x.State == vultron.EMNone {
		c.unbind(e)
	}
	c.event(e, Event{Party: x.By}.With(ref, uint16(x.To)))
}

// unbind resets all consents: there is nothing left to consent to.
func (c *folded) unbind(e *envelope) {
	for _, p := range c.Participants {
		p = c.party(p.ID)
		p.consented(vultron.NoEmbargo, false, e.at)
		p.AnswerBy, p.Terms = time.Time{}, 0
	}
}

type embargoEnded struct {
	Why EndReason
	At  time.Time // where it ended in another case; zero: now
	// Early: before the end that was agreed; related cases are told.
	Early bool

	Reason Private
}

func (*embargoEnded) name() string { return "embargo.ended/1" }
func (x *embargoEnded) body(w *wire) {
	num(w, &x.Why)
	w.instant(&x.At)
	w.flag(&x.Early)
}
func (x *embargoEnded) private(w *wire)               { text(w, &x.Reason) }
func (x *embargoEnded) reveal(c *folded, _ *envelope) { c.Embargo.Reason = x.Reason }
func (x *embargoEnded) apply(c *folded, e *envelope) {
	ps := mutable(c, ownProposals, &c.Embargo.Proposals)
	c.ended = nil
	if c.Embargo.Active != 0 {
		c.keepEnded()
	}
	for i := range ps {
		if ps[i].State == ProposalOpen {
			ps[i].State = ProposalReplaced
		}
	}
	c.unbind(e)
	c.Embargo.State, c.Embargo.Ended, c.Embargo.Why = vultron.EMExited, e.or(x.At), x.Why
	if x.Early {
		c.addKin(kinEnd{RelatedEnd: RelatedEnd{c.ID, c.Number, x.Why, e.at.Time()}})
	}
	if c.Embargo.Active == 0 {
		c.Embargo.State = vultron.EMNone // it was only proposed
	}
	c.event(e, Event{}.With(0, uint16(x.Why)))
}

// claimMade is what a party says of the world. It moves no state.
type claimMade struct {
	What     vultron.CSEvent
	Vuln     VulnID
	Vendor   PartyID
	Stream   StreamID
	By       PartyID
	Observed time.Time
	TLP      tlp.Label
	Shared   bool
	Follows  ClaimID
	Made     time.Time // where it was made in another case; zero: now

	Evidence Private
}

func (*claimMade) name() string { return "claim.made/1" }
func (x *claimMade) body(w *wire) {
	num(w, &x.What)
	num(w, &x.Vuln)
	num(w, &x.Vendor)
	num(w, &x.Stream)
	num(w, &x.By)
	w.instant(&x.Observed)
	label(w, &x.TLP)
	w.flag(&x.Shared)
	num(w, &x.Follows)
	w.instant(&x.Made)
}
func (x *claimMade) private(w *wire) { text(w, &x.Evidence) }
func (x *claimMade) apply(c *folded, e *envelope) {
	id := ClaimID(len(c.Claims) + 1)
	y := Claim{
		ID: id, What: x.What, Vuln: x.Vuln, Vendor: x.Vendor, Stream: x.Stream,
		By: x.By, Observed: x.Observed, Made: e.or(x.Made), TLP: x.TLP, Shared: x.Shared,
	}
	y.part, y.follows = c.part, x.Follows
	c.Claims = append(c.Claims, y) // as with events, snapshots share what is before it
	c.heardAt(x.By, e.or(x.Made))
	c.event(e, Event{Vuln: x.Vuln, Party: x.Vendor, When: x.Observed}.With(uint32(id), uint16(x.What)))
}
func (x *claimMade) reveal(c *folded, e *envelope) {
	c.claim(ClaimID(c.Events[e.seq-1].ref)).Evidence = x.Evidence
}

// claimAdopted makes a claim act.
type claimAdopted struct {
	structural
	Claim ClaimID
	At    time.Time // where it was adopted in another case; zero: now
}

func (*claimAdopted) name() string { return "claim.adopted/1" }
func (x *claimAdopted) body(w *wire) {
	num(w, &x.Claim)
	w.instant(&x.At)
}
func (x *claimAdopted) apply(c *folded, e *envelope) {
	cl := c.claim(x.Claim)
	if cl == nil {
		c.event(e, Event{}.With(uint32(x.Claim), 0))
		return
	}
	cl.Adopted = e.or(x.At)
	letter := cl.What.Letter()
	if letter&(vultron.CSVendorAware|vultron.CSFixReady|vultron.CSFixDeployed) != 0 {
		c.status(cl.Vuln, cl.Vendor, cl.Stream).State |= raised(cl.What)
	} else if v := c.vuln(cl.Vuln); v != nil {
		v.State |= letter
	}
	c.event(e, Event{Vuln: cl.Vuln, Party: cl.Vendor, When: cl.Observed}.With(uint32(x.Claim), uint16(cl.What)))
}
