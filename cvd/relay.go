package cvd

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

// Relayed is what one call of Relay did.
type Relayed struct {
	Sent    int // whole messages
	Noticed int // notices without details, because no transport could protect the message
	Held    int // no longer sent: the recipient may not see it, has no route, or another message says the same
	Failed  int // given up after Config.Attempts
	Retried int // given back, to be tried again
	// Problems holds the errors of transports, and of cases that cannot be read
	// or written, for the host's log.
	Problems []DeliveryProblem
	// Next is when to call again: now if there may be more to send already, the
	// first retry if there is one, else the zero time.
	Next time.Time `json:",omitzero"`
}

// DeliveryProblem is the error of one delivery. If Message is zero the case could
// not be read or written, and nothing was tried.
type DeliveryProblem struct {
	Case    CaseID    // whose message it is
	Message MessageID // that was not delivered
	Party   PartyID   // to whom it was to go
	Attempt int64     // the number of the try that failed; 0: it was none
	Err     error     // of the Transport or the Store; holds no text and no address
}

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
func (s *Service) Relay(ctx context.Context, n int) (Relayed, error) {
	var out Relayed
	for left := n; left > 0; {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		// Of each lane only the first can be claimed, so one round is seldom all.
		ds, err := s.cfg.Store.Claim(ctx, storage.MillisOf(s.cfg.Now()), s.cfg.Lease, min(left, claimedAtOnce))
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
	out.Next = s.cfg.Now()
	return out, nil
}

// relayCase sends what was claimed of one case and records it in one append. It
// returns how many deliveries it has dealt with; the others were given back.
func (s *Service) relayCase(ctx context.Context, id CaseID, ds []storage.Delivery, out *Relayed) (dealt int) {
	c, err := s.wholeCase(ctx, id)
	if err == nil && c.ReadOnly {
		err = ErrNewer // what became of a message could not be recorded
	}
	if err == nil {
		err = s.ahead(c)
	}
	if err != nil {
		s.postpone(ctx, id, ds, err, out)
		return len(ds)
	}
	var done []storage.Delivery
	var items []deliveredItem
	for _, d := range ds {
		if ctx.Err() != nil || !s.timeToSend(d) {
			s.giveBack(ctx, d, s.cfg.Now(), out)
			continue
		}
		dealt++
		it, err := s.deliver(ctx, c, d)
		d.Tries++
		if err != nil {
			out.Problems = append(out.Problems, DeliveryProblem{id, it.Message, it.Party, d.Tries, err})
			again := !errors.Is(err, ErrUndeliverable) && d.Tries < int64(s.cfg.Attempts)
			if again || ctx.Err() != nil {
				s.retry(ctx, d, err, out)
				continue
			}
			it.State = DeliveryFailed
		}
		d.At = storage.MillisOf(s.cfg.Now())
		done, items = append(done, d), append(items, it)
	}
	if len(done) > 0 {
		if err := s.settle(ctx, id, done, items, out); err != nil {
			out.Problems = append(out.Problems, DeliveryProblem{Case: id, Err: fmt.Errorf("cvd: recording what was sent: %w", err)})
		}
	}
	return dealt
}

// timeToSend reports whether a send that begins now ends while nobody else can
// have claimed the delivery, whose clock may be ahead by half a lease.
func (s *Service) timeToSend(d storage.Delivery) bool {
	last := d.At.Time().Add(-s.cfg.Lease/2 - s.cfg.SendTimeout)
	return !s.cfg.Now().After(last)
}

// settle records outcomes together. If a lease was lost to another process,
// each is tried alone, so that one does not undo the rest.
func (s *Service) settle(ctx context.Context, id CaseID, done []storage.Delivery, items []deliveredItem, out *Relayed) error {
	// What was sent is recorded also where the host is about to stop.
	_, _, err := s.change(context.WithoutCancel(ctx), id, By{ID: settlement(done)}, false, nil, func(d *decision) error {
		x := &messageDelivered{Items: items}
		for i := range items {
			x.texts.add(items[i].frame)
		}
		d.emit(x)
		d.change.Settle = done
		return nil
	})
	switch {
	case errors.Is(err, storage.ErrLeaseLost) && len(done) > 1:
		for i := range done {
			if err := s.settle(ctx, id, done[i:i+1], items[i:i+1], out); err != nil {
				return err
			}
		}
		return nil
	case errors.Is(err, storage.ErrLeaseLost):
		return nil // whoever has it now sends it again, under the same ID
	case err != nil:
		return err
	}
	for _, it := range items {
		switch it.State {
		case DeliverySent:
			out.Sent++
		case DeliveryNoticed:
			out.Noticed++
		case DeliveryHeld:
			out.Held++
		case DeliveryFailed:
			out.Failed++
		}
	}
	return nil
}

// postpone gives back the deliveries of a case that cannot be read or written, so
// that it holds up no other. Nothing was tried, so nothing is counted.
func (s *Service) postpone(ctx context.Context, id CaseID, ds []storage.Delivery, err error, out *Relayed) {
	for _, d := range ds {
		out.Problems = append(out.Problems, DeliveryProblem{Case: id, Err: err})
		s.giveBack(ctx, d, s.cfg.Now().Add(growing(d.Token)), out)
	}
}

// retry gives back a delivery that was tried, until its next turn.
func (s *Service) retry(ctx context.Context, d storage.Delivery, err error, out *Relayed) {
	wait := growing(d.Tries)
	var asked *RetryError
	if errors.As(err, &asked) {
		wait = min(max(asked.After, 0), 24*time.Hour)
	}
	s.giveBack(ctx, d, s.cfg.Now().Add(wait), out)
}

// growing is the wait after the nth time: a minute, doubled each time up to four
// hours.
func growing(n int64) time.Duration { return min(time.Minute<<min(n-1, 16), 4*time.Hour) }

func (s *Service) giveBack(ctx context.Context, d storage.Delivery, at time.Time, out *Relayed) {
	err := s.cfg.Store.Postpone(context.WithoutCancel(ctx), d, storage.MillisOf(at))
	if errors.Is(err, storage.ErrLeaseLost) {
		return // somebody else has it
	}
	if err != nil { // it comes back when its lease ends
		out.Problems = append(out.Problems, DeliveryProblem{Case: d.Case, Err: fmt.Errorf("cvd: giving back a delivery: %w", err)})
		at = d.At.Time()
	}
	out.Retried++
	if out.Next.IsZero() || at.Before(out.Next) {
		out.Next = at
	}
}

// deliver renders one message as it may be seen now, and sends it by the first
// route that can protect it; if none can, a notice by the first that works.
func (s *Service) deliver(ctx context.Context, c *folded, d storage.Delivery) (deliveredItem, error) {
	var it deliveredItem
	if d.Ref < 1 || int(d.Ref) > len(c.Events) {
		return it, tampered(d.Ref, "a delivery names it and it is not there")
	}
	m := at(c.Messages, MessageID(c.Events[d.Ref-1].ref))
	if m == nil || m.Seq != d.Ref {
		return it, tampered(d.Ref, "a delivery names it and it is no message")
	}
	it.Message = m.ID
	i := slices.IndexFunc(m.To, func(p PartyID) bool { return lane(c.ID, p) == d.Lane })
	if i < 0 {
		return it, tampered(d.Ref, "a delivery names a recipient that it does not have")
	}
	to := c.member(m.To[i])
	if to == nil {
		return it, tampered(d.Ref, "it names a participant that is not there")
	}
	it.Party = to.ID
	if to.ID == Owner {
		to.Routes = s.cfg.Team.Routes
	}
	if len(to.Routes) == 0 || to.gone() || c.toldByPublication(m, to.ID) {
		it.State = DeliveryHeld
		return it, nil
	}
	// What the recipient may see is decided again now, by the rule for all reads.
	if eyes := s.eyes(c, to.ID); !to.NotFor && eyes.sees(m.object()) {
		sent, err := s.send(ctx, c, m, to, d, false, &it)
		if err == nil {
			it.State, it.Protection = DeliverySent, sent.Protection
			return it, nil
		}
		if !errors.Is(err, ErrUnprotected) {
			return it, err
		}
	}
	sent, err := s.send(ctx, c, m, to, d, true, &it)
	it.State, it.Protection = DeliveryNoticed, sent.Protection
	return it, err
}

// oneMoment is how long after its embargo a case is published at the same moment, for
// those who are told of both.
const oneMoment = time.Minute

// toldByPublication reports whether a message says that the embargo ended, and one
// that has still to go to the same participant says that the case was published at
// that moment: then that one says both.
func (c *Case) toldByPublication(m *Message, to PartyID) bool {
	if m.Purpose != PurposeEmbargoEnded {
		return false
	}
	return slices.ContainsFunc(c.Messages[m.ID:], func(p Message) bool {
		return p.Purpose == PurposePublished && slices.Contains(p.To, to) && p.Posted.Sub(m.Posted) <= oneMoment
	})
}

// endedUntold returns why the embargo ended at the moment of a publication, if the
// participant was not told so by a message before.
func (c *Case) endedUntold(m *Message, to PartyID) EndReason {
	if m.Purpose != PurposePublished {
		return 0
	}
	for i := int(m.ID) - 2; i >= 0; i-- {
		e := &c.Messages[i]
		if m.Posted.Sub(e.Posted) > oneMoment {
			break
		}
		if d := e.delivery(to); e.Purpose == PurposeEmbargoEnded && d != nil && d.State == DeliveryHeld {
			return EndReason(e.About)
		}
	}
	return 0
}

// send renders the message, or its notice, and tries the routes in order. It
// returns ErrUnprotected only if that is what keeps a route that works from being
// used, and ErrUndeliverable only if no route is left to try again.
func (s *Service) send(ctx context.Context, c *folded, m *Message, to *Participant, d storage.Delivery, notice bool, it *deliveredItem) (Sent, error) {
	o, err := s.render(c, m, to, d, notice)
	if err != nil {
		return Sent{}, err
	}
	var failed, never, unprotected error
	for _, r := range to.Routes {
		t := s.cfg.Transports[r.Transport]
		if t == nil {
			failed = fmt.Errorf("cvd: Config.Transports has no %q", r.Transport)
			continue
		}
		o.To = r
		sent, err := bounded(ctx, t, s.cfg.SendTimeout, o)
		switch {
		case err == nil:
			it.Transport = r.Transport
			f := frame(m, &o)
			it.frame = &f
			return sent, nil
		case errors.Is(err, ErrUnprotected):
			unprotected = ErrUnprotected
		case errors.Is(err, ErrUndeliverable):
			never = err
		default:
			failed = err
		}
	}
	return Sent{}, cmp.Or(failed, unprotected, never)
}

// render is outgoing, with a panic of the host's Render as an error.
func (s *Service) render(c *folded, m *Message, to *Participant, d storage.Delivery, notice bool) (o Outgoing, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicked("Config.Render", v)
		}
	}()
	return s.outgoing(c, m, to, d, notice), nil
}

// errHangs is the error of a send whose Transport does not honour its context.
var errHangs = errors.New("cvd: the Transport has not returned when its time was over")

// bounded calls a Transport. Whatever that does, it returns soon after the time is
// over: a message that went out all the same is sent again, under the same ID.
func bounded(ctx context.Context, t Transport, most time.Duration, o Outgoing) (Sent, error) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	type outcome struct {
		sent Sent
		err  error
	}
	done := make(chan outcome, 1)
	go func() {
		r := outcome{err: errHangs} // in case the goroutine is ended from inside
		defer func() {
			if v := recover(); v != nil {
				r = outcome{err: panicked("Transport "+o.To.Transport, v)}
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
		return Sent{}, errHangs
	}
}

// rendering is what Config.Render is given. A host's own gets no more than the
// recipient may see over a way that protects as little as the message asks for,
// and of a notice no text, so that its mistake tells nothing.
func (s *Service) rendering(c *folded, m *Message, to *Participant, notice bool, require Protection) Rendering {
	if notice {
		n := *m
		n.Subject, n.Text, n.Attachments = "", "", nil
		m = &n
	}
	r := Rendering{Team: s.cfg.Team, Case: &c.Case, Message: m, To: to, Notice: notice}
	r.ended = c.endedUntold(m, to.ID)
	r.Texts = s.languages.in(string(to.Language), s.cfg.Language)
	r.seen = func(id PartyID) Participant {
		p := *c.member(id)
		s.eyes(c, to.ID).blankParty(&p)
		if m.TLP.AtMost(tlp.Green) {
			p.Organization = "" // what has no label counts as TLP:AMBER
		}
		return p
	}
	if !s.ownRender || to.ID == Owner {
		return r
	}
	own := *m
	s.eyes(c, to.ID).blankMessage(&own)
	r.Message = &own
	v := Viewer{Party: to.ID, Over: max(require, ProtectTLS)}
	seen, err := c.seenBy(v, storage.MillisOf(s.cfg.Now()), s.cfg.Floor)
	if err != nil {
		seen = &Case{ID: c.ID, Number: c.Number}
	}
	if x := at(c.Reports, ReportID(m.About)); x != nil && x.Reporter == to.ID &&
		(m.Purpose == PurposeTriage || m.Purpose == PurposeAcknowledgement) && seen.reportByID(x.ID) == nil {
		seen.Reports = append(seen.Reports, Report{ID: x.ID, Reporter: x.Reporter, Received: x.Received, Outcome: x.Outcome})
	}
	r.Case = seen
	return r
}

func (s *Service) eyes(c *folded, to PartyID) sight {
	e, _ := c.see(Viewer{Party: to}, storage.MillisOf(s.cfg.Now()), s.cfg.Floor)
	return e
}

func (s *Service) outgoing(c *folded, m *Message, to *Participant, d storage.Delivery, notice bool) Outgoing {
	o := Outgoing{
		ID: s.deliveryID(c.ID, to.ID, m.Seq, notice), Number: c.Number,
		Name: to.Name, Key: to.Key, TLP: m.TLP, Require: max(m.Require, s.cfg.Floor(m)),
		Notice: notice, Auto: notice || m.Purpose != PurposeMessage,
	}
	if len(to.threads) > 0 {
		o.Thread = string(to.threads[0])
	}
	o.InReplyTo, o.References = s.references(&c.Case, m, to.ID)
	if notice {
		o.TLP, o.Require = noticeLabel, ProtectNone
	}
	subject, text := s.cfg.Render(s.rendering(c, m, to, notice, o.Require))
	o.Subject, o.Text = Private(subject).Display(), Private(text)
	if notice {
		return o
	}
	eyes := s.eyes(c, to.ID)
	for _, a := range m.Attachments {
		f := at(c.Attachments, a)
		if f == nil || !eyes.seesFile(f) {
			continue
		}
		o.Files = append(o.Files, OutgoingFile{Name: f.Name, Type: f.Type, Size: f.Size, Open: s.opener(c.ID, f.Blob)})
	}
	return o
}

// settlement names the command that records these outcomes, so that a record
// whose append had no known outcome is not made twice.
func settlement(done []storage.Delivery) CommandID {
	var b []byte
	for _, d := range done {
		b = fmt.Appendf(b, "%s %s %d %d;", d.Case, d.Lane, d.Ref, d.Token)
	}
	return derivedID("settle %s", b)
}
