package cvd

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// SentText is what went out to one participant, as it was.
type SentText struct {
	Message MessageID // of the case that was asked for
	Party   PartyID   // to whom it went
	At      time.Time `json:",omitzero"` // when a Transport took it
	Subject Private   // as it stood in the mail
	Text    Private   // it begins with the TLP label
	Notice  bool      // only a notice without details went out
	// Erased is set if the text, or what the team had written in it, was erased since.
	Erased bool
	TLP    tlp.Label // of the message
	// Transport is the name in Config.Transports.
	Transport  string
	Protection Protection // what the Transport said that it gave it
}

// Sent returns the text of a message as it went out to a participant: what it read,
// also where catalogues, names or dates have changed since. It is for the team, and
// for the participant itself as long as it may see the message; a notice, which says
// nothing of the matter, stays its own. ErrNotFound for everybody else, for a viewer
// with a Clearance below TLP:RED, for what has
// not gone out from here, and for what went out from another case before a merge,
// which that one keeps.
//
// It reads the log of the case.
func (s *Service) Sent(ctx context.Context, id CaseID, v Viewer, message MessageID, to PartyID) (SentText, error) {
	v.Last, v.Before = 0, 0
	c, err := s.View(ctx, id, v)
	if err != nil {
		return SentText{}, err
	}
	// Names stand in a text, which its label does not cover.
	if !v.Team && (c.You != to || to == 0) || v.Clearance != tlp.Unset && v.Clearance != tlp.Red {
		return SentText{}, ErrNotFound
	}
	i := slices.IndexFunc(c.Messages, func(m Message) bool { return m.ID == message })
	whole, err := s.wholeCase(ctx, id)
	if err != nil {
		return SentText{}, err
	}
	m := at(whole.Messages, message)
	if m == nil || i < 0 && v.Team {
		return SentText{}, ErrNotFound
	}
	d := m.delivery(to)
	if d == nil || d.State == DeliveryQueued || d.State == DeliveryHeld || d.State == DeliveryFailed {
		return SentText{}, ErrNotFound
	}
	out := SentText{Message: message, Party: to, At: d.At, TLP: m.TLP, Transport: d.Transport, Protection: d.Protection}
	found := false
	_, err = s.walk(ctx, whole, func(x entry, ev *Event) {
		k, ok := x.(keepsSent)
		if !ok {
			return
		}
		for _, t := range k.sent() {
			if t.Message != message || t.Party != to {
				continue
			}
			found = true
			out.Subject, out.Notice, out.Erased = t.Subject, t.Notice, t.Written && m.Text == ""
			out.Text = Private(strings.Join(privates(t.Parts), string(m.Text)))
			if ev.Kind == EventMessageDelivered {
				out.At = ev.At // also where it has bounced since
			}
		}
	})
	switch {
	case err != nil:
		return SentText{}, err
	case i < 0 && !out.Notice:
		return SentText{}, ErrNotFound
	case !found || out.Erased:
		out.Subject, out.Text, out.Erased = "", "", true
	case out.Notice:
		out.TLP = noticeLabel
	}
	return out, nil
}

func (m *Message) delivery(to PartyID) *DeliveryState {
	for i := range m.Deliveries {
		if m.Deliveries[i].Party == to {
			return &m.Deliveries[i]
		}
	}
	return nil
}

func privates(in []Private) []string {
	out := make([]string, len(in))
	for i := range in {
		out[i] = string(in[i])
	}
	return out
}

// keepsSent is an entry with texts as they went out.
type keepsSent interface{ sent() []sentText }

// sentText is a text as it went out to one participant, without what the team had
// written in it: the message's own record holds that, and is erased alone.
type sentText struct {
	Message MessageID // which one
	Party   PartyID   // to whom
	sentFrame
}

type sentFrame struct {
	Subject Private
	Parts   []Private // of the text, between which the message's own text stands
	Notice  bool
	Written bool // the message has a text of its own
}

// frame takes the message's own text out of what was rendered.
func frame(m *Message, o *Outgoing) sentFrame {
	f := sentFrame{Subject: Private(o.Subject), Notice: o.Notice, Parts: []Private{o.Text}}
	if m.Text == "" || o.Notice {
		return f
	}
	f.Written, f.Parts = true, nil
	for _, p := range strings.Split(string(o.Text), string(m.Text)) {
		f.Parts = append(f.Parts, Private(p))
	}
	return f
}

func (f *sentFrame) equal(g *sentFrame) bool {
	return f.Subject == g.Subject && f.Notice == g.Notice && f.Written == g.Written && slices.Equal(f.Parts, g.Parts)
}

// sentTexts are the texts of many deliveries: each once, since most who get the same
// message read the same.
type sentTexts struct {
	Frames []sentFrame
	Of     []uint32 // for each delivery its frame, from 1; 0: it has none
}

func (x *sentTexts) add(f *sentFrame) {
	if f == nil {
		x.Of = append(x.Of, 0)
		return
	}
	i := slices.IndexFunc(x.Frames, func(g sentFrame) bool { return f.equal(&g) })
	if i < 0 {
		i, x.Frames = len(x.Frames), append(x.Frames, *f)
	}
	x.Of = append(x.Of, uint32(i+1))
}

func (x *sentTexts) at(i int) *sentFrame {
	if i >= len(x.Of) {
		return nil
	}
	return at(x.Frames, x.Of[i])
}

func (x *sentTexts) private(w *wire) {
	many(w, &x.Frames, func(w *wire, f *sentFrame) {
		text(w, &f.Subject)
		many(w, &f.Parts, func(w *wire, p *Private) { text(w, p) })
		w.flag(&f.Notice)
		w.flag(&f.Written)
	})
	many(w, &x.Of, func(w *wire, n *uint32) { num(w, n) })
}

// sentKept holds the texts of deliveries whose record was erased because it held
// those of somebody else too.
type sentKept struct {
	Items []keptItem
	texts sentTexts
}

type keptItem struct {
	Message MessageID // which one
	Party   PartyID   // to whom
}

func (*sentKept) name() string { return "sent.kept/1" }
func (x *sentKept) body(w *wire) {
	many(w, &x.Items, func(w *wire, k *keptItem) {
		num(w, &k.Message)
		num(w, &k.Party)
	})
}
func (x *sentKept) private(w *wire)              { x.texts.private(w) }
func (x *sentKept) reveal(*folded, *envelope)    {}
func (x *sentKept) apply(c *folded, e *envelope) { c.event(e, Event{}.With(uint32(len(x.Items)), 0)) }
func (x *sentKept) sent() (out []sentText) {
	for i, k := range x.Items {
		if f := x.texts.at(i); f != nil {
			out = append(out, sentText{k.Message, k.Party, *f})
		}
	}
	return out
}

func (x *messageDelivered) sent() (out []sentText) {
	for i, k := range x.Items {
		if f := x.texts.at(i); f != nil {
			out = append(out, sentText{k.Message, k.Party, *f})
		}
	}
	return out
}

// sentRecord is a record with texts as they went out, while an erasure is planned.
type sentRecord struct {
	seq   Seq
	texts []sentText
}

// eraseSent removes the texts that went to the persons of an erasure, and those in
// which their names or addresses stand; the others of the same records are kept in one
// that follows.
func (d *decision) eraseSent(e erasure, records []sentRecord, words [][]byte) (gone []Seq) {
	keep := &sentKept{}
	for _, r := range records {
		named := e.all || slices.Contains(e.records, r.seq)
		var left []sentText
		for _, t := range r.texts {
			if !named && !slices.Contains(e.parties, t.Party) && !t.mentions(words) {
				left = append(left, t)
			}
		}
		if len(left) == len(r.texts) {
			continue
		}
		gone = append(gone, r.seq)
		for _, t := range left {
			keep.Items = append(keep.Items, keptItem{t.Message, t.Party})
			keep.texts.add(&t.sentFrame)
		}
	}
	if len(keep.Items) > 0 {
		d.emit(keep)
	}
	return gone
}

func (f *sentFrame) mentions(words [][]byte) bool {
	for _, p := range append([]Private{f.Subject}, f.Parts...) {
		low := bytes.ToLower([]byte(p))
		if slices.ContainsFunc(words, func(w []byte) bool { return bytes.Contains(low, w) }) {
			return true
		}
	}
	return false
}
