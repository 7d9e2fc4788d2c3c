package cvd

import (
	"context"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// Merge says that a case tells of the same as another and goes on there. It is
// given to Service.Merge.
type Merge struct {
	Into   CaseID
	Reason Private
}

func (x Merge) decide(d *decision) error {
	return d.bad("Into", "two cases change: it is given to Service.Merge", nil)
}

// Merge closes a case as a duplicate and lets it go on in another, in one
// append. Participants (matched by identity), reports with their originals,
// vulnerabilities, product streams, statements and claims are copied into the
// other case; a vulnerability with the same CVE ID, or the only one of each, is
// the same. Numbers, CVE IDs and Message-IDs lead to the other case from then
// on. Messages and their files stay in the merged case.
//
// If both have an embargo in force the one with the earlier end holds for both,
// and whoever had agreed to the later one has Lapsed and is asked again. If only
// the merged case has one, it holds in the other. A public case that is merged
// ends the other's embargo. A case under embargo is not merged into one whose
// secret is out (RuleMergeEmbargo).
//
// Config.Authorize is asked for both cases. The result is the other case; a
// repeat of the same By.ID returns it with Repeated set.
func (s *Service) Merge(ctx context.Context, id CaseID, by By, x Merge) (*Case, error) {
	if err := s.complete(&by, x); err != nil {
		return nil, err
	}
	files := &carriedFiles{made: map[BlobID]storedFile{}}
	_, into, written, err := s.changeBoth(ctx, id, x.Into, by, false, func(a, b *decision) error {
		a.cmd, b.cmd = x, x
		for _, d := range []*decision{a, b} {
			if err := s.authorize(ctx, d, x); err != nil {
				return err
			}
			if to, ok := d.c.wentOn(); ok {
				return d.refuse(RuleMoved, "case %s goes on in case %s", d.c.Number, to)
			}
		}
		if err := a.check().text("Reason", x.Reason).err; err != nil {
			return err
		}
		if err := b.mustBeOpen(); err != nil {
			return err
		}
		return merge(a, b, x, files)
	})
	if !written {
		files.drop(ctx, s)
	}
	if err != nil || into != nil {
		return into, err
	}
	if into, err = s.load(ctx, x.Into); err != nil {
		return nil, err
	}
	return repeated(into), nil
}

func merge(a, b *decision, x Merge, files *carriedFiles) error {
	force := a.c.Embargo.State.InForce()
	if force && (b.c.Embargo.State == EMExited || b.c.secretOut()) {
		return b.refuse(RuleMergeEmbargo, "embargo %s into %s", a.c.Embargo.State, b.c.Embargo.State)
	}
	full, err := a.fullOf()
	if err != nil {
		return err
	}
	into, err := b.fullOf()
	if err != nil {
		return err
	}
	k := newCarrier(b, full, files)
	before := len(b.c.Participants)
	for i := range full.Participants {
		k.party(full.Participants[i].ID)
	}
	for i := range full.Vulnerabilities {
		if v := &full.Vulnerabilities[i]; v.MovedTo == (CaseID{}) {
			k.mergeVuln(v, into)
		}
	}
	for i := range full.Reports {
		if r := &full.Reports[i]; r.MovedTo == (CaseID{}) {
			if err := k.report(r, a, true); err != nil {
				return err
			}
		}
	}
	k.takeKeys(a, a.s.caseKeys(full)...)
	attacked := b.c.attacked()
	k.world()
	b.emit(&caseLinked{Kind: LinkMergedFrom, Case: a.c.ID, Number: a.c.Number, Reason: x.Reason, Keys: a.s.ownKeys(full)})
	if b.c.Embargo.State.InForce() || b.c.Embargo.State == EMProposed {
		switch {
		case b.c.secretOut():
			b.endEmbargo(EndPublicAwareness, "")
		case !attacked && b.c.attacked() && !force:
			b.endEmbargo(EndAttacks, "")
		}
	}
	if err := k.mergeEmbargo(a, PartyID(before)); err != nil {
		return err
	}
	if len(k.added) > 0 {
		b.tell(PurposeMoved, uint32(len(b.c.Links)), "", k.added...)
	}
	a.emit(&caseLinked{Kind: LinkMergedInto, Case: b.c.ID, Number: b.c.Number, Reason: x.Reason})
	return a.closeAsDuplicate()
}

// mergeVuln finds the same vulnerability in the other case, or copies it.
func (k *carrier) mergeVuln(v *Vulnerability, into *Case) {
	same := VulnID(0)
	for i := range into.Vulnerabilities {
		w := &into.Vulnerabilities[i]
		only := len(into.Vulnerabilities) == 1 && len(k.from.Vulnerabilities) == 1 && (v.CVE == "" || w.CVE == "")
		if w.MovedTo == (CaseID{}) && (v.CVE != "" && v.CVE == w.CVE || only) {
			same = w.ID
		}
	}
	if same == 0 {
		k.vuln(v)
		return
	}
	k.vulns[v.ID] = same
	w := &into.Vulnerabilities[same-1]
	x := &vulnIdentified{Vuln: same}
	if w.CVE == "" {
		x.CVE = v.CVE
	}
	if w.CWE == "" {
		x.CWE = v.CWE
	}
	if strict := tlp.Strictest(orAmber(w.TLP), orAmber(v.TLP)); strict != orAmber(w.TLP) {
		x.TLP = strict
	}
	if x.CVE != "" || x.CWE != "" || x.TLP != tlp.Unset {
		k.to.emit(x)
	}
	if len(w.Severity) == 0 {
		k.severity(v, same)
	}
}

// laterDates keeps of two agreements the later of the separate dates; a zero one is
// the end of the embargo.
func laterDates(a, b Dates, end time.Time) Dates {
	return Dates{
		Existence:      earlier(later(a.Existence, b.Existence), end),
		Details:        later(a.Details, b.Details),
		ProofOfConcept: later(a.ProofOfConcept, b.ProofOfConcept),
	}
}

func (d Dates) equal(e Dates) bool {
	return d.Existence.Equal(e.Existence) && d.Details.Equal(e.Details) && d.ProofOfConcept.Equal(e.ProofOfConcept)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// mergeEmbargo decides which embargo holds. Participants up to before were in
// the other case already.
func (k *carrier) mergeEmbargo(a *decision, before PartyID) error {
	b := k.to
	signed := map[PartyID]bool{} // to the terms of the merged case
	for from, to := range k.parties {
		if p := at(a.c.Participants, from); p != nil && p.Consent == Signatory && a.c.Embargo.State.InForce() {
			signed[to] = true
		}
	}
	theirs, force := a.c.Embargo.Ends()
	ours, had := b.c.Embargo.Ends()
	force, had = force && a.c.Embargo.State.InForce(), had && b.c.Embargo.State.InForce()
	adopts := force && (!had || theirs.Before(ours))
	k.announcements()
	if force {
		p := a.c.Embargo.Proposals[a.c.Embargo.Active-1]
		if had {
			// The earlier end holds, and what is to stay secret longer does so.
			own := b.c.Embargo.Proposals[b.c.Embargo.Active-1]
			later := laterDates(p.Separate, own.Separate, earlier(theirs, ours))
			if !adopts {
				p = own
			}
			if !later.equal(p.Separate) {
				p.Separate = later
				adopts = adopts || !later.equal(own.Separate)
			}
		}
		if adopts {
			b.inForce(p)
		}
	}
	if !adopts && !had {
		return nil
	}
	for i := range b.c.Participants {
		id, consent := b.c.Participants[i].ID, b.c.Participants[i].Consent
		var events []ConsentEvent
		switch {
		case adopts && signed[id] && consent != Signatory, id == Owner && consent != Signatory:
			events = agree(consent)
		case adopts && consent == Signatory && !signed[id] && id != Owner:
			events = []ConsentEvent{ConsentRevise}
		case !adopts && signed[id] && consent == NoEmbargo && theirs.Equal(ours):
			events = agree(consent)
		case !adopts && signed[id] && consent == NoEmbargo: // agreed to the later end
			events = []ConsentEvent{ConsentAccept, ConsentRevise}
		case consent == NoEmbargo && b.c.Participants[i].RM != RMClosed:
			events = []ConsentEvent{ConsentInvite}
		}
		for _, e := range events {
			if err := b.moveConsent(id, e); err != nil {
				return err
			}
		}
	}
	if adopts {
		b.tellOthers(PurposeEmbargoAgreed, uint32(b.c.Embargo.Active), Owner)
	}
	return nil
}

// agree are the events by which a participant comes to agree: one that declined
// is asked anew.
func agree(from Consent) []ConsentEvent {
	if from == Declined {
		return []ConsentEvent{ConsentInvite, ConsentAccept}
	}
	return []ConsentEvent{ConsentAccept}
}

// closeAsDuplicate closes a case by the edges that lead there. Its embargo is not
// ended: it goes on elsewhere, and what is read here stays secret.
func (d *decision) closeAsDuplicate() error {
	if !d.c.Open() {
		return nil
	}
	for d.c.Open() {
		next := map[RM]RMEvent{
			RMStart: RMReceive, RMReceived: RMInvalidate, RMInvalid: RMClose,
			RMValid: RMDefer, RMDeferred: RMClose, RMAccepted: RMClose,
		}[d.c.RM()]
		if err := d.moveOwn(next); err != nil {
			return err
		}
	}
	d.emit(&caseClosed{Override: d.c.Embargo.State.InForce(), Reason: "duplicate"})
	return nil
}

// secretOut reports whether a vulnerability or an exploit of it is public.
func (c *Case) secretOut() bool { return c.anyHas(PublicAware) || c.anyHas(ExploitPublic) }

func (c *Case) attacked() bool { return c.anyHas(AttacksObserved) }

func (c *Case) anyHas(letter CS) bool {
	for i := range c.Vulnerabilities {
		if c.Vulnerabilities[i].State.Has(letter) {
			return true
		}
	}
	return false
}

// wentOn returns the case in which this one goes on.
func (c *Case) wentOn() (CaseID, bool) {
	for _, l := range c.Links {
		if l.Kind == LinkMergedInto || l.Kind == LinkContinuedBy {
			return l.Case, true
		}
	}
	return CaseID{}, false
}

// Follow returns the case in which a case goes on after Merge or Reopen, however
// often; the case itself if it was neither merged nor reopened.
func (s *Service) Follow(ctx context.Context, id CaseID) (CaseID, error) {
	for range 1000 {
		c, err := s.load(ctx, id)
		if err != nil {
			return id, err
		}
		to, ok := c.wentOn()
		if !ok {
			return id, nil
		}
		id = to
	}
	return id, fmt.Errorf("%w: the links of case %s do not end", ErrTampered, id)
}
