package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cvdjson"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// request is a line of a script, taken apart.
type request struct {
	at     time.Time
	by     cvd.By
	label  string // of the case that it is about
	as     string // of the case that it makes
	verb   string
	word   string                     // the verb's value, where that is a text
	fields map[string]json.RawMessage // of the verb
	inner  map[string]bool            // those of them that stand in the verb's value
	expect any                        // what the outcome must hold; nil: anything
}

type verb func(*desk, context.Context, *service.Service, *request) (cvd.CaseID, result, error)

// verbs are what a line can ask for.
func verbs() map[string]verb {
	return map[string]verb{
		"do": (*desk).do, "merge": (*desk).merge, "split": (*desk).split, "link": (*desk).link, "hand_over": (*desk).handOver,
		"reopen": (*desk).reopen, "erase": (*desk).erase, "tick": (*desk).tick, "relay": (*desk).relay,
		"view": (*desk).view, "find": (*desk).list, "desk": nil,
	}
}

// line does what a line says, and compares it with what the script expects.
func (d *desk) line(ctx context.Context, text []byte) result {
	r, err := d.request(text)
	out := d.outcomeOf(ctx, &r, err)
	if r.expect == nil {
		return out
	}
	var have any
	if err := json.Unmarshal(out.json(), &have); err != nil {
		panic(err) // it was written here
	}
	if at, ok := holds(have, r.expect, ""); !ok {
		d.failed = true
		out = append(out, member{"unexpected", at})
	}
	return out
}

func (d *desk) outcomeOf(ctx context.Context, r *request, err error) result {
	if err != nil {
		return append(d.outcome(err), d.standing(ctx, r.label)...)
	}
	if !r.at.IsZero() {
		if r.at.Before(d.now) {
			err := wrong("clock", "/at", "the clock is at "+d.now.Format(time.RFC3339)+", and does not go back")
			return append(d.outcome(err), d.standing(ctx, r.label)...)
		}
		d.now = r.at
	}
	switch r.verb {
	case "":
		return d.outcome(nil) // it only sets the clock
	case "desk":
		return d.outcome(d.setUp(r.object()))
	}
	svc, err := d.service()
	if err != nil {
		return d.outcome(err)
	}
	id, more, err := verbs()[r.verb](d, ctx, svc, r)
	if err != nil {
		return append(d.outcome(r.locate(err)), d.standing(ctx, r.label)...)
	}
	if id != (cvd.CaseID{}) {
		d.name(r.as, id)
		if d.labels[r.label] != id {
			r.label = d.labelOf(id)
		}
	}
	return slices.Concat(d.outcome(nil), d.standing(ctx, r.label), more)
}

// standing tells the case of a line and its version.
func (d *desk) standing(ctx context.Context, label string) result {
	if label == "" {
		return nil
	}
	out := result{{"case", label}}
	if id, err := d.caseOf(label, ""); err == nil && d.svc != nil {
		if c, err := d.svc.View(ctx, id, cvd.Viewer{Team: true, Groups: []cvd.Private{cvd.EveryGroup}}); err == nil {
			out = append(out, member{"seq", c.Seq})
		}
	}
	return out
}

// caseOf finds what a script calls a case: its label, or its ID.
func (d *desk) caseOf(label, field string) (id cvd.CaseID, err error) {
	if id, ok := d.find(label); ok {
		return id, nil
	}
	if label == "" {
		return id, wrong("script", field, "the line names no case")
	}
	if id.UnmarshalText([]byte(label)) != nil {
		return id, wrong("not_found", field, "no case has this label")
	}
	return id, nil
}

func (d *desk) request(text []byte) (r request, err error) {
	if r.fields, err = object(text); err != nil {
		return r, err
	}
	r.inner = map[string]bool{}
	if raw := r.take("expect"); raw != nil {
		if err := json.Unmarshal(raw, &r.expect); err != nil || r.expect == nil {
			return r, wrong("script", "/expect", "it is nothing that can be expected")
		}
		if word, ok := r.expect.(string); ok {
			r.expect = map[string]any{"refused": word}
			if word == "ok" {
				r.expect = map[string]any{"ok": true}
			}
		}
	}
	for _, x := range []struct {
		name string
		v    any
	}{{"case", &r.label}, {"as", &r.as}, {"at", &r.at}, {"by", &r.by}} {
		if raw := r.take(x.name); raw != nil {
			if x.name == "by" && raw[0] == '"' {
				x.v = &r.by.Actor
			}
			if err := (cvdjson.Decoder{}).Decode(raw, x.v); err != nil {
				return r, under("/"+x.name, err)
			}
		}
	}
	if _, taken := d.labels[r.as]; taken {
		return r, wrong("script", "/as", "a case has this label already")
	}
	return r, r.findVerb()
}

// findVerb tells what the line asks for. The fields of a verb stand in its value or
// beside it.
func (r *request) findVerb() error {
	all := verbs()
	for _, name := range slices.Sorted(maps.Keys(r.fields)) {
		if _, ok := all[name]; ok && r.verb != "do" {
			if r.verb != "" && name != "do" {
				return wrong("script", "/"+name, "a line asks for one thing, and this one for "+r.verb+" too")
			}
			r.verb = name
		}
	}
	if r.verb == "" {
		if len(r.fields) > 0 {
			return wrong("script", "", "a line has one of the members "+strings.Join(slices.Sorted(maps.Keys(all)), ", "))
		}
		return nil
	}
	value := r.take(r.verb)
	switch value[0] {
	case '"':
		if err := json.Unmarshal(value, &r.word); err != nil {
			return wrong("json", "/"+r.verb, "it is no text")
		}
	case '{':
		inner, err := object(value)
		if err != nil {
			return err
		}
		for name, raw := range inner {
			if _, twice := r.fields[name]; twice {
				return wrong("script", "/"+name, "it stands in "+r.verb+" too")
			}
			r.fields[name], r.inner[name] = raw, true
		}
	case '[':
		return wrong("script", "/"+r.verb, "it is a list")
	}
	if r.verb == "do" {
		// {"do": "Merge"} asks for the same as {"merge": …}.
		name := map[string]string{"LinkTo": "link", "ErasePerson": "erase"}[r.word]
		if name == "" {
			name = strings.ToLower(r.word)
		}
		if _, ok := all[name]; ok && name != "do" && name != "desk" {
			r.verb, r.word = name, ""
		}
	}
	return nil
}

// take removes a member and returns it.
func (r *request) take(name string) json.RawMessage {
	raw := r.fields[name]
	delete(r.fields, name)
	return raw
}

// text removes a member that is a text, one of these names.
func (r *request) text(names ...string) (s, name string, err error) {
	for _, name := range names {
		if raw := r.take(name); raw != nil {
			if err := (cvdjson.Decoder{}).Decode(raw, &s); err != nil {
				return "", name, under("/"+name, err)
			}
			return s, name, nil
		}
	}
	return "", names[0], nil
}

// object writes the fields again.
func (r *request) object() []byte { return encoded(r.fields) }

// locate says where in the line the place of an error is.
func (r *request) locate(err error) error {
	var f *cvdjson.Error
	if !errors.As(err, &f) {
		return err
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(f.Pointer, "/"), "/")
	if r.inner[name] {
		return under("/"+r.verb, err)
	}
	return err
}

// object reads a JSON object and keeps its members as they are. One that is there
// twice is an error.
func object(text []byte) (map[string]json.RawMessage, error) {
	none := wrong("json", "", "the line is no JSON object")
	m := map[string]json.RawMessage{}
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') || !json.Valid(text) {
		return m, none
	}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return m, none
		}
		if _, twice := m[name]; twice {
			return m, wrong("json", "/"+name, "it is there twice")
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return m, none
		}
		m[name] = bytes.TrimSpace(raw)
	}
	return m, nil
}

// under puts the place of an error below a member.
func under(place string, err error) error {
	var f *cvdjson.Error
	if errors.As(err, &f) {
		return &cvdjson.Error{Pointer: place + f.Pointer, Problem: f.Problem}
	}
	return err
}
