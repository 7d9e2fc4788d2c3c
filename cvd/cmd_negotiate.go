package cvd

import (
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"slices"
	"time"
)

// SetEmbargoRules changes how this case resolves competing proposals, and the
// condition for an early end. Not while a proposal is open: nobody changes the
// rules of a running negotiation.
type SetEmbargoRules struct {
	Rules EmbargoRules // that hold from then on
}

func (x SetEmbargoRules) decide(d *decision) error {
	if p := x.Rules.problem(); p != "" {
		return d.bad("Rules", p, nil)
	}
	if n := d.openProposals(); n > 0 {
		return d.refuse(RuleEmbargoRules, "%d proposals are open", n)
	}
	d.emit(&embargoRuled{Resolve: x.Rules.Resolve, Quorum: x.Rules.Quorum})
	return nil
}

// AskConsent asks a participant again, or for the first time, whether it agrees
// to the embargo: one that declined, that let its time pass, that was not asked, or
// that does not see yet what a merge has brought. It gets an invitation, and time to answer. One that has Lapsed keeps its
// access until its time has passed, and is not asked again before.
type AskConsent struct {
	To     PartyID       // who is asked
	Window time.Duration // to answer; 0: Config.AnswerWindow; at least 72 hours, and not beyond the end
	// Reason allows a shorter Window while attacks are known.
	Reason Private
	Text   Private // added to the invitation; must not tell what the case is about
}

func (x AskConsent) decide(d *decision) error {
	if err := d.check().text("Text", x.Text).text("Reason", x.Reason).err; err != nil {
		return err
	}
	p, err := d.must(x.To)
	if err != nil {
		return err
	}
	if err := d.window(x.Window, x.Reason); err != nil {
		return err
	}
	if !d.hasTerms() {
		return d.refuse(RuleEmbargoState, "there are no terms to agree to: the embargo is %s", d.c.Embargo.State)
	}
	if p.Consent == vultron.Lapsed && p.consents(d.now) {
		return d.refuse(RuleConsentState, "participant %d was asked, and has time to answer until %s", p.ID, p.AnswerBy.Format(time.RFC3339))
	}
	switch {
	case p.Consent == vultron.Invited && p.Silent(d.now.Time()):
		d.emit(&partyConsent{Party: p.ID, State: vultron.Invited, AnswerBy: d.answerBy(x.Window)}) // its time was over
	case !p.partly():
		if err := d.moveConsentWithin(x.To, vultron.ConsentInvite, x.Window); err != nil {
			return err
		}
	}
	d.tell(PurposeInvitation, uint32(x.To), x.Text, x.To)
	return nil
}

func (d *decision) window(w time.Duration, reason Private) error {
	switch {
	case w < 0:
		return d.bad("Window", "it is negative", nil)
	case w != 0 && w < MinAnswerWindow && (reason == "" || !d.c.exploited()):
		return d.refuse(RuleConsentWindow, "%s", w)
	case w > d.s.cfg.Limits.Future:
		return d.bad("Window", "it is too long", nil)
	}
	return nil
}

// hasTerms reports whether there are terms to agree to: in force or proposed.
func (d *decision) hasTerms() bool { return d.c.Embargo.State.InForce() || d.openProposals() > 0 }

// answerBy is when a window ends that begins now: not beyond the end of the terms
// that are asked about.
func (d *decision) answerBy(window time.Duration) time.Time {
	if window == 0 {
		window = d.s.cfg.AnswerWindow
	}
	by := d.now.Time().Add(window)
	ends, ok := d.c.Embargo.Ends()
	if !ok {
		for i := range d.c.Embargo.Proposals {
			if p := &d.c.Embargo.Proposals[i]; d.live(p) && (ends.IsZero() || p.Ends.Before(ends)) {
				ends = p.Ends
			}
		}
	}
	if !ends.IsZero() && storage.MillisOf(ends) > d.now {
		by = earlier(by, ends)
	}
	return by.UTC()
}

// AnnounceDeadline records the date on which a party says that it publishes by
// itself. It is recorded as such: it is no proposal, and no embargo.
type AnnounceDeadline struct {
	Party  PartyID   // 0: the owner
	At     time.Time `json:",omitzero"` // in the zone it was announced in; required
	Reason Private   // may be empty
}

func (x AnnounceDeadline) decide(d *decision) error {
	if err := d.check().needed("At", x.At.IsZero()).instant("At", x.At).text("Reason", x.Reason).err; err != nil {
		return err
	}
	by, err := d.signatory(x.Party)
	if err != nil {
		return err
	}
	if storage.MillisOf(x.At) <= d.now {
		return d.bad("At", "it is not in the future", nil)
	}
	d.emit(&deadlineAnnounced{By: by, Ends: x.At, Reason: x.Reason})
	return nil
}

// RecordCompelledDisclosure records that a law required a disclosure. The embargo
// does not stand against it, and stays in force.
type RecordCompelledDisclosure struct {
	At        time.Time `json:",omitzero"` // zero: now
	Basis     Private   // the law and the order; required
	Recipient Private   // required
	What      Private   // what was disclosed
}

func (x RecordCompelledDisclosure) decide(d *decision) error {
	if err := d.check().happened("At", x.At).
		needed("Basis", x.Basis == "").text("Basis", x.Basis).
		needed("Recipient", x.Recipient == "").line("Recipient", x.Recipient).
		text("What", x.What).err; err != nil {
		return err
	}
	if x.At.IsZero() {
		x.At = d.now.Time()
	}
	d.emit(&disclosureCompelled{At: x.At, Basis: x.Basis, Recipient: x.Recipient, What: x.What})
	return nil
}

// inTurn holds up an answer to a proposal while an earlier end is open. Before
// an embargo a rejection may come in any order: it stops nothing.
func (d *decision) inTurn(p Proposal, rejects bool) error {
	e := &d.c.Embargo
	if e.Rules.Resolve == ResolveOwner || rejects && !e.State.InForce() {
		return nil
	}
	for i := range e.Proposals {
		if q := &e.Proposals[i]; d.live(q) && q.Ends.Before(p.Ends) {
			return d.refuse(RuleEmbargoEarliest, "proposal %d ends before proposal %d", q.ID, p.ID)
		}
	}
	return nil
}

// stopped are the open revisions that end later than one that was rejected:
// they are not considered any more.
func (d *decision) stopped(p Proposal) (out []ProposalID) {
	e := &d.c.Embargo
	if !e.State.InForce() || e.Rules.Resolve == ResolveOwner {
		return nil
	}
	for i := range e.Proposals {
		if q := &e.Proposals[i]; q.State == ProposalOpen && q.Ends.After(p.Ends) {
			out = append(out, q.ID)
		}
	}
	return out
}

// voters are the parties that must accept a proposal under ResolveUnanimous.
func (c *Case) voters() (out []PartyID) {
	for _, p := range c.Participants {
		switch {
		case p.ID == Owner:
		case c.Embargo.State.InForce() && p.Consent != vultron.Signatory:
			continue
		case p.Consent == vultron.Declined || p.RM == vultron.RMClosed || p.gone():
			continue
		}
		out = append(out, p.ID)
	}
	return out
}

// unanimous records one acceptance. It reports whether it was the last.
func (d *decision) unanimous(p Proposal, by PartyID, assumed bool) (last bool, err error) {
	voters := d.c.voters()
	switch {
	case !slices.Contains(voters, by):
		return false, d.refuse(RuleEmbargoUnanimous, "participant %d has no vote on proposal %d", by, p.ID)
	case slices.Contains(p.Agreed, by):
		return false, d.refuse(RuleOnce, "participant %d accepted proposal %d", by, p.ID)
	}
	if err := d.voidPast(); err != nil {
		return false, err
	}
	d.emit(&embargoAgreedTo{Proposal: p.ID, By: by, Assumed: assumed})
	agreed := d.c.Embargo.Proposals[p.ID-1].Agreed
	for _, v := range voters {
		if v != p.By && !slices.Contains(agreed, v) {
			return false, nil
		}
	}
	return true, nil
}

// standing proposes the team's published policy to whoever reports.
func (d *decision) standing(received time.Time) {
	s := d.s.cfg.Standing
	ends := received.AddDate(0, 0, s.Days)
	if s.Days == 0 || storage.MillisOf(ends) <= d.now || d.embargoUntil(ends, false) != nil {
		return
	}
	_ = d.propose(embargoProposed{By: Owner, Ends: ends, Policy: s.Policy}) // possible: nothing is in force
}

// tacit takes a report for an acceptance of what the owner proposes, unless its
// reporter names another date. One who reports under an embargo is asked, once: a
// second report of a signatory is no question. No report is refused for what its
// reporter has said of the embargo before.
func (d *decision) tacit(reporter PartyID, objects bool) error {
	e := &d.c.Embargo
	if e.State.InForce() {
		if c := d.c.Participants[reporter-1].Consent; c != vultron.NoEmbargo && c != vultron.Declined {
			return nil
		}
		if err := d.moveConsent(reporter, vultron.ConsentInvite); err != nil {
			return err
		}
		d.tell(PurposeInvitation, uint32(reporter), "", reporter)
		return nil
	}
	if objects || e.State != vultron.EMProposed || !d.c.hasVoice(reporter) {
		return nil
	}
	var first Proposal
	for _, p := range e.Proposals {
		if p.State == ProposalOpen && storage.MillisOf(p.Ends) > d.now && (first.ID == 0 || p.Ends.Before(first.Ends)) {
			first = p
		}
	}
	switch {
	case first.ID == 0 || first.By == reporter || d.embargoUntil(first.Ends, first.Reasoned) != nil:
		return nil
	case e.Rules.Resolve == ResolveUnanimous:
		if !slices.Contains(d.c.voters(), reporter) || slices.Contains(first.Agreed, reporter) {
			return nil
		}
	case first.By != Owner:
		return nil
	}
	return d.accept(first, reporter, true)
}
