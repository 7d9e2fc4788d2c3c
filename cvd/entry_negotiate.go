package cvd

import "time"

// embargoRuled says by what rules this case negotiates.
type embargoRuled struct {
	structural
	Resolve Resolution
	Quorum  uint8
}

func (*embargoRuled) name() string { return "embargo.ruled/1" }
func (x *embargoRuled) body(w *wire) {
	num(w, &x.Resolve)
	num(w, &x.Quorum)
}
func (x *embargoRuled) apply(c *folded, e *envelope) {
	c.Embargo.Rules = EmbargoRules{Resolve: x.Resolve, Quorum: x.Quorum}
	c.event(e, Event{}.With(0, uint16(x.Resolve)))
}

// embargoAgreedTo is one of several acceptances that a proposal needs. The last
// one brings it into force.
type embargoAgreedTo struct {
	structural
	Proposal ProposalID
	By       PartyID
	Assumed  bool
}

func (*embargoAgreedTo) name() string { return "embargo.agreed/1" }
func (x *embargoAgreedTo) body(w *wire) {
	num(w, &x.Proposal)
	num(w, &x.By)
	w.flag(&x.Assumed)
}
func (x *embargoAgreedTo) apply(c *folded, e *envelope) {
	if p := c.proposal(x.Proposal); p != nil {
		// Full slice expression: snapshots share the array and must not see this.
		p.Agreed = append(p.Agreed[:len(p.Agreed):len(p.Agreed)], x.By)
		p.Assumed = p.Assumed || x.Assumed
		if x.Assumed {
			p.tacitly = append(p.tacitly[:len(p.tacitly):len(p.tacitly)], x.By)
		}
	}
	c.heard(x.By, e)
	c.event(e, Event{Party: x.By}.With(uint32(x.Proposal), 0))
}

type deadlineAnnounced struct {
	By   PartyID
	Ends time.Time

	Reason Private
}

func (*deadlineAnnounced) name() string { return "deadline.announced/1" }
func (x *deadlineAnnounced) body(w *wire) {
	num(w, &x.By)
	w.zoned(&x.Ends)
}
func (x *deadlineAnnounced) private(w *wire) { text(w, &x.Reason) }
func (x *deadlineAnnounced) apply(c *folded, e *envelope) {
	n := len(c.Announced)
	y := Announcement{By: x.By, At: x.Ends, Made: e.at.Time()}
	y.part = c.part
	c.Announced = append(c.Announced[:n:n], y)
	c.heard(x.By, e)
	c.event(e, Event{Party: x.By, When: x.Ends}.With(uint32(n+1), 0))
}
func (x *deadlineAnnounced) reveal(c *folded, e *envelope) {
	c.Announced[c.Events[e.seq-1].ref-1].Reason = x.Reason
}

type disclosureCompelled struct {
	At time.Time

	Basis, Recipient, What Private
}

func (*disclosureCompelled) name() string   { return "disclosure.compelled/1" }
func (x *disclosureCompelled) body(w *wire) { w.instant(&x.At) }
func (x *disclosureCompelled) private(w *wire) {
	text(w, &x.Basis)
	text(w, &x.Recipient)
	text(w, &x.What)
}
func (x *disclosureCompelled) apply(c *folded, e *envelope) {
	n := len(c.Disclosures)
	c.Disclosures = append(c.Disclosures[:n:n], CompelledDisclosure{At: x.At, Made: e.at.Time()})
	c.event(e, Event{When: x.At}.With(uint32(n+1), 0))
}
func (x *disclosureCompelled) reveal(c *folded, e *envelope) {
	y := &c.Disclosures[c.Events[e.seq-1].ref-1]
	y.Basis, y.Recipient, y.What = x.Basis, x.Recipient, x.What
}
