package caselog

import (
	"cmp"
	"context"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// PrivateErased says that private parts were removed on purpose, and on what
// ground. It holds nothing of what was removed.
type PrivateErased struct {
	structural
	Records []cvd.Seq
	Basis   cvd.EraseBasis
	Parties []cvd.PartyID // whose data it was
	Actors  []uint32      // likewise
	All     bool          // every private part of the case
	Kept    []storage.Key // that lead to the case although their text is gone
}

func (*PrivateErased) RecordName() string { return "private.erased/1" }

func (x *PrivateErased) Body(w *Wire) {
	many(w, &x.Records, func(w *Wire, s *cvd.Seq) { Signed(w, s) })
	num(w, &x.Basis)
	many(w, &x.Parties, func(w *Wire, p *cvd.PartyID) { num(w, p) })
	many(w, &x.Actors, func(w *Wire, a *uint32) { num(w, a) })
	w.flag(&x.All)
	many(w, &x.Kept, func(w *Wire, k *storage.Key) { w.fixed(k[:]) })
}

func (x *PrivateErased) apply(c *Folded, e *Envelope) {
	if c.owned&ownHold == 0 {
		c.hold, c.owned = cloneSet(c.hold), c.owned|ownHold
	}
	c.Erased = cloneSet(c.Erased)
	for _, s := range x.Records {
		delete(c.hold, s)
		c.Erased[s] = true
		c.stale = c.stale || c.revealed[s]
		if ev := inner.At(c.Events, uint32(s)); ev != nil && (ev.Kind == cvd.EventReportReceived || ev.Kind == cvd.EventSubmissionReceived) {
			if r := c.report(cvd.ReportID(ev.Kept(inner.Only{}).Ref)); r != nil {
				r.Kept(inner.Only{}).Sketch, r.Kept(inner.Only{}).Marks = nil, nil
			}
		}
	}
	for _, id := range x.Parties {
		if p := c.party(id); p != nil {
			p.Erased, p.Routable, p.Kept(inner.Only{}).Identity = true, false, ""
		}
	}
	for _, n := range x.Actors {
		if inner.At(c.ActorTags, n) != nil {
			tags := append([]storage.Term(nil), c.ActorTags...)
			tags[n-1] = "" // who acts again is introduced again
			c.ActorTags = tags
			c.Persons = append([]storage.Term(nil), c.Persons...)
			c.Persons[n-1] = ""
			if c.AssigneeNumber == n {
				c.Who = ""
			}
		}
	}
	endGrants(&c.Case, CodesOf(&c.Case, x.Parties, x.All), e.At.Time())
	if x.All {
		c.emptied = e.Seq
	}
	event(&c.Case, e, cvd.Event{}.With(uint32(len(x.Records)), uint16(x.Basis)))
}

type HoldPlaced struct {
	Reason cvd.Private
}

func (*HoldPlaced) RecordName() string          { return "hold.placed/1" }
func (*HoldPlaced) Body(*Wire)                  {}
func (x *HoldPlaced) Private(w *Wire)           { text(w, &x.Reason) }
func (x *HoldPlaced) reveal(*Folded, *Envelope) {}

func (x *HoldPlaced) apply(c *Folded, e *Envelope) {
	c.Held = true
	event(&c.Case, e, cvd.Event{})
}

type HoldReleased struct {
	Reason cvd.Private
}

func (*HoldReleased) RecordName() string          { return "hold.released/1" }
func (*HoldReleased) Body(*Wire)                  {}
func (x *HoldReleased) Private(w *Wire)           { text(w, &x.Reason) }
func (x *HoldReleased) reveal(*Folded, *Envelope) {}

func (x *HoldReleased) apply(c *Folded, e *Envelope) {
	c.Held = false
	event(&c.Case, e, cvd.Event{})
}

// ActorsBy returns the numbers of all actors of one name.
func (c *Folded) ActorsBy(tag storage.Term) (out []uint32) {
	for i, t := range c.ActorTags {
		if t == tag {
			out = append(out, uint32(i+1))
		}
	}
	return out
}

// Erasure says what is to be erased.
type Erasure struct {
	Basis   cvd.EraseBasis
	Parties []cvd.PartyID
	Actors  []uint32
	Records []cvd.Seq
	All     bool                 // every private part of the case
	titles  map[cvd.Private]bool // of the reports of the parties
}

// Learn notes the title that one of the parties gave: its words go wherever they
// became the title of a case or of a vulnerability, also of one that a merge, a split
// or a reopening has copied under another number.
func (e *Erasure) Learn(x Entry) {
	var r *ReportReceived
	switch x := x.(type) {
	case *ReportReceived:
		r = x
	case *SubmissionReceived:
		r = &x.Report
	default:
		return
	}
	if r.Title != "" && slices.Contains(e.Parties, r.Reporter) {
		if e.titles == nil {
			e.titles = map[cvd.Private]bool{}
		}
		e.titles[r.Title] = true
	}
}

// Covers tells whether a record is by or about whom the erasure is for, once it has
// learnt from all records.
func (e *Erasure) Covers(c *Folded, x Entry, ev *cvd.Event) bool {
	if e.All || slices.Contains(e.Records, ev.Seq) {
		return true
	}
	switch x := x.(type) {
	case *ActorSeen:
		return slices.Contains(e.Actors, ev.Kept(inner.Only{}).Ref)
	case *CaseOpened:
		if e.titles[x.Title] {
			return true
		}
	case *CaseTitled:
		return e.titles[x.Title]
	case *VulnAdded:
		if e.titles[x.Title] {
			return true
		}
	}
	return slices.Contains(e.Parties, author(c, x, ev))
}

// author returns the participant that a record is by or about; 0 is none.
func author(c *Folded, x Entry, ev *cvd.Event) cvd.PartyID {
	switch x := x.(type) {
	case *PartyAdded:
		return ev.Party
	case *CaseOpened:
		return opener(&c.Case) // also where the report itself was erased before
	case *VulnAdded:
		if ev.Vuln == 1 {
			return opener(&c.Case)
		}
	case *ReportReceived:
		return x.Reporter
	case *SubmissionReceived:
		return x.Report.Reporter
	case *MessagePosted:
		return messageAuthor(c, x, ev)
	case *FileAttached:
		if f := inner.At(c.Attachments, cvd.AttachmentID(ev.Kept(inner.Only{}).Ref)); f != nil {
			return f.From
		}
		return x.From
	case *PartyThread:
		return x.Party
	case *DeliveryBounced:
		return x.Party
	case *ClaimMade:
		return x.By
	case *EmbargoProposed:
		return x.By
	case *EmbargoRejected:
		return x.By
	case *ProposalsClosed:
		return x.By
	case *SeveritySet:
		return x.By
	case *DeadlineAnnounced:
		return x.By
	case *ReleaseAnswered:
		return x.Party
	case *PartyChanged:
		return x.Party
	case *PartyRemoved:
		return x.Party
	case *PartyScope:
		return x.Party
	case *StatusRecorded:
		return x.Vendor
	}
	return 0
}

// messageAuthor is from whom a message is, as the team holds it now, or says it is.
func messageAuthor(c *Folded, x *MessagePosted, ev *cvd.Event) cvd.PartyID {
	m := inner.At(c.Messages, cvd.MessageID(ev.Kept(inner.Only{}).Ref))
	switch {
	case m == nil:
		return cmp.Or(x.From, x.Claimed)
	case m.Purpose == cvd.PurposeUnverified:
		return m.Claimed
	}
	return m.From
}

// opener returns whose report opened the case, and gave it and its first vulnerability
// their titles; those of a case that came of another are the team's, or copies.
func opener(c *cvd.Case) cvd.PartyID {
	came := func(l cvd.Link) bool { return l.Kind == cvd.LinkSplitFrom || l.Kind == cvd.LinkContinues }
	if c.Origin != cvd.OriginReport || len(c.Reports) == 0 || slices.ContainsFunc(c.Links, came) {
		return 0
	}
	return c.Reports[0].Reporter
}

// Walk calls f for each record of the case that has a private part, which is
// filled in, in order, and returns the keys that it holds. Records that were appended since are left out: an append
// that was decided without them conflicts.
func (s *Book) Walk(ctx context.Context, c *Folded, f func(x Entry, ev *cvd.Event)) (*Ledger, error) {
	k, l := NewCase(c.ID), s.NewLedger()
	return l, s.read(ctx, k, true, func(x Entry, e *Envelope, r *storage.Record) error {
		if e.Seq > c.Seq {
			return nil
		}
		ok, err := s.readPrivate(ctx, c.ID, x, r)
		if ok {
			f(x, &k.Events[e.Seq-1])
		}
		if err == nil {
			l.note(k, x, e)
		}
		return err
	})
}
