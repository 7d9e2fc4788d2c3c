package service

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// SentText is what went out to one participant, as it was.
type SentText struct {
	Message cvd.MessageID // of the case that was asked for
	Party   cvd.PartyID   // to whom it went
	ID      string        // as Outgoing.ID had it: a bounce is recorded by it
	At      time.Time     `json:",omitzero"` // when a Transport took it
	Subject cvd.Private   // as it stood in the mail
	Text    cvd.Private   // it begins with the TLP label
	Notice  bool          // only a notice without details went out
	// Erased is set if the text, or what the team had written in it, was erased since.
	Erased bool
	TLP    tlp.Label // of the message
	// Transport is the name in Config.Transports.
	Transport  string
	Protection cvd.Protection // what the Transport said that it gave it
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
func (s *Service) Sent(ctx context.Context, id cvd.CaseID, v cvd.Viewer, message cvd.MessageID, to cvd.PartyID) (SentText, error) {
	v.Last, v.Before = 0, 0
	c, err := s.e.View(ctx, id, v)
	if err != nil {
		return SentText{}, err
	}
	// Names stand in a text, which its label does not cover.
	if !v.Team && (c.You != to || to == 0) || v.Clearance != tlp.Unset && v.Clearance != tlp.Red {
		return SentText{}, cvd.ErrNotFound
	}
	i := slices.IndexFunc(c.Messages, func(m cvd.Message) bool { return m.ID == message })
	whole, err := s.e.WholeCase(ctx, id)
	if err != nil {
		return SentText{}, err
	}
	m := inner.At(whole.Messages, message)
	if m == nil || i < 0 && v.Team {
		return SentText{}, cvd.ErrNotFound
	}
	d := delivery(m, to)
	if d == nil || d.State == cvd.DeliveryQueued || d.State == cvd.DeliveryHeld || d.State == cvd.DeliveryFailed {
		return SentText{}, cvd.ErrNotFound
	}
	out := SentText{Message: message, Party: to, At: d.At, TLP: m.TLP, Transport: d.Transport, Protection: d.Protection}
	found := false
	_, err = s.e.Walk(ctx, whole, func(x caselog.Entry, ev *cvd.Event) {
		k, ok := x.(caselog.KeepsSent)
		if !ok {
			return
		}
		for _, t := range k.Sent() {
			if t.Message != message || t.Party != to {
				continue
			}
			found = true
			out.Subject, out.Notice, out.Erased = t.Subject, t.Notice, t.Written && m.Text == ""
			out.Text = cvd.Private(strings.Join(privates(t.Parts), string(m.Text)))
			if ev.Kind == cvd.EventMessageDelivered {
				out.At = ev.At // also where it has bounced since
			}
		}
	})
	out.ID = s.e.DeliveryID(id, to, m.Seq, out.Notice)
	switch {
	case err != nil:
		return SentText{}, err
	case i < 0 && !out.Notice:
		return SentText{}, cvd.ErrNotFound
	case !found || out.Erased:
		out.Subject, out.Text, out.Erased = "", "", true
	case out.Notice:
		out.TLP = cvd.NoticeLabel
	}
	return out, nil
}

func delivery(m *cvd.Message, to cvd.PartyID) *cvd.DeliveryState {
	for i := range m.Deliveries {
		if m.Deliveries[i].Party == to {
			return &m.Deliveries[i]
		}
	}
	return nil
}

func privates(in []cvd.Private) []string {
	out := make([]string, len(in))
	for i := range in {
		out[i] = string(in[i])
	}
	return out
}

// frame takes the message's own text out of what was rendered.
func frame(m *cvd.Message, o *cvd.Outgoing) caselog.SentFrame {
	f := caselog.SentFrame{Subject: cvd.Private(o.Subject), Notice: o.Notice, Parts: []cvd.Private{o.Text}}
	if m.Text == "" || o.Notice {
		return f
	}
	f.Written, f.Parts = true, nil
	for _, p := range strings.Split(string(o.Text), string(m.Text)) {
		f.Parts = append(f.Parts, cvd.Private(p))
	}
	return f
}
