package caselog

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// EmbargoRuled says by what rules this case negotiates.
type EmbargoRuled struct {
	structural
	Resolve cvd.Resolution
	Quorum  uint8
}

func (*EmbargoRuled) RecordName() string { return "embargo.ruled/1" }

func (x *EmbargoRuled) Body(w *Wire) {
	num(w, &x.Resolve)
	num(w, &x.Quorum)
}

func (x *EmbargoRuled) apply(c *Folded, e *Envelope) {
	c.Embargo.Rules = cvd.EmbargoRules{Resolve: x.Resolve, Quorum: x.Quorum}
	event(&c.Case, e, cvd.Event{}.With(0, uint16(x.Resolve)))
}

// EmbargoAgreedTo is one of several acceptances that a proposal needs. The last
// one brings it into force.
type EmbargoAgreedTo struct {
	structural
	Proposal cvd.ProposalID
	By       cvd.PartyID
	Assumed  bool
}

func (*EmbargoAgreedTo) RecordName() string { return "embargo.agreed/1" }

func (x *EmbargoAgreedTo) Body(w *Wire) {
	num(w, &x.Proposal)
	num(w, &x.By)
	w.flag(&x.Assumed)
}

func (x *EmbargoAgreedTo) apply(c *Folded, e *Envelope) {
	if p := c.proposal(x.Proposal); p != nil {
		// Full slice expression: snapshots share the array and must not see this.
		p.Agreed = append(p.Agreed[:len(p.Agreed):len(p.Agreed)], x.By)
		p.Assumed = p.Assumed || x.Assumed
		if x.Assumed {
			p.Kept(inner.Only{}).Tacitly = append(p.Kept(inner.Only{}).Tacitly[:len(p.Kept(inner.Only{}).Tacitly):len(p.Kept(inner.Only{}).Tacitly)], x.By)
		}
	}
	c.heard(x.By, e)
	event(&c.Case, e, cvd.Event{Party: x.By}.With(uint32(x.Proposal), 0))
}

type DeadlineAnnounced struct {
	By   cvd.PartyID
	Ends time.Time

	Reason cvd.Private
}

func (*DeadlineAnnounced) RecordName() string { return "deadline.announced/1" }

func (x *DeadlineAnnounced) Body(w *Wire) {
	num(w, &x.By)
	w.zoned(&x.Ends)
}

func (x *DeadlineAnnounced) Private(w *Wire) { text(w, &x.Reason) }

func (x *DeadlineAnnounced) apply(c *Folded, e *Envelope) {
	n := len(c.Announced)
	y := cvd.Announcement{By: x.By, At: x.Ends, Made: e.At.Time()}
	y.Kept(inner.Only{}).Part = c.Part
	c.Announced = append(c.Announced[:n:n], y)
	c.heard(x.By, e)
	event(&c.Case, e, cvd.Event{Party: x.By, When: x.Ends}.With(uint32(n+1), 0))
}

func (x *DeadlineAnnounced) reveal(c *Folded, e *Envelope) {
	c.Announced[c.Events[e.Seq-1].Kept(inner.Only{}).Ref-1].Reason = x.Reason
}

type DisclosureCompelled struct {
	At time.Time

	Basis, Recipient, What cvd.Private
}

func (*DisclosureCompelled) RecordName() string { return "disclosure.compelled/1" }
func (x *DisclosureCompelled) Body(w *Wire)     { w.Instant(&x.At) }

func (x *DisclosureCompelled) Private(w *Wire) {
	text(w, &x.Basis)
	text(w, &x.Recipient)
	text(w, &x.What)
}

func (x *DisclosureCompelled) apply(c *Folded, e *Envelope) {
	n := len(c.Disclosures)
	c.Disclosures = append(c.Disclosures[:n:n], cvd.CompelledDisclosure{At: x.At, Made: e.At.Time()})
	event(&c.Case, e, cvd.Event{When: x.At}.With(uint32(n+1), 0))
}

func (x *DisclosureCompelled) reveal(c *Folded, e *Envelope) {
	y := &c.Disclosures[c.Events[e.Seq-1].Kept(inner.Only{}).Ref-1]
	y.Basis, y.Recipient, y.What = x.Basis, x.Recipient, x.What
}

func wireDates(x *cvd.Dates, w *Wire) {
	w.zoned(&x.Existence)
	w.zoned(&x.Details)
	w.zoned(&x.ProofOfConcept)
}
