package cvd

import (
	"context"
	"encoding/json"
	"io"
	"reflect"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Person names somebody across cases.
type Person struct {
	Identity Private // as Contact.Identity, or the e-mail address, of a participant; "": none
	Actor    Private // as By.Actor; "": none
}

// PersonData is what is stored on one person.
type PersonData struct {
	Cases []PersonCase // in which the person is known
}

// PersonCase is what one case holds on the person.
type PersonCase struct {
	ID      CaseID         // of the case
	Number  string         // for people
	Parties []PartyID      // who the person is in the case
	Records []PersonRecord // in their order
}

// PersonRecord is one record by or about the person, or made by it as an actor.
type PersonRecord struct {
	Seq    Seq           // the record's number
	At     time.Time     `json:",omitzero"` // when it was made
	Record EventKind     // what sort of record it is
	Fields []PersonField // its texts that are not empty
	// File is set if the record is of a file, to be had from Attachment.
	File AttachmentID
}

// PersonField is one text of a record.
type PersonField struct {
	Name  string  // for example "Summary"
	Value Private // the text
}

// Export returns everything that is stored on one person, in all cases, the
// newest first: what ErasePerson would remove, and the records without texts
// that speak of the person or that it made as an actor. What others wrote is not
// in it, though it may name the person: Erased.Review lists that. It reads each
// of the person's cases as a whole.
func (s *Service) Export(ctx context.Context, p Person) (PersonData, error) {
	var out PersonData
	var q storage.Query
	party, actor := s.shortTag("party", string(p.Identity)), s.actorTag(p.Actor)
	if p.Identity != "" {
		q.Any = append(q.Any, "party:"+party+"/open", "party:"+party+"/closed")
	}
	if p.Actor != "" {
		q.Any = append(q.Any, "actor:"+actor)
	}
	if len(q.Any) == 0 {
		return out, &InputError{"Export", "Identity", "neither Identity nor Actor says who it is", nil}
	}
	q.Limit = 100
	for {
		heads, err := s.cfg.Store.Heads(ctx, q)
		if err != nil {
			return out, err
		}
		for _, h := range heads {
			c, err := s.exportCase(ctx, h.ID, func(x *Participant) bool { return p.Identity != "" && x.identity == party },
				func(tag storage.Term) bool { return p.Actor != "" && tag == actor })
			if err != nil {
				return out, err
			}
			out.Cases = append(out.Cases, c)
		}
		if len(heads) < q.Limit {
			return out, nil
		}
		q.Before.ID = heads[len(heads)-1].ID
	}
}

func (s *Service) exportCase(ctx context.Context, id CaseID, is func(*Participant) bool, acts func(storage.Term) bool) (PersonCase, error) {
	out := PersonCase{ID: id}
	c, err := s.load(ctx, id)
	if err != nil {
		return out, err
	}
	out.Number = c.Number
	e := erasure{}
	for i := range c.Participants {
		if is(c.Participants[i]) {
			e.parties = append(e.parties, c.Participants[i].ID)
		}
	}
	for i, tag := range c.actorTags {
		if acts(tag) {
			e.actors = append(e.actors, uint32(i+1))
		}
	}
	out.Parties = e.parties
	texts := map[Seq][]PersonField{}
	export := func(x entry, ev *Event) {
		if e.covers(c, x, ev) {
			texts[ev.Seq] = fieldsOf("", reflect.ValueOf(x).Elem(), nil)
		}
	}
	var titles []logged
	_, err = s.walk(ctx, c, func(x entry, ev *Event) {
		if x, ok := x.(keepsSent); ok {
			for _, t := range x.sent() {
				if slices.Contains(e.parties, t.Party) {
					texts[ev.Seq] = fieldsOf("", reflect.ValueOf(t.sentFrame), texts[ev.Seq])
				}
			}
			return
		}
		switch e.learn(x); x.(type) {
		case *caseOpened, *caseTitled, *vulnAdded:
			titles = append(titles, logged{x, ev}) // reports come after them
			return
		}
		export(x, ev)
	})
	for _, t := range titles {
		export(t.x, t.ev)
	}
	for i := range c.Events {
		ev := &c.Events[i]
		fields, has := texts[ev.Seq]
		if has || slices.Contains(e.parties, ev.Party) || slices.Contains(e.actors, ev.Actor) {
			r := PersonRecord{Seq: ev.Seq, At: ev.At, Record: ev.Kind, Fields: fields}
			if has && ev.Kind == EventFileAttached {
				r.File = AttachmentID(ev.ref)
			}
			out.Records = append(out.Records, r)
			for j := range c.Attachments { // a submission has its files in one record
				if a := &c.Attachments[j]; has && ev.Kind == EventSubmissionReceived && a.seq == ev.Seq {
					out.Records = append(out.Records, PersonRecord{Seq: ev.Seq, At: ev.At, Record: r.Record, File: a.ID})
				}
			}
		}
	}
	return out, err
}

// fieldsOf finds every Private by reflection, so that a field that is added to a
// record later is exported without anybody thinking of it.
func fieldsOf(name string, v reflect.Value, out []PersonField) []PersonField {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				out = fieldsOf(f.Name, v.Field(i), out)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			out = fieldsOf(name, v.Index(i), out)
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[Private]() && v.Len() > 0 {
			out = append(out, PersonField{name, Private(v.String())})
		}
	}
	return out
}

// RevealJSON writes the data with its texts readable. Whoever calls it hands
// them out on purpose.
func (d PersonData) RevealJSON(w io.Writer) error {
	type record struct {
		Seq    Seq                 `json:"seq"`
		At     time.Time           `json:"at"`
		Record string              `json:"record"`
		Fields map[string][]string `json:"fields,omitempty"`
		File   AttachmentID        `json:"file,omitempty"`
	}
	type personCase struct {
		ID      string    `json:"id"`
		Number  string    `json:"number"`
		Parties []PartyID `json:"parties,omitempty"`
		Records []record  `json:"records"`
	}
	out := struct {
		Cases []personCase `json:"cases"`
	}{Cases: []personCase{}}
	for _, c := range d.Cases {
		x := personCase{ID: c.ID.String(), Number: c.Number, Parties: c.Parties}
		for _, r := range c.Records {
			y := record{Seq: r.Seq, At: r.At, Record: string(r.Record), File: r.File}
			for _, f := range r.Fields {
				if y.Fields == nil {
					y.Fields = map[string][]string{}
				}
				y.Fields[f.Name] = append(y.Fields[f.Name], string(f.Value))
			}
			x.Records = append(x.Records, y)
		}
		out.Cases = append(out.Cases, x)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(true)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
