package cvd

import "slices"

// leads returns the keys that a record takes for its case. Whoever writes a record
// need not say them again: an append takes them, and Rebuild finds them.
func (s *Service) leads(x entry) []Key {
	switch x := x.(type) {
	case *caseOpened:
		keys := append([]Key{s.externalKey(ExternalID{IDNumber, Private(x.Number)})}, x.Keys...)
		if x.Check != (secretCheck{}) {
			keys = append(keys, secretKey)
		}
		return keys
	case *reportReceived:
		return x.Keys
	case *vulnIdentified:
		if x.CVE != "" {
			return []Key{s.externalKey(ExternalID{IDCVE, x.CVE})}
		}
	case *fileAttached:
		return []Key{s.key("blob", string(x.Blob[:]))}
	case *caseLinked:
		return x.Keys
	case *idsAdded:
		return x.Keys
	case *privateErased:
		return x.Kept
	}
	return nil
}

// commandKey leads from the command that began a case to it.
func (s *Service) commandKey(e *envelope) Key { return s.key("command", string(e.command[:])) }

// hold says by which record a case has a key, and how it loses it.
type hold struct {
	seq    Seq
	report ReportID // of a report: it goes with it, and with its erasure
	vuln   VulnID   // of a CVE ID: it goes with the vulnerability
	stays  bool     // it does not move to another case
	file   bool     // of a file or an identifier: it ends with its erasure
	clear  bool     // it can be read from the record after an erasure too
}

// ledger folds which keys a case holds: a key is a projection of the log like
// everything else. It needs the private parts.
type ledger struct {
	s    *Service
	keys map[Key]hold
	cve  map[VulnID]Key // the present one
}

func (s *Service) newLedger() *ledger {
	return &ledger{s: s, keys: map[Key]hold{}, cve: map[VulnID]Key{}}
}

// note takes the next record, after it was applied to the case.
func (l *ledger) note(c *Case, x entry, e *envelope) {
	if e.seq == 1 {
		l.keys[l.s.commandKey(e)] = hold{seq: 1, stays: true, clear: true}
	}
	switch x := x.(type) {
	case *caseLinked:
		if x.Kind == LinkMergedInto || x.Kind == LinkContinuedBy {
			l.lose(func(h hold) bool { return !h.stays })
		}
	case *partsMoved:
		l.lose(func(h hold) bool { return slices.Contains(x.Reports, h.report) && h.report != 0 })
		for _, v := range x.Vulns {
			delete(l.keys, l.cve[v])
		}
	case *privateErased:
		l.lose(func(h hold) bool { return (h.report != 0 || h.file) && slices.Contains(x.Records, h.seq) })
	}
	h := hold{seq: e.seq}
	for i, k := range l.s.leads(x) {
		h.stays = k == secretKey
		switch x := x.(type) {
		case *caseOpened:
			h.clear = i == 0 || h.stays
		case *reportReceived:
			h.report = ReportID(len(c.Reports))
		case *vulnIdentified:
			h.vuln, l.cve[x.Vuln] = x.Vuln, k
		case *idsAdded:
			h.file = true
		case *fileAttached:
			h.stays, h.file, h.clear = true, true, true
		case *privateErased:
			h.clear = true
		}
		l.keys[k] = h
	}
}

func (l *ledger) lose(which func(hold) bool) {
	for k, h := range l.keys {
		if which(h) {
			delete(l.keys, k)
		}
	}
}

// pick returns the keys that f takes, in order.
func (l *ledger) pick(f func(hold) bool) (out []Key) {
	for k, h := range l.keys {
		if f(h) {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b Key) int { return slices.Compare(a[:], b[:]) })
	return out
}

// kept are the keys that an erasure of records leaves to the case, although their
// text is gone: its tickets, its CVE IDs, what came with another case.
func (l *ledger) kept(records []Seq) []Key {
	return l.pick(func(h hold) bool {
		return !h.clear && !h.file && h.report == 0 && slices.Contains(records, h.seq)
	})
}

// moving are the keys that a case gives to the one in which it goes on, but for
// those of reports, which go with them.
func (d *decision) moving() ([]Key, error) {
	l, err := d.s.walk(d.ctx, d.c, func(entry, *Event) {})
	if err != nil {
		return nil, err
	}
	return l.pick(func(h hold) bool { return !h.stays && h.report == 0 }), nil
}
