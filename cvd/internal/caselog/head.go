package caselog

import (
	"crypto/hmac"
	"fmt"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func wireSummary(x *cvd.Summary, w *Wire) {
	reports, parties := uint64(x.Reports), uint64(x.Parties)
	text(w, &x.Number)
	num(w, &x.Kind)
	num(w, &x.RM)
	num(w, &x.EM)
	num(w, &x.Rating)
	w.u64(&reports)
	w.u64(&parties)
	w.flag(&x.Assigned)
	w.Instant(&x.Opened)
	w.Instant(&x.Changed)
	w.zoned(&x.Ends)
	Signed(w, &x.Kept(inner.Only{}).Titled)
	w.fixed(x.Kept(inner.Only{}).Title[:])
	w.bytes(&x.Kept(inner.Only{}).Sketches)
	num(w, &x.Stage)
	unread, all, out, tenths := uint64(x.Unread), uint64(x.Vulnerabilities), uint64(x.Published), uint64(x.Score*10+0.5)
	w.Instant(&x.Due)
	for _, n := range []*uint64{&unread, &all, &out, &tenths} {
		w.u64(n)
	}
	Signed(w, &x.Kept(inner.Only{}).Named)
	w.fixed(x.Kept(inner.Only{}).Name[:])
	text(w, &x.Kept(inner.Only{}).Who)
	wireSets(w, &x.Kept(inner.Only{}).Groups)
	x.Unread, x.Vulnerabilities, x.Published, x.Score = int(unread), int(all), int(out), float64(tenths)/10
	x.Reports, x.Parties = int(reports), int(parties)
}

// Head is the projection that the Store keeps for lists, and for Tick.
func (s *Book) Head(c *Folded, now storage.Millis) storage.Head {
	ds, t, _ := s.DatesOf(c, now) // Tick reports what is not known here
	c.Due = Soonest(storage.MillisOf(policy.NextDue(ds, t, c.RemindedOf(ds))), nextWindow(&c.Case))
	c.DueDate = nextDate(ds)
	if c.Owes() {
		c.Due = storage.MillisOf(c.At) // at once
	}
	return s.SealHead(c.Head())
}

// DatesOf are the dates of a case at an instant, or at that of its newest record: what
// a process with a faster clock has recorded has happened.
func (s *Book) DatesOf(c *Folded, now storage.Millis) ([]policy.Deadline, time.Time, error) {
	t := max(now, storage.MillisOf(c.At)).Time()
	ds, err := s.Deadlines(&c.Case, c.Facts, t)
	return ds, t, err
}

// headMAC is the length of the proof that a head was made by who has the Secret.
const headMAC = 16

// SealHead proves a head: lists show it without reading the log.
func (s *Book) SealHead(h storage.Head) storage.Head {
	h.Data = append(h.Data, s.proofOf(h, h.Data)...)
	return h
}

func (s *Book) proofOf(h storage.Head, data []byte) []byte {
	k := s.Key("head", fmt.Sprintf("%x %d %x %x", h.ID[:], h.Seq, h.Tip[:], data))
	return k[:headMAC]
}

// OpenHead reads a head whose proof holds.
func (s *Book) OpenHead(h storage.Head) (cvd.Summary, error) {
	n := len(h.Data) - headMAC
	if n < 0 || !hmac.Equal(h.Data[n:], s.proofOf(h, h.Data[:n])) {
		return cvd.Summary{}, fmt.Errorf("%w: the head of case %s was made by somebody else", cvd.ErrTampered, h.ID)
	}
	h.Data = h.Data[:n]
	return ReadHead(h)
}

func (c *Folded) Head() storage.Head {
	ends, _ := c.Embargo.Ends()
	x := cvd.Summary{
		Number: c.Number, Kind: c.Kind, Stage: c.Submission.Stage, RM: c.RM(), EM: c.Embargo.State, Rating: c.Rating(),
		Reports: len(c.Reports), Parties: len(c.Participants), Assigned: c.Assigned,
		Opened: c.Opened, Changed: c.At, Ends: ends,
		Due: c.DueDate, Unread: c.unread, Score: score(&c.Case),
	}
	x.Kept(inner.Only{}).Titled, x.Kept(inner.Only{}).Title, x.Kept(inner.Only{}).Sketches, x.Kept(inner.Only{}).Groups, x.Kept(inner.Only{}).Who = c.Titled, c.TitleHash, Sketches(&c.Case), c.GroupTags, c.Who
	x.Vulnerabilities, x.Published = published(&c.Case)
	if c.AssigneeNumber != 0 && int(c.AssigneeNumber) <= len(c.actorSeqs) {
		x.Kept(inner.Only{}).Named, x.Kept(inner.Only{}).Name = c.actorSeqs[c.AssigneeNumber-1], c.ActorHashes[c.AssigneeNumber-1]
	}
	w := Wire{}
	wireSummary(&x, &w)
	return storage.Head{ID: c.ID, Seq: c.Seq, Tip: c.Tip, Due: c.Due, Data: w.Buf}
}

func ReadHead(h storage.Head) (cvd.Summary, error) {
	x := cvd.Summary{ID: h.ID, Seq: h.Seq}
	w := Wire{Buf: h.Data, Reading: true}
	if wireSummary(&x, &w); w.bad {
		return x, fmt.Errorf("%w: the head of case %s cannot be read", cvd.ErrTampered, h.ID)
	}
	return x, nil
}
