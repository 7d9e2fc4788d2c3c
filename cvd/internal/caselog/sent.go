package caselog

import (
	"bytes"
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// KeepsSent is an entry with texts as they went out.
type KeepsSent interface{ Sent() []SentText }

// SentText is a text as it went out to one participant, without what the team had
// written in it: the message's own record holds that, and is erased alone.
type SentText struct {
	Message cvd.MessageID // which one
	Party   cvd.PartyID   // to whom
	SentFrame
}

type SentFrame struct {
	Subject cvd.Private
	Parts   []cvd.Private // of the text, between which the message's own text stands
	Notice  bool
	Written bool // the message has a text of its own
}

func (f *SentFrame) equal(g *SentFrame) bool {
	return f.Subject == g.Subject && f.Notice == g.Notice && f.Written == g.Written && slices.Equal(f.Parts, g.Parts)
}

// sentTexts are the texts of many deliveries: each once, since most who get the same
// message read the same.
type sentTexts struct {
	Frames []SentFrame
	Of     []uint32 // for each delivery its frame, from 1; 0: it has none
}

func (x *sentTexts) Add(f *SentFrame) {
	if f == nil {
		x.Of = append(x.Of, 0)
		return
	}
	i := slices.IndexFunc(x.Frames, func(g SentFrame) bool { return f.equal(&g) })
	if i < 0 {
		i, x.Frames = len(x.Frames), append(x.Frames, *f)
	}
	x.Of = append(x.Of, uint32(i+1))
}

func (x *sentTexts) at(i int) *SentFrame {
	if i >= len(x.Of) {
		return nil
	}
	return inner.At(x.Frames, x.Of[i])
}

func (x *sentTexts) private(w *Wire) {
	many(w, &x.Frames, func(w *Wire, f *SentFrame) {
		text(w, &f.Subject)
		many(w, &f.Parts, func(w *Wire, p *cvd.Private) { text(w, p) })
		w.flag(&f.Notice)
		w.flag(&f.Written)
	})
	many(w, &x.Of, func(w *Wire, n *uint32) { num(w, n) })
}

// SentKept holds the texts of deliveries whose record was erased because it held
// those of somebody else too.
type SentKept struct {
	Items []KeptItem
	Texts sentTexts
}

type KeptItem struct {
	Message cvd.MessageID // which one
	Party   cvd.PartyID   // to whom
}

func (*SentKept) RecordName() string { return "sent.kept/1" }

func (x *SentKept) Body(w *Wire) {
	many(w, &x.Items, func(w *Wire, k *KeptItem) {
		num(w, &k.Message)
		num(w, &k.Party)
	})
}

func (x *SentKept) Private(w *Wire)           { x.Texts.private(w) }
func (x *SentKept) reveal(*Folded, *Envelope) {}

func (x *SentKept) apply(c *Folded, e *Envelope) {
	event(&c.Case, e, cvd.Event{}.With(uint32(len(x.Items)), 0))
}

func (x *SentKept) Sent() (out []SentText) {
	for i, k := range x.Items {
		if f := x.Texts.at(i); f != nil {
			out = append(out, SentText{k.Message, k.Party, *f})
		}
	}
	return out
}

func (x *MessageDelivered) Sent() (out []SentText) {
	for i, k := range x.Items {
		if f := x.Texts.at(i); f != nil {
			out = append(out, SentText{k.Message, k.Party, *f})
		}
	}
	return out
}

func (f *SentFrame) Mentions(words [][]byte) bool {
	for _, p := range append([]cvd.Private{f.Subject}, f.Parts...) {
		low := bytes.ToLower([]byte(p))
		if slices.ContainsFunc(words, func(w []byte) bool { return bytes.Contains(low, w) }) {
			return true
		}
	}
	return false
}
