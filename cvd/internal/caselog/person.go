package caselog

import (
	"context"
	"reflect"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

func (s *Book) ExportCase(ctx context.Context, id cvd.CaseID, is func(*cvd.Participant) bool, acts func(storage.Term) bool) (cvd.PersonCase, error) {
	out := cvd.PersonCase{ID: id}
	c, err := s.Load(ctx, id)
	if err != nil {
		return out, err
	}
	out.Number = c.Number
	e := Erasure{}
	for i := range c.Participants {
		if is(c.Participants[i]) {
			e.Parties = append(e.Parties, c.Participants[i].ID)
		}
	}
	for i, tag := range c.ActorTags {
		if acts(tag) {
			e.Actors = append(e.Actors, uint32(i+1))
		}
	}
	out.Parties = e.Parties
	texts := map[cvd.Seq][]cvd.PersonField{}
	type title struct {
		x  Entry
		ev *cvd.Event
	}
	export := func(x Entry, ev *cvd.Event) {
		if e.Covers(c, x, ev) {
			texts[ev.Seq] = fieldsOf("", reflect.ValueOf(x).Elem(), nil)
		}
	}
	var titles []title
	_, err = s.Walk(ctx, c, func(x Entry, ev *cvd.Event) {
		if x, ok := x.(KeepsSent); ok {
			for _, t := range x.Sent() {
				if slices.Contains(e.Parties, t.Party) {
					texts[ev.Seq] = fieldsOf("", reflect.ValueOf(t.SentFrame), texts[ev.Seq])
				}
			}
			return
		}
		switch e.Learn(x); x.(type) {
		case *CaseOpened, *CaseTitled, *VulnAdded:
			titles = append(titles, title{x, ev}) // reports come after them
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
		if has || slices.Contains(e.Parties, ev.Party) || slices.Contains(e.Actors, ev.Actor) {
			r := cvd.PersonRecord{Seq: ev.Seq, At: ev.At, Record: ev.Kind, Fields: fields}
			if has && ev.Kind == cvd.EventFileAttached {
				r.File = cvd.AttachmentID(ev.Kept(inner.Only{}).Ref)
			}
			out.Records = append(out.Records, r)
			for j := range c.Attachments { // a submission has its files in one record
				if a := &c.Attachments[j]; has && ev.Kind == cvd.EventSubmissionReceived && a.Kept(inner.Only{}).Seq == ev.Seq {
					out.Records = append(out.Records, cvd.PersonRecord{Seq: ev.Seq, At: ev.At, Record: r.Record, File: a.ID})
				}
			}
		}
	}
	return out, err
}

// fieldsOf finds every Private by reflection, so that a field that is added to a
// record later is exported without anybody thinking of it.
func fieldsOf(name string, v reflect.Value, out []cvd.PersonField) []cvd.PersonField {
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
		if v.Type() == reflect.TypeFor[cvd.Private]() && v.Len() > 0 {
			out = append(out, cvd.PersonField{Name: name, Value: cvd.Private(v.String())})
		}
	}
	return out
}
