package cvdmodel

// model is a case. Parties count from 1, the first is the owner, the second the
// reporter; vulnerabilities, reports, proposals and claims count from 1 too.
type model struct {
	rules
	now       int64
	parties   []party
	reports   []report
	vulns     []vuln
	em        byte
	active    int
	proposals []proposal
	claims    []claim
	messages  int
	unknown   []letter
	stage     stage
	announced int
	release   release
	groups    uint8   // of the team that may see the case, a bit each; 0: all of it
	ended     *before // the embargo that ended last
}

type party struct {
	rm, consent      byte
	vendor, reporter bool
	details          bool  // shown before it agreed
	answerBy         int64 // about the embargo; 0: nothing is asked
	terms            int   // that it said yes to
	began            bool  // its report began the case
	agreed           bool  // it said yes itself
	shut             bool  // it said no, or let its time pass, and has not said yes since
	gone             bool  // it was removed
	who              int   // its identity at the host; 0: none
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
	out     bool           // published by the team
	fix     map[int]string // of a vendor: "", "V", "VF", "VFD" without what the public knows
}

type claim struct {
	what         byte
	vuln, vendor int
	adopted      bool
	follows      int // the claim that it came with
}

func newModel(now int64, r rules) *model {
	return &model{
		now: now, em: 'N', rules: r,
		parties: []party{{rm: 'R', consent: 'n', vendor: true, details: true}},
		vulns:   []vuln{{fix: map[int]string{}}},
	}
}

func (m *model) open() bool    { return m.parties[0].rm != 'C' }
func (m *model) inForce() bool { return m.em == 'A' || m.em == 'R' }

func (m *model) own(event byte) bool {
	to, ok := next(rmTable, m.parties[0].rm, event)
	m.parties[0].rm = to
	return ok
}

// receive takes a report of who, 0: somebody without an identity. One who names
// a date of its own, which is a proposal too, objects to what is proposed.
func (m *model) receive(who int, date int64) bool {
	if !m.open() || date != 0 && date <= m.now {
		return false
	}
	objects := date != 0
	from := 0
	for i, p := range m.parties {
		if who != 0 && p.who == who && !p.gone {
			from = i + 1
		}
	}
	if from == 0 {
		m.parties = append(m.parties, party{rm: 'A', consent: 'n', reporter: true, who: who, began: len(m.reports) == 0})
		from = len(m.parties)
	}
	m.reports = append(m.reports, report{})
	if len(m.reports) == 1 && m.standing > 0 {
		m.propose(1, m.now+int64(m.standing)*day, false)
	}
	if objects {
		m.announced++
		if em, ok := next(emTable, m.em, 'p'); ok && m.secretUntil(date, false) {
			m.em = em
			m.proposals = append(m.proposals, proposal{by: from, ends: date, open: true})
		}
	}
	m.tacit(from, objects)
	return true
}

func (m *model) acknowledge(r int) bool {
	if r > len(m.reports) || m.reports[r-1].acknowledged {
		return false
	}
	m.reports[r-1].acknowledged = true
	m.lift()
	return true
}

func (m *model) triage(r int, outcome byte, sameAs int, reply bool) bool {
	if !m.open() || r > len(m.reports) || outcome == needsInformation && !reply ||
		(outcome == duplicate) != (sameAs != 0) || sameAs == r || sameAs > len(m.reports) {
		return false
	}
	m.reports[r-1].outcome = outcome
	m.aware(1) // at the end, whatever the outcome
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

func (m *model) tells(p int, rm byte) bool {
	if p == 1 || !m.there(p) || !reports(m.parties[p-1].rm, rm) || m.parties[p-1].rm == rm {
		return false
	}
	m.parties[p-1].rm = rm
	if m.mayKnow(p) {
		m.aware(p)
	}
	m.reconsider()
	return true
}

func (m *model) addVuln() bool {
	if !m.open() {
		return false
	}
	m.vulns = append(m.vulns, vuln{fix: map[int]string{}})
	if rm := m.parties[0].rm; rm != 'S' && rm != 'R' {
		m.aware(1)
	}
	return true
}

func (m *model) observe(what byte, v, vendor, by int, adopt bool) bool {
	ofVendor := what == 'V' || what == 'F' || what == 'D'
	if !m.there(by) || v > len(m.vulns) || ofVendor && (!m.there(vendor) || !m.parties[vendor-1].vendor) {
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

// aware: a vendor that judges the case, or says that it works on it, knows of it.
func (m *model) aware(vendor int) {
	if !m.parties[vendor-1].vendor {
		return
	}
	for i := range m.vulns {
		if m.fixOf(i+1, vendor) == "" {
			m.vulns[i].fix[vendor] = "V"
			m.claims = append(m.claims, claim{what: 'V', vuln: i + 1, vendor: vendor, adopted: true})
		}
	}
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
		n := map[byte]int{'V': 0, 'F': 1, 'D': 2}[c.what]
		if len(fix) < n {
			return false
		}
		if len(fix) == n {
			v.fix[c.vendor] = fix + string(c.what)
		} else if v.fix[c.vendor] == "" {
			v.fix[c.vendor] = "V" // it knew from the public, and now by itself
		}
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
			m.claims = append(m.claims, claim{what: 'P', vuln: c.vuln, adopted: true, follows: n})
			c = &m.claims[n-1]
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
	if c.what == 'A' || !m.left() {
		m.over(c.what)
	}
	return true
}

// mayKnow: only an own yes, what was given on purpose, or the own report opens the
// case; a no, or silence, shuts it.
func (m *model) mayKnow(p int) bool {
	q := m.parties[p-1]
	switch {
	case p == 1:
		return true
	case m.stage.quarantined:
		return false
	case q.shut, q.consent == 'd', q.consent == 'l' && m.now > q.answerBy:
		return false
	}
	return q.details || q.began || q.agreed
}

func (m *model) post(from int, to []int) bool {
	if !m.there(from) {
		return false
	}
	others := 0
	for _, p := range to {
		if !m.there(p) || p != from && !m.mayKnow(p) {
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

// publish discloses what is named, or all that has a fix or is public. An embargo
// holds up what it covers, and ends when nothing is left.
func (m *model) publish(named []int, emergency bool, actor string) bool {
	past := emergency && m.release.planned
	if m.parties[0].rm != 'A' || m.release.planned && !past && !m.released() {
		return false
	}
	what := map[int]bool{}
	for _, v := range named {
		if v > len(m.vulns) {
			return false
		}
		what[v] = true
	}
	if len(named) == 0 {
		for i, v := range m.vulns {
			fixed := v.p
			for _, fix := range v.fix {
				fixed = fixed || len(fix) >= 2
			}
			if fixed {
				what[i+1] = true
			}
		}
	}
	covered := false
	for v := range what {
		covered = covered || !m.vulns[v-1].p && !m.vulns[v-1].x
	}
	if len(what) == 0 || len(named) > len(m.vulns) || covered && m.inForce() && m.proposals[m.active-1].ends > m.now {
		return false
	}
	for v := range what { // past a plan: only what is known outside, or attacked
		if w := m.vulns[v-1]; past && (actor == "" || !w.p && !w.x && !w.a) {
			return false
		}
	}
	m.release.emergency = m.release.emergency || past
	for i := range m.vulns {
		v := &m.vulns[i]
		if what[i+1] && !v.p {
			v.p = true
			m.claims = append(m.claims, claim{what: 'P', vuln: i + 1, adopted: true})
		}
		v.out = v.out || what[i+1]
	}
	if !m.left() {
		m.over(0)
	}
	return true
}
