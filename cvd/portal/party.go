package portal

import (
	"html/template"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// secrecyView is what the page says of the embargo, and asks about it.
type secrecyView struct {
	Shown bool   // there is something to say
	State string // in plain words
	Asked bool   // the participant is asked about terms that hold
	By    string // until when it has time to answer
	Open  []proposalView
	// May reports whether it can propose a date of its own.
	May    bool
	Active string
	Fields []fieldView // of the counter-proposal
}

type proposalView struct {
	ID           string
	By, Ends     string
	Reason       string
	Mine, Answer bool
	Fields       []fieldView
	Agreed       bool // the participant has agreed to it, and others have not yet
}

// secrecy is the embargo as a participant sees it, without the fields.
func (q *request) secrecy(c *cvd.Case) (v secrecyView) {
	me, _ := c.Party(c.You)
	e := &c.Embargo
	if c.Submission.Stage != cvd.StageCase {
		return v
	}
	v.Active = strconv.Itoa(int(e.Active))
	v.Shown = e.State != vultron.EMNone || len(e.Proposals) > 0
	switch ends, ok := e.Ends(); {
	case e.State.InForce() && ok:
		v.State = q.lang.text("embargo.holds", q.zoned(ends))
		v.Asked = me.Consent == vultron.Invited || me.Consent == vultron.Lapsed || me.Consent == vultron.Declined
		if v.Asked && me.Consent != vultron.Declined && !me.AnswerBy.IsZero() {
			v.By = q.lang.text("embargo.by", q.minute(me.AnswerBy))
		}
		if me.Consent == vultron.Signatory {
			v.State += " " + q.lang.text("embargo.agreed")
		}
	case e.State == vultron.EMExited:
		v.State = q.lang.text("embargo.ended")
	case e.State == vultron.EMProposed:
		v.State = q.lang.text("embargo.proposed")
	default:
		v.State = q.lang.text("embargo.none")
	}
	v.May = e.State != vultron.EMExited && c.Open()
	if v.Asked {
		v.Open = append(v.Open, proposalView{ID: v.Active, Answer: true})
	}
	for i := range e.Proposals {
		p := &e.Proposals[i]
		if p.State != cvd.ProposalOpen || !p.Ends.After(q.cfg.Now()) {
			continue
		}
		x := proposalView{ID: strconv.Itoa(int(p.ID)), Ends: q.zoned(p.Ends), Reason: p.Reason.DisplayText(), Mine: p.By == c.You}
		for _, id := range p.Agreed {
			x.Agreed = x.Agreed || id == c.You
		}
		x.By = q.partyName(c, p.By)
		x.Answer = !x.Mine && !x.Agreed && !v.Asked
		v.Open = append(v.Open, x)
	}
	return v
}

func (q *request) partyName(c *cvd.Case, id cvd.PartyID) string {
	switch id {
	case c.You:
		return q.lang.text("you")
	case cvd.Owner:
		return q.teamName()
	}
	return cvd.Private(c.PartyName(id)).Display()
}

// vendorView is what a vendor states.
type vendorView struct {
	Shown    bool
	Said     []statusView
	Vulns    []option
	Products []option
	Fields   []fieldView
}

type statusView struct{ Product, Vuln, Affected, Fixed, Text string }

func (q *request) vendor(c *cvd.Case, values map[string]string, problems []problem) (v vendorView) {
	me, _ := c.Party(c.You)
	if me.Roles&cvd.RoleVendor == 0 || len(c.Vulnerabilities) == 0 || c.Submission.Stage != cvd.StageCase {
		return v
	}
	v.Shown = true
	v.Fields = q.lang.view(statementFields, values, problems)
	vulns, products := map[cvd.VulnID]string{}, map[cvd.StreamID]string{0: q.lang.text("vendor.all")}
	for i := range c.Vulnerabilities {
		x := &c.Vulnerabilities[i]
		name := x.CVE.Display()
		if t := x.Title.Display(); t != "" {
			if name != "" {
				name += " "
			}
			name += t
		}
		if name == "" {
			name = strconv.Itoa(int(x.ID))
		}
		id := strconv.Itoa(int(x.ID))
		vulns[x.ID] = name
		v.Vulns = append(v.Vulns, option{id, name, values["vuln"] == id})
	}
	v.Products = []option{{"0", products[0], true}}
	for i := range c.Streams {
		if x := &c.Streams[i]; x.Vendor == c.You {
			name := line(x.Name.Display() + " " + x.Versions.Display())
			id := strconv.Itoa(int(x.ID))
			products[x.ID] = name
			v.Products = append(v.Products, option{id, name, values["product"] == id})
		}
	}
	for i := range c.Statuses {
		if x := &c.Statuses[i]; x.Vendor == c.You {
			v.Said = append(v.Said, statusView{products[x.Stream], vulns[x.Vuln], q.affected(x.Affected), x.Fixed.Display(), x.Statement.DisplayText()})
		}
	}
	return v
}

func (q *request) affected(a cvd.Affected) string {
	switch a {
	case cvd.UnderInvestigation:
		return q.lang.text("form.affected.investigating")
	case cvd.IsAffected:
		return q.lang.text("form.affected.affected")
	case cvd.NotAffected:
		return q.lang.text("form.affected.not")
	case cvd.IsFixed:
		return q.lang.text("form.affected.fixed")
	}
	return q.lang.text("form.unstated")
}

// releaseView is what a vendor is asked about the planned release.
type releaseView struct {
	Shown, Asked bool
	At           string
	Said         string
	Fields       []fieldView
}

func (q *request) release(c *cvd.Case, values map[string]string, problems []problem) (v releaseView) {
	if c.Release.Planned.IsZero() {
		return v
	}
	me, _ := c.Party(c.You)
	v.Shown, v.Asked, v.At = true, me.Roles&cvd.RoleVendor != 0, q.zoned(c.Release.At)
	v.Fields = q.lang.view(releaseFields[1:], values, problems)
	for _, a := range c.Release.Answers {
		if a.Party == c.You {
			if v.Said = q.lang.text("release.said.go"); a.Hold {
				v.Said = q.lang.text("release.said.hold")
			}
		}
	}
	return v
}

// timelineView is what everybody may know of the course of the case. Language is that
// of its words where they are not in the language of the page.
type timelineView struct {
	List     template.HTML
	Language string
}

func (q *request) timeline(c *cvd.Case) (v timelineView) {
	x := q.cfg.Service.TextsIn(q.lang.tag)
	t := c.TimelineIn(x, q.cfg.Now(), nil).Public()
	if len(t.Entries)+len(t.Bands) > 0 {
		v.List = template.HTML(t.HTMLList()) // it escapes what others wrote
	}
	if base, _, _ := strings.Cut(q.lang.tag, "-"); base != strings.ToLower(t.Language) && q.lang.tag != strings.ToLower(t.Language) {
		v.Language = t.Language
	}
	return v
}
