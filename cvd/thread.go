package cvd

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
)

// Each participant has a thread, the owner too: a random token that goes out with
// what is sent to it, and leads back. It is kept with the participant's contact,
// so that it goes along when the case is merged, and ends when the person is
// erased. It says where an answer belongs; who wrote that, it does not prove.

// newThread makes a token of a participant. Its record claims the key.
func (d *decision) newThread() []Private {
	var b [16]byte
	if _, err := io.ReadFull(d.s.cfg.Rand, b[:]); err != nil {
		d.failed = fmt.Errorf("cvd: reading random bytes: %w", err)
	}
	return []Private{Private(hex.EncodeToString(b[:]))}
}

func (s *Service) threadKey(t Private) Key { return s.key("thread", string(t)) }

func (s *Service) threadKeys(tokens []Private) (keys []Key) {
	for _, t := range tokens {
		keys = append(keys, s.threadKey(t))
	}
	return keys
}

// Thread returns the case and the participant to whom a token leads that went out
// with a message, as Outgoing.Thread: also after merges, splits and reopening, to
// where the participant is now. ErrNotFound if it leads nowhere, or no more, since
// the person was erased. It tells where an answer belongs, and not who wrote it.
func (s *Service) Thread(ctx context.Context, token string) (CaseID, PartyID, error) {
	id, err := s.cfg.Store.Lookup(ctx, s.threadKey(Private(token)))
	if err != nil {
		return CaseID{}, 0, err
	}
	c, err := s.View(ctx, id, Viewer{Team: true})
	if err != nil {
		return CaseID{}, 0, err
	}
	for i := range c.Participants {
		if p := &c.Participants[i]; !p.Erased && slices.Contains(p.threads, Private(token)) {
			return id, p.ID, nil
		}
	}
	return CaseID{}, 0, ErrNotFound
}

// partyThread adds tokens to a participant: those that came with it from another
// case, or a new one instead of those that went away.
type partyThread struct {
	Party   PartyID
	Instead bool

	Threads []Private
}

func (*partyThread) name() string { return "party.thread/1" }
func (x *partyThread) body(w *wire) {
	num(w, &x.Party)
	w.flag(&x.Instead)
}
func (x *partyThread) private(w *wire) {
	many(w, &x.Threads, func(w *wire, t *Private) { text(w, t) })
}
func (x *partyThread) apply(c *Case, e *envelope) { c.event(e, Event{Party: x.Party}) }
func (x *partyThread) reveal(c *Case, _ *envelope) {
	p := c.party(x.Party)
	switch {
	case p == nil:
	case x.Instead:
		p.threads = x.Threads
	default:
		p.threads = append(slices.Clip(p.threads), x.Threads...)
	}
}

// threads returns the tokens of a participant that is new in the other case: its
// own, if its thread goes along, else one that leads there.
func (k *carrier) threads(p *Participant) []Private {
	switch {
	case p.Erased:
		return nil
	case k.gives == nil || !k.goes(p):
		return k.to.newThread()
	}
	k.gives.change.Drop = append(k.gives.change.Drop, k.to.s.threadKeys(p.threads)...)
	return p.threads
}

// thread moves the tokens of a participant to the one that it is in the other case.
func (k *carrier) thread(p *Participant, to PartyID) {
	if k.gives == nil || len(p.threads) == 0 || !k.goes(p) {
		return
	}
	k.gives.change.Drop = append(k.gives.change.Drop, k.to.s.threadKeys(p.threads)...)
	k.to.emit(&partyThread{Party: to, Threads: p.threads})
}
