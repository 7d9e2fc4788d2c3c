package cvd

import (
	"context"
	"slices"

	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Split takes parts of a case into a new case of their own. It is given to
// Service.Split.
type Split struct {
	Title           Private    // of the new case
	Reports         []ReportID // their reporters come along
	Vulnerabilities []VulnID   // with claims and statements of the vendors that come along
	Participants    []PartyID  // who also takes part in the new case
	Reason          Private    // for the team; may be empty
}

// Split makes a new case of some reports and vulnerabilities of a case, in one
// append. The new case inherits the embargo and the consents of those who come
// along, and the state of the team's own work. What moved is handled there:
// commands on it here are refused by RuleMoved. CVE IDs and Message-IDs of what
// moved lead to the new case, and so do the threads of reporters all of whose
// reports moved.
//
// The result is the new case; a repeat of the same By.ID returns it with
// Repeated set.
func (s *Service) Split(ctx context.Context, id CaseID, by By, x Split) (*Case, error) {
	return s.spawn(ctx, id, by, x, func(a, b *decision, k *carrier) error {
		if err := a.mustBeOpen(); err != nil {
			return err
		}
		if err := a.check().needed("Title", x.Title == "").line("Title", x.Title).text("Reason", x.Reason).
			needed("Reports", len(x.Reports)+len(x.Vulnerabilities) == 0 || slices.Contains(x.Reports, 0)).
			needed("Vulnerabilities", slices.Contains(x.Vulnerabilities, 0)).
			count("Participants", len(x.Participants), len(a.c.Participants)).err; err != nil {
			return err
		}
		if err := b.open(a.c.Kind, a.c.Origin, x.Title, nil); err != nil {
			return err
		}
		b.emit(&partyRM{Party: Owner, State: a.c.RM()})
		k.gives, k.goes = a, func(p *Participant) bool { return k.from.reportsOnly(p, x.Reports) }
		k.reserve(true)
		for _, p := range x.Participants {
			if _, err := a.must(p); err != nil {
				return err
			}
			k.party(p)
		}
		for _, r := range sorted(x.Reports) {
			if _, err := a.mustReport(r); err != nil {
				return err
			}
			k.party(k.from.Reports[r-1].Reporter)
		}
		for _, v := range sorted(x.Vulnerabilities) {
			if _, err := a.mustVuln(v); err != nil {
				return err
			}
			w := &k.from.Vulnerabilities[v-1]
			k.vuln(w)
			if w.CVE != "" {
				a.change.Drop = append(a.change.Drop, a.s.externalKey(ExternalID{IDCVE, w.CVE}))
			}
		}
		if len(x.Vulnerabilities) == 0 {
			k.end()
			b.emit(&vulnAdded{Title: x.Title})
		}
		for _, r := range sorted(x.Reports) {
			k.report(&k.from.Reports[r-1], a, true)
		}
		k.world()
		k.inheritEmbargo(a)
		if err := k.duties(); err != nil {
			return err
		}
		k.sights()
		k.release()
		k.lists()
		for _, p := range k.from.Participants {
			if k.parties[p.ID] != 0 && !p.Erased && k.goes(p) {
				a.emit(&partyThread{Party: p.ID, Instead: true, Threads: a.newThread()})
			}
		}
		k.clocks()
		a.emit(&partsMoved{To: b.c.ID, Reports: sorted(x.Reports), Vulns: sorted(x.Vulnerabilities)})
		k.link(a, LinkSplitInto, x.Reason)
		return nil
	})
}

// reportsOnly tells of a participant that takes part for its reports only, and all
// of them are among these: what it answers is about them.
func (c *Case) reportsOnly(p *Participant, these []ReportID) bool {
	any := false
	for i := range c.Reports {
		if r := &c.Reports[i]; r.Reporter == p.ID && r.MovedTo == (CaseID{}) {
			if any = true; !slices.Contains(these, r.ID) {
				return false
			}
		}
	}
	return any && p.Roles&^(RoleReporter|RoleFinder) == 0
}

func sorted[T ~uint32](ids []T) []T {
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}

// Reopen continues a closed case. It is given to Service.Reopen.
type Reopen struct {
	Reason Private // required; for the team
}

// Reopen continues a closed case in a new one: Closed is final in report
// management, and an embargo that ended does not begin again, so both start
// anew there, and the closed log stays as it was published. Participants,
// reports, vulnerabilities, statements and claims come along, and so do all
// identifiers, also the number. The new case is Received: it is to be judged
// again. An embargo that was in force when the case was closed holds.
//
// The result is the new case; a repeat of the same By.ID returns it with
// Repeated set.
func (s *Service) Reopen(ctx context.Context, id CaseID, by By, x Reopen) (*Case, error) {
	return s.spawn(ctx, id, by, x, func(a, b *decision, k *carrier) error {
		if err := a.check().needed("Reason", x.Reason == "").text("Reason", x.Reason).err; err != nil {
			return err
		}
		if a.c.Open() {
			return a.refuse(RuleReopen, "case %s is %s", a.c.Number, a.c.RM())
		}
		if err := b.open(a.c.Kind, a.c.Origin, k.from.Title, nil); err != nil {
			return err
		}
		b.emit(&partyRM{Party: Owner, State: vultron.RMReceived})
		k.gives, k.goes = a, func(*Participant) bool { return true }
		k.reserve(true)
		k.thread(k.from.Participants[0], Owner)
		if n := k.from.titlePart; n != 0 {
			k.in(n)
			b.emit(&caseTitled{Title: k.from.Title})
		}
		for i := range k.from.Participants {
			k.party(k.from.Participants[i].ID)
		}
		for i := range k.from.Vulnerabilities {
			if v := &k.from.Vulnerabilities[i]; v.MovedTo == (CaseID{}) {
				k.vuln(v)
			}
		}
		for i := range k.from.Reports {
			if r := &k.from.Reports[i]; r.MovedTo == (CaseID{}) {
				k.report(r, a, false)
			}
		}
		k.world()
		if a.c.Embargo.State.InForce() && !b.c.secretOut() {
			k.inheritEmbargo(a)
		}
		k.end()
		k.whole = true
		if err := k.duties(); err != nil {
			return err
		}
		k.sights()
		k.release()
		k.lists()
		k.publications()
		k.drafts()
		k.clocks()
		k.link(a, LinkContinuedBy, x.Reason)
		return nil
	})
}

// spawn makes a new case from one that exists.
func (s *Service) spawn(ctx context.Context, id CaseID, by By, cmd Action, fill func(a, b *decision, k *carrier) error) (*Case, error) {
	if err := s.complete(&by, nil, cmd); err != nil {
		return nil, err
	}
	child, err := s.newCaseID()
	if err != nil {
		return nil, err
	}
	files := carriedFiles{}
	_, c, written, err := s.changeBoth(ctx, id, child, by, cmd, true, files, func(a, b *decision) error {
		if to, ok := a.c.wentOn(); ok {
			return a.refuse(RuleMoved, "case %s goes on in case %s", a.c.Number, to)
		}
		full, err := a.full()
		if err != nil {
			return err
		}
		k := newCarrier(b, full)
		if err := fill(a, b, k); err != nil {
			return err
		}
		k.end()
		return b.adoptDefaults()
	})
	if !written {
		files.drop(ctx, s)
	}
	if err != nil || c != nil {
		return c.handed(), err
	}
	if child, err = s.cfg.Store.Lookup(ctx, s.key("command", string(by.ID[:]))); err != nil {
		return nil, err
	}
	if c, err = s.load(ctx, child); err != nil {
		return nil, err
	}
	return repeated(c).handed(), nil
}

// link ties the two cases, and tells those who came along.
func (k *carrier) link(a *decision, kind LinkKind, reason Private) {
	b := k.to
	x := &caseLinked{Kind: kind.other(), Case: a.c.ID, Number: a.c.Number, Reason: reason}
	if kind == LinkContinuedBy {
		x.Keys = a.moving()
		a.change.Drop = append(a.change.Drop, x.Keys...)
	}
	k.access(a, kind == LinkContinuedBy)
	b.emit(x)
	a.emit(&caseLinked{Kind: kind, Case: b.c.ID, Number: b.c.Number, Reason: reason})
	if len(k.added) > 0 {
		b.tell(PurposeMoved, uint32(len(b.c.Links)), "", k.added...)
	}
}

// inForce puts an embargo into force: proposals that wait go on as revisions.
func (d *decision) inForce(p Proposal) {
	waits := d.openProposals() > 0
	state, _ := d.c.Embargo.State.Next(vultron.EMPropose)
	d.emit(&embargoProposed{By: Owner, Ends: p.Ends, Policy: p.Policy, State: state, Dates: p.Separate, Reasoned: p.Reasoned, OffDay: p.OffDay})
	state, _ = state.Next(vultron.EMAccept)
	if waits {
		state, _ = state.Next(vultron.EMPropose)
	}
	d.emit(&embargoAccepted{Proposal: ProposalID(len(d.c.Embargo.Proposals)), By: Owner, State: state})
}

// announcements carries the dates on which parties that come along said they
// publish by themselves.
func (k *carrier) announcements() {
	for _, x := range k.from.Announced {
		if to, ok := k.parties[x.By]; ok {
			k.in(x.part)
			k.to.emit(&deadlineAnnounced{By: to, Ends: x.At, Reason: x.Reason})
		}
	}
}

// inheritEmbargo gives a new case the embargo of the one that it comes from, and
// the consents: also an embargo that has ended stays ended.
func (k *carrier) inheritEmbargo(a *decision) {
	k.end()
	b, e := k.to, &a.c.Embargo
	if e.Rules != b.c.Embargo.Rules {
		b.emit(&embargoRuled{Resolve: e.Rules.Resolve, Quorum: e.Rules.Quorum})
	}
	if e.Active != 0 {
		b.inForce(e.Proposals[e.Active-1])
	}
	k.announcements()
	k.end()
	if e.State == vultron.EMExited {
		b.emit(&embargoEnded{Why: e.Why, At: e.Ended})
		return
	}
	k.openProposals()
	for from := range a.c.Participants {
		p := a.c.Participants[from]
		if to, ok := k.parties[p.ID]; ok && p.Consent != vultron.NoEmbargo {
			x := &partyConsent{Party: to, State: p.Consent, AnswerBy: p.AnswerBy, Assumed: true}
			if p.Consent == vultron.Signatory && p.Terms == e.Active {
				x.Terms = b.c.Embargo.Active
			}
			b.emit(x)
		}
	}
}
