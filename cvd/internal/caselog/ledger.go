package caselog

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Leads returns the keys that a record takes for its case. Whoever writes a record
// need not say them again: an append takes them, and Rebuild finds them.
func (s *Book) Leads(x Entry) []storage.Key {
	switch x := x.(type) {
	case *CaseOpened:
		keys := append([]storage.Key{s.ExternalKey(cvd.ExternalID{Kind: cvd.IDNumber, Value: cvd.Private(x.Number)})}, x.Keys...)
		if x.Check != (SecretCheck{}) {
			keys = append(keys, SecretKey)
		}
		return keys
	case *SubmissionReceived:
		keys := append(s.EndingWith(x), s.ExternalKey(cvd.ExternalID{Kind: cvd.IDNumber, Value: cvd.Private(x.Number)}))
		if x.Check != (SecretCheck{}) {
			keys = append(keys, SecretKey)
		}
		return keys
	case *PartyAdded:
		return s.ThreadKeys(x.Threads)
	case *PartyThread:
		return s.ThreadKeys(x.Threads)
	case *MessagePosted:
		return s.KeysOf(x.Provenance.IDs)
	case *ReportReceived:
		return x.Keys
	case *VulnIdentified:
		if x.CVE != "" {
			return []storage.Key{s.ExternalKey(cvd.ExternalID{Kind: cvd.IDCVE, Value: x.CVE})}
		}
	case *FileAttached:
		return []storage.Key{s.Key("blob", string(x.Blob[:]))}
	case *CaseLinked:
		return x.Keys
	case *IdsAdded:
		return x.Keys
	case *AccessGranted:
		if x.Leads {
			return []storage.Key{x.Key}
		}
	case *PrivateErased:
		return x.Kept
	}
	return nil
}

// EndingWith are the keys of a submission that end with its erasure: those of its
// report, its threads and its files, in this order.
func (s *Book) EndingWith(x *SubmissionReceived) []storage.Key {
	keys := append(slices.Clip(x.Report.Keys), s.ThreadKeys(append(slices.Clip(x.Owner.Threads), x.Sender.Threads...))...)
	for i := range x.Files {
		keys = append(keys, s.Key("blob", string(x.Files[i].Blob[:])))
	}
	return keys
}

// CommandKey leads from the command that began a case to it.
func (s *Book) CommandKey(e *Envelope) storage.Key { return s.Key("command", string(e.Command[:])) }

// Hold says by which record a case has a key, and how it loses it.
type Hold struct {
	seq    cvd.Seq
	Report cvd.ReportID // of a report: it goes with it, and with its erasure
	vuln   cvd.VulnID   // of a CVE ID: it goes with the vulnerability
	Stays  bool         // it does not move to another case
	file   bool         // of a file or an identifier: it ends with its erasure
	clear  bool         // it can be read from the record after an erasure too
	Thread cvd.PartyID  // of a participant: it goes with it
}

// Ledger folds which keys a case holds: a key is a projection of the log like
// everything else. It needs the private parts. So do the words of the title.
type Ledger struct {
	s     *Book
	keys  map[storage.Key]Hold
	cve   map[cvd.VulnID]storage.Key // the present one
	title cvd.Private
}

func (s *Book) NewLedger() *Ledger {
	return &Ledger{s: s, keys: map[storage.Key]Hold{}, cve: map[cvd.VulnID]storage.Key{}}
}

// note takes the next record, after it was applied to the case.
func (l *Ledger) note(c *Folded, x Entry, e *Envelope) {
	if e.Seq == 1 {
		l.keys[l.s.CommandKey(e)] = Hold{seq: 1, Stays: true, clear: true}
	}
	if title, gives := TitleOf(x); gives {
		l.title = title
	}
	switch x := x.(type) {
	case *CaseLinked:
		if x.Kind == cvd.LinkMergedInto || x.Kind == cvd.LinkContinuedBy {
			l.lose(func(h Hold) bool { return !h.Stays })
		}
	case *PartsMoved:
		l.lose(func(h Hold) bool { return slices.Contains(x.Reports, h.Report) && h.Report != 0 })
		for _, v := range x.Vulns {
			delete(l.keys, l.cve[v])
		}
	case *PartyThread:
		if x.Instead {
			l.lose(func(h Hold) bool { return h.Thread == x.Party })
		}
	case *PrivateErased:
		l.lose(func(h Hold) bool { return (h.Report != 0 || h.file) && slices.Contains(x.Records, h.seq) })
	}
	switch x.(type) {
	case *AccessGranted, *AccessRevoked, *AccessCarried, *PrivateErased:
		for i := range c.Grants {
			if g := &c.Grants[i]; !g.Kept(inner.Only{}).Leads || !g.Ended.IsZero() {
				delete(l.keys, g.Kept(inner.Only{}).Key)
			}
		}
	}
	h := Hold{seq: e.Seq}
	for i, k := range l.s.Leads(x) {
		h.Stays = k == SecretKey
		switch x := x.(type) {
		case *CaseOpened:
			h.clear = i == 0 || h.Stays
		case *SubmissionReceived:
			h = x.hold(i, h)
		case *PartyAdded:
			h.file, h.Thread = true, cvd.PartyID(len(c.Participants))
		case *PartyThread:
			h.file, h.Thread = true, x.Party
		case *MessagePosted:
			h.Stays, h.file = true, true
		case *ReportReceived:
			h.Report = cvd.ReportID(len(c.Reports))
		case *VulnIdentified:
			h.vuln, l.cve[x.Vuln] = x.Vuln, k
		case *IdsAdded:
			h.file = true
		case *FileAttached:
			h.Stays, h.file, h.clear = true, true, true
		case *PrivateErased:
			h.clear = true
		case *AccessGranted:
			h.Stays, h.clear = true, true
		}
		l.keys[k] = h
	}
	switch x.(type) {
	case *AccessGranted, *AccessRevoked, *AccessCarried, *PrivateErased:
		for i := range c.Grants {
			if g := &c.Grants[i]; !g.Kept(inner.Only{}).Leads || !g.Ended.IsZero() {
				delete(l.keys, g.Kept(inner.Only{}).Key)
			}
		}
	}
}

// hold says how a case has the i-th key that its submission leads by.
func (x *SubmissionReceived) hold(i int, h Hold) Hold {
	ids, own, sender := len(x.Report.Keys), len(x.Owner.Threads), len(x.Sender.Threads)
	h.Report, h.Thread, h.file, h.clear = 0, 0, true, false
	switch {
	case i < ids:
		h.Report, h.file = 1, false
	case i < ids+own:
		h.Thread = cvd.Owner
	case i < ids+own+sender:
		h.Thread = Submitter
	case i < ids+own+sender+len(x.Files):
		h.Stays, h.clear = true, true
	default: // the number, and the check of the Secret
		h.file, h.clear = false, true
	}
	return h
}

func (l *Ledger) lose(which func(Hold) bool) {
	for k, h := range l.keys {
		if which(h) {
			delete(l.keys, k)
		}
	}
}

// Pick returns the keys that f takes, in order.
func (l *Ledger) Pick(f func(Hold) bool) (out []storage.Key) {
	for k, h := range l.keys {
		if f(h) {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b storage.Key) int { return slices.Compare(a[:], b[:]) })
	return out
}

// Kept are the keys that an erasure of records leaves to the case, although their
// text is gone: its tickets, its CVE IDs, what came with another case.
func (l *Ledger) Kept(records []cvd.Seq) []storage.Key {
	return l.Pick(func(h Hold) bool {
		return !h.clear && !h.file && h.Report == 0 && slices.Contains(records, h.seq)
	})
}
