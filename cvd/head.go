package cvd

import (
	"crypto/hmac"
	"fmt"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"time"
)

// Open reports whether the team is not done with the case.
func (c *Case) Open() bool {
	return c.Submission.Stage.Open(c.RM())
}

// Rating returns the highest rating of the case's vulnerabilities.
func (c *Case) Rating() Rating {
	var r Rating
	for i := range c.Vulnerabilities {
		r = max(r, c.Vulnerabilities[i].Rating)
	}
	return r
}

// Summary is a line of a list of cases.
type Summary struct {
	ID       CaseID     // of the case
	Number   string     // for people
	Kind     Kind       // what sort of matter it is
	Stage    Stage      // of a submission
	Title    Private    // set by Find
	RM       vultron.RM // the team's own state
	EM       vultron.EM // of the embargo
	Rating   Rating     // the highest of its vulnerabilities
	Reports  int        // how many there are
	Parties  int        // how many participants there are, the owner among them
	Assigned bool       // somebody works on it
	Opened   time.Time  `json:",omitzero"` // when its first record was made
	Changed  time.Time  `json:",omitzero"` // when its newest record was made
	Ends     time.Time  `json:",omitzero"` // of the active embargo
	Seq      Seq        // the version
	// Unread counts the reports and messages of others after the newest MarkRead of the
	// team; for a participant those messages to it that it has not fetched.
	Unread int
	// What follows is for the team's work lists: zero for a participant.
	Due             time.Time `json:",omitzero"` // the date by its policies that comes next, or that is overdue the longest
	Assignee        Private   // set by Find
	Score           float64   // the highest that a vulnerability has
	Vulnerabilities int       // that are handled in this case, of which …
	Published       int       // … so many were published

	who           storage.Term
	titled, named Seq
	title, name   storage.Hash // of the private parts of those records
	sketches      []byte
	groups        [][]storage.Term // that see it: see Case.GroupTags
}

func (x *Summary) wire(w *wire) {
	reports, parties := uint64(x.Reports), uint64(x.Parties)
	text(w, &x.Number)
	num(w, &x.Kind)
	num(w, &x.RM)
	num(w, &x.EM)
	num(w, &x.Rating)
	w.u64(&reports)
	w.u64(&parties)
	w.flag(&x.Assigned)
	w.instant(&x.Opened)
	w.instant(&x.Changed)
	w.zoned(&x.Ends)
	signed(w, &x.titled)
	w.fixed(x.title[:])
	w.bytes(&x.sketches)
	num(w, &x.Stage)
	unread, all, out, tenths := uint64(x.Unread), uint64(x.Vulnerabilities), uint64(x.Published), uint64(x.Score*10+0.5)
	w.instant(&x.Due)
	for _, n := range []*uint64{&unread, &all, &out, &tenths} {
		w.u64(n)
	}
	signed(w, &x.named)
	w.fixed(x.name[:])
	text(w, &x.who)
	wireSets(w, &x.groups)
	x.Unread, x.Vulnerabilities, x.Published, x.Score = int(unread), int(all), int(out), float64(tenths)/10
	x.Reports, x.Parties = int(reports), int(parties)
}

// head is the projection that the Store keeps for lists, and for Tick.
func (s *Service) head(c *folded, now storage.Millis) storage.Head {
	ds, t, _ := s.datesOf(c, now) // Tick reports what is not known here
	c.due = soonest(storage.MillisOf(policy.NextDue(ds, t, c.remindedOf(ds))), c.nextWindow())
	c.dueDate = nextDate(ds)
	if c.owes() {
		c.due = storage.MillisOf(c.At) // at once
	}
	return s.sealHead(c.head())
}

// datesOf are the dates of a case at an instant, or at that of its newest record: what
// a process with a faster clock has recorded has happened.
func (s *Service) datesOf(c *folded, now storage.Millis) ([]policy.Deadline, time.Time, error) {
	t := max(now, storage.MillisOf(c.At)).Time()
	ds, err := s.deadlines(&c.Case, c.Facts, t)
	return ds, t, err
}

// headMAC is the length of the proof that a head was made by who has the Secret.
const headMAC = 16

// sealHead proves a head: lists show it without reading the log.
func (s *Service) sealHead(h storage.Head) storage.Head {
	h.Data = append(h.Data, s.proofOf(h, h.Data)...)
	return h
}

func (s *Service) proofOf(h storage.Head, data []byte) []byte {
	k := s.key("head", fmt.Sprintf("%x %d %x %x", h.ID[:], h.Seq, h.Tip[:], data))
	return k[:headMAC]
}

// openHead reads a head whose proof holds.
func (s *Service) openHead(h storage.Head) (Summary, error) {
	n := len(h.Data) - headMAC
	if n < 0 || !hmac.Equal(h.Data[n:], s.proofOf(h, h.Data[:n])) {
		return Summary{}, fmt.Errorf("%w: the head of case %s was made by somebody else", ErrTampered, h.ID)
	}
	h.Data = h.Data[:n]
	return readHead(h)
}

func (c *folded) head() storage.Head {
	ends, _ := c.Embargo.Ends()
	x := Summary{
		Number: c.Number, Kind: c.Kind, Stage: c.Submission.Stage, RM: c.RM(), EM: c.Embargo.State, Rating: c.Rating(),
		Reports: len(c.Reports), Parties: len(c.Participants), Assigned: c.Assigned,
		Opened: c.Opened, Changed: c.At, Ends: ends,
		Due: c.dueDate, Unread: c.unread, Score: c.score(),
	}
	x.titled, x.title, x.sketches, x.groups, x.who = c.titled, c.titleHash, c.sketches(), c.GroupTags, c.who
	x.Vulnerabilities, x.Published = c.published()
	if c.assignee != 0 && int(c.assignee) <= len(c.actorSeqs) {
		x.named, x.name = c.actorSeqs[c.assignee-1], c.actorHashes[c.assignee-1]
	}
	w := wire{}
	x.wire(&w)
	return storage.Head{ID: c.ID, Seq: c.Seq, Tip: c.Tip, Due: c.due, Data: w.buf}
}

func readHead(h storage.Head) (Summary, error) {
	x := Summary{ID: h.ID, Seq: h.Seq}
	w := wire{buf: h.Data, reading: true}
	if x.wire(&w); w.bad {
		return x, fmt.Errorf("%w: the head of case %s cannot be read", ErrTampered, h.ID)
	}
	return x, nil
}
