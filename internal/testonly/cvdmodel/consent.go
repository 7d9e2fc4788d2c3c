package cvdmodel

// Times are in milliseconds.
const (
	hour       int64 = 3600_000
	day              = 24 * hour
	windowMin        = 72 * hour
	windowUsed       = 7 * day // without another
)

// ask moves a consent, and gives time to answer where an answer is due.
func (m *model) ask(q *party, event byte, window int64) bool {
	to, ok := next(consentTable, q.consent, event)
	if !ok {
		return false
	}
	switch to {
	case 'i': // asked again after its time had passed, it waits outside
		q.shut = q.shut || q.consent == 'l'
		q.agreed = false
	case 'd':
		q.agreed, q.shut = false, true
	}
	q.consent, q.answerBy, q.terms = to, 0, 0
	if to == 'i' || to == 'l' {
		q.answerBy = m.untilEnd(m.now + window)
	}
	return true
}

// untilEnd: nobody has time to answer beyond the end that is asked about.
func (m *model) untilEnd(t int64) int64 {
	end := int64(0)
	if m.inForce() {
		end = m.proposals[m.active-1].ends
	} else {
		for _, p := range m.proposals {
			if m.live(p) && (end == 0 || p.ends < end) {
				end = p.ends
			}
		}
	}
	if end > m.now {
		return min(t, end)
	}
	return t
}

// says is a yes to terms. One that was only assumed binds, and opens nothing.
func (q *party) says(terms int, tacit bool) {
	q.consent, q.answerBy, q.terms = 's', 0, terms
	if !tacit {
		q.agreed, q.shut = true, false
	}
}

// hasTerms: there is something to agree to.
func (m *model) hasTerms() bool { return m.inForce() || m.waiting() > 0 }

// timeEnough: less only while attacks are known, and with a reason.
func (m *model) timeEnough(window int64, reason bool) (int64, bool) {
	if window == 0 {
		window = windowUsed
	}
	return window, window >= windowMin || reason && m.attacked()
}

func (m *model) attacked() bool {
	for _, v := range m.vulns {
		if v.a && !v.p && !v.x {
			return true
		}
	}
	return false
}

func (m *model) invite(vendor, details bool, window int64) bool {
	window, ok := m.timeEnough(window, details) // details first have a reason
	if !m.open() || !ok {
		return false
	}
	p := party{rm: 'S', consent: 'n', vendor: vendor, details: details}
	if m.hasTerms() {
		m.ask(&p, 'i', window)
	}
	m.parties = append(m.parties, p)
	return true
}

// askAgain leaves those alone who still have time to answer about new terms:
// until then they keep what they had under the old.
func (m *model) askAgain(p int, window int64, reason bool) bool {
	window, ok := m.timeEnough(window, reason)
	if !m.there(p) || !ok || !m.hasTerms() {
		return false
	}
	q := &m.parties[p-1]
	if q.consent == 'l' && m.now <= q.answerBy {
		return false
	}
	if q.consent == 'i' && m.now > q.answerBy { // it was silent, and has time anew
		q.answerBy = m.untilEnd(m.now + window)
		return true
	}
	return m.ask(q, 'i', window)
}

// answer is about the terms in force, or the only ones that are proposed; asked
// names them, 0: those.
func (m *model) answer(p int, yes bool, asked int) bool {
	if !m.there(p) {
		return false
	}
	terms := m.active
	if m.inForce() {
		if asked != 0 && asked != m.active {
			return false
		}
	} else {
		n := 0
		for i, x := range m.proposals {
			if m.live(x) && (asked == 0 || asked == i+1) {
				n, terms = n+1, i+1
			}
		}
		if n != 1 {
			return false
		}
	}
	q := &m.parties[p-1]
	if q.rm == 'C' {
		return false
	}
	event := byte('d')
	if yes {
		event = 'a'
	} else if q.consent == 's' {
		event = 'w'
	}
	if !m.ask(q, event, 0) {
		return false
	}
	if yes {
		q.says(terms, false)
	} else {
		m.reconsider()
	}
	return true
}
