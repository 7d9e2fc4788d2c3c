package cvdmodel

import "slices"

// rules are what a case has agreed for its negotiation.
type rules struct {
	// resolve: 's', of the open proposals the earliest end is answered first, and a
	// rejected revision stops those that end later; 'u', likewise, and all accept;
	// 'o', the owner answers in any order.
	resolve  byte
	quorum   int // percent of vendors with a fix, for an early end
	standing int // days that the team proposes to a reporter
}

type proposal struct {
	by     int
	ends   int64
	open   bool
	agreed []int // where all must
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

func (m *model) rule(resolve byte, quorum int) bool {
	if quorum > 100 || m.waiting() > 0 {
		return false
	}
	m.resolve, m.quorum = resolve, quorum
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
	m.em, m.proposals = em, append(m.proposals, proposal{by: by, ends: ends, open: true})
	return true
}

func (m *model) announce(by int, at int64) bool {
	if by > len(m.parties) || at <= m.now {
		return false
	}
	m.announced++
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
	if !m.answerable(n, by) || !m.secret() || m.proposals[n-1].ends <= m.now || m.resolve != 'o' && m.earlierWaits(n) {
		return false
	}
	return m.agree(n, by)
}

// agree is one acceptance. It may be one of several that are needed.
func (m *model) agree(n, by int) bool {
	p := &m.proposals[n-1]
	if m.resolve != 'u' {
		if p.by != 1 && by != 1 {
			return false
		}
		m.bind(n, by)
		return true
	}
	if !m.votes(by) || slices.Contains(p.agreed, by) {
		return false
	}
	p.agreed = append(p.agreed, by)
	for v := 1; v <= len(m.parties); v++ {
		if m.votes(v) && v != p.by && !slices.Contains(p.agreed, v) {
			return true
		}
	}
	m.bind(n, by)
	return true
}

// votes: the owner, and whoever takes part: under an embargo the signatories,
// before it those who have not declined. Who has closed takes no part.
func (m *model) votes(p int) bool {
	q := m.parties[p-1]
	return p == 1 || q.rm != 'C' && (q.consent == 's' || !m.inForce() && q.consent != 'd')
}

// bind puts a proposal into force. Whoever said yes is bound, unless its last
// word was no: then it is asked, as is everybody else.
func (m *model) bind(n, by int) {
	p := &m.proposals[n-1]
	p.open, m.active = false, n
	m.em, _ = next(emTable, m.em, 'a')
	if m.waiting() > 0 {
		m.em = 'R'
	}
	for i := range m.parties {
		q := &m.parties[i]
		said := i+1 == p.by || slices.Contains(p.agreed, i+1)
		switch {
		case i == 0 || i+1 == by || said && q.consent != 'd':
			q.consent, q.answerBy = 's', 0
		case q.consent == 's':
			m.ask(q, 'v', windowUsed)
		case q.consent == 'n' && q.rm != 'C', q.consent == 'd' && said:
			m.ask(q, 'i', windowUsed)
		}
	}
}

// tacit: to report while something is proposed is to accept it, unless the
// reporter objects. Under an embargo a reporter is asked, once. A report is taken
// whatever it says of the embargo.
func (m *model) tacit(from int, objects bool) {
	if q := &m.parties[from-1]; m.inForce() {
		if q.consent == 'n' || q.consent == 'd' {
			m.ask(q, 'i', windowUsed)
		}
		return
	}
	if objects || !m.secret() {
		return
	}
	n := 0
	for i, p := range m.proposals {
		if p.open && p.ends > m.now && (n == 0 || p.ends < m.proposals[n-1].ends) {
			n = i + 1
		}
	}
	if n != 0 && m.proposals[n-1].by != from && (m.resolve == 'u' || m.proposals[n-1].by == 1) {
		m.agree(n, from)
	}
}

func (m *model) reject(n, by int) bool {
	if !m.answerable(n, by) || m.resolve != 'o' && m.inForce() && m.earlierWaits(n) {
		return false
	}
	m.proposals[n-1].open = false
	for i := range m.proposals {
		if p := &m.proposals[i]; m.resolve != 'o' && m.inForce() && p.ends > m.proposals[n-1].ends {
			p.open = false
		}
	}
	if m.waiting() == 0 {
		m.em, _ = next(emTable, m.em, 'r')
	}
	return true
}

func (m *model) end(reason bool) bool {
	if !m.inForce() || m.proposals[m.active-1].ends > m.now && (!reason || m.fixed() < m.quorum) {
		return false
	}
	m.over()
	return true
}

// fixed is the percentage of vendors that have a fix for all that they are known
// to have.
func (m *model) fixed() int {
	ready, all := 0, 0
	for i, p := range m.parties {
		if !p.vendor {
			continue
		}
		all++
		some, every := false, true
		for _, v := range m.vulns {
			if fix, ok := v.fix[i+1]; ok {
				some, every = true, every && len(fix) >= 2
			}
		}
		if some && every {
			ready++
		}
	}
	return 100 * ready / all
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
		m.parties[i].consent, m.parties[i].answerBy = 'n', 0
	}
}
