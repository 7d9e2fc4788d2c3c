package cvdmodel

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
)

// stage is what comes before the case: s, somebody is to look at it; q, likewise, and
// its sender was told nothing; d, dismissed; 0, it is a case.
type stage struct {
	at          byte
	quarantined bool
	asked       bool
	appealed    bool
	dismissedBy []string
	received    int64
	date        int64 // on which its sender publishes; 0: none
}

// letter is a message of which nobody has shown from whom it is.
type letter struct {
	claimed  int
	admitted bool
	report   bool // it became one
}

// newSubmission has no vulnerability, no party but the sender, and its report.
func newSubmission(now int64, r rules, who int, date int64, quarantined, receipt bool) *model {
	m := newModel(now, r)
	m.parties[0].rm, m.vulns = 'S', nil
	m.parties = append(m.parties, party{rm: 'S', consent: 'n', reporter: true, who: who, began: true})
	m.reports = []report{{acknowledged: receipt && !quarantined}}
	if m.stage = (stage{at: 's', received: now, date: date, quarantined: quarantined}); quarantined {
		m.stage.at = 'q'
	}
	if date != 0 {
		m.announced++
	}
	return m
}

// become makes the case that the report would have opened at once.
func (m *model) become() bool {
	if m.stage.at == 0 {
		return false
	}
	m.stage.at, m.stage.quarantined = 0, false
	m.parties[0].rm, m.parties[1].rm = 'R', 'A'
	m.vulns = []vuln{{fix: map[int]string{}}}
	if ends := m.stage.received + int64(m.standing)*day; m.standing > 0 && ends > m.now {
		m.propose(1, ends, false)
	}
	if em, ok := next(emTable, m.em, 'p'); ok && m.stage.date > m.now && m.secretUntil(m.stage.date, false) {
		m.em = em
		m.proposals = append(m.proposals, proposal{by: 2, ends: m.stage.date, open: true})
	}
	m.tacit(2, m.stage.date != 0)
	return true
}

// lift lets a submission out of quarantine.
func (m *model) lift() {
	if m.stage.quarantined = false; m.stage.at == 'q' {
		m.stage.at = 's'
	}
}

func (m *model) dismiss(why byte, actor string) bool {
	if m.stage.at != 's' && m.stage.at != 'q' || why == 0 || actor == "" || slices.Contains(m.stage.dismissedBy, actor) {
		return false
	}
	m.stage.at = 'd'
	m.stage.dismissedBy = append(m.stage.dismissedBy, actor)
	return true
}

func (m *model) appeal() bool {
	if m.stage.at != 'd' || m.stage.appealed {
		return false
	}
	m.stage.at, m.stage.appealed = 's', true
	if m.stage.quarantined {
		m.stage.at = 'q'
	}
	m.messages++
	return true
}

// question is the one question for what is missing.
func (m *model) question(report int, outcome byte, reply bool) bool {
	if m.stage.at != 's' || report != 1 || outcome != needsInformation || !reply || m.stage.asked {
		return false
	}
	m.stage.asked, m.reports[0].outcome = true, needsInformation
	return true
}

func (m *model) unverified(claimed int) bool {
	if claimed > len(m.parties) {
		return false
	}
	m.unknown = append(m.unknown, letter{claimed: claimed})
	return true
}

func (m *model) admit(n, p int, asReport bool) bool {
	if n > len(m.unknown) || m.unknown[n-1].admitted {
		return false
	}
	if p == 0 {
		p = m.unknown[n-1].claimed
	}
	if p == 0 || p > len(m.parties) || m.parties[p-1].gone || asReport && (m.stage.at != 0 || !m.open()) {
		return false
	}
	m.unknown[n-1] = letter{claimed: p, admitted: true, report: asReport}
	if !asReport {
		m.messages++
		return true
	}
	m.reports = append(m.reports, report{})
	m.tacit(p, false)
	return true
}

// early returns a command for the stage before the case.
func (d *driver) early() (cvd.Command, bool) {
	m := d.m
	switch d.IntN(10) {
	case 0:
		return cvd.Admit{}, m.become()
	case 1, 2:
		why, actor := byte(d.IntN(8)), []string{"", "a", "b"}[d.IntN(3)]
		d.by.Actor = cvd.Private(actor)
		return cvd.Dismiss{Why: cvd.Dismissal(why)}, m.dismiss(why, actor)
	case 3:
		return cvd.Appeal{Text: "look again"}, m.appeal()
	case 4:
		n := d.some(1)
		return cvd.Acknowledge{Report: cvd.ReportID(n)}, m.acknowledge(n)
	case 5:
		n, reply := d.some(1), d.text(3)
		outcomes := []byte{valid, invalid, needsInformation, needsInformation}
		o := outcomes[d.IntN(4)]
		x := cvd.Triage{Report: cvd.ReportID(n), Reply: reply, Outcome: map[byte]cvd.Outcome{
			valid: cvd.OutcomeValid, invalid: cvd.OutcomeInvalid, needsInformation: cvd.OutcomeNeedsInformation,
		}[o]}
		return x, m.question(n, o, reply != "")
	case 6:
		return d.message()
	case 7:
		return d.letter()
	}
	tooEarly := []cvd.Command{
		cvd.Accept{}, cvd.Defer{}, cvd.Close{}, cvd.AddVulnerability{}, cvd.Publish{}, cvd.Receive{Title: "a"},
		cvd.ProposeEmbargo{Ends: d.now.AddDate(0, 0, 9)}, cvd.AnnounceDeadline{Party: 2, At: d.now.AddDate(0, 0, 9)},
		cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Name: "x"}},
	}
	return tooEarly[d.IntN(len(tooEarly))], false
}

// letter posts an unverified message, or admits one.
func (d *driver) letter() (cvd.Command, bool) {
	m := d.m
	if d.IntN(2) == 0 {
		claimed := d.some(len(m.parties)) - d.IntN(2)
		return cvd.PostUnverified{Claimed: cvd.PartyID(claimed), Reason: "r", Text: "t"}, m.unverified(claimed)
	}
	n, p, report := d.some(len(m.unknown)), d.some(len(m.parties))-d.IntN(2), d.IntN(3) == 0
	x := cvd.Admit{Message: 1 << 20, Party: cvd.PartyID(p), AsReport: report}
	if n <= len(m.unknown) {
		x.Message = d.mail[n-1]
	}
	return x, m.admit(n, p, report)
}
