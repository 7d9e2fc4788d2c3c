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
	q.consent, q.answerBy = to, 0
	if to == 'i' || to == 'l' {
		q.answerBy = m.now + window
	}
	return true
}

func timeEnough(window int64) (int64, bool) {
	if window == 0 {
		window = windowUsed
	}
	return window, window >= windowMin
}

func (m *model) invite(vendor, details bool, window int64) bool {
	window, ok := timeEnough(window)
	if !m.open() || !ok {
		return false
	}
	p := party{rm: 'S', consent: 'n', vendor: vendor, details: details}
	if m.inForce() {
		m.ask(&p, 'i', window)
	}
	m.parties = append(m.parties, p)
	return true
}

// askAgain leaves those alone who still have time to answer about new terms:
// until then they keep what they had under the old.
func (m *model) askAgain(p int, window int64) bool {
	window, ok := timeEnough(window)
	if p > len(m.parties) || !ok || !m.inForce() {
		return false
	}
	q := &m.parties[p-1]
	if q.consent == 'l' && m.now <= q.answerBy {
		return false
	}
	return m.ask(q, 'i', window)
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
	return m.ask(q, event, 0)
}
