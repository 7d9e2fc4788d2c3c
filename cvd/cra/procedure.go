package cra

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// Procedure is the duty to report one exploited vulnerability, or one severe
// incident, of one manufacturer.
type Procedure struct {
	Kind         Kind       // exploited vulnerability or severe incident
	Matter       cvd.Matter // what the duty is about
	Manufacturer string     // its organization, where the case holds it
	// Own tells that the owner of the case is the manufacturer. What is another's is
	// shown to coordinators, who owe no report.
	Own   bool
	State State     // how far it has got
	Since time.Time `json:",omitzero"` // of State
	// Why says what State rests on.
	Why string
	// Products of the manufacturer that the matter is in, and those in which it cannot
	// be exploited, which are not reported (Art. 3(42)).
	Products, Excluded []Product
	Steps              []cvd.Assessment       // assessments of the matter, in order
	Deadlines          []policy.Deadline      // as they stand, by the policy cra-*
	Measures           []Measure              // by time
	Submissions        []cvd.AuthorityReport  // reports of the matter, in order
	Requests           []cvd.AuthorityRequest // of authorities, and to them
	Informed           []cvd.UserNotice       // what users were told
}

// State is where a procedure stands.
type State string

// The states of a procedure.
const (
	Suspected State = "suspected" // to be assessed
	Dismissed State = "dismissed" // assessed: not to be reported
	Aware     State = "aware"     // the clocks run
	NotOwed   State = "not owed"  // the duty had not begun when awareness was there
	Reported  State = "reported"  // the final report was submitted
	Suggested State = "suggested" // attacks were adopted: somebody has to assess them
)

// Product is a product stream of a procedure.
type Product struct {
	Stream   cvd.StreamID // 0: all of the manufacturer's
	Name     string       // as people say it
	Versions string       // in the vendor's words
	Reason   string       // why it is excluded
}

// Measure is a corrective or mitigating measure that the case knows of.
type Measure struct {
	At     time.Time `json:",omitzero"` // since when it is there
	What   string    // in words
	Vendor string    // whose it is
	// Own tells that the users of this manufacturer can use it. The first such starts
	// the final report, unless the team named another.
	Own bool
	// Named tells that the team decided that this one counts.
	Named bool
}

// Procedures returns the procedures of a case, by their matter, from the view of
// the team: Service.View with Viewer.Team. ds are the deadlines of the case as
// Service.Deadlines computes them. Matters that are handled in another case are left
// out. Own is false where the owner of the case is no vendor, such as a coordinator.
func Procedures(c *cvd.Case, ds []policy.Deadline) []Procedure {
	var ps []Procedure
	for _, m := range matters(c) {
		if c.Elsewhere(m) {
			continue
		}
		p := procedure(c, m)
		for _, d := range ds {
			if strings.HasPrefix(d.Policy, "cra-") && strings.HasSuffix(d.ID, "@"+m.String()) {
				p.Deadlines = append(p.Deadlines, d)
			}
		}
		p.stand(c)
		ps = append(ps, p)
	}
	return ps
}

// procedure is what a case has of a matter, without its clocks.
func procedure(c *cvd.Case, m cvd.Matter) Procedure {
	if m.Vendor == cvd.Owner {
		m.Vendor = 0
	}
	p := Procedure{Kind: Vulnerability, Matter: m}
	if m.Incident != 0 {
		p.Kind = Incident
	}
	if owner, ok := c.Party(m.Manufacturer()); ok {
		p.Manufacturer = owner.Organization.Display()
		p.Own = owner.ID == cvd.Owner && owner.Roles&cvd.RoleVendor != 0
	}
	p.collect(c)
	p.Products, p.Excluded = products(c, m, p.Steps)
	p.Measures = measures(c, m)
	p.stand(c)
	return p
}

// submissions of a matter, by their time.
func submissions(c *cvd.Case, m cvd.Matter) (all []cvd.AuthorityReport) {
	for _, x := range c.AuthorityReports {
		if x.Matter.String() == m.String() {
			all = append(all, x)
		}
	}
	slices.SortStableFunc(all, func(a, b cvd.AuthorityReport) int { return a.At.Compare(b.At) })
	return all
}

// matters are what was recorded, and vulnerabilities of the owner that are attacked.
func matters(c *cvd.Case) (ms []cvd.Matter) {
	add := func(m cvd.Matter) {
		if m.Vendor == cvd.Owner {
			m.Vendor = 0
		}
		if !slices.Contains(ms, m) {
			ms = append(ms, m)
		}
	}
	for _, x := range c.Assessments {
		add(x.Matter)
	}
	for _, x := range c.AuthorityReports {
		if !voluntary(x) {
			add(x.Matter)
		}
	}
	if owner, ok := c.Party(cvd.Owner); ok && owner.Roles&cvd.RoleVendor != 0 {
		for _, v := range c.Vulnerabilities {
			if v.State.Has(vultron.CSAttacksObserved) {
				add(cvd.Matter{Vuln: v.ID})
			}
		}
	}
	slices.SortFunc(ms, func(a, b cvd.Matter) int {
		return compare(order(a), order(b))
	})
	return ms
}

func order(m cvd.Matter) string {
	pad := func(n int) string { s := "000000000" + strconv.Itoa(n); return s[len(s)-10:] }
	return pad(int(m.Incident)) + pad(int(m.Vuln)) + pad(int(m.Manufacturer()))
}

func (p *Procedure) collect(c *cvd.Case) {
	same := func(m cvd.Matter) bool { return m.String() == p.Matter.String() }
	for _, x := range c.Assessments {
		if same(x.Matter) {
			p.Steps = append(p.Steps, x)
		}
	}
	p.Submissions = slices.DeleteFunc(submissions(c, p.Matter), voluntary)
	for _, x := range c.Requests {
		if same(x.Matter) {
			p.Requests = append(p.Requests, x)
		}
	}
	for _, x := range c.Informed {
		if same(x.Matter) {
			p.Informed = append(p.Informed, x)
		}
	}
}

// stand says where the procedure stands.
func (p *Procedure) stand(c *cvd.Case) {
	facts := c.Facts(p.Matter.String())
	aware, suspected, dismissed := policy.FactExploitAware, policy.FactExploitSuspected, policy.FactExploitDismissed
	if p.Kind == Incident {
		aware, suspected, dismissed = policy.FactIncidentAware, policy.FactIncidentSuspected, policy.FactIncidentDismissed
	}
	set := func(s State, at time.Time, why string) { p.State, p.Since, p.Why = s, at, why }
	if t := facts.First(policy.FactExploitObserved); !t.IsZero() {
		set(Suggested, t, "attacks were observed and adopted: assess whether this is awareness")
	}
	if t := facts.First(suspected); !t.IsZero() {
		set(Suspected, t, "something suggests it: assess it")
	}
	if t := facts.First(dismissed); !t.IsZero() && p.excludesAll() {
		set(Dismissed, t, "assessed: not to be reported")
	}
	if t := facts.First(aware); !t.IsZero() {
		set(Aware, t, "awareness was decided")
		if d, ok := p.Deadline("early-warning"); ok && d.State == policy.DeadlineNotOwed {
			set(NotOwed, t, d.Waiting)
		}
	}
	if t := facts.First(policy.FactFinalReported); !t.IsZero() {
		set(Reported, t, "the final report was submitted")
	}
}

// excludesAll tells that a dismissal is of the matter and not of single products.
func (p *Procedure) excludesAll() bool {
	for _, s := range p.Steps {
		if s.Step == cvd.StepDismissed && s.Product == 0 {
			return true
		}
	}
	return len(p.Products) == 0 && len(p.Excluded) > 0
}

// Deadline returns one of the procedure's by the name of its clock: early-warning,
// notification, final-report, intermediate-report, inform-users or assessment.
func (p Procedure) Deadline(clock string) (policy.Deadline, bool) {
	for _, d := range p.Deadlines {
		if d.Clock == clock {
			return d, true
		}
	}
	return policy.Deadline{}, false
}

// Submitted returns the submissions before one of a stage, by time: the last is what
// a new draft carries.
func (p Procedure) Submitted() (last cvd.AuthorityReport, ok bool) {
	if n := len(p.Submissions); n > 0 {
		return p.Submissions[n-1], true
	}
	return last, false
}

// Next returns the stage that is to be submitted next. It reports false after the
// final report, and where nothing is owed.
func (p Procedure) Next() (cvd.ReportStage, bool) {
	if p.State == Dismissed || p.State == NotOwed || p.State == Reported {
		return 0, false
	}
	next := cvd.StageEarlyWarning
	for _, s := range p.Submissions {
		for _, stage := range s.Stages {
			switch {
			case stage == cvd.StageNotification:
				next = cvd.StageFinal
			case stage == cvd.StageEarlyWarning && next == cvd.StageEarlyWarning:
				next = cvd.StageNotification
			}
		}
	}
	return next, true
}

// products of the manufacturer, by what is said of them.
func products(c *cvd.Case, m cvd.Matter, steps []cvd.Assessment) (in, out []Product) {
	for _, s := range c.Streams {
		if s.Vendor != m.Manufacturer() {
			continue
		}
		p := Product{Stream: s.ID, Name: s.Name.Display(), Versions: s.Versions.Display()}
		excluded := false
		for _, x := range steps {
			if x.Step == cvd.StepDismissed && x.Product == s.ID {
				p.Reason, excluded = x.Evidence.Display(), true
			}
		}
		if m.Vuln != 0 {
			if st := c.Status(m.Vuln, s.Vendor, s.ID); st.Affected == cvd.NotAffected {
				excluded = true
				if p.Reason == "" {
					p.Reason = st.Statement.Display()
				}
			}
		}
		if excluded {
			out = append(out, p)
		} else {
			in = append(in, p)
		}
	}
	return in, out
}

func measures(c *cvd.Case, m cvd.Matter) (ms []Measure) {
	if m.Vuln == 0 {
		return nil
	}
	f := c.Facts(m.String())
	named := f.First(policy.FactMeasureNamed)
	add := func(at time.Time, what, vendor string, own bool) {
		if !at.IsZero() {
			ms = append(ms, Measure{At: at, What: what, Vendor: vendor, Own: own, Named: !named.IsZero() && at.Equal(named)})
		}
	}
	own := c.PartyName(m.Manufacturer())
	for _, x := range c.Claims {
		if x.What == vultron.FixDeployed && x.Vuln == m.Vuln && !x.Adopted.IsZero() {
			add(x.Observed, "fix", c.PartyName(x.Vendor), x.Vendor == m.Manufacturer())
		}
	}
	add(f.First(policy.FactWorkaround), "workaround", own, true)
	add(f.First(policy.FactMeasureAvailable), "measure", own, true)
	if !named.IsZero() && !slices.ContainsFunc(ms, func(x Measure) bool { return x.Named }) {
		add(named, "measure that the team named", own, true)
	}
	slices.SortStableFunc(ms, func(a, b Measure) int { return a.At.Compare(b.At) })
	return ms
}
