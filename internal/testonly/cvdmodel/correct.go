package cvdmodel

import "slices"

// there: it takes part.
func (m *model) there(p int) bool { return p >= 1 && p <= len(m.parties) && !m.parties[p-1].gone }

// change gives a participant another role. Roles open nothing.
func (m *model) change(p int, vendor bool) bool {
	if !m.there(p) {
		return false
	}
	m.parties[p-1].vendor = vendor
	return true
}

// remove ends the part of a participant: what it proposed is taken back, and it
// holds up nobody.
func (m *model) remove(p int, reason bool) bool {
	if p == 1 || !reason || !m.there(p) {
		return false
	}
	m.forget()
	own := false
	for i := range m.proposals {
		if q := &m.proposals[i]; q.open && q.by == p {
			q.open, own = false, true
		}
	}
	if own {
		m.settled()
	}
	q := &m.parties[p-1]
	q.gone, q.consent, q.answerBy, q.terms, q.agreed, q.shut, q.details = true, 'n', 0, 0, false, true, false
	delete(m.release.holds, p)
	m.reconsider()
	return true
}

// states records what a vendor says: whoever says something is aware, and whoever
// says "fixed" has a fix.
func (m *model) states(p, v int, says, fixed bool) bool {
	if !m.there(p) || v > len(m.vulns) || !m.parties[p-1].vendor {
		return false
	}
	fix := m.vulns[v-1].fix
	fix[p] = fix[p] + "" // there is an entry now, whatever it says
	raise := func(what byte) {
		m.claims = append(m.claims, claim{what: what, vuln: v, vendor: p, adopted: true})
	}
	if says && m.fixOf(v, p) == "" {
		fix[p] = "V"
		raise('V')
	}
	if fixed && len(m.fixOf(v, p)) < 2 {
		fix[p] = "VF"
		raise('F')
	}
	return true
}

// before is an embargo as it was when it ended.
type before struct {
	why     byte // the fact that ended it; 0: another reason
	open    []int
	parties []party
}

// retract takes back what a claim has done. An embargo that ended by such a fact
// holds again if no other fact would have ended it.
func (m *model) retract(n int, reason bool) bool {
	if n > len(m.claims) || !reason || !m.claims[n-1].adopted {
		return false
	}
	c := m.claims[n-1]
	v := &m.vulns[c.vuln-1]
	if c.what == 'P' && v.out {
		return false
	}
	claims := slices.Clone(m.claims)
	for i := range claims {
		if i == n-1 || claims[i].follows == n {
			claims[i].adopted = false
		}
	}
	has := func(what byte, vendor int) bool {
		return slices.ContainsFunc(claims, func(x claim) bool {
			return x.adopted && x.what == what && x.vuln == c.vuln && x.vendor == vendor
		})
	}
	p, x, a := has('P', 0), has('X', 0), has('A', 0)
	fixes := map[int]string{}
	for vendor, fix := range v.fix {
		switch {
		case has('D', vendor) && !has('F', vendor):
			return false
		case has('D', vendor):
			fix = "VFD"
		case has('F', vendor):
			fix = "VF"
		case has('V', vendor):
			fix = "V"
		default:
			fix = ""
		}
		fixes[vendor] = fix
	}
	if x && !p {
		return false
	}
	m.claims, v.p, v.x, v.a, v.fix = claims, p, x, a, fixes
	if b := m.ended; m.em == 'X' && b != nil && b.why != 0 && m.open() && m.proposals[m.active-1].ends > m.now &&
		m.left() && (b.why != 'A' || !m.attacked()) {
		m.restore(b)
	}
	return true
}

// restore: those who were bound are bound again, and who came since is asked.
func (m *model) restore(b *before) {
	m.ended, m.em = nil, 'A'
	for _, n := range b.open {
		if p := &m.proposals[n-1]; p.ends > m.now {
			p.open, m.em = true, 'R'
		}
	}
	for i, was := range b.parties {
		if q := &m.parties[i]; !q.gone && was.consent != 'n' {
			q.consent, q.answerBy, q.terms = was.consent, was.answerBy, was.terms
		}
	}
	for i := range m.parties {
		if q := &m.parties[i]; i > 0 && q.consent == 'n' && q.rm != 'C' && !q.gone {
			m.ask(q, 'i', windowUsed)
		}
	}
}

// cancel ends a plan.
func (m *model) cancel(reason bool) bool {
	if !m.release.planned || !reason {
		return false
	}
	m.release = release{}
	return true
}
