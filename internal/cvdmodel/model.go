package cvdmodel

// model is a case. Parties count from 1, the first is the owner, the second the
// reporter; vulnerabilities, reports, proposals and claims count from 1 too.
type model struct {
	// shortest: of open proposals the earliest end is answered first, and a
	// rejected revision stops those that end later. Else the owner answers in any
	// order.
	shortest bool

	now       int64
	parties   []party
	reports   []report
	vulns     []vuln
	em        byte
	active    int
	proposals []proposal
	claims    []claim
	published bool
	messages  int
}

type party struct {
	rm, consent      byte
	vendor, reporter bool
}

type report struct {
	acknowledged bool
	outcome      byte // 0, valid, invalid, duplicate, out of scope, needs information
}

const (
	valid byte = 1 + iota
	invalid
	duplicate
	outOfScope
	needsInformation
)

// vuln has the letters of the world, and of each vendor.
type vuln struct {
	p, x, a bool
	fix     map[int]string // of a vendor: "", "V", "VF", "VFD" without what the public knows
}

type proposal struct {
	by   int
	ends int64
	open bool
}

type claim struct {
	what         byte
	vuln, vendor int
	adopted      bool
}

func newModel(now int64) *model {
	return &model{
		now: now, em: 'N',
		parties: []party{{rm: 'R', consent: 'n', vendor: true}, {rm: 'A', consent: 'n', reporter: true}},
		reports: make([]report, 1), vulns: []vuln{{fix: map[int]string{}}},
	}
}

func (m *model) open() bool    { return m.parties[0].rm != 'C' }
func (m *model) inForce() bool { return m.em == 'A' || m.em == 'R' }

func (m *model) own(event byte) bool {
	to, ok := next(rmTable, m.parties[0].rm, event)
	m.parties[0].rm = to
	return ok
}

func (m *model) receive() bool {
	if !m.open() {
		return false
	}
	m.parties = append(m.parties, party{rm: 'A', consent: 'n', reporter: true})
	m.reports = append(m.reports, report{})
	return true
}

func (m *model) acknowledge(r int) bool {
	if r > len(m.reports) || m.reports[r-1].acknowledged {
		return false
	}
	m.reports[r-1].acknowledged = true
	return true
}

func (m *model) triage(r int, outcome byte, sameAs int, reply bool) bool {
	if !m.open() || r > len(m.reports) || outcome == needsInformation && !reply ||
		(outcome == duplicate) != (sameAs != 0) || sameAs == r || sameAs > len(m.reports) {
		return false
	}
	m.reports[r-1].outcome = outcome
	rm := m.parties[0].rm
	switch outcome {
	case valid:
		if rm == 'R' || rm == 'I' {
			m.own('v')
		}
	case invalid, duplicate, outOfScope:
		for _, r := range m.reports {
			if r.outcome == 0 || r.outcome == valid || r.outcome == needsInformation {
				return true
			}
		}
		if rm == 'R' {
			m.own('i')
		}
	}
	return true
}

func (m *model) shut(override, reason bool) bool {
	if override && !reason || m.inForce() && !override {
		return false
	}
	return m.own('c')
}

// secret: nothing is public, exploited or attacked; and, before an embargo,
// nothing is deployed.
func (m *model) secret() bool {
	if !m.open() {
		return false
	}
	for _, v := range m.vulns {
		if v.p || v.x || v.a {
			return false
		}
		for _, fix := range v.fix {
			if fix == "VFD" && !m.inForce() {
				return false
			}
		}
	}
	return true
}

func (m *model) propose(by int, ends int64) bool {
	if by > len(m.parties) || !m.secret() || ends <= m.now {
		return false
	}
	em, ok := next(emTable, m.em, 'p')
	if !ok {
		return false
	}
	m.em, m.proposals = em, append(m.proposals, proposal{by, ends, true})
	return true
}

func (m *model) waiting() (n int) {
	for _, p := range m.proposals {
		if p.open {
			n++
		}
	}
	return n
}

func (m *model) answerable(n, by int) bool {
	return by <= len(m.parties) && n <= len(m.proposals) && m.proposals[n-1].open && m.proposals[n-1].by != by
}

func (m *model) earlierWaits(n int) bool {
	for _, p := range m.proposals {
		if p.open && p.ends < m.proposals[n-1].ends {
			return true
		}
	}
	return false
}

func (m *model) accept(n, by int) bool {
	if !m.answerable(n, by) || !m.secret() {
		return false
	}
	p := &m.proposals[n-1]
	em, ok := next(emTable, m.em, 'a')
	if !ok || p.ends <= m.now || p.by != 1 && by != 1 || m.shortest && m.earlierWaits(n) {
		return false
	}
	p.open, m.active, m.em = false, n, em
	if m.waiting() > 0 {
		m.em = 'R'
	}
	for i := range m.parties {
		switch q := &m.parties[i]; {
		case i == 0 || i+1 == by || i+1 == p.by:
			q.consent = 's'
		case q.consent == 's':
			q.consent = 'l'
		case q.consent == 'n' && q.rm != 'C':
			q.consent = 'i'
		}
	}
	return true
}

func (m *model) reject(n, by int) bool {
	if !m.answerable(n, by) || m.shortest && m.inForce() && m.earlierWaits(n) {
		return false
	}
	m.proposals[n-1].open = false
	for i := range m.proposals {
		if p := &m.proposals[i]; m.shortest && m.inForce() && p.ends > m.proposals[n-1].ends {
			p.open = false
		}
	}
	if m.waiting() == 0 {
		m.em, _ = next(emTable, m.em, 'r')
	}
	return true
}

func (m *model) end(reason bool) bool {
	if !m.inForce() || m.proposals[m.active-1].ends > m.now && !reason {
		return false
	}
	m.over()
	return true
}

func (m *model) over() {
	if m.em == 'N' || m.em == 'X' {
		return
	}
	if m.em == 'P' {
		m.em = 'N'
	} else {
		m.em = 'X'
	}
	for i := range m.proposals {
		m.proposals[i].open = false
	}
	for i := range m.parties {
		m.parties[i].consent = 'n'
	}
}

func (m *model) invite(vendor bool) bool {
	if !m.open() {
		return false
	}
	p := party{rm: 'S', consent: 'n', vendor: vendor}
	if m.inForce() {
		p.consent = 'i'
	}
	m.parties = append(m.parties, p)
	return true
}

func (m *model) answer(p int, yes bool) bool {
	if p > len(m.parties) || !m.inForce() {
		return false
	}
	q := &m.parties[p-1]
	event := byte('d')
	if yes {
		event = 'a'
	} else if q.consent == 's' {
		event = 'w'
	}
	to, ok := next(consentTable, q.consent, event)
	q.consent = to
	return ok
}

func (m *model) tells(p int, rm byte) bool {
	if p == 1 || p > len(m.parties) || !reports(m.parties[p-1].rm, rm) || m.parties[p-1].rm == rm {
		return false
	}
	m.parties[p-1].rm = rm
	return true
}

func (m *model) addVuln() bool {
	if !m.open() {
		return false
	}
	m.vulns = append(m.vulns, vuln{fix: map[int]string{}})
	return true
}

func (m *model) observe(what byte, v, vendor, by int, adopt bool) bool {
	ofVendor := what == 'V' || what == 'F' || what == 'D'
	if by > len(m.parties) || v > len(m.vulns) || ofVendor && (vendor > len(m.parties) || !m.parties[vendor-1].vendor) {
		return false
	}
	if !ofVendor {
		vendor = 0
	}
	m.claims = append(m.claims, claim{what: what, vuln: v, vendor: vendor})
	if adopt && !m.adopt(len(m.claims), false) {
		m.claims = m.claims[:len(m.claims)-1]
		return false
	}
	return true
}

// fixOf is what holds for a vendor: once the public knows, the vendor does.
func (m *model) fixOf(v, vendor int) string {
	fix := m.vulns[v-1].fix[vendor]
	if fix == "" && m.vulns[v-1].p {
		return "V"
	}
	return fix
}

func (m *model) adopt(n int, keep bool) bool {
	if n > len(m.claims) || m.claims[n-1].adopted || keep && m.claims[n-1].what != 'A' {
		return false
	}
	c := &m.claims[n-1]
	v := &m.vulns[c.vuln-1]
	switch c.what {
	case 'V', 'F', 'D':
		fix := m.fixOf(c.vuln, c.vendor)
		if len(fix) != map[byte]int{'V': 0, 'F': 1, 'D': 2}[c.what] {
			return false
		}
		v.fix[c.vendor] = fix + string(c.what)
		c.adopted = true
		return true
	case 'P':
		if v.p {
			return false
		}
		v.p, c.adopted = true, true
	case 'X':
		if v.x {
			return false
		}
		v.x, c.adopted = true, true
		if !v.p { // a public exploit tells the public
			v.p = true
			m.claims = append(m.claims, claim{what: 'P', vuln: c.vuln, adopted: true})
		}
	case 'A':
		if v.a {
			return false
		}
		v.a, c.adopted = true, true
		if keep {
			return true
		}
	}
	m.over()
	return true
}

func (m *model) mayKnow(p int) bool {
	q := m.parties[p-1]
	return p == 1 || q.reporter || m.published || !m.inForce() || q.consent == 's' || q.consent == 'l'
}

func (m *model) post(from int, to []int) bool {
	if from > len(m.parties) {
		return false
	}
	others := 0
	for _, p := range to {
		if p > len(m.parties) || p != from && !m.mayKnow(p) {
			return false
		}
		if p != from {
			others++
		}
	}
	if len(to) > 0 && others == 0 {
		return false
	}
	m.messages++
	return true
}

func (m *model) publish() bool {
	if m.parties[0].rm != 'A' || m.inForce() && m.proposals[m.active-1].ends > m.now {
		return false
	}
	m.over()
	m.published = true
	for i := range m.vulns {
		if !m.vulns[i].p {
			m.vulns[i].p = true
			m.claims = append(m.claims, claim{what: 'P', vuln: i + 1, adopted: true})
		}
	}
	return true
}
