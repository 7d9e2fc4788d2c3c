package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cvdjson"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// desk is the team of a script: its cases, its clock and its ways to send.
type desk struct {
	cfg    cvd.Config
	svc    *service.Service // nil before the first case: the desk can still be set up
	now    time.Time
	labels map[string]cvd.CaseID
	names  map[cvd.CaseID]string // the first label of each
	sent   []cvd.Outgoing
	failed bool // a line did not come out as the script expects
}

// begins is the time before the first line that sets it.
var begins = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func newDesk() *desk {
	d := &desk{now: begins, labels: map[string]cvd.CaseID{}, names: map[cvd.CaseID]string{}}
	clock := func() time.Time { return d.now }
	d.cfg = cvd.Config{
		Store: memstore.New(), Blobs: memstore.NewBlobs(clock), State: memstore.NewState(),
		Secret: bytes.Repeat([]byte("play"), 8), // nothing here is kept
		Now:    clock,
		Rand:   rand.NewChaCha8([32]byte{}), // so that a script always gives the same
		Team:   cvd.Team{Name: "Example PSIRT"},
		Transports: map[string]cvd.Transport{
			"mail": cvd.TransportFunc(d.mail), "portal": cvd.TransportFunc(d.portal),
		},
	}
	return d
}

// mail is sealed for whoever has given a key, and else protected between servers
// only.
func (d *desk) mail(_ context.Context, m cvd.Outgoing) (cvd.Sent, error) {
	protection := cvd.ProtectTLS
	if m.Key != "" {
		protection = cvd.ProtectSealed
	}
	return d.send(m, protection)
}

func (d *desk) portal(_ context.Context, m cvd.Outgoing) (cvd.Sent, error) {
	return d.send(m, cvd.ProtectPortal)
}

func (d *desk) send(m cvd.Outgoing, p cvd.Protection) (cvd.Sent, error) {
	if m.Require > p {
		return cvd.Sent{}, cvd.ErrUnprotected
	}
	d.sent = append(d.sent, m)
	return cvd.Sent{Protection: p}, nil
}

// setup is what a line {"desk": {…}} may say of the team, before the first case.
type setup struct {
	Team         string
	Roles        cvd.Roles
	Routes       []cvd.Route // by which the team is reminded
	Policies     []policy.Policy
	Embargo      cvd.EmbargoRules
	Standing     cvd.StandingEmbargo
	AnswerWindow time.Duration
	Zone         string // of the calendar
	OnCall       []string
}

func (d *desk) setUp(text json.RawMessage) error {
	if d.svc != nil {
		return wrong("script", "/desk", "the desk is set up before the first case")
	}
	var s setup
	if err := (cvdjson.Decoder{}).Decode(text, &s); err != nil {
		return under("/desk", err)
	}
	c := &d.cfg
	if s.Team != "" {
		c.Team.Name = s.Team
	}
	c.Team.Roles, c.Team.Routes, c.Policies, c.OnCall = s.Roles, s.Routes, s.Policies, s.OnCall
	c.Embargo, c.Standing, c.AnswerWindow = s.Embargo, s.Standing, s.AnswerWindow
	if s.Zone != "" {
		zone, err := time.LoadLocation(s.Zone)
		if err != nil {
			return wrong("input", "/desk/zone", "there is no such time zone")
		}
		c.Calendar.Zone = zone
	}
	if _, err := service.New(*c); err != nil {
		return wrong("input", "/desk", err.Error())
	}
	return nil
}

// service returns the Service, which the first line that needs it makes.
func (d *desk) service() (*service.Service, error) {
	if d.svc == nil {
		svc, err := service.New(d.cfg)
		if err != nil {
			return nil, err
		}
		d.svc = svc
	}
	return d.svc, nil
}

// name gives a label to a case.
func (d *desk) name(label string, id cvd.CaseID) {
	if label == "" {
		return
	}
	d.labels[label] = id
	if d.names[id] == "" {
		d.names[id] = label
	}
}

// labelOf returns the label of a case, or its ID where the script gave none.
func (d *desk) labelOf(id cvd.CaseID) string {
	if s := d.names[id]; s != "" {
		return s
	}
	return id.String()
}

// find looks up what a script calls a case.
func (d *desk) find(label string) (cvd.CaseID, bool) {
	id, ok := d.labels[label]
	return id, ok
}
