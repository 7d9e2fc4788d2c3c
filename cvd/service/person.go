package service

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Person names somebody across cases.
type Person struct {
	Identity cvd.Private // as Contact.Identity, or the e-mail address, of a participant; "": none
	Actor    cvd.Private // as By.Actor; "": none
}

// PersonData is what is stored on one person.
type PersonData struct {
	Cases []cvd.PersonCase // in which the person is known
}

// Export returns everything that is stored on one person, in all cases, the
// newest first: what ErasePerson would remove, and the records without texts
// that speak of the person or that it made as an actor. What others wrote is not
// in it, though it may name the person: Erased.Review lists that. It reads each
// of the person's cases as a whole.
func (s *Service) Export(ctx context.Context, p Person) (PersonData, error) {
	var out PersonData
	var q storage.Query
	party, actor := s.e.ShortTag("party", string(p.Identity)), s.e.ActorTag(p.Actor)
	if p.Identity != "" {
		q.Any = append(q.Any, "party:"+party+"/open", "party:"+party+"/closed")
	}
	if p.Actor != "" {
		q.Any = append(q.Any, "actor:"+actor)
	}
	if len(q.Any) == 0 {
		return out, &cvd.InputError{Command: "Export", Field: "Identity", Problem: "neither Identity nor Actor says who it is", Err: nil}
	}
	q.Limit = 100
	for {
		heads, err := s.e.Cfg.Store.Heads(ctx, q)
		if err != nil {
			return out, err
		}
		for _, h := range heads {
			c, err := s.e.ExportCase(ctx, h.ID, func(x *cvd.Participant) bool { return p.Identity != "" && x.Kept(inner.Only{}).Identity == party },
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

// RevealJSON writes the data with its texts readable. Whoever calls it hands
// them out on purpose.
func (d PersonData) RevealJSON(w io.Writer) error {
	type record struct {
		Seq    cvd.Seq             `json:"seq"`
		At     time.Time           `json:"at"`
		Record string              `json:"record"`
		Fields map[string][]string `json:"fields,omitempty"`
		File   cvd.AttachmentID    `json:"file,omitempty"`
	}
	type personCase struct {
		ID      string        `json:"id"`
		Number  string        `json:"number"`
		Parties []cvd.PartyID `json:"parties,omitempty"`
		Records []record      `json:"records"`
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
