package cvd

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// leads returns the keys that a record takes for its case. Whoever writes a record
// need not say them again: an append takes them, and Rebuild finds them.
func (s *Service) leads(x entry) []storage.Key {
	switch x := x.(type) {
	case *caseOpened:
		keys := append([]storage.Key{s.externalKey(ExternalID{IDNumber, Private(x.Number)})}, x.Keys...)
		if x.Check != (secretCheck{}) {
			keys = append(keys, secretKey)
		}
		return keys
	case *submissionReceived:
		keys := append(s.endingWith(x), s.externalKey(ExternalID{IDNumber, Private(x.Number)}))
		if x.Check != (secretCheck{}) {
			keys = append(keys, secretKey)
		}
		return keys
	case *partyAdded:
		return s.threadKeys(x.Threads)
	case *partyThread:
		return s.threadKeys(x.Threads)
	case *messagePosted:
		return s.keysOf(x.Provenance.IDs)
	case *reportReceived:
		return x.Keys
	case *vulnIdentified:
		if x.CVE != "" {
			return []storage.Key{s.externalKey(ExternalID{IDCVE, x.CVE})}
		}
	case *fileAttached:
		return []storage.Key{s.key("blob", string(x.Blob[:]))}
	case *caseLinked:
		return x.Keys
	case *idsAdded:
		return x.Keys
	case *accessGranted:
		if x.Leads {
			return []storage.Key{x.Key}
		}
	case *privateErased:
		return x.Kept
	}
	return nil
}

// endingWith are the keys of a submission that end with its erasure: those of its
// report, its threads and its files, in this order.
func (s *Service) endingWith(x *submissionReceived) []storage.Key {
	keys := append(slices.Clip(x.Report.Keys), s.threadKeys(append(slices.Clip(x.Owner.Threads), x.Sender.Threads...))...)
	for i := range x.Files {
		keys = append(keys, s.key("blob", string(x.Files[i].Blob[:])))
	}
	return keys
}

// commandKey leads from the command that began a case to it.
func (s *Service) commandKey(e *envelope) storage.Key { return s.key("command", string(e.command[:])) }

// hold says by which record a case has a key, and how it loses it.
type hold struct {
	seq    Seq
	report ReportID // of a report: it goes with it, and with its erasure
	vuln   VulnID   // of a CVE ID: it goes with the vulnerability
	stays  bool     // it does not move to another case
	file   bool     // of a file or an identifier: it ends with its erasure
	clear  bool     // it can be read from the record after an erasure too
	thread PartyID  // of a participant: it goes with it
}

// ledger folds which keys a case holds: a key is a projection of the log like
// everything else. It needs the private parts. So do the words of the title.
type ledger struct {
	s     *Service
	keys  map[storage.Key]hold
	cve   map[VulnID]storage.Key // the present one
	title Private
}

func (s *Service) newLedger() *ledger {
	return &ledger{s: s, keys: map[storage.Key]hold{}, cve: map[VulnID]storage.Key{}}
}

// note takes the next record, after it was applied to the case.
func (l *ledger) note(c *folded, x entry, e *envelope) {
	if e.seq == 1 {
		l.keys[l.s.commandKey(e)] = hold{seq: 1, stays: true, clear: true}
	}
	if title, gives := titleOf(x); gives {
		l.title = title
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
	case *partyThread:
		if x.Instead {
			l.lose(func(h hold) bool { return h.thread == x.Party })
		}
	case *privateErased:
		l.lose(func(h hold) bool { return (h.report != 0 || h.file) && slices.Contains(x.Records, h.seq) })
	}
	switch x.(type) {
	case *accessGranted, *accessRevoked, *accessCarried, *privateErased:
		for i := range c.Grants {
			if g := &c.Grants[i]; !g.leads || !g.Ended.IsZero() {
				delete(l.keys, g.key)
			}
		}
	}
	h := hold{seq: e.seq}
	for i, k := range l.s.leads(x) {
		h.stays = k == secretKey
		switch x := x.(type) {
		case *caseOpened:
			h.clear = i == 0 || h.stays
		case *submissionReceived:
			h = x.hold(i, h)
		case *partyAdded:
			h.file, h.thread = true, PartyID(len(c.Participants))
		case *partyThread:
			h.file, h.thread = true, x.Party
		case *messagePosted:
			h.stays, h.file = true, true
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
		case *accessGranted:
			h.stays, h.clear = true, true
		}
		l.keys[k] = h
	}
	switch x.(type) {
	case *accessGranted, *accessRevoked, *accessCarried, *privateErased:
		for i := range c.Grants {
			if g := &c.Grants[i]; !g.leads || !g.Ended.IsZero() {
				delete(l.keys, g.key)
			}
		}
	}
}

// hold says how a case has the i-th key that its submission leads by.
func (x *submissionReceived) hold(i int, h hold) hold {
	ids, own, sender := len(x.Report.Keys), len(x.Owner.Threads), len(x.Sender.Threads)
	h.report, h.thread, h.file, h.clear = 0, 0, true, false
	switch {
	case i < ids:
		h.report, h.file = 1, false
	case i < ids+own:
		h.thread = Owner
	case i < ids+own+sender:
		h.thread = submitter
	case i < ids+own+sender+len(x.Files):
		h.stays, h.clear = true, true
	default: // the number, and the check of the Secret
		h.file, h.clear = false, true
	}
	return h
}

func (l *ledger) lose(which func(hold) bool) {
	for k, h := range l.keys {
		if which(h) {
			delete(l.keys, k)
		}
	}
}

// pick returns the keys that f takes, in order.
func (l *ledger) pick(f func(hold) bool) (out []storage.Key) {
	for k, h := range l.keys {
		if f(h) {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b storage.Key) int { return slices.Compare(a[:], b[:]) })
	return out
}

// kept are the keys that an erasure of records leaves to the case, although their
// text is gone: its tickets, its CVE IDs, what came with another case.
func (l *ledger) kept(records []Seq) []storage.Key {
	return l.pick(func(h hold) bool {
		return !h.clear && !h.file && h.report == 0 && slices.Contains(records, h.seq)
	})
}

// moving are the keys that a case gives to the one in which it goes on, but for
// those of reports and participants, which go with them.
func (d *decision) moving() []storage.Key {
	return d.log().ledger.pick(func(h hold) bool { return !h.stays && h.report == 0 && h.thread == 0 })
}
