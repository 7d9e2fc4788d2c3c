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
	tacit  []int // of them, who has not said so
	reason bool
}

// live: it waits for an answer that can still be given.
func (m *model) live(p proposal) bool { return p.open && p.ends > m.now }

// secret: there is something that nobody outside knows, an embargo that holds has
// not run out, and before one the owner has deployed nothing.
func (m *model) secret() bool {
	if !m.open() || m.inForce() && m.proposals[m.active-1].ends <= m.now {
		return false
	}
	some := false
	for _, v := range m.vulns {
		if v.p || v.x {
			continue
		}
		some = true
		if v.fix[1] == "VFD" && !m.inForce() {
			return false
		}
	}
	return some
}

// secretUntil: under attack only for a week, and with a reason.
func (m *model) secretUntil(ends int64, reason bool) bool {
	if !m.secret() {
		return false
	}
	return !m.attacked() || reason && ends <= m.now+7*day
}

func (m *model) rule(resolve byte, quorum int) bool {
	if quorum > 100 || m.waiting() > 0 {
		return false
	}
	m.resolve, m.quorum = resolve, quorum
	return true
}

func (m *model) propose(by int, ends int64, reason bool) bool {
	if !m.there(by) || !m.secretUntil(ends, reason) || ends <= m.now || ends > m.now+365*day && !reason {
		return false
	}
	m.forget()
	em, ok := next(emTable, m.em, 'p')
	if !ok {
		return false
	}
	m.em, m.proposals = em, append(m.proposals, proposal{by: by, ends: ends, open: true, reason: reason})
	return true
}

// forget closes what has run out.
func (m *model) forget() {
	for i, p := range m.proposals {
		if p.open && !m.live(p) {
			m.proposals[i].open = false
			m.settled()
		}
	}
}

// settled: when no proposal is left the negotiation is over.
func (m *model) settled() {
	for _, p := range m.proposals {
		if p.open {
			return
		}
	}
	if em, ok := next(emTable, m.em, 'r'); ok {
		m.em = em
		m.unbind()
	}
}

// withdraw takes back an own proposal.
func (m *model) withdraw(n, by int) bool {
	if !m.there(by) || n > len(m.proposals) || !m.live(m.proposals[n-1]) || m.proposals[n-1].by != by {
		return false
	}
	m.forget()
	m.proposals[n-1].open = false
	m.settled()
	m.reconsider()
	return true
}

func (m *model) announce(by int, at int64) bool {
	if !m.there(by) || at <= m.now {
		return false
	}
	m.announced++
	return true
}

func (m *model) waiting() (n int) {
	for _, p := range m.proposals {
		if m.live(p) {
			n++
		}
	}
	return n
}

func (m *model) answerable(n, by int) bool {
	return m.there(by) && n <= len(m.proposals) && m.live(m.proposals[n-1]) && m.proposals[n-1].by != by && m.voice(by)
}

// voice: who has declined, or closed its part, answers nothing.
func (m *model) voice(p int) bool {
	q := m.parties[p-1]
	return p == 1 || !q.gone && q.consent != 'd' && q.rm != 'C'
}

func (m *model) earlierWaits(n int) bool {
	for _, p := range m.proposals {
		if m.live(p) && p.ends < m.proposals[n-1].ends {
			return true
		}
	}
	return false
}

func (m *model) accept(n, by int) bool {
	if !m.answerable(n, by) {
		return false
	}
	p := m.proposals[n-1]
	if p.ends <= m.now || !m.secretUntil(p.ends, p.reason) || m.resolve != 'o' && m.earlierWaits(n) {
		return false
	}
	return m.agree(n, by, false)
}

// agree is one acceptance. It may be one of several that are needed.
func (m *model) agree(n, by int, tacit bool) bool {
	p := &m.proposals[n-1]
	if m.resolve != 'u' {
		if p.by != 1 && by != 1 {
			return false
		}
		m.bind(n, by, tacit)
		return true
	}
	if !m.votes(by) || slices.Contains(p.agreed, by) {
		return false
	}
	m.forget()
	p.agreed = append(p.agreed, by)
	if tacit {
		p.tacit = append(p.tacit, by)
	}
	if m.all(n) {
		m.bind(n, by, tacit)
	}
	return true
}

func (m *model) all(n int) bool {
	p := m.proposals[n-1]
	for v := 1; v <= len(m.parties); v++ {
		if m.votes(v) && v != p.by && !slices.Contains(p.agreed, v) {
			return false
		}
	}
	return true
}

// reconsider: where all must agree, whoever loses its vote holds up nothing.
func (m *model) reconsider() {
	if m.resolve != 'u' {
		return
	}
	n := 0
	for i, p := range m.proposals {
		if m.live(p) && (n == 0 || p.ends < m.proposals[n-1].ends) {
			n = i + 1
		}
	}
	if n == 0 {
		return
	}
	p := m.proposals[n-1]
	if len(p.agreed) == 0 || !m.all(n) || p.by != 1 && !slices.Contains(p.agreed, 1) || !m.secretUntil(p.ends, p.reason) {
		return
	}
	by := p.agreed[len(p.agreed)-1]
	m.bind(n, by, slices.Contains(p.tacit, by))
}

// votes: the owner, and whoever takes part: under an embargo the signatories,
// before it those who have not declined. Who has closed takes no part.
func (m *model) votes(p int) bool {
	q := m.parties[p-1]
	return p == 1 || !q.gone && q.rm != 'C' && (q.consent == 's' || !m.inForce() && q.consent != 'd')
}

// bind puts a proposal into force. Whoever said yes is bound, unless its last
// word was no: then it is asked, as is everybody else, each with new time. Who
// accepts a shorter end gives up its own longer one.
func (m *model) bind(n, by int, tacit bool) {
	m.forget()
	for i := range m.proposals {
		if q := &m.proposals[i]; q.open && i+1 != n && q.by == by && q.ends > m.proposals[n-1].ends {
			q.open = false
		}
	}
	p := &m.proposals[n-1]
	waits := m.waiting() > 1
	p.open, m.active = false, n
	m.em = 'A'
	if waits {
		m.em = 'R'
	}
	for i := range m.parties {
		q := &m.parties[i]
		id := i + 1
		said := id == p.by || slices.Contains(p.agreed, id)
		silent := id == by && tacit || slices.Contains(p.tacit, id)
		switch {
		case id == 1 || id == by || said && q.consent != 'd':
			q.says(n, silent)
		case q.consent == 's' && q.terms == n:
		case q.consent == 's':
			m.ask(q, 'v', windowUsed)
		case q.consent == 'n' && q.rm != 'C' && !q.gone, q.consent == 'd' && said:
			m.ask(q, 'i', windowUsed)
		case q.consent == 'i' || q.consent == 'l' && m.now <= q.answerBy:
			q.answerBy = m.untilEnd(m.now + windowUsed)
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
	if objects || !m.secret() || !m.voice(from) {
		return
	}
	n := 0
	for i, p := range m.proposals {
		if m.live(p) && (n == 0 || p.ends < m.proposals[n-1].ends) {
			n = i + 1
		}
	}
	if n == 0 {
		return
	}
	p := m.proposals[n-1]
	if p.by != from && (m.resolve == 'u' || p.by == 1) && m.secretUntil(p.ends, p.reason) {
		m.agree(n, from, true)
	}
}

func (m *model) reject(n, by int) bool {
	if !m.answerable(n, by) || m.resolve != 'o' && m.inForce() && m.earlierWaits(n) {
		return false
	}
	m.forget()
	m.proposals[n-1].open = false
	for i := range m.proposals {
		if p := &m.proposals[i]; m.resolve != 'o' && m.inForce() && p.ends > m.proposals[n-1].ends {
			p.open = false
		}
	}
	if m.waiting() == 0 {
		m.em, _ = next(emTable, m.em, 'r')
		m.unbind()
	}
	return true
}

// left: something is still secret.
func (m *model) left() bool {
	for _, v := range m.vulns {
		if !v.p && !v.x {
			return true
		}
	}
	return false
}

func (m *model) end(reason bool) bool {
	if !m.inForce() || m.proposals[m.active-1].ends > m.now && (!reason || m.fixed() < m.quorum) {
		return false
	}
	m.over(0)
	return true
}

// fixed is the percentage of vendors that have a fix for all that they are known
// to have.
func (m *model) fixed() int {
	ready, all := 0, 0
	for i, p := range m.parties {
		if !p.vendor || p.gone {
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
	if all == 0 {
		return 100 // no vendor is waited for
	}
	return 100 * ready / all
}

// over ends the embargo by a fact, or for another reason: 0.
func (m *model) over(why byte) {
	if m.em == 'N' || m.em == 'X' {
		return
	}
	m.ended = nil
	if m.em == 'P' {
		m.em = 'N'
	} else {
		m.ended = &before{why: why, parties: slices.Clone(m.parties)}
		for i, p := range m.proposals {
			if p.open {
				m.ended.open = append(m.ended.open, i+1)
			}
		}
		m.em = 'X'
	}
	for i := range m.proposals {
		m.proposals[i].open = false
	}
	m.unbind()
}

// unbind: without terms there is nothing to consent to. What was said stays said.
func (m *model) unbind() {
	if m.em == 'P' || m.inForce() {
		return
	}
	for i := range m.parties {
		q := &m.parties[i]
		q.shut = q.shut || q.consent == 'l' && m.now > q.answerBy
		q.agreed = q.agreed && !q.shut
		q.consent, q.answerBy, q.terms = 'n', 0, 0
	}
}
