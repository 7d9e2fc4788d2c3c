package cvdmodel

// release is a staged release: an instant, who holds it, and who approved it.
type release struct {
	planned  bool
	at       int64
	holds    map[int]bool
	approved map[string]bool // with true: although somebody holds it
	// emergency: a publication went past the plan
	emergency bool
}

func (m *model) plan(at int64) bool {
	if !m.open() || at <= m.now || m.inForce() && at < m.proposals[m.active-1].ends {
		return false
	}
	m.release = release{planned: true, at: at, holds: map[int]bool{}, approved: map[string]bool{}}
	return true
}

func (m *model) hold(p int, hold, reason bool) bool {
	if !m.there(p) || hold && !reason || !m.release.planned || !m.parties[p-1].vendor {
		return false
	}
	m.release.holds[p] = hold
	return true
}

func (m *model) approve(actor string, despite, reason bool) bool {
	if despite && !reason || !m.release.planned || actor == "" {
		return false
	}
	if _, ok := m.release.approved[actor]; ok {
		return false
	}
	m.release.approved[actor] = despite
	return true
}

// released: two people approved it, its instant has come, and nobody holds it
// but against two approvals that say so.
func (m *model) released() bool {
	if m.release.emergency {
		return true
	}
	overruled, held := 0, false
	for _, despite := range m.release.approved {
		if despite {
			overruled++
		}
	}
	for _, h := range m.release.holds {
		held = held || h
	}
	return len(m.release.approved) >= 2 && m.release.at <= m.now && (!held || overruled >= 2)
}
