package service

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/engine"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// claimedAtOnce bounds what one Relay holds: each send may take its time, and
// what is held longer than its lease allows is given back.
const claimedAtOnce = 64

// Relay sends up to n messages that are due, one after the other, and records
// what became of them. It may be called from many processes and goroutines at
// once: each delivery is claimed by one. Within a case, a recipient gets messages
// in their order; one that fails holds up those behind it, and nobody else's. A
// message is delivered at least once, under one ID; twice only if a process dies
// between sending and recording.
//
// Each send has Config.SendTimeout, and none begins that could outlast its lease.
// The errors of transports, and of cases that cannot be read or written, are in
// Relayed.Problems and hold up nothing else. An error means that the Store failed
// or that ctx ended; what was sent before that is recorded or will be sent again.
func (s *Service) Relay(ctx context.Context, n int) (cvd.Relayed, error) {
	var out cvd.Relayed
	for left := n; left > 0; {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		// Of each lane only the first can be claimed, so one round is seldom all.
		ds, err := s.e.Cfg.Store.Claim(ctx, storage.MillisOf(s.e.Cfg.Now()), s.e.Cfg.Lease, min(left, claimedAtOnce))
		if err != nil || len(ds) == 0 {
			return out, err
		}
		slices.SortStableFunc(ds, func(a, b storage.Delivery) int { return bytes.Compare(a.Case[:], b.Case[:]) })
		before := left
		for len(ds) > 0 {
			id := ds[0].Case
			end := 1
			for end < len(ds) && ds[end].Case == id {
				end++
			}
			left -= s.relayCase(ctx, id, ds[:end], &out)
			ds = ds[end:]
		}
		if left == before {
			return out, ctx.Err() // all were given back untried: another call starts anew
		}
	}
	out.Next = s.e.Cfg.Now()
	return out, nil
}

// relayCase sends what was claimed of one case and records it in one append. It
// returns how many deliveries it has dealt with; the others were given back.
func (s *Service) relayCase(ctx context.Context, id cvd.CaseID, ds []storage.Delivery, out *cvd.Relayed) (dealt int) {
	c, err := s.e.WholeCase(ctx, id)
	if err == nil && c.ReadOnly {
		err = cvd.ErrNewer // what became of a message could not be recorded
	}
	if err == nil {
		err = s.e.Ahead(c)
	}
	if err != nil {
		s.postpone(ctx, id, ds, err, out)
		return len(ds)
	}
	var done []storage.Delivery
	var items []caselog.DeliveredItem
	for _, d := range ds {
		if ctx.Err() != nil || !s.timeToSend(d) {
			s.giveBack(ctx, d, s.e.Cfg.Now(), out)
			continue
		}
		dealt++
		it, err := s.deliver(ctx, c, d)
		d.Tries++
		if err != nil {
			out.Problems = append(out.Problems, cvd.DeliveryProblem{Case: id, Message: it.Message, Party: it.Party, Attempt: d.Tries, Err: err})
			again := !errors.Is(err, cvd.ErrUndeliverable) && d.Tries < int64(s.e.Cfg.Attempts)
			if again || ctx.Err() != nil {
				s.retry(ctx, d, err, out)
				continue
			}
			it.State = cvd.DeliveryFailed
		}
		d.At = storage.MillisOf(s.e.Cfg.Now())
		done, items = append(done, d), append(items, it)
	}
	if len(done) > 0 {
		if err := s.e.Settle(ctx, id, done, items, out); err != nil {
			out.Problems = append(out.Problems, cvd.DeliveryProblem{Case: id, Err: fmt.Errorf("cvd: recording what was sent: %w", err)})
		}
	}
	return dealt
}

// timeToSend reports whether a send that begins now ends while nobody else can
// have claimed the delivery, whose clock may be ahead by half a lease.
func (s *Service) timeToSend(d storage.Delivery) bool {
	last := d.At.Time().Add(-s.e.Cfg.Lease/2 - s.e.Cfg.SendTimeout)
	return !s.e.Cfg.Now().After(last)
}

// postpone gives back the deliveries of a case that cannot be read or written, so
// that it holds up no other. Nothing was tried, so nothing is counted.
func (s *Service) postpone(ctx context.Context, id cvd.CaseID, ds []storage.Delivery, err error, out *cvd.Relayed) {
	for _, d := range ds {
		out.Problems = append(out.Problems, cvd.DeliveryProblem{Case: id, Err: err})
		s.giveBack(ctx, d, s.e.Cfg.Now().Add(engine.Growing(d.Token)), out)
	}
}

// retry gives back a delivery that was tried, until its next turn.
func (s *Service) retry(ctx context.Context, d storage.Delivery, err error, out *cvd.Relayed) {
	wait := engine.Growing(d.Tries)
	var asked *cvd.RetryError
	if errors.As(err, &asked) {
		wait = min(max(asked.After, 0), 24*time.Hour)
	}
	s.giveBack(ctx, d, s.e.Cfg.Now().Add(wait), out)
}

func (s *Service) giveBack(ctx context.Context, d storage.Delivery, at time.Time, out *cvd.Relayed) {
	err := s.e.Cfg.Store.Postpone(context.WithoutCancel(ctx), d, storage.MillisOf(at))
	if errors.Is(err, storage.ErrLeaseLost) {
		return // somebody else has it
	}
	if err != nil { // it comes back when its lease ends
		out.Problems = append(out.Problems, cvd.DeliveryProblem{Case: d.Case, Err: fmt.Errorf("cvd: giving back a delivery: %w", err)})
		at = d.At.Time()
	}
	out.Retried++
	if out.Next.IsZero() || at.Before(out.Next) {
		out.Next = at
	}
}

// deliver renders one message as it may be seen now, and sends it by the first
// route that can protect it; if none can, a notice by the first that works.
func (s *Service) deliver(ctx context.Context, c *caselog.Folded, d storage.Delivery) (caselog.DeliveredItem, error) {
	var it caselog.DeliveredItem
	if d.Ref < 1 || int(d.Ref) > len(c.Events) {
		return it, caselog.Tampered(d.Ref, "a delivery names it and it is not there")
	}
	m := inner.At(c.Messages, cvd.MessageID(c.Events[d.Ref-1].Kept(inner.Only{}).Ref))
	if m == nil || m.Seq != d.Ref {
		return it, caselog.Tampered(d.Ref, "a delivery names it and it is no message")
	}
	it.Message = m.ID
	i := slices.IndexFunc(m.To, func(p cvd.PartyID) bool { return caselog.Lane(c.ID, p) == d.Lane })
	if i < 0 {
		return it, caselog.Tampered(d.Ref, "a delivery names a recipient that it does not have")
	}
	to := c.Participant(m.To[i])
	if to == nil {
		return it, caselog.Tampered(d.Ref, "it names a participant that is not there")
	}
	it.Party = to.ID
	if to.ID == cvd.Owner {
		to.Routes = s.e.Cfg.Team.Routes
	}
	if len(to.Routes) == 0 || to.Gone() || toldByPublication(&c.Case, m, to.ID) {
		it.State = cvd.DeliveryHeld
		return it, nil
	}
	// What the recipient may see is decided again now, by the rule for all reads.
	if eyes := s.eyes(c, to.ID); !to.NotFor && eyes.Sees(caselog.ObjectMessage(m)) {
		sent, err := s.send(ctx, c, m, to, d, false, &it)
		if err == nil {
			it.State, it.Protection = cvd.DeliverySent, sent.Protection
			return it, nil
		}
		if !errors.Is(err, cvd.ErrUnprotected) {
			return it, err
		}
	}
	sent, err := s.send(ctx, c, m, to, d, true, &it)
	it.State, it.Protection = cvd.DeliveryNoticed, sent.Protection
	return it, err
}

// oneMoment is how long after its embargo a case is published at the same moment, for
// those who are told of both.
const oneMoment = time.Minute

// toldByPublication reports whether a message says that the embargo ended, and one
// that has still to go to the same participant says that the case was published at
// that moment: then that one says both.
func toldByPublication(c *cvd.Case, m *cvd.Message, to cvd.PartyID) bool {
	if m.Purpose != cvd.PurposeEmbargoEnded {
		return false
	}
	return slices.ContainsFunc(c.Messages[m.ID:], func(p cvd.Message) bool {
		return p.Purpose == cvd.PurposePublished && slices.Contains(p.To, to) && p.Posted.Sub(m.Posted) <= oneMoment
	})
}

// endedUntold returns why the embargo ended at the moment of a publication, if the
// participant was not told so by a message before.
func endedUntold(c *cvd.Case, m *cvd.Message, to cvd.PartyID) cvd.EndReason {
	if m.Purpose != cvd.PurposePublished {
		return 0
	}
	for i := int(m.ID) - 2; i >= 0; i-- {
		e := &c.Messages[i]
		if m.Posted.Sub(e.Posted) > oneMoment {
			break
		}
		if d := delivery(e, to); e.Purpose == cvd.PurposeEmbargoEnded && d != nil && d.State == cvd.DeliveryHeld {
			return cvd.EndReason(e.About)
		}
	}
	return 0
}

// send renders the message, or its notice, and tries the routes in order. It
// returns ErrUnprotected only if that is what keeps a route that works from being
// used, and ErrUndeliverable only if no route is left to try again.
func (s *Service) send(ctx context.Context, c *caselog.Folded, m *cvd.Message, to *cvd.Participant, d storage.Delivery, notice bool, it *caselog.DeliveredItem) (cvd.Sent, error) {
	o, err := s.render(c, m, to, d, notice)
	if err != nil {
		return cvd.Sent{}, err
	}
	var failed, never, unprotected error
	for _, r := range to.Routes {
		t := s.e.Cfg.Transports[r.Transport]
		if t == nil {
			failed = fmt.Errorf("cvd: Config.Transports has no %q", r.Transport)
			continue
		}
		o.To = r
		sent, err := bounded(ctx, t, s.e.Cfg.SendTimeout, o)
		switch {
		case err == nil:
			it.Transport = r.Transport
			f := frame(m, &o)
			it.Frame = &f
			return sent, nil
		case errors.Is(err, cvd.ErrUnprotected):
			unprotected = cvd.ErrUnprotected
		case errors.Is(err, cvd.ErrUndeliverable):
			never = err
		default:
			failed = err
		}
	}
	return cvd.Sent{}, cmp.Or(failed, unprotected, never)
}

// render is outgoing, with a panic of the host's Render as an error.
func (s *Service) render(c *caselog.Folded, m *cvd.Message, to *cvd.Participant, d storage.Delivery, notice bool) (o cvd.Outgoing, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = engine.Panicked("Config.Render", v)
		}
	}()
	return s.outgoing(c, m, to, d, notice), nil
}

// errHangs is the error of a send whose Transport does not honour its context.
var errHangs = errors.New("cvd: the Transport has not returned when its time was over")

// bounded calls a Transport. Whatever that does, it returns soon after the time is
// over: a message that went out all the same is sent again, under the same ID.
func bounded(ctx context.Context, t cvd.Transport, most time.Duration, o cvd.Outgoing) (cvd.Sent, error) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	type outcome struct {
		sent cvd.Sent
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		r := outcome{err: errHangs} // in case the goroutine is ended from inside
		defer func() {
			if v := recover(); v != nil {
				r = outcome{err: engine.Panicked("Transport "+o.To.Transport, v)}
			}
			done <- r
		}()
		r.sent, r.err = t.Send(ctx, o)
	}()
	// A Transport that honours its context says itself what became of the message.
	patience := time.NewTimer(most + most/8)
	defer patience.Stop()
	select {
	case r := <-done:
		return r.sent, r.err
	case <-patience.C:
		return cvd.Sent{}, errHangs
	}
}

// rendering is what Config.Render is given. A host's own gets no more than the
// recipient may see over a way that protects as little as the message asks for,
// and of a notice no text, so that its mistake tells nothing.
func (s *Service) rendering(c *caselog.Folded, m *cvd.Message, to *cvd.Participant, notice bool, require cvd.Protection) cvd.Rendering {
	if notice {
		n := *m
		n.Subject, n.Text, n.Attachments = "", "", nil
		m = &n
	}
	r := cvd.Rendering{Team: s.e.Cfg.Team, Case: &c.Case, Message: m, To: to, Notice: notice}
	r.Kept(inner.Only{}).Ended = endedUntold(&c.Case, m, to.ID)
	r.Texts = s.languages.in(string(to.Language), s.e.Cfg.Language)
	r.Kept(inner.Only{}).Seen = func(id cvd.PartyID) cvd.Participant {
		p := *c.Participant(id)
		s.eyes(c, to.ID).BlankParty(&p)
		if m.TLP.AtMost(tlp.Green) {
			p.Organization = "" // what has no label counts as TLP:AMBER
		}
		return p
	}
	if !s.ownRender || to.ID == cvd.Owner {
		return r
	}
	own := *m
	s.eyes(c, to.ID).BlankMessage(&own)
	r.Message = &own
	v := cvd.Viewer{Party: to.ID, Over: max(require, cvd.ProtectTLS)}
	seen, err := c.SeenBy(v, storage.MillisOf(s.e.Cfg.Now()), s.e.Cfg.Floor)
	if err != nil {
		seen = &cvd.Case{ID: c.ID, Number: c.Number}
	}
	if x := inner.At(c.Reports, cvd.ReportID(m.About)); x != nil && x.Reporter == to.ID &&
		(m.Purpose == cvd.PurposeTriage || m.Purpose == cvd.PurposeAcknowledgement) && seen.ReportByID(x.ID) == nil {
		seen.Reports = append(seen.Reports, cvd.Report{ID: x.ID, Reporter: x.Reporter, Received: x.Received, Outcome: x.Outcome})
	}
	r.Case = seen
	return r
}

func (s *Service) eyes(c *caselog.Folded, to cvd.PartyID) caselog.Sight {
	e, _ := c.See(cvd.Viewer{Party: to}, storage.MillisOf(s.e.Cfg.Now()), s.e.Cfg.Floor)
	return e
}

func (s *Service) outgoing(c *caselog.Folded, m *cvd.Message, to *cvd.Participant, d storage.Delivery, notice bool) cvd.Outgoing {
	o := cvd.Outgoing{
		ID: s.e.DeliveryID(c.ID, to.ID, m.Seq, notice), Number: c.Number,
		Name: to.Name, Key: to.Key, TLP: m.TLP, Require: max(m.Require, s.e.Cfg.Floor(m)),
		Notice: notice, Auto: notice || m.Purpose != cvd.PurposeMessage,
	}
	if len(to.Kept(inner.Only{}).Threads) > 0 {
		o.Thread = string(to.Kept(inner.Only{}).Threads[0])
	}
	o.InReplyTo, o.References = s.references(&c.Case, m, to.ID)
	if notice {
		o.TLP, o.Require = cvd.NoticeLabel, cvd.ProtectNone
	}
	subject, text := s.e.Cfg.Render(s.rendering(c, m, to, notice, o.Require))
	o.Subject, o.Text = cvd.Private(subject).Display(), cvd.Private(text)
	if notice {
		return o
	}
	eyes := s.eyes(c, to.ID)
	for _, a := range m.Attachments {
		f := inner.At(c.Attachments, a)
		if f == nil || !eyes.SeesFile(f) {
			continue
		}
		o.Files = append(o.Files, cvd.OutgoingFile{Name: f.Name, Type: f.Type, Size: f.Size, Open: s.e.Opener(c.ID, f.Blob)})
	}
	return o
}
