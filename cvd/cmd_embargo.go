package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"slices"
	"time"
)

// ProposeEmbargo proposes that the case stays secret until an exact instant. If
// an embargo is in force this is a revision: the old terms hold until it is
// accepted.
type ProposeEmbargo struct {
	Party  PartyID   // 0: the owner
	Ends   time.Time `json:",omitzero"` // kept with its zone
	Policy string    // the policy that it follows, with its version
	Dates  Dates     // of parts of the matter; zero: Ends
	Reason Private   // told to those who have to answer; may be empty
}

func (x ProposeEmbargo) decide(d *decision) error {
	if err := d.check().instant("Ends", x.Ends).line("Policy", Private(x.Policy)).text("Reason", x.Reason).
		instant("Dates", x.Dates.Existence).instant("Dates", x.Dates.Details).instant("Dates", x.Dates.ProofOfConcept).err; err != nil {
		return err
	}
	by, err := d.signatory(x.Party)
	if err != nil {
		return err
	}
	if storage.MillisOf(x.Ends) <= d.now {
		return d.refuse(RuleEmbargoEnd, "the end is not in the future")
	}
	if err := d.embargoUntil(x.Ends, x.Reason != ""); err != nil {
		return err
	}
	if x.Ends.After(d.now.Time().AddDate(1, 0, 0)) && x.Reason == "" {
		return d.refuse(RuleEmbargoLong, "the end is %s", x.Ends.Format(time.RFC3339))
	}
	if !x.Dates.ordered(x.Ends) {
		return d.refuse(RuleEmbargoDates, "the end is %s", x.Ends.Format(time.RFC3339))
	}
	if err := d.voidPast(); err != nil {
		return err
	}
	if err := d.propose(embargoProposed{By: by, Ends: x.Ends, Policy: x.Policy, Dates: x.Dates, Reasoned: x.Reason != "", Reason: x.Reason}); err != nil {
		return err
	}
	d.tellOthers(PurposeEmbargoProposed, uint32(len(d.c.Embargo.Proposals)), by)
	return nil
}

// propose records a proposal, and whether its end falls on a day of rest.
func (d *decision) propose(x embargoProposed) error {
	var ok bool
	if x.State, ok = d.c.Embargo.State.Next(vultron.EMPropose); !ok {
		return d.refuse(RuleEmbargoState, "propose in state %s", d.c.Embargo.State)
	}
	x.Ends = x.Ends.Truncate(time.Millisecond)
	x.OffDay = !d.s.cfg.Calendar.WorkingDay(x.Ends)
	d.emit(&x)
	return nil
}

func (d *decision) signatory(by PartyID) (PartyID, error) {
	if by == 0 {
		by = Owner
	}
	_, err := d.must(by)
	return by, err
}

// MaxEmbargoWhileExploited is the longest that an embargo may last while attacks
// are known.
const MaxEmbargoWhileExploited = 7 * 24 * time.Hour

// embargoPossible: only while there is something to keep secret.
func (d *decision) embargoPossible() error {
	if err := d.mustBeOpen(); err != nil {
		return err
	}
	if e := &d.c.Embargo; e.State.InForce() {
		if ends, _ := e.Ends(); storage.MillisOf(ends) <= d.now {
			return d.refuse(RuleEmbargoOver, "it ended at %s", ends.Format(time.RFC3339))
		}
	}
	if !d.c.secretLeft() {
		return d.refuse(RuleEmbargoSecret, "all of its vulnerabilities are public")
	}
	if d.c.Embargo.State.InForce() {
		return nil // a deployed fix is no reason against a shorter end
	}
	for t := range d.c.statusesOf(Owner) {
		if v := at(d.c.Vulnerabilities, t.Vuln); t.State.Has(vultron.CSFixDeployed) && v != nil && v.covered() {
			return d.refuse(RuleEmbargoDeployed, "vulnerability %d", t.Vuln)
		}
	}
	return nil
}

// embargoUntil is embargoPossible for an end: while the matter is exploited it is
// near, and has a reason.
func (d *decision) embargoUntil(ends time.Time, reasoned bool) error {
	if err := d.embargoPossible(); err != nil {
		return err
	}
	if !d.c.exploited() {
		return nil
	}
	if most := d.now.Time().Add(MaxEmbargoWhileExploited); !reasoned || ends.After(most) {
		return d.refuse(RuleEmbargoShort, "with a reason until %s at most", most.Format(time.RFC3339))
	}
	return nil
}

// covered reports whether an embargo keeps the vulnerability secret: it is
// handled here, and not public.
func (v *Vulnerability) covered() bool {
	return v.MovedTo == (CaseID{}) && v.State&(vultron.CSPublicAware|vultron.CSExploitPublic) == 0
}

// secretLeft reports whether something is left for an embargo to cover.
func (c *Case) secretLeft() bool {
	return slices.ContainsFunc(c.Vulnerabilities, func(v Vulnerability) bool { return v.covered() })
}

// exploited reports whether attacks are known on something that is secret.
func (c *Case) exploited() bool {
	return slices.ContainsFunc(c.Vulnerabilities, func(v Vulnerability) bool { return v.covered() && v.State.Has(vultron.CSAttacksObserved) })
}

// AcceptEmbargo accepts a proposal. It comes into force, and replaces the one
// before. Either the proposal or the acceptance is the owner's.
type AcceptEmbargo struct {
	Proposal ProposalID // 0: the only open one
	Party    PartyID    // 0: the owner
	// Assumed marks an acceptance that nobody spoke out, for example of the
	// policy that the team publishes.
	Assumed bool
}

func (x AcceptEmbargo) decide(d *decision) error {
	p, by, err := d.answer(x.Proposal, x.Party)
	if err != nil {
		return err
	}
	if err := d.embargoUntil(p.Ends, p.Reasoned); err != nil {
		return err
	}
	if err := d.inTurn(p, false); err != nil {
		return err
	}
	return d.accept(p, by, x.Assumed)
}

// accept records an acceptance, and puts the proposal into force if no other is
// missing.
func (d *decision) accept(p Proposal, by PartyID, assumed bool) error {
	if d.c.Embargo.Rules.Resolve == ResolveUnanimous {
		if last, err := d.unanimous(p, by, assumed); err != nil || !last {
			return err
		}
		p = d.c.Embargo.Proposals[p.ID-1]
	} else if p.By != Owner && by != Owner {
		return d.refuse(RuleEmbargoOwn, "proposal %d of participant %d is the owner's to accept", p.ID, p.By)
	}
	return d.bind(p, by, assumed)
}

// bind puts a proposal into force. Those who accepted it are bound by it; others
// are asked, each with a new window.
func (d *decision) bind(p Proposal, by PartyID, assumed bool) error {
	// Whoever accepts a shorter end gives up its own longer one.
	if err := d.voidPast(); err != nil {
		return err
	}
	var longer []ProposalID
	for i := range d.c.Embargo.Proposals {
		if q := &d.c.Embargo.Proposals[i]; q.State == ProposalOpen && q.ID != p.ID && q.By == by && q.Ends.After(p.Ends) {
			longer = append(longer, q.ID)
		}
	}
	if err := d.closeProposals(ProposalWithdrawn, by, "", longer...); err != nil {
		return err
	}
	state, ok := d.c.Embargo.State.Next(vultron.EMAccept)
	if !ok {
		return d.refuse(RuleEmbargoState, "accept in state %s", d.c.Embargo.State)
	}
	if d.openProposals() > 1 {
		state, _ = state.Next(vultron.EMPropose) // another proposal still waits, now as a revision
	}
	d.emit(&embargoAccepted{Proposal: p.ID, By: by, State: state, Assumed: assumed})
	for _, p0 := range d.c.Participants {
		q := *p0 // as it was
		yes := q.ID == p.By || q.ID == by || q.ID == Owner || slices.Contains(p.Agreed, q.ID) || q.Terms == p.ID
		tacit := q.ID == by && assumed || slices.Contains(p.tacitly, q.ID)
		var events []vultron.ConsentEvent
		switch {
		case q.Consent == vultron.Declined && q.ID != by && q.ID != Owner:
			// Whoever withdrew after it had agreed is not bound by what it said before.
			if q.ID == p.By || slices.Contains(p.Agreed, q.ID) {
				events = []vultron.ConsentEvent{vultron.ConsentInvite}
			}
		case yes && q.Consent == vultron.Signatory && q.Terms == p.ID:
		case yes && q.Consent == vultron.Signatory && q.Terms != 0:
			events = []vultron.ConsentEvent{vultron.ConsentRevise, vultron.ConsentAccept}
		case yes && q.Consent != vultron.Signatory:
			events = agree(q.Consent)
		case q.Consent == vultron.Signatory:
			events = []vultron.ConsentEvent{vultron.ConsentRevise}
		case q.Consent == vultron.NoEmbargo && q.RM != vultron.RMClosed && !q.gone():
			events = []vultron.ConsentEvent{vultron.ConsentInvite}
		case q.Consent == vultron.Invited || q.Consent == vultron.Lapsed && q.consents(d.now):
			d.emit(&partyConsent{Party: q.ID, State: q.Consent, AnswerBy: d.answerBy(0)}) // new terms, new time
		}
		for _, e := range events {
			if err := d.moveConsentTo(q.ID, e, 0, p.ID, tacit); err != nil {
				return err
			}
		}
	}
	d.tellOthers(PurposeEmbargoAgreed, uint32(p.ID), by)
	return nil
}

// answer finds the proposal that a party answers.
func (d *decision) answer(id ProposalID, by PartyID) (Proposal, PartyID, error) {
	by, err := d.signatory(by)
	if err != nil {
		return Proposal{}, by, err
	}
	if id == 0 {
		for i := range d.c.Embargo.Proposals {
			// One that waits, or else one that has run out, to say so.
			if p := &d.c.Embargo.Proposals[i]; d.live(p) && d.openProposals() == 1 || p.State == ProposalOpen && d.openProposals() == 0 {
				id = p.ID
			}
		}
	}
	p := at(d.c.Embargo.Proposals, id)
	switch {
	case p == nil:
		return Proposal{}, by, d.refuse(RuleKnown, "proposal %d of %d", id, len(d.c.Embargo.Proposals))
	case p.State != ProposalOpen:
		return Proposal{}, by, d.refuse(RuleEmbargoDone, "proposal %d is %s", p.ID, p.State)
	case !d.live(p):
		return Proposal{}, by, d.refuse(RuleEmbargoEnd, "the end of proposal %d has passed", p.ID)
	case !d.c.hasVoice(by):
		return Proposal{}, by, d.refuse(RuleVoice, "participant %d is %s, %s", by, d.c.Participants[by-1].Consent, d.c.Participants[by-1].RM)
	case p.By == by:
		return Proposal{}, by, d.refuse(RuleEmbargoOwn, "proposal %d is of participant %d itself", p.ID, by)
	}
	out := *p
	return out, by, d.voidPast()
}

// hasVoice reports whether a participant may answer a proposal.
func (c *Case) hasVoice(id PartyID) bool {
	p := c.member(id)
	return id == Owner || p != nil && !p.gone() && p.Consent != vultron.Declined && p.RM != vultron.RMClosed
}

func (d *decision) openProposals() (n int) {
	for i := range d.c.Embargo.Proposals {
		if d.live(&d.c.Embargo.Proposals[i]) {
			n++
		}
	}
	return n
}

// RejectEmbargo rejects a proposal. An embargo that is in force stays so.
type RejectEmbargo struct {
	Proposal ProposalID // 0: the only open one
	Party    PartyID    // 0: the owner
	Reason   Private    // seen by the team only
	Reply    Private    // why, as the other parties are told
}

func (x RejectEmbargo) decide(d *decision) error {
	if err := d.check().text("Reason", x.Reason).text("Reply", x.Reply).err; err != nil {
		return err
	}
	p, by, err := d.answer(x.Proposal, x.Party)
	if err != nil {
		return err
	}
	if err := d.inTurn(p, true); err != nil {
		return err
	}
	state, stopped := d.c.Embargo.State, d.stopped(p)
	waits := slices.ContainsFunc(d.c.Embargo.Proposals, func(q Proposal) bool {
		return d.live(&q) && q.ID != p.ID && !slices.Contains(stopped, q.ID)
	})
	if !waits {
		var ok bool
		if state, ok = state.Next(vultron.EMReject); !ok {
			return d.refuse(RuleEmbargoState, "reject in state %s", d.c.Embargo.State)
		}
	}
	d.emit(&embargoRejected{Proposal: p.ID, By: by, State: state, Stopped: stopped, Reason: x.Reason})
	d.tellOthersWhy(PurposeEmbargoRejected, uint32(p.ID), by, x.Reply)
	return nil
}

// EndEmbargo ends the embargo because the parties agree, or because its end has
// come. It is no duty to publish, and publishes nothing.
type EndEmbargo struct {
	Reason Private // required before the agreed instant
}

func (x EndEmbargo) decide(d *decision) error {
	if err := d.check().text("Reason", x.Reason).err; err != nil {
		return err
	}
	if !d.c.Embargo.State.InForce() {
		return d.refuse(RuleEmbargoState, "terminate in state %s", d.c.Embargo.State)
	}
	why := EndAgreed
	if ends, _ := d.c.Embargo.Ends(); storage.MillisOf(ends) <= d.now {
		why = EndReached
	} else if x.Reason == "" {
		return d.bad("Reason", "it is missing: the embargo would end before the agreed instant", nil)
	} else if q := d.c.Embargo.Rules.Quorum; d.c.quorum() < int(q) {
		return d.refuse(RuleEmbargoQuorum, "%d of %d percent", d.c.quorum(), q)
	}
	d.endEmbargo(why, x.Reason)
	return nil
}

// endEmbargo tells everybody who knows of it, also those who declined or have
// not answered.
func (d *decision) endEmbargo(why EndReason, reason Private) {
	to := d.concerned(Owner) // before the end makes everybody's consent void
	d.endSilently(why, reason)
	if len(to) > 0 {
		d.tell(PurposeEmbargoEnded, uint32(why), "", to...)
	}
}

// endSilently ends the embargo, of which everybody is told otherwise.
func (d *decision) endSilently(why EndReason, reason Private) {
	ends, ok := d.c.Embargo.Ends()
	d.emit(&embargoEnded{Why: why, Early: ok && storage.MillisOf(ends) > d.now, Reason: reason})
}
