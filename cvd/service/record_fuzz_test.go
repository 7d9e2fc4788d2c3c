package service

import (
	"context"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/engine"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// peopled is a case that has one of everything, so that the numbers caselog.In a fuzzed
// record meet something.
func peopled() *caselog.Folded {
	return caselog.Forge(cvd.CaseID{1},
		&caselog.ActorSeen{Tag: "a", Actor: "alice"}, &caselog.CaseOpened{Number: "CVD-2026-00000", Title: "t"},
		&caselog.PartyAdded{Roles: cvd.RoleVendor}, &caselog.VulnAdded{}, &caselog.PartyAdded{Roles: cvd.RoleReporter, Routable: true},
		&caselog.ReportReceived{Original: 1}, &caselog.FileAttached{Blob: storage.BlobID{1}, From: 2},
		&caselog.StreamAdded{Vendor: 1}, &caselog.StatusRecorded{Vuln: 1, Vendor: 1, Stream: 1}, &caselog.SeveritySet{Vuln: 1},
		&caselog.EmbargoProposed{By: 2, Ends: time.Unix(2e9, 0), State: vultron.EMProposed}, &caselog.ClaimMade{What: vultron.PublicAware, Vuln: 1},
		&caselog.MessagePosted{From: 1, To: []cvd.PartyID{2}, Attachments: []cvd.AttachmentID{1}, TLP: tlp.Amber},
		&caselog.CasePublished{At: time.Unix(1e9, 0)},
	)
}

// FuzzRecord folds two records with any fields, correctly linked, as a host
// could write that has our code: nothing may panic, then or when the case is
// read.
func FuzzRecord(f *testing.F) {
	for name, create := range caselog.Kinds {
		x := create()
		var b, p caselog.Wire
		x.Body(&b)
		x.Private(&p)
		body, private := b.Buf, p.Buf
		f.Add(name, uint8(caselog.FlagFirst), body, private, true)
	}
	f.Add("message.posted/1", uint8(caselog.FlagFirst), []byte{0, 1, 3, 9, 2, 200, 1, 5, 0, 9, 2, 7, 8}, []byte{1, 'x', 0}, true)
	f.Add("message.delivered/1", uint8(caselog.FlagFirst), []byte{2, 1, 2, 1, 0, 1, 99, 99, 3, 0, 0}, []byte{}, true)
	f.Add("embargo.accepted/1", uint8(caselog.FlagFirst), []byte{9, 9, 9, 9}, []byte{}, false)
	f.Add("future.thing/1", uint8(caselog.FlagFirst|caselog.FlagCritical), []byte{1}, []byte{2}, true)
	s := &Service{e: engine.New(cvd.Config{Render: cvd.RenderTexts, Floor: (*cvd.Message).Floor, Secret: []byte("k"), Now: func() time.Time { return time.Unix(9, 0) }})}
	f.Fuzz(func(t *testing.T, name string, flags uint8, payload, private []byte, has bool) {
		c := peopled()
		for range 2 {
			e := caselog.Envelope{Name: name, At: 5, Flags: flags | caselog.FlagFirst, Batch: 1, Payload: payload}
			r := storage.Record{Seq: c.Seq + 1, HasPrivate: has}
			if flags&caselog.FlagPrivate != 0 {
				r.Private = append(make([]byte, caselog.SaltSize), private...)
				e.Digest = caselog.Digest(r.Private)
			}
			body, _ := caselog.EncodeBody(c.Tip, &e)
			r.Body = body
			w, err := s.e.FoldForged(context.Background(), c, &r)
			if err != nil {
				return
			}
			readAll(s, c, w)
		}
	})
}

// readAll reads a case in every way.
func readAll(s *Service, c, w *caselog.Folded) {
	c.Embargo.Ends()
	c.Reporter()
	c.Actor(uint32(len(c.Actors)) + 1)
	c.Status(1, 1, 1)
	for v := range cvd.VulnID(3) {
		for p := range cvd.PartyID(4) {
			c.State(v, p, 1)
		}
	}
	for p := range cvd.PartyID(5) {
		if w, err := c.SeenBy(cvd.Viewer{Party: p}, 9, (*cvd.Message).Floor); err == nil {
			w.Progress()
		}
	}
	if _, err := c.SeenBy(cvd.Viewer{Team: true}, 9, (*cvd.Message).Floor); err != nil {
		panic(err)
	}
	for i := range w.Messages {
		m := &w.Messages[i]
		for j := range w.Participants {
			for _, notice := range []bool{false, true} {
				s.outgoing(w, m, w.Participants[j], storage.Delivery{Case: c.ID, Ref: m.Seq}, notice)
			}
		}
		for _, to := range m.To {
			_, _ = s.deliver(context.Background(), w, storage.Delivery{Case: c.ID, Ref: m.Seq, Lane: caselog.Lane(c.ID, to)})
		}
	}
}
