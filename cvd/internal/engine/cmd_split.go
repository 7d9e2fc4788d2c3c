package engine

import (
	"context"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Split does what Service.Split promises.
func (s *Engine) Split(ctx context.Context, id cvd.CaseID, by cvd.By, x cvd.Split) (*cvd.Case, error) {
	return s.spawn(ctx, id, by, x, func(a, b *Decision, k *carrier) error {
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
		b.emit(&caselog.PartyRM{Party: cvd.Owner, State: a.c.RM()})
		k.gives, k.goes = a, func(p *cvd.Participant) bool { return reportsOnly(&k.from.Case, p, x.Reports) }
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
				a.change.Drop = append(a.change.Drop, a.s.ExternalKey(cvd.ExternalID{Kind: cvd.IDCVE, Value: w.CVE}))
			}
		}
		if len(x.Vulnerabilities) == 0 {
			k.end()
			b.emit(&caselog.VulnAdded{Title: x.Title})
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
				a.emit(&caselog.PartyThread{Party: p.ID, Instead: true, Threads: a.newThread()})
			}
		}
		k.clocks()
		a.emit(&caselog.PartsMoved{To: b.c.ID, Reports: sorted(x.Reports), Vulns: sorted(x.Vulnerabilities)})
		k.link(a, cvd.LinkSplitInto, x.Reason)
		return nil
	})
}

// reportsOnly tells of a participant that takes part for its reports only, and all
// of them are among these: what it answers is about them.
func reportsOnly(c *cvd.Case, p *cvd.Participant, these []cvd.ReportID) bool {
	any := false
	for i := range c.Reports {
		if r := &c.Reports[i]; r.Reporter == p.ID && r.MovedTo == (cvd.CaseID{}) {
			if any = true; !slices.Contains(these, r.ID) {
				return false
			}
		}
	}
	return any && p.Roles&^(cvd.RoleReporter|cvd.RoleFinder) == 0
}

func sorted[T ~uint32](ids []T) []T {
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}

// Reopen does what Service.Reopen promises.
func (s *Engine) Reopen(ctx context.Context, id cvd.CaseID, by cvd.By, x cvd.Reopen) (*cvd.Case, error) {
	return s.spawn(ctx, id, by, x, func(a, b *Decision, k *carrier) error {
		if err := a.check().needed("Reason", x.Reason == "").text("Reason", x.Reason).err; err != nil {
			return err
		}
		if a.c.Open() {
			return a.refuse(cvd.RuleReopen, "case %s is %s", a.c.Number, a.c.RM())
		}
		if err := b.open(a.c.Kind, a.c.Origin, k.from.Title, nil); err != nil {
			return err
		}
		b.emit(&caselog.PartyRM{Party: cvd.Owner, State: vultron.RMReceived})
		k.gives, k.goes = a, func(*cvd.Participant) bool { return true }
		k.reserve(true)
		k.thread(k.from.Participants[0], cvd.Owner)
		if n := k.from.TitlePart; n != 0 {
			k.in(n)
			b.emit(&caselog.CaseTitled{Title: k.from.Title})
		}
		for i := range k.from.Participants {
			k.party(k.from.Participants[i].ID)
		}
		for i := range k.from.Vulnerabilities {
			if v := &k.from.Vulnerabilities[i]; v.MovedTo == (cvd.CaseID{}) {
				k.vuln(v)
			}
		}
		for i := range k.from.Reports {
			if r := &k.from.Reports[i]; r.MovedTo == (cvd.CaseID{}) {
				k.report(r, a, false)
			}
		}
		k.world()
		if a.c.Embargo.State.InForce() && !secretOut(&b.c.Case) {
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
		k.link(a, cvd.LinkContinuedBy, x.Reason)
		return nil
	})
}

// spawn makes a new case from one that exists.
func (s *Engine) spawn(ctx context.Context, id cvd.CaseID, by cvd.By, cmd cvd.Action, fill func(a, b *Decision, k *carrier) error) (*cvd.Case, error) {
	if err := s.complete(&by, nil, cmd); err != nil {
		return nil, err
	}
	child, err := s.NewCaseID()
	if err != nil {
		return nil, err
	}
	files := carriedFiles{}
	_, c, written, err := s.changeBoth(ctx, id, child, by, cmd, true, files, func(a, b *Decision) error {
		if to, ok := a.c.WentOn(); ok {
			return a.refuse(cvd.RuleMoved, "case %s goes on in case %s", a.c.Number, to)
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
		return c.Handed(), err
	}
	if child, err = s.Cfg.Store.Lookup(ctx, s.Key("command", string(by.ID[:]))); err != nil {
		return nil, err
	}
	if c, err = s.Load(ctx, child); err != nil {
		return nil, err
	}
	return repeated(c).Handed(), nil
}

// link ties the two cases, and tells those who came along.
func (k *carrier) link(a *Decision, kind cvd.LinkKind, reason cvd.Private) {
	b := k.to
	x := &caselog.CaseLinked{Kind: other(kind), Case: a.c.ID, Number: a.c.Number, Reason: reason}
	if kind == cvd.LinkContinuedBy {
		x.Keys = a.moving()
		a.change.Drop = append(a.change.Drop, x.Keys...)
	}
	k.access(a, kind == cvd.LinkContinuedBy)
	b.emit(x)
	a.emit(&caselog.CaseLinked{Kind: kind, Case: b.c.ID, Number: b.c.Number, Reason: reason})
	if len(k.added) > 0 {
		b.tell(cvd.PurposeMoved, uint32(len(b.c.Links)), "", k.added...)
	}
}

// inForce puts an embargo into force: proposals that wait go on as revisions.
func (d *Decision) inForce(p cvd.Proposal) {
	waits := d.openProposals() > 0
	state, _ := d.c.Embargo.State.Next(vultron.EMPropose)
	d.emit(&caselog.EmbargoProposed{By: cvd.Owner, Ends: p.Ends, Policy: p.Policy, State: state, Dates: p.Separate, Reasoned: p.Reasoned, OffDay: p.OffDay})
	state, _ = state.Next(vultron.EMAccept)
	if waits {
		state, _ = state.Next(vultron.EMPropose)
	}
	d.emit(&caselog.EmbargoAccepted{Proposal: cvd.ProposalID(len(d.c.Embargo.Proposals)), By: cvd.Owner, State: state})
}

// announcements carries the dates on which parties that come along said they
// publish by themselves.
func (k *carrier) announcements() {
	for _, x := range k.from.Announced {
		if to, ok := k.parties[x.By]; ok {
			k.in(x.Kept(inner.Only{}).Part)
			k.to.emit(&caselog.DeadlineAnnounced{By: to, Ends: x.At, Reason: x.Reason})
		}
	}
}

// inheritEmbargo gives a new case the embargo of the one that it comes from, and
// the consents: also an embargo that has ended stays ended.
func (k *carrier) inheritEmbargo(a *Decision) {
	k.end()
	b, e := k.to, &a.c.Embargo
	if e.Rules != b.c.Embargo.Rules {
		b.emit(&caselog.EmbargoRuled{Resolve: e.Rules.Resolve, Quorum: e.Rules.Quorum})
	}
	if e.Active != 0 {
		b.inForce(e.Proposals[e.Active-1])
	}
	k.announcements()
	k.end()
	if e.State == vultron.EMExited {
		b.emit(&caselog.EmbargoEnded{Why: e.Why, At: e.Ended})
		return
	}
	k.openProposals()
	for from := range a.c.Participants {
		p := a.c.Participants[from]
		if to, ok := k.parties[p.ID]; ok && p.Consent != vultron.NoEmbargo {
			x := &caselog.PartyConsent{Party: to, State: p.Consent, AnswerBy: p.AnswerBy, Assumed: true}
			if p.Consent == vultron.Signatory && p.Terms == e.Active {
				x.Terms = b.c.Embargo.Active
			}
			b.emit(x)
		}
	}
}
