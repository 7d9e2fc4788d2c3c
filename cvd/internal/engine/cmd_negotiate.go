package engine

import (
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

func (d *Decision) decideSetEmbargoRules(x cvd.SetEmbargoRules) error {
	if p := Problem(x.Rules); p != "" {
		return d.bad("Rules", p, nil)
	}
	if n := d.openProposals(); n > 0 {
		return d.refuse(cvd.RuleEmbargoRules, "%d proposals are open", n)
	}
	d.emit(&caselog.EmbargoRuled{Resolve: x.Rules.Resolve, Quorum: x.Rules.Quorum})
	return nil
}

func (d *Decision) decideAskConsent(x cvd.AskConsent) error {
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
		return d.refuse(cvd.RuleEmbargoState, "there are no terms to agree to: the embargo is %s", d.c.Embargo.State)
	}
	if p.Consent == vultron.Lapsed && caselog.Consents(&p, d.now) {
		return d.refuse(cvd.RuleConsentState, "participant %d was asked, and has time to answer until %s", p.ID, p.AnswerBy.Format(time.RFC3339))
	}
	switch {
	case p.Consent == vultron.Invited && p.Silent(d.now.Time()):
		d.emit(&caselog.PartyConsent{Party: p.ID, State: vultron.Invited, AnswerBy: d.answerBy(x.Window)}) // its time was over
	case !partly(&p):
		if err := d.moveConsentWithin(x.To, vultron.ConsentInvite, x.Window); err != nil {
			return err
		}
	}
	d.tell(cvd.PurposeInvitation, uint32(x.To), x.Text, x.To)
	return nil
}

func (d *Decision) window(w time.Duration, reason cvd.Private) error {
	switch {
	case w < 0:
		return d.bad("Window", "it is negative", nil)
	case w != 0 && w < cvd.MinAnswerWindow && (reason == "" || !caselog.Exploited(&d.c.Case)):
		return d.refuse(cvd.RuleConsentWindow, "%s", w)
	case w > d.s.Cfg.Limits.Future:
		return d.bad("Window", "it is too long", nil)
	}
	return nil
}

// hasTerms reports whether there are terms to agree to: in force or proposed.
func (d *Decision) hasTerms() bool { return d.c.Embargo.State.InForce() || d.openProposals() > 0 }

// answerBy is when a window ends that begins now: not beyond the end of the terms
// that are asked about.
func (d *Decision) answerBy(window time.Duration) time.Time {
	if window == 0 {
		window = d.s.Cfg.AnswerWindow
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

func (d *Decision) decideAnnounceDeadline(x cvd.AnnounceDeadline) error {
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
	d.emit(&caselog.DeadlineAnnounced{By: by, Ends: x.At, Reason: x.Reason})
	return nil
}

func (d *Decision) decideRecordCompelledDisclosure(x cvd.RecordCompelledDisclosure) error {
	if err := d.check().happened("At", x.At).
		needed("Basis", x.Basis == "").text("Basis", x.Basis).
		needed("Recipient", x.Recipient == "").line("Recipient", x.Recipient).
		text("What", x.What).err; err != nil {
		return err
	}
	if x.At.IsZero() {
		x.At = d.now.Time()
	}
	d.emit(&caselog.DisclosureCompelled{At: x.At, Basis: x.Basis, Recipient: x.Recipient, What: x.What})
	return nil
}

// inTurn holds up an answer to a proposal while an earlier end is open. Before
// an embargo a rejection may come in any order: it stops nothing.
func (d *Decision) inTurn(p cvd.Proposal, rejects bool) error {
	e := &d.c.Embargo
	if e.Rules.Resolve == cvd.ResolveOwner || rejects && !e.State.InForce() {
		return nil
	}
	for i := range e.Proposals {
		if q := &e.Proposals[i]; d.live(q) && q.Ends.Before(p.Ends) {
			return d.refuse(cvd.RuleEmbargoEarliest, "proposal %d ends before proposal %d", q.ID, p.ID)
		}
	}
	return nil
}

// stopped are the open revisions that end later than one that was rejected:
// they are not considered any more.
func (d *Decision) stopped(p cvd.Proposal) (out []cvd.ProposalID) {
	e := &d.c.Embargo
	if !e.State.InForce() || e.Rules.Resolve == cvd.ResolveOwner {
		return nil
	}
	for i := range e.Proposals {
		if q := &e.Proposals[i]; q.State == cvd.ProposalOpen && q.Ends.After(p.Ends) {
			out = append(out, q.ID)
		}
	}
	return out
}

// voters are the parties that must accept a proposal under ResolveUnanimous.
func voters(c *cvd.Case) (out []cvd.PartyID) {
	for _, p := range c.Participants {
		switch {
		case p.ID == cvd.Owner:
		case c.Embargo.State.InForce() && p.Consent != vultron.Signatory:
			continue
		case p.Consent == vultron.Declined || p.RM == vultron.RMClosed || p.Gone():
			continue
		}
		out = append(out, p.ID)
	}
	return out
}

// unanimous records one acceptance. It reports whether it was the last.
func (d *Decision) unanimous(p cvd.Proposal, by cvd.PartyID, assumed bool) (last bool, err error) {
	voters := voters(&d.c.Case)
	switch {
	case !slices.Contains(voters, by):
		return false, d.refuse(cvd.RuleEmbargoUnanimous, "participant %d has no vote on proposal %d", by, p.ID)
	case slices.Contains(p.Agreed, by):
		return false, d.refuse(cvd.RuleOnce, "participant %d accepted proposal %d", by, p.ID)
	}
	if err := d.voidPast(); err != nil {
		return false, err
	}
	d.emit(&caselog.EmbargoAgreedTo{Proposal: p.ID, By: by, Assumed: assumed})
	agreed := d.c.Embargo.Proposals[p.ID-1].Agreed
	for _, v := range voters {
		if v != p.By && !slices.Contains(agreed, v) {
			return false, nil
		}
	}
	return true, nil
}

// standing proposes the team's published policy to whoever reports.
func (d *Decision) standing(received time.Time) {
	s := d.s.Cfg.Standing
	ends := received.AddDate(0, 0, s.Days)
	if s.Days == 0 || storage.MillisOf(ends) <= d.now || d.embargoUntil(ends, false) != nil {
		return
	}
	_ = d.propose(caselog.EmbargoProposed{By: cvd.Owner, Ends: ends, Policy: s.Policy}) // possible: nothing is in force
}

// tacit takes a report for an acceptance of what the owner proposes, unless its
// reporter names another date. One who reports under an embargo is asked, once: a
// second report of a signatory is no question. No report is refused for what its
// reporter has said of the embargo before.
func (d *Decision) tacit(reporter cvd.PartyID, objects bool) error {
	e := &d.c.Embargo
	if e.State.InForce() {
		if c := d.c.Participants[reporter-1].Consent; c != vultron.NoEmbargo && c != vultron.Declined {
			return nil
		}
		if err := d.moveConsent(reporter, vultron.ConsentInvite); err != nil {
			return err
		}
		d.tell(cvd.PurposeInvitation, uint32(reporter), "", reporter)
		return nil
	}
	if objects || e.State != vultron.EMProposed || !hasVoice(&d.c.Case, reporter) {
		return nil
	}
	var first cvd.Proposal
	for _, p := range e.Proposals {
		if p.State == cvd.ProposalOpen && storage.MillisOf(p.Ends) > d.now && (first.ID == 0 || p.Ends.Before(first.Ends)) {
			first = p
		}
	}
	switch {
	case first.ID == 0 || first.By == reporter || d.embargoUntil(first.Ends, first.Reasoned) != nil:
		return nil
	case e.Rules.Resolve == cvd.ResolveUnanimous:
		if !slices.Contains(voters(&d.c.Case), reporter) || slices.Contains(first.Agreed, reporter) {
			return nil
		}
	case first.By != cvd.Owner:
		return nil
	}
	return d.accept(first, reporter, true)
}
