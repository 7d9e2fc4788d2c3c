package cvdmodel

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Options say how a run goes.
type Options struct {
	Commands int
	Seed     uint64
	Rules    cvd.EmbargoRules // of new cases
	Standing int              // days that are proposed to each reporter; 0: none
	// New returns a Service on an empty or a used store. It gets the clock and what
	// the model knows of, and adds the rest.
	New func(cvd.Config) (*service.Service, error)
	// Cases is how many cases one Service gets; 0: 50.
	Cases int
}

// Result is what a run did.
type Result struct {
	Commands, Accepted, Refused, Cases int
	ByName                             map[string][2]int // accepted and refused, by command
	// States are the reached states of participants: RM, EM, fix, world, consent.
	States map[string]int
}

const perCase = 60

// Run gives random commands to services and to the model. It returns an error at
// the first difference, with the commands that led there.
func Run(ctx context.Context, o Options) (Result, error) {
	r := Result{ByName: map[string][2]int{}, States: map[string]int{}}
	if o.Cases == 0 {
		o.Cases = 50
	}
	rnd := rand.New(rand.NewPCG(o.Seed, 0x5eed))
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var svc *service.Service
	var d driver
	for r.Commands < o.Commands {
		if r.Cases%o.Cases == 0 {
			d.now = start
			s, err := o.New(cvd.Config{
				Now: func() time.Time { return d.now }, Policies: []policy.Policy{}, Submissions: []policy.Policy{},
				Embargo: o.Rules, Standing: cvd.StandingEmbargo{Days: o.Standing, Policy: "team/1"},
			})
			if err != nil {
				return r, err
			}
			svc = s
		}
		r.Cases++
		d = driver{Rand: rnd, svc: svc, now: d.now, result: &r}
		if err := d.runCase(ctx, o); err != nil {
			return r, fmt.Errorf("case %d of seed %d: %w\n%s", r.Cases, o.Seed, err, strings.Join(d.trail, "\n"))
		}
	}
	return r, nil
}

// driver runs one case.
type driver struct {
	*rand.Rand
	svc    *service.Service
	now    time.Time
	m      *model
	id     cvd.CaseID
	by     cvd.By
	trail  []string
	result *Result
	// mail are the unverified messages of the case, also those that were admitted.
	mail []cvd.MessageID
}

func (d *driver) runCase(ctx context.Context, o Options) error {
	who, date := d.IntN(4), d.date()
	if !date.After(d.now) {
		date = time.Time{}
	}
	first := d.report(who, date)
	submission, receipt := d.IntN(3) == 0, d.IntN(4) > 0
	if submission {
		if first.Submission, first.Quiet = true, !receipt; d.IntN(3) == 0 {
			first.Quarantine = "too fast"
		}
	}
	c, err := d.svc.Do(ctx, cvd.CaseID{}, cvd.By{}, first)
	if err != nil {
		return err
	}
	d.id = c.ID
	r := rules{resolveLetters[o.Rules.Resolve], int(o.Rules.Quorum), o.Standing}
	if submission {
		d.m = newSubmission(d.now.UnixMilli(), r, who, millis(date), first.Quarantine != "", receipt)
	} else {
		d.m = newModel(d.now.UnixMilli(), r)
		d.m.receive(who, millis(date))
	}
	if err := d.compare(c); err != nil {
		return err
	}
	for range perCase {
		if d.result.Commands == o.Commands {
			return nil
		}
		if d.IntN(12) == 0 {
			hours := 6
			if d.IntN(6) == 0 {
				hours = 4*24 + 1 // beyond the least window to answer
			}
			d.now = d.now.Add(time.Duration(hours) * time.Hour)
			d.m.now = d.now.UnixMilli()
			d.trail = append(d.trail, fmt.Sprintf("%d hours pass", hours))
		}
		d.by = cvd.By{}
		cmd, want := d.random()
		c, err := d.svc.Do(ctx, d.id, d.by, cmd)
		got := err == nil
		name := strings.TrimPrefix(fmt.Sprintf("%T", cmd), "cvd.")
		d.trail = append(d.trail, fmt.Sprintf("%s %+v: %v", name, cmd, err))
		d.count(name, got)
		if err != nil && !errors.Is(err, cvd.ErrRefused) && !errors.Is(err, cvd.ErrInput) {
			return err
		}
		if got != want {
			return fmt.Errorf("the service accepts: %v, the model: %v", got, want)
		}
		if !got {
			continue
		}
		if err := d.compare(c); err != nil {
			return err
		}
	}
	// What was refused has left no trace either.
	c, err = d.svc.View(ctx, d.id, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}})
	if err != nil {
		return err
	}
	return d.compare(c)
}

func (d *driver) count(name string, accepted bool) {
	n := d.result.ByName[name]
	d.result.Commands++
	if accepted {
		n[0]++
		d.result.Accepted++
	} else {
		n[1]++
		d.result.Refused++
	}
	d.result.ByName[name] = n
}

// compare looks at everything that the model knows, and at the legality of what
// each participant has come to.
func (d *driver) compare(c *cvd.Case) error {
	m := d.m
	if got := rmLetters[c.RM()]; got != m.parties[0].rm {
		return fmt.Errorf("own state %c, the model has %c", got, m.parties[0].rm)
	}
	if got := emLetters[c.Embargo.State]; got != m.em {
		return fmt.Errorf("embargo %c, the model has %c", got, m.em)
	}
	ends, ok := c.Embargo.Ends()
	if ok != m.inForce() || ok && ends.UnixMilli() != m.proposals[m.active-1].ends {
		return fmt.Errorf("the embargo ends at %v %v", ends, ok)
	}
	if len(c.Participants) != len(m.parties) || len(c.Reports) != len(m.reports) || len(c.Vulnerabilities) != len(m.vulns) ||
		len(c.Embargo.Proposals) != len(m.proposals) || len(c.Announced) != m.announced || len(c.Claims) != len(m.claims) {
		return errors.New("another number of participants, reports, vulnerabilities, proposals, announcements or claims")
	}
	for i, p := range m.proposals {
		if got := c.Embargo.Proposals[i].State == cvd.ProposalOpen; got != p.open {
			return fmt.Errorf("proposal %d is open: %v", i+1, got)
		}
		agreed := c.Embargo.Proposals[i].Agreed
		if !slices.EqualFunc(agreed, p.agreed, func(x cvd.PartyID, y int) bool { return int(x) == y }) {
			return fmt.Errorf("proposal %d was accepted by %v, the model has %v", i+1, agreed, p.agreed)
		}
	}
	for i, x := range m.claims {
		if got := !c.Claims[i].Adopted.IsZero(); got != x.adopted || csLetters[c.Claims[i].What] != x.what {
			return fmt.Errorf("claim %d adopted: %v", i+1, got)
		}
	}
	for i, p := range m.parties {
		q := c.Participants[i]
		if rmLetters[q.RM] != p.rm || consentLetters[q.Consent] != p.consent {
			return fmt.Errorf("participant %d is %s and %s, the model has %c and %c", i+1, q.RM, q.Consent, p.rm, p.consent)
		}
		if q.AnswerBy.IsZero() != (p.answerBy == 0) || p.answerBy != 0 && q.AnswerBy.UnixMilli() != p.answerBy {
			return fmt.Errorf("participant %d answers by %s, the model has %d", i+1, q.AnswerBy, p.answerBy)
		}
		for v := range m.vulns {
			state := c.State(cvd.VulnID(v+1), cvd.PartyID(i+1), 0)
			if want := m.letters(v+1, i+1); p.vendor && state.String() != want {
				return fmt.Errorf("vulnerability %d at participant %d is %s, the model has %s", v+1, i+1, state, want)
			}
			if err := d.legal(c, *q, state); err != nil {
				return err
			}
		}
	}
	for i, v := range m.vulns {
		if c.Vulnerabilities[i].Published.IsZero() == v.out {
			return fmt.Errorf("vulnerability %d is published: %v", i+1, !v.out)
		}
	}
	if got := stageLetters[c.Submission.Stage]; got != m.stage.at || c.Submission.Quarantined != m.stage.quarantined {
		return fmt.Errorf("the stage is %s, quarantined %v, the model has %c and %v", c.Submission.Stage, c.Submission.Quarantined, m.stage.at, m.stage.quarantined)
	}
	if err := d.compareGroups(c); err != nil {
		return err
	}
	d.mail = nil
	for i := range c.Messages {
		x := &c.Messages[i]
		if x.Purpose != cvd.PurposeUnverified && x.Admitted.IsZero() {
			continue
		}
		n := len(d.mail)
		d.mail = append(d.mail, x.ID)
		if n >= len(m.unknown) {
			return errors.New("more unverified messages than the model has")
		}
		want, from := m.unknown[n], 0
		if want.admitted && !want.report {
			from = want.claimed
		}
		if x.Admitted.IsZero() == want.admitted || int(x.Claimed) != want.claimed || int(x.From) != from || (x.Report != 0) != want.report {
			return fmt.Errorf("unverified message %d is of %d, says %d, admitted %v", x.ID, x.From, x.Claimed, x.Admitted)
		}
	}
	if len(d.mail) != len(m.unknown) {
		return errors.New("fewer unverified messages than the model has")
	}
	posted := 0
	for i := range c.Messages {
		if p := c.Messages[i].Purpose; p == cvd.PurposeMessage || p == cvd.PurposeNote {
			posted++
		}
	}
	if posted != m.messages {
		return fmt.Errorf("%d messages, the model has %d", posted, m.messages)
	}
	return nil
}

func (m *model) letters(v, vendor int) string {
	b := []byte("vfdpxa")
	for i := range m.fixOf(v, vendor) {
		b[i] -= 'a' - 'A'
	}
	for i, up := range []bool{m.vulns[v-1].p, m.vulns[v-1].x, m.vulns[v-1].a} {
		if up {
			b[3+i] -= 'a' - 'A'
		}
	}
	return string(b)
}

// legal holds a participant's state against what is forbidden by the published
// restrictions: a state of the case that cannot be or does not last, an embargo
// on what is public, a consent without an embargo.
func (d *driver) legal(c *cvd.Case, p cvd.Participant, s vultron.CS) error {
	key := fmt.Sprintf("%s %s %s %s", p.RM, c.Embargo.State, s, p.Consent)
	d.result.States[key]++
	_, ephemeral := s.Ephemeral()
	switch {
	case !s.Valid():
		return fmt.Errorf("%s is no state of a case", s)
	case ephemeral && p.Roles&cvd.RoleVendor != 0, s.Has(vultron.CSExploitPublic) && !s.Has(vultron.CSPublicAware):
		return fmt.Errorf("%s does not last", s)
	case c.Embargo.State != vultron.EMNone && c.Embargo.State != vultron.EMExited && !d.m.left():
		return fmt.Errorf("an embargo is %s and nothing is secret", c.Embargo.State)
	case (c.Embargo.State == vultron.EMNone || c.Embargo.State == vultron.EMExited) && (p.Consent == vultron.Signatory || p.Consent == vultron.Lapsed || p.Consent == vultron.Invited):
		return fmt.Errorf("participant %d is %s to an embargo that is %s", p.ID, p.Consent, c.Embargo.State)
	}
	return nil
}

// resolveLetters are in the order of the constants of cvd.Resolution.
const resolveLetters = "sou"

var (
	stageLetters   = map[cvd.Stage]byte{cvd.StageCase: 0, cvd.StageSubmission: 's', cvd.StageQuarantine: 'q', cvd.StageDismissed: 'd'}
	rmLetters      = map[vultron.RM]byte{vultron.RMStart: 'S', vultron.RMReceived: 'R', vultron.RMInvalid: 'I', vultron.RMValid: 'V', vultron.RMDeferred: 'D', vultron.RMAccepted: 'A', vultron.RMClosed: 'C'}
	emLetters      = map[vultron.EM]byte{vultron.EMNone: 'N', vultron.EMProposed: 'P', vultron.EMActive: 'A', vultron.EMRevise: 'R', vultron.EMExited: 'X'}
	consentLetters = map[vultron.Consent]byte{vultron.NoEmbargo: 'n', vultron.Invited: 'i', vultron.Signatory: 's', vultron.Lapsed: 'l', vultron.Declined: 'd'}
	csLetters      = map[vultron.CSEvent]byte{vultron.VendorAware: 'V', vultron.FixReady: 'F', vultron.FixDeployed: 'D', vultron.PublicAware: 'P', vultron.ExploitPublic: 'X', vultron.AttacksObserved: 'A'}
)
