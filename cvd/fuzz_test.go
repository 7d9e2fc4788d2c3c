package cvd

import (
	"context"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// peopled is a case that has one of everything, so that the numbers in a fuzzed
// record meet something.
func peopled() *folded {
	c := newCase(CaseID{1})
	for _, x := range []entry{
		&actorSeen{Tag: "a", Actor: "alice"}, &caseOpened{Number: "CVD-2026-00000", Title: "t"},
		&partyAdded{Roles: RoleVendor}, &vulnAdded{}, &partyAdded{Roles: RoleReporter, Routable: true},
		&reportReceived{Original: 1}, &fileAttached{Blob: storage.BlobID{1}, From: 2},
		&streamAdded{Vendor: 1}, &statusRecorded{Vuln: 1, Vendor: 1, Stream: 1}, &severitySet{Vuln: 1},
		&embargoProposed{By: 2, Ends: time.Unix(2e9, 0), State: vultron.EMProposed}, &claimMade{What: vultron.PublicAware, Vuln: 1},
		&messagePosted{From: 1, To: []PartyID{2}, Attachments: []AttachmentID{1}, TLP: tlp.Amber},
		&casePublished{At: time.Unix(1e9, 0)},
	} {
		e := envelope{seq: c.Seq + 1, name: x.name(), at: 1}
		c.take(x, &e, storage.Hash{byte(e.seq)})
		x.reveal(c, &e)
	}
	return c
}

// FuzzRecord folds two records with any fields, correctly linked, as a host
// could write that has our code: nothing may panic, then or when the case is
// read.
func FuzzRecord(f *testing.F) {
	for name, create := range kinds {
		body, private := encoded(create())
		f.Add(name, uint8(flagFirst), body, private, true)
	}
	f.Add("message.posted/1", uint8(flagFirst), []byte{0, 1, 3, 9, 2, 200, 1, 5, 0, 9, 2, 7, 8}, []byte{1, 'x', 0}, true)
	f.Add("message.delivered/1", uint8(flagFirst), []byte{2, 1, 2, 1, 0, 1, 99, 99, 3, 0, 0}, []byte{}, true)
	f.Add("embargo.accepted/1", uint8(flagFirst), []byte{9, 9, 9, 9}, []byte{}, false)
	f.Add("future.thing/1", uint8(flagFirst|flagCritical), []byte{1}, []byte{2}, true)
	s := &Service{cfg: Config{Render: RenderTexts, Floor: DefaultFloor, Secret: []byte("k"), Now: func() time.Time { return time.Unix(9, 0) }}}
	f.Fuzz(func(t *testing.T, name string, flags uint8, payload, private []byte, has bool) {
		c := peopled()
		for range 2 {
			e := envelope{name: name, at: 5, flags: flags | flagFirst, batch: 1, payload: payload}
			r := storage.Record{Seq: c.Seq + 1, HasPrivate: has}
			if flags&flagPrivate != 0 {
				r.Private = append(make([]byte, saltSize), private...)
				e.digest = digest(r.Private)
			}
			body, _ := encodeBody(c.Tip, &e)
			r.Body = body
			x, got, err := c.fold(&r)
			if err != nil {
				return
			}
			if err := s.decodePrivate(context.Background(), c, x, got, &r); err != nil {
				return
			}
			readAll(s, c)
		}
	})
}

// readAll reads a case in every way.
func readAll(s *Service, c *folded) {
	if _, err := readHead(c.head()); err != nil {
		panic(err)
	}
	c.terms()
	c.Embargo.Ends()
	c.Reporter()
	c.Actor(uint32(len(c.Actors)) + 1)
	c.Status(1, 1, 1)
	for v := range VulnID(3) {
		for p := range PartyID(4) {
			c.State(v, p, 1)
		}
	}
	for p := range PartyID(5) {
		if w, err := c.seenBy(Viewer{Party: p}, 9, DefaultFloor); err == nil {
			w.Progress()
		}
	}
	if _, err := c.seenBy(Viewer{Team: true}, 9, DefaultFloor); err != nil {
		panic(err)
	}
	w := c.copied(wholeTeam())
	for i := range w.Messages {
		m := &w.Messages[i]
		for j := range w.Participants {
			for _, notice := range []bool{false, true} {
				s.outgoing(w, m, w.Participants[j], storage.Delivery{Case: c.ID, Ref: m.Seq}, notice)
			}
		}
		for _, to := range m.To {
			_, _ = s.deliver(context.Background(), w, storage.Delivery{Case: c.ID, Ref: m.Seq, Lane: lane(c.ID, to)})
		}
	}
}

// FuzzBody reads any bytes as the body of a record, as they are and with a link
// that fits.
func FuzzBody(f *testing.F) {
	body, _ := encodeBody(storage.Hash{}, &envelope{seq: 1, name: "case.titled/1", flags: flagFirst | flagPrivate, batch: 1})
	f.Add(body)
	f.Add(body[:len(body)-32])
	f.Add([]byte{recordFormat, flagFirst, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add([]byte{recordFormat})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _, err := decodeBody(storage.Hash{}, &storage.Record{Seq: 1, Body: body})
		tip := link(storage.Hash{}, body)
		e, _, err2 := decodeBody(storage.Hash{}, &storage.Record{Seq: 1, Body: append(body[:len(body):len(body)], tip[:]...)})
		if err == nil && len(body) < 33 {
			t.Fatal("a body without room for its link was taken")
		}
		if err2 == nil {
			if len(e.payload)+len(e.name) > len(body) {
				t.Fatal("more came out than went in")
			}
			_, _ = decodeEntry(&e)
		}
	})
}

// FuzzHead reads any bytes as the data of a head.
func FuzzHead(f *testing.F) {
	f.Add(peopled().head().Data)
	f.Add([]byte{})
	f.Add([]byte{200, 1, 'x'})
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := readHead(storage.Head{Data: data})
		if err != nil {
			return
		}
		if len(x.Number) > len(data) {
			t.Fatal("more came out than went in")
		}
		when(x.Ends)
		var w wire
		x.wire(&w)
		y, err := readHead(storage.Head{Data: w.buf})
		if err != nil || y.Number != x.Number || y.Rating != x.Rating || !y.Ends.Equal(x.Ends) {
			t.Fatalf("%v\n%+v\n%+v", err, x, y)
		}
	})
}
