package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cvdjson"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// action reads the fields as a command or another action of this name.
func (d *desk) action(r *request, name string) (cvd.Action, error) {
	r.fields["do"] = encoded(name)
	dec := cvdjson.Decoder{Case: d.find}
	return dec.Action(r.object())
}

// do gives a command to a case, or starts one by it.
func (d *desk) do(ctx context.Context, svc *service.Service, r *request) (cvd.CaseID, result, error) {
	if r.word == "" {
		return cvd.CaseID{}, nil, wrong("input", "/do", "it is the name of a command")
	}
	return d.command(ctx, svc, r, r.word)
}

func (d *desk) handOver(ctx context.Context, svc *service.Service, r *request) (cvd.CaseID, result, error) {
	if err := r.subject(); err != nil {
		return cvd.CaseID{}, nil, err
	}
	return d.command(ctx, svc, r, "HandOver")
}

func (d *desk) command(ctx context.Context, svc *service.Service, r *request, name string) (id cvd.CaseID, more result, err error) {
	a, err := d.action(r, name)
	if err != nil {
		return id, nil, err
	}
	cmd, ok := a.(cvd.Command)
	if !ok {
		return id, nil, wrong("input", "/do", "it is no command")
	}
	switch a.(type) {
	case cvd.Receive, cvd.Open:
		if r.label == "" {
			break // a new case
		}
		if id, err = d.caseOf(r.label, "/case"); err != nil {
			return id, nil, err
		}
	default:
		if id, err = d.caseOf(r.label, "/case"); err != nil {
			return id, nil, err
		}
	}
	if r.as != "" && id != (cvd.CaseID{}) {
		return id, nil, wrong("script", "/as", "the command makes no case")
	}
	c, err := svc.Do(ctx, id, r.by, cmd)
	return made(c, err)
}

func made(c *cvd.Case, err error) (cvd.CaseID, result, error) {
	switch {
	case err != nil:
		return cvd.CaseID{}, nil, err
	case c.Repeated:
		return c.ID, result{{"repeated", true}}, nil
	}
	return c.ID, nil, nil
}

// subject lets the case stand where the fields are, or as the verb's value.
func (r *request) subject(names ...string) error {
	label, name, err := r.text(append(names, "case")...)
	if err != nil {
		return err
	}
	if r.word != "" && r.label == "" && label == "" {
		label, r.word = r.word, ""
	}
	if label == "" {
		return nil
	}
	if r.label != "" && r.label != label {
		return wrong("script", "/"+name, "the line names another case too")
	}
	r.label = label
	return nil
}

// pair finds the two cases of a verb: the one that the line is about, and that which
// one of the names tells.
func (d *desk) pair(r *request, names ...string) (id, other cvd.CaseID, err error) {
	if err := r.subject("from"); err != nil {
		return id, other, err
	}
	label, name, err := r.text(names...)
	if err != nil {
		return id, other, err
	}
	if label == "" {
		label, name = r.word, r.verb
	}
	if id, err = d.caseOf(r.label, "/case"); err != nil {
		return id, other, err
	}
	other, err = d.caseOf(label, "/"+name)
	return id, other, err
}

func (d *desk) merge(ctx context.Context, svc *service.Service, r *request) (cvd.CaseID, result, error) {
	id, into, err := d.pair(r, "into", "to")
	if err != nil {
		return id, nil, err
	}
	a, err := d.action(r, "Merge")
	if err != nil {
		return id, nil, err
	}
	x := a.(cvd.Merge)
	x.Into = into
	return made(svc.Merge(ctx, id, r.by, x))
}

func (d *desk) link(ctx context.Context, svc *service.Service, r *request) (cvd.CaseID, result, error) {
	id, to, err := d.pair(r, "to", "with")
	if err != nil {
		return id, nil, err
	}
	a, err := d.action(r, "LinkTo")
	if err != nil {
		return id, nil, err
	}
	x := a.(cvd.LinkTo)
	x.Case = to
	return made(svc.Link(ctx, id, r.by, x))
}

// one reads the action of a verb about one case.
func one[A cvd.Action](d *desk, r *request, name string) (id cvd.CaseID, a A, err error) {
	if err := r.subject("from"); err != nil {
		return id, a, err
	}
	if id, err = d.caseOf(r.label, "/case"); err != nil {
		return id, a, err
	}
	x, err := d.action(r, name)
	if err != nil {
		return id, a, err
	}
	return id, x.(A), nil
}

func (d *desk) split(ctx context.Context, svc *service.Service, r *request) (cvd.CaseID, result, error) {
	id, x, err := one[cvd.Split](d, r, "Split")
	if err != nil {
		return id, nil, err
	}
	return made(svc.Split(ctx, id, r.by, x))
}

func (d *desk) reopen(ctx context.Context, svc *service.Service, r *request) (cvd.CaseID, result, error) {
	id, x, err := one[cvd.Reopen](d, r, "Reopen")
	if err != nil {
		return id, nil, err
	}
	return made(svc.Reopen(ctx, id, r.by, x))
}

func (d *desk) erase(ctx context.Context, svc *service.Service, r *request) (cvd.CaseID, result, error) {
	id, x, err := one[cvd.ErasePerson](d, r, "ErasePerson")
	if err != nil {
		return id, nil, err
	}
	out, err := svc.Erase(ctx, id, r.by, x)
	if err != nil {
		return id, nil, err
	}
	more := result{{"records", out.Records}, {"files", out.Files}}
	if out.Repeated {
		more = append(more, member{"repeated", true})
	}
	return id, more, nil
}

// empty says that a verb takes no fields.
func (r *request) empty() error {
	for name := range r.fields {
		return &cvdjson.Error{Pointer: "/" + name, Problem: "there is no such member"}
	}
	return nil
}

type reminder struct {
	Deadline string `json:"deadline"`
	State    string `json:"state"`
	Party    int    `json:"party,omitempty"`
	Case     string `json:"case"`
	Remind   string `json:"remind"` // soon, due or escalate
	Due      string `json:"due,omitempty"`
}

// atOnce is how many cases or messages a call takes; calls follow until all are done.
const atOnce = 100

func (d *desk) tick(ctx context.Context, svc *service.Service, r *request) (id cvd.CaseID, more result, err error) {
	if err := r.empty(); err != nil {
		return id, nil, err
	}
	reminders, problems := []reminder{}, []problem{}
	for {
		t, err := svc.Tick(ctx, atOnce)
		if err != nil {
			return id, nil, err
		}
		for _, a := range t.Reminders {
			x := reminder{Deadline: a.Deadline.ID, State: string(a.Deadline.State), Case: d.labelOf(a.Case), Remind: string(a.Kind)}
			if !a.Deadline.Due.IsZero() {
				x.Due = a.Deadline.Due.Format(time.RFC3339)
			}
			if len(a.Parties) == 0 {
				reminders = append(reminders, x)
			}
			for _, p := range a.Parties {
				x.Party = int(p)
				reminders = append(reminders, x)
			}
		}
		for _, p := range t.Problems {
			problems = append(problems, problem{Kind: "other", Problem: p.Err.Error(), Case: d.labelOf(p.Case)})
		}
		if t.Cases < atOnce {
			break
		}
	}
	more = result{{"reminders", reminders}}
	if len(problems) > 0 {
		more = append(more, member{"problems", problems})
	}
	return id, more, nil
}

type sentMessage struct {
	Case      string `json:"case"`
	Party     int    `json:"party"`
	Message   int    `json:"message"`
	Notice    bool   `json:"notice"`
	Transport string `json:"transport"`
	Subject   string `json:"subject"`
	Text      string `json:"text"`
}

func (d *desk) relay(ctx context.Context, svc *service.Service, r *request) (id cvd.CaseID, more result, err error) {
	if err := r.empty(); err != nil {
		return id, nil, err
	}
	d.sent = nil
	problems := []problem{}
	for {
		x, err := svc.Relay(ctx, atOnce)
		if err != nil {
			return id, nil, err
		}
		for _, p := range x.Problems {
			problems = append(problems, problem{Kind: "other", Problem: p.Err.Error(), Case: d.labelOf(p.Case)})
		}
		if x.Next.IsZero() || x.Next.After(d.now) {
			break
		}
	}
	all := make([]sentMessage, 0, len(d.sent))
	for _, m := range d.sent {
		of, err := svc.Lookup(ctx, cvd.ExternalID{Kind: cvd.IDNumber, Value: cvd.Private(m.Number)})
		if err != nil {
			return id, nil, err
		}
		_, message, party, err := svc.Delivery(ctx, of, m.ID)
		if err != nil && !errors.Is(err, cvd.ErrNotFound) {
			return id, nil, err
		}
		all = append(all, sentMessage{
			Case: d.labelOf(of), Party: int(party), Message: int(message), Notice: m.Notice,
			Transport: m.To.Transport, Subject: m.Subject, Text: string(m.Text),
		})
	}
	more = result{{"sent", all}}
	if len(problems) > 0 {
		more = append(more, member{"problems", problems})
	}
	return id, more, nil
}

func (d *desk) view(ctx context.Context, svc *service.Service, r *request) (id cvd.CaseID, more result, err error) {
	if err := r.subject("from"); err != nil {
		return id, nil, err
	}
	if id, err = d.caseOf(r.label, "/case"); err != nil {
		return id, nil, err
	}
	var v cvd.Viewer
	if err := (cvdjson.Decoder{}).Decode(r.object(), &v); err != nil {
		return id, nil, err
	}
	c, err := svc.View(ctx, id, v)
	if err != nil {
		return id, nil, err
	}
	b, err := cvdjson.Marshal(c)
	if err != nil {
		return id, nil, err
	}
	return id, result{{"view", json.RawMessage(b)}}, nil
}

// list finds cases: as the team, or as the participant whom identity names.
func (d *desk) list(ctx context.Context, svc *service.Service, r *request) (id cvd.CaseID, more result, err error) {
	who, name, err := r.text("identity")
	if err != nil {
		return id, nil, err
	}
	v := cvd.Viewer{Team: who == "", Identity: cvd.Private(who)}
	if raw := r.take("groups"); raw != nil {
		if err := (cvdjson.Decoder{}).Decode(raw, &v.Groups); err != nil {
			return id, nil, under("/groups", err)
		}
	}
	var f service.Filter
	if err := (cvdjson.Decoder{}).Decode(r.object(), &f); err != nil {
		return id, nil, err
	}
	labels := []string{}
	for page := ""; ; {
		p, err := svc.Find(ctx, v, f, page, atOnce)
		if errors.Is(err, cvd.ErrDenied) {
			return id, nil, wrong("denied", "/"+name, "a participant may ask for open, closed, em and text only")
		}
		if err != nil {
			return id, nil, err
		}
		for i := range p.Cases {
			labels = append(labels, d.labelOf(p.Cases[i].ID))
		}
		if page = p.Next; page == "" {
			return id, result{{"cases", labels}}, nil
		}
	}
}
