package cvd

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// EraseBasis says why personal data was erased. The numbers are stored.
type EraseBasis uint8

// The grounds of an erasure.
const (
	EraseUnstated  EraseBasis = iota
	EraseRequest              // the person asked for it
	EraseRetention            // Config.Retention: the time to keep it is over
	EraseMistake              // it should not have been taken in
)

// ErasePerson removes the personal data of a participant, of an actor, or of
// one person who is both, from one case. It is given to Service.Erase.
//
// It removes the private part of every record by or about the person: contact,
// reports with their titles, messages, claims, assessments, files and their
// contents, the actor's name; the texts that were sent to the person, or in which
// its name or addresses stand; and the keys that led from the person's messages
// to the case. That the records existed stays, the chain verifies, and the
// erasure is on record with its ground. A keyed hash of the identity stays in
// the log: without Config.Secret it says nothing, and no list uses it any more.
type ErasePerson struct {
	Party PartyID    // 0: none; not the owner
	Actor Private    // "": none
	Basis EraseBasis // the ground in law or rule; required
}

// Erased is what an erasure removed, and what it leaves to a human.
type Erased struct {
	Case     CaseID // from which it was removed
	Seq      Seq    // version of the case afterwards
	Records  []Seq  // whose private parts are gone
	Files    int    // whose contents are gone
	Repeated bool   // a call with the same By.ID did it before
	// Review lists free text of others, which may name the person. To remove such
	// a record as well, give its Seq to Service.EraseRecords.
	Review []Mention
}

// Mention is a record with free text that may name a person.
type Mention struct {
	Seq    Seq       // the record
	At     time.Time `json:",omitzero"` // when it was made
	Record EventKind // what sort of record it is
	Named  bool      // it holds the person's name, an address or a telephone number as the case knew them
}

// Erase removes a person's data from a case. A legal hold refuses it with
// RuleHold. The data is gone from the Store's results at once; how it leaves the
// database's files and the host's backups is the Store's and the host's matter
// (sqlstore: Store.Compact).
//
// If files cannot be deleted the error says so after everything else is done,
// and Sweep deletes them later.
func (s *Service) Erase(ctx context.Context, id CaseID, by By, x ErasePerson) (Erased, error) {
	return s.erase(ctx, id, by, x, nil, func(d *decision) (erasure, error) {
		k := d.check().line("Actor", x.Actor).enum("Basis", uint8(x.Basis), uint8(EraseMistake)).
			needed("Party", x.Party == 0 && x.Actor == "")
		if x.Party == Owner {
			k.fail("Party", "the owner is the team, not a person", nil)
		}
		if k.err != nil {
			return erasure{}, k.err
		}
		e := erasure{basis: x.Basis}
		if x.Party != 0 {
			if d.c.member(x.Party) == nil {
				return e, d.refuse(RuleKnown, "participant %d of %d", x.Party, len(d.c.Participants))
			}
			e.parties = []PartyID{x.Party}
		}
		if x.Actor != "" {
			e.actors = d.c.actorsBy(d.s.actorTag(x.Actor))
			if len(e.actors) == 0 && x.Party == 0 {
				return e, d.refuse(RuleKnown, "the actor")
			}
		}
		return e, nil
	})
}

// EraseRecords removes the private parts of single records, for example of
// those in Erased.Review that a human has read.
func (s *Service) EraseRecords(ctx context.Context, id CaseID, by By, basis EraseBasis, records ...Seq) (Erased, error) {
	return s.erase(ctx, id, by, ErasePerson{Basis: basis}, records, func(d *decision) (erasure, error) {
		if err := d.check().enum("Basis", uint8(basis), uint8(EraseMistake)).needed("records", len(records) == 0).err; err != nil {
			return erasure{}, err
		}
		for _, r := range records {
			if r < 1 || r > d.c.Seq {
				return erasure{}, d.refuse(RuleKnown, "record %d of %d", r, d.c.Seq)
			}
		}
		return erasure{basis: basis, records: records}, nil
	})
}

// actorsBy returns the numbers of all actors of one name.
func (c *folded) actorsBy(tag storage.Term) (out []uint32) {
	for i, t := range c.actorTags {
		if t == tag {
			out = append(out, uint32(i+1))
		}
	}
	return out
}

// erasure says what is to be erased.
type erasure struct {
	basis   EraseBasis
	parties []PartyID
	actors  []uint32
	records []Seq
	all     bool             // every private part of the case
	titles  map[Private]bool // of the reports of the parties
}

// learn notes the title that one of the parties gave: its words go wherever they
// became the title of a case or of a vulnerability, also of one that a merge, a split
// or a reopening has copied under another number.
func (e *erasure) learn(x entry) {
	var r *reportReceived
	switch x := x.(type) {
	case *reportReceived:
		r = x
	case *submissionReceived:
		r = &x.Report
	default:
		return
	}
	if r.Title != "" && slices.Contains(e.parties, r.Reporter) {
		if e.titles == nil {
			e.titles = map[Private]bool{}
		}
		e.titles[r.Title] = true
	}
}

func (s *Service) erase(ctx context.Context, id CaseID, by By, cmd Action, records []Seq, plan func(*decision) (erasure, error)) (Erased, error) {
	if err := s.complete(&by, nil, cmd, records); err != nil {
		return Erased{}, err
	}
	var out Erased
	var blobs []storage.BlobID
	c, _, err := s.change(ctx, id, by, false, []Action{cmd}, func(d *decision) error {
		d.cmd, out, blobs = cmd, Erased{Case: id}, nil
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
		return Erased{}, err
	}
	out.Seq, out.Repeated = c.Seq, c.Repeated
	if c.Repeated {
		out.Records, out.Files = nil, 0
		return out, nil
	}
	for _, b := range blobs {
		if s.cfg.Blobs == nil {
			break
		}
		if err := s.cfg.Blobs.Delete(ctx, b); err != nil {
			return out, fmt.Errorf("cvd: the records are erased; a file is not, and is left to Sweep: %w", err)
		}
		out.Files++
	}
	return out, nil
}

// erase plans the removal on the case as it stands, and records it.
func (d *decision) erase(e erasure, out *Erased) ([]storage.BlobID, error) {
	if d.c.Held {
		return nil, d.refuse(RuleHold, "case %s", d.c.Number)
	}
	var words [][]byte
	var blobs []storage.BlobID
	type other struct {
		m    Mention
		text []byte
	}
	var others []other
	var sent []sentRecord
	log := d.log()
	for _, r := range log.records {
		e.learn(r.x)
	}
	for _, r := range log.records {
		x, ev := r.x, r.ev
		if x, ok := x.(keepsSent); ok {
			sent = append(sent, sentRecord{ev.Seq, x.sent()})
			continue
		}
		w := wire{}
		x.private(&w)
		if !e.covers(d.c, x, ev) {
			if freeText(x) {
				others = append(others, other{Mention{ev.Seq, ev.At, ev.Kind, false}, bytes.ToLower(w.buf)})
			}
			continue
		}
		out.Records = append(out.Records, ev.Seq)
		switch x := x.(type) {
		case *partyAdded:
			words = appendWords(words, x.Name, x.Email, x.Phone)
			d.change.Drop = append(d.change.Drop, d.s.leads(x)...)
		case *partyThread, *messagePosted:
			d.change.Drop = append(d.change.Drop, d.s.leads(x)...)
		case *partyChanged:
			words = appendWords(words, x.Name, x.Email, x.Phone)
		case *actorSeen:
			words = appendWords(words, x.Actor)
		case *reportReceived:
			words = appendWords(words, x.CreditName)
			d.change.Drop = append(d.change.Drop, x.Keys...)
		case *idsAdded:
			d.change.Drop = append(d.change.Drop, x.Keys...)
		case *fileAttached:
			blobs = append(blobs, x.Blob)
			d.change.Drop = append(d.change.Drop, d.s.leads(x)...)
		case *submissionReceived:
			words = appendWords(words, x.Sender.Name, x.Sender.Email, x.Sender.Phone, x.Report.CreditName)
			d.change.Drop = append(d.change.Drop, d.s.endingWith(x)...)
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
	for _, n := range d.c.actorsBy(d.s.actorTag(d.by.Actor)) {
		if slices.Contains(e.actors, n) {
			d.by.Actor = ""
		}
	}
	d.endCodes(d.c.codesOf(e.parties, e.all))
	d.emit(&privateErased{Records: out.Records, Basis: e.basis, Parties: e.parties, Actors: e.actors, All: e.all, Kept: log.ledger.kept(out.Records)})
	d.change.Erase = out.Records
	return blobs, nil
}

func appendWords(words [][]byte, texts ...Private) [][]byte {
	for _, t := range texts {
		if len(t) >= 3 {
			words = append(words, bytes.ToLower([]byte(t)))
		}
	}
	return words
}

// covers tells whether a record is by or about whom the erasure is for, once it has
// learnt from all records.
func (e *erasure) covers(c *folded, x entry, ev *Event) bool {
	if e.all || slices.Contains(e.records, ev.Seq) {
		return true
	}
	switch x := x.(type) {
	case *actorSeen:
		return slices.Contains(e.actors, ev.ref)
	case *caseOpened:
		if e.titles[x.Title] {
			return true
		}
	case *caseTitled:
		return e.titles[x.Title]
	case *vulnAdded:
		if e.titles[x.Title] {
			return true
		}
	}
	return slices.Contains(e.parties, author(c, x, ev))
}

// author returns the participant that a record is by or about; 0 is none.
func author(c *folded, x entry, ev *Event) PartyID {
	switch x := x.(type) {
	case *partyAdded:
		return ev.Party
	case *caseOpened:
		return c.opener() // also where the report itself was erased before
	case *vulnAdded:
		if ev.Vuln == 1 {
			return c.opener()
		}
	case *reportReceived:
		return x.Reporter
	case *submissionReceived:
		return x.Report.Reporter
	case *messagePosted:
		return messageAuthor(c, x, ev)
	case *fileAttached:
		if f := at(c.Attachments, AttachmentID(ev.ref)); f != nil {
			return f.From
		}
		return x.From
	case *partyThread:
		return x.Party
	case *deliveryBounced:
		return x.Party
	case *claimMade:
		return x.By
	case *embargoProposed:
		return x.By
	case *embargoRejected:
		return x.By
	case *proposalsClosed:
		return x.By
	case *severitySet:
		return x.By
	case *deadlineAnnounced:
		return x.By
	case *releaseAnswered:
		return x.Party
	case *partyChanged:
		return x.Party
	case *partyRemoved:
		return x.Party
	case *partyScope:
		return x.Party
	case *statusRecorded:
		return x.Vendor
	}
	return 0
}

// messageAuthor is from whom a message is, as the team holds it now, or says it is.
func messageAuthor(c *folded, x *messagePosted, ev *Event) PartyID {
	m := at(c.Messages, MessageID(ev.ref))
	switch {
	case m == nil:
		return cmp.Or(x.From, x.Claimed)
	case m.Purpose == PurposeUnverified:
		return m.Claimed
	}
	return m.From
}

// opener returns whose report opened the case, and gave it and its first vulnerability
// their titles; those of a case that came of another are the team's, or copies.
func (c *Case) opener() PartyID {
	came := func(l Link) bool { return l.Kind == LinkSplitFrom || l.Kind == LinkContinues }
	if c.Origin != OriginReport || len(c.Reports) == 0 || slices.ContainsFunc(c.Links, came) {
		return 0
	}
	return c.Reports[0].Reporter
}

// freeText tells records in which people write what they want.
func freeText(x entry) bool {
	switch x := x.(type) {
	case *partyAdded:
		return x.Name+x.Organization+x.Address+x.Reason != ""
	case *actorSeen, *fileAttached, *severitySet, *streamAdded, *idsAdded, *partyThread:
		return false
	}
	return true
}

// walk calls f for each record of the case that has a private part, which is
// filled in, in order, and returns the keys that it holds. Records that were appended since are left out: an append
// that was decided without them conflicts.
func (s *Service) walk(ctx context.Context, c *folded, f func(x entry, ev *Event)) (*ledger, error) {
	k, l := newCase(c.ID), s.newLedger()
	return l, s.read(ctx, k, true, func(x entry, e *envelope, r *storage.Record) error {
		if e.seq > c.Seq {
			return nil
		}
		ok, err := s.readPrivate(ctx, c.ID, x, r)
		if ok {
			f(x, &k.Events[e.seq-1])
		}
		if err == nil {
			l.note(k, x, e)
		}
		return err
	})
}
