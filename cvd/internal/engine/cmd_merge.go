package engine

import (
	"cmp"
	"context"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Merge does what Service.Merge promises.
func (s *Engine) Merge(ctx context.Context, id cvd.CaseID, by cvd.By, x cvd.Merge) (*cvd.Case, error) {
	if err := s.complete(&by, nil, x); err != nil {
		return nil, err
	}
	files := carriedFiles{}
	_, into, written, err := s.changeBoth(ctx, id, x.Into, by, x, false, files, func(a, b *Decision) error {
		if err := b.staged(x); err != nil {
			return err
		}
		for _, d := range []*Decision{a, b} {
			if to, ok := d.c.WentOn(); ok {
				return d.refuse(cvd.RuleMoved, "case %s goes on in case %s", d.c.Number, to)
			}
		}
		if err := a.check().text("Reason", x.Reason).err; err != nil {
			return err
		}
		if err := b.mustBeOpen(); err != nil {
			return err
		}
		if caselog.Early(b.c.Submission.Stage) {
			return b.refuse(cvd.RuleSubmission, "%s is a %s", b.c.Number, b.c.Submission.Stage)
		}
		return merge(a, b, x)
	})
	if !written {
		files.drop(ctx, s)
	}
	if err != nil || into != nil {
		return into.Handed(), err
	}
	if into, err = s.Load(ctx, x.Into); err != nil {
		return nil, err
	}
	return repeated(into).Handed(), nil
}

func merge(a, b *Decision, x cvd.Merge) error {
	force := a.c.Embargo.State.InForce()
	if force && (b.c.Embargo.State == vultron.EMExited || secretOut(&b.c.Case)) {
		return b.refuse(cvd.RuleMergeEmbargo, "embargo %s into %s", a.c.Embargo.State, b.c.Embargo.State)
	}
	full, asks := a.full()
	into, err := b.full()
	keys := a.moving()
	if err = cmp.Or(asks, err); err != nil {
		return err
	}
	k := newCarrier(b, full)
	k.into = into
	who, vulns := map[cvd.PartyID]meeting{}, len(b.c.Vulnerabilities)
	for _, p := range b.c.Participants {
		was := *p
		who[p.ID] = meeting{b: &was}
	}
	k.gives, k.goes = a, func(*cvd.Participant) bool { return true }
	k.reserve(false)
	k.thread(full.Participants[0], cvd.Owner)
	for _, p := range full.Participants {
		m := who[k.party(p.ID)]
		if m.a == nil || !agrees(p, b.now) { // of two with one identity, the one that knows less
			m.a = p
		}
		who[k.parties[p.ID]] = m
	}
	for i := range full.Vulnerabilities {
		if v := &full.Vulnerabilities[i]; v.MovedTo == (cvd.CaseID{}) {
			k.mergeVuln(v, &into.Case)
		}
	}
	for i := range full.Reports {
		if r := &full.Reports[i]; r.MovedTo == (cvd.CaseID{}) {
			k.report(r, a, true)
		}
	}
	k.ids()
	attacked := wasAttacked(&b.c.Case)
	k.world()
	k.announcements()
	k.end()
	k.access(a, true)
	k.whole = true
	if err := k.duties(); err != nil {
		return err
	}
	b.emit(&caselog.CaseLinked{Kind: cvd.LinkMergedFrom, Case: a.c.ID, Number: a.c.Number, Reason: x.Reason, Keys: keys})
	a.change.Drop = append(a.change.Drop, keys...)
	if b.c.Embargo.State.InForce() || b.c.Embargo.State == vultron.EMProposed {
		switch {
		case secretOut(&b.c.Case):
			b.endEmbargo(cvd.EndPublicAwareness, "")
		case !attacked && wasAttacked(&b.c.Case) && !force:
			b.endEmbargo(cvd.EndAttacks, "")
		}
	}
	if err := k.mergeEmbargo(a, who); err != nil {
		return err
	}
	k.mergeSights(who, vulns)
	k.release()
	k.lists()
	k.clocks()
	k.drafts()
	if len(k.added) > 0 {
		b.tell(cvd.PurposeMoved, uint32(len(b.c.Links)), "", k.added...)
	}
	a.emit(&caselog.CaseLinked{Kind: cvd.LinkMergedInto, Case: b.c.ID, Number: b.c.Number, Reason: x.Reason})
	return a.closeAsDuplicate()
}

// mergeVuln finds the same vulnerability in the other case, or copies it.
func (k *carrier) mergeVuln(v *cvd.Vulnerability, into *cvd.Case) {
	same := cvd.VulnID(0)
	for i := range into.Vulnerabilities {
		w := &into.Vulnerabilities[i]
		only := len(into.Vulnerabilities) == 1 && len(k.from.Vulnerabilities) == 1 && (v.CVE == "" || w.CVE == "")
		if w.MovedTo == (cvd.CaseID{}) && (v.CVE != "" && v.CVE == w.CVE || only) {
			same = w.ID
		}
	}
	if same == 0 {
		k.vuln(v)
		return
	}
	k.vulns[v.ID] = same
	w := &into.Vulnerabilities[same-1]
	x := &caselog.VulnIdentified{Vuln: same}
	if w.CVE == "" {
		x.CVE = v.CVE
	}
	if w.CWE == "" {
		x.CWE = v.CWE
	}
	if strict := tlp.Strictest(caselog.OrAmber(w.TLP), caselog.OrAmber(v.TLP)); strict != caselog.OrAmber(w.TLP) {
		x.TLP = strict
	}
	if x.CVE != "" || x.CWE != "" || x.TLP != tlp.Unset {
		k.identify(v, x)
	}
	k.severity(v, same)
	y := &caselog.VulnDescribed{Vuln: same}
	if w.Description == "" {
		y.Description = v.Description
	}
	if w.Workaround == "" {
		y.Workaround = v.Workaround
	}
	if len(w.References) == 0 {
		y.References = v.References
	}
	k.words(v, y)
}

// laterDates keeps of two agreements the later of the separate dates; a zero one is
// the end of the embargo.
func laterDates(a, b cvd.Dates, end time.Time) cvd.Dates {
	return cvd.Dates{
		Existence:      earlier(inner.Later(a.Existence, b.Existence), end),
		Details:        inner.Later(a.Details, b.Details),
		ProofOfConcept: inner.Later(a.ProofOfConcept, b.ProofOfConcept),
	}
}

func equal(d cvd.Dates, e cvd.Dates) bool {
	return d.Existence.Equal(e.Existence) && d.Details.Equal(e.Details) && d.ProofOfConcept.Equal(e.ProofOfConcept)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// mergeEmbargo decides which embargo holds, and moves the consents.
func (k *carrier) mergeEmbargo(a *Decision, who map[cvd.PartyID]meeting) error {
	b := k.to
	theirs, force := a.c.Embargo.Ends()
	ours, had := b.c.Embargo.Ends()
	force, had = force && a.c.Embargo.State.InForce(), had && b.c.Embargo.State.InForce()
	adopts := force && (!had || theirs.Before(ours))
	if force {
		p := a.c.Embargo.Proposals[a.c.Embargo.Active-1]
		if had {
			// The earlier end holds, and what is to stay secret longer does so.
			own := b.c.Embargo.Proposals[b.c.Embargo.Active-1]
			later := laterDates(p.Separate, own.Separate, earlier(theirs, ours))
			if !adopts {
				p = own
			}
			if !equal(later, p.Separate) {
				p.Separate = later
				adopts = adopts || !equal(later, own.Separate)
			}
		}
		if adopts {
			b.inForce(p)
		}
	}
	k.openProposals()
	if !adopts && !had {
		return nil
	}
	window := b.now.Time().Add(b.s.Cfg.AnswerWindow)
	for _, q := range b.c.Participants {
		if q.ID == cvd.Owner {
			if q.Consent != vultron.Signatory {
				for _, e := range agree(q.Consent) {
					if err := b.moveConsent(cvd.Owner, e); err != nil {
						return err
					}
				}
			}
			continue
		}
		m := who[q.ID]
		x := &caselog.PartyConsent{Party: q.ID, Assumed: true} // nobody says yes by a merge
		x.State, x.AnswerBy = m.consent(b.now, force && (adopts || theirs.Equal(ours)), !adopts, window)
		if x.State == vultron.NoEmbargo && q.RM != vultron.RMClosed && !q.Gone() {
			x.State, x.AnswerBy = vultron.Invited, window
		}
		if x.State == vultron.Signatory {
			x.Terms = b.c.Embargo.Active
		}
		if x.State != q.Consent || !x.AnswerBy.Equal(q.AnswerBy) {
			b.emit(x)
		}
	}
	if adopts {
		b.tellOthers(cvd.PurposeEmbargoAgreed, uint32(b.c.Embargo.Active), cvd.Owner)
	}
	return nil
}

// consent is what becomes of two consents. theirs and ours tell whether the terms
// now in force are those of the other case, or those that held here. A window
// moves along; who has agreed to other terms gets a new one.
func (m meeting) consent(now storage.Millis, theirs, ours bool, window time.Time) (vultron.Consent, time.Time) {
	var all []*cvd.Participant
	for _, x := range []struct {
		p     *cvd.Participant
		holds bool
	}{{m.a, theirs}, {m.b, ours}} {
		if x.p == nil || x.p.Consent == vultron.NoEmbargo {
			continue
		}
		if x.holds && x.p.Consent == vultron.Signatory {
			return vultron.Signatory, time.Time{}
		}
		all = append(all, x.p)
	}
	for _, p := range all {
		if p.Consent == vultron.Lapsed && caselog.Consents(p, now) {
			return vultron.Lapsed, p.AnswerBy
		}
	}
	for _, p := range all {
		if p.Consent == vultron.Signatory {
			return vultron.Lapsed, window
		}
	}
	for _, s := range []vultron.Consent{vultron.Declined, vultron.Lapsed, vultron.Invited} {
		for _, p := range all {
			if p.Consent == s {
				return s, p.AnswerBy
			}
		}
	}
	return vultron.NoEmbargo, time.Time{}
}

// openProposals carries the proposals that wait for an answer, and can still be
// answered.
func (k *carrier) openProposals() {
	for _, p := range k.from.Embargo.Proposals {
		by, ok := k.parties[p.By]
		state, next := k.to.c.Embargo.State.Next(vultron.EMPropose)
		if ok && next && p.State == cvd.ProposalOpen && storage.MillisOf(p.Ends) > k.to.now && k.to.embargoUntil(p.Ends, p.Reasoned) == nil {
			k.to.emit(&caselog.EmbargoProposed{By: by, Ends: p.Ends, Policy: p.Policy, State: state, Dates: p.Separate, Reasoned: p.Reasoned, OffDay: p.OffDay, Reason: p.Reason})
		}
	}
}

// agree are the events by which a participant comes to agree: one that declined
// is asked anew.
func agree(from vultron.Consent) []vultron.ConsentEvent {
	if from == vultron.Declined {
		return []vultron.ConsentEvent{vultron.ConsentInvite, vultron.ConsentAccept}
	}
	return []vultron.ConsentEvent{vultron.ConsentAccept}
}

// closeAsDuplicate closes a case by the edges that lead there. Its embargo is not
// ended: it goes on elsewhere, and what is read here stays secret.
func (d *Decision) closeAsDuplicate() error {
	if !d.c.Open() {
		return nil
	}
	for d.c.Open() {
		next := map[vultron.RM]vultron.RMEvent{
			vultron.RMStart: vultron.RMReceive, vultron.RMReceived: vultron.RMValidate, vultron.RMInvalid: vultron.RMClose, // VP-02-022, VP-02-023
			vultron.RMValid: vultron.RMDefer, vultron.RMDeferred: vultron.RMClose, vultron.RMAccepted: vultron.RMClose,
		}[d.c.RM()]
		if err := d.moveOwn(next); err != nil {
			return err
		}
	}
	d.emit(&caselog.CaseClosed{Override: d.c.Embargo.State.InForce(), Reason: "duplicate"})
	return nil
}

// secretOut reports whether a vulnerability or an exploit of it is public.
func secretOut(c *cvd.Case) bool {
	return anyHas(c, vultron.CSPublicAware) || anyHas(c, vultron.CSExploitPublic)
}

func wasAttacked(c *cvd.Case) bool { return anyHas(c, vultron.CSAttacksObserved) }

func anyHas(c *cvd.Case, letter vultron.CS) bool {
	for i := range c.Vulnerabilities {
		if c.Vulnerabilities[i].State.Has(letter) {
			return true
		}
	}
	return false
}
