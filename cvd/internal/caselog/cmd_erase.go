package caselog

import (
	"cmp"
	"context"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

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
	All     bool // every private part of the case
}

// Covers tells whether a record is by or about whom the erasure is for.
func (e *Erasure) Covers(c *Folded, x Entry, ev *cvd.Event) bool {
	if e.All || slices.Contains(e.Records, ev.Seq) {
		return true
	}
	if _, ok := x.(*ActorSeen); ok {
		return slices.Contains(e.Actors, ev.Kept(inner.Only{}).Ref)
	}
	return slices.Contains(e.Parties, author(c, x, ev))
}

// author returns the participant that a record is by or about; 0 is none.
func author(c *Folded, x Entry, ev *cvd.Event) cvd.PartyID {
	switch x := x.(type) {
	case *PartyAdded:
		return ev.Party
	case *CaseOpened:
		if slices.ContainsFunc(c.Links, func(l cvd.Link) bool { return l.Kind == cvd.LinkSplitFrom }) {
			return 0 // the team gave it its title when it was split off
		}
		return opener(&c.Case)
	case *VulnAdded:
		if ev.Vuln == 1 {
			return opener(&c.Case) // it has the title of the first report
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

// opener returns whose report opened the case.
func opener(c *cvd.Case) cvd.PartyID {
	if c.Origin != cvd.OriginReport || len(c.Reports) == 0 {
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
