package engine

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Erase does what Service.Erase promises.
func (s *Engine) Erase(ctx context.Context, id cvd.CaseID, by cvd.By, x cvd.ErasePerson) (cvd.Erased, error) {
	return s.erase(ctx, id, by, x, nil, func(d *Decision) (caselog.Erasure, error) {
		k := d.check().line("Actor", x.Actor).enum("Basis", uint8(x.Basis), uint8(cvd.EraseMistake)).
			needed("Party", x.Party == 0 && x.Actor == "")
		if x.Party == cvd.Owner {
			k.fail("Party", "the owner is the team, not a person", nil)
		}
		if k.err != nil {
			return caselog.Erasure{}, k.err
		}
		e := caselog.Erasure{Basis: x.Basis}
		if x.Party != 0 {
			if d.c.Participant(x.Party) == nil {
				return e, d.refuse(cvd.RuleKnown, "participant %d of %d", x.Party, len(d.c.Participants))
			}
			e.Parties = []cvd.PartyID{x.Party}
		}
		if x.Actor != "" {
			e.Actors = d.c.ActorsBy(d.s.ActorTag(x.Actor))
			if len(e.Actors) == 0 && x.Party == 0 {
				return e, d.refuse(cvd.RuleKnown, "the actor")
			}
		}
		return e, nil
	})
}

// EraseRecords does what Service.EraseRecords promises.
func (s *Engine) EraseRecords(ctx context.Context, id cvd.CaseID, by cvd.By, basis cvd.EraseBasis, records ...cvd.Seq) (cvd.Erased, error) {
	return s.erase(ctx, id, by, cvd.ErasePerson{Basis: basis}, records, func(d *Decision) (caselog.Erasure, error) {
		if err := d.check().enum("Basis", uint8(basis), uint8(cvd.EraseMistake)).needed("records", len(records) == 0).err; err != nil {
			return caselog.Erasure{}, err
		}
		for _, r := range records {
			if r < 1 || r > d.c.Seq {
				return caselog.Erasure{}, d.refuse(cvd.RuleKnown, "record %d of %d", r, d.c.Seq)
			}
		}
		return caselog.Erasure{Basis: basis, Records: records}, nil
	})
}

func (s *Engine) erase(ctx context.Context, id cvd.CaseID, by cvd.By, cmd cvd.Action, records []cvd.Seq, plan func(*Decision) (caselog.Erasure, error)) (cvd.Erased, error) {
	if err := s.complete(&by, nil, cmd, records); err != nil {
		return cvd.Erased{}, err
	}
	var out cvd.Erased
	var blobs []storage.BlobID
	c, _, err := s.change(ctx, id, by, false, []cvd.Action{cmd}, func(d *Decision) error {
		d.cmd, out, blobs = cmd, cvd.Erased{Case: id}, nil
		if err := d.staged(cmd); err != nil {
			return err
		}
		e, err := plan(d)
		if err != nil {
			return err
		}
		blobs, err = d.erase(e, &out)
		return err
	})
	if err != nil {
		return cvd.Erased{}, err
	}
	out.Seq, out.Repeated = c.Seq, c.Repeated
	if c.Repeated {
		out.Records, out.Files = nil, 0
		return out, nil
	}
	for _, b := range blobs {
		if s.Cfg.Blobs == nil {
			break
		}
		if err := s.Cfg.Blobs.Delete(ctx, b); err != nil {
			return out, fmt.Errorf("cvd: the records are erased; a file is not, and is left to Sweep: %w", err)
		}
		out.Files++
	}
	return out, nil
}

// erase plans the removal on the case as it stands, and records it.
func (d *Decision) erase(e caselog.Erasure, out *cvd.Erased) ([]storage.BlobID, error) {
	if d.c.Held {
		return nil, d.refuse(cvd.RuleHold, "case %s", d.c.Number)
	}
	var words [][]byte
	var blobs []storage.BlobID
	type other struct {
		m    cvd.Mention
		text []byte
	}
	var others []other
	var sent []sentRecord
	log := d.log()
	for _, r := range log.records {
		e.Learn(r.x)
	}
	for _, r := range log.records {
		x, ev := r.x, r.ev
		if x, ok := x.(caselog.KeepsSent); ok {
			sent = append(sent, sentRecord{ev.Seq, x.Sent()})
			continue
		}
		w := caselog.Wire{}
		x.Private(&w)
		if !e.Covers(d.c, x, ev) {
			if freeText(x) {
				others = append(others, other{cvd.Mention{Seq: ev.Seq, At: ev.At, Record: ev.Kind, Named: false}, bytes.ToLower(w.Buf)})
			}
			continue
		}
		out.Records = append(out.Records, ev.Seq)
		switch x := x.(type) {
		case *caselog.PartyAdded:
			words = appendWords(words, x.Name, x.Email, x.Phone)
			d.change.Drop = append(d.change.Drop, d.s.Leads(x)...)
		case *caselog.PartyThread, *caselog.MessagePosted:
			d.change.Drop = append(d.change.Drop, d.s.Leads(x)...)
		case *caselog.PartyChanged:
			words = appendWords(words, x.Name, x.Email, x.Phone)
		case *caselog.ActorSeen:
			words = appendWords(words, x.Actor)
		case *caselog.ReportReceived:
			words = appendWords(words, x.CreditName)
			d.change.Drop = append(d.change.Drop, x.Keys...)
		case *caselog.IdsAdded:
			d.change.Drop = append(d.change.Drop, x.Keys...)
		case *caselog.FileAttached:
			blobs = append(blobs, x.Blob)
			d.change.Drop = append(d.change.Drop, d.s.Leads(x)...)
		case *caselog.SubmissionReceived:
			words = appendWords(words, x.Sender.Name, x.Sender.Email, x.Sender.Phone, x.Report.CreditName)
			d.change.Drop = append(d.change.Drop, d.s.EndingWith(x)...)
			for _, f := range x.Files {
				blobs = append(blobs, f.Blob)
			}
		}
	}
	if gone := d.eraseSent(e, sent, words); len(gone) > 0 {
		out.Records = append(out.Records, gone...)
		slices.Sort(out.Records)
	}
	if len(out.Records) == 0 {
		return nil, errRepeated
	}
	for _, o := range others {
		o.m.Named = slices.ContainsFunc(words, func(w []byte) bool { return bytes.Contains(o.text, w) })
		out.Review = append(out.Review, o.m)
	}
	// Whoever erases is named like in any other record, unless it is the same
	// person: the name would come back.
	for _, n := range d.c.ActorsBy(d.s.ActorTag(d.by.Actor)) {
		if slices.Contains(e.Actors, n) {
			d.by.Actor = ""
		}
	}
	d.endCodes(caselog.CodesOf(&d.c.Case, e.Parties, e.All))
	d.emit(&caselog.PrivateErased{Records: out.Records, Basis: e.Basis, Parties: e.Parties, Actors: e.Actors, All: e.All, Kept: log.ledger.Kept(out.Records)})
	d.change.Erase = out.Records
	return blobs, nil
}

func appendWords(words [][]byte, texts ...cvd.Private) [][]byte {
	for _, t := range texts {
		if len(t) >= 3 {
			words = append(words, bytes.ToLower([]byte(t)))
		}
	}
	return words
}

// freeText tells records in which people write what they want.
func freeText(x caselog.Entry) bool {
	switch x := x.(type) {
	case *caselog.PartyAdded:
		return x.Name+x.Organization+x.Address+x.Reason != ""
	case *caselog.ActorSeen, *caselog.FileAttached, *caselog.SeveritySet, *caselog.StreamAdded, *caselog.IdsAdded, *caselog.PartyThread:
		return false
	}
	return true
}

// moving are the keys that a case gives to the one in which it goes on, but for
// those of reports and participants, which go with them.
func (d *Decision) moving() []storage.Key {
	return d.log().ledger.Pick(func(h caselog.Hold) bool { return !h.Stays && h.Report == 0 && h.Thread == 0 })
}
