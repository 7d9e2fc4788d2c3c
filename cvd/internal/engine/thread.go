package engine

import (
	"encoding/hex"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// Each participant has a thread, the owner too: a random token that goes out with
// what is sent to it, and leads back. It is kept with the participant's contact,
// so that it goes along when the case is merged, and ends when the person is
// erased. It says where an answer belongs; who wrote that, it does not prove.

// newThread makes a token of a participant. Its record claims the key.
func (d *Decision) newThread() []cvd.Private {
	var b [16]byte
	d.random(b[:])
	return []cvd.Private{cvd.Private(hex.EncodeToString(b[:]))}
}

// threads returns the tokens of a participant that is new in the other case: its
// own, if its thread goes along, else one that leads there.
func (k *carrier) threads(p *cvd.Participant) []cvd.Private {
	switch {
	case p.Erased:
		return nil
	case k.gives == nil || !k.goes(p):
		return k.to.newThread()
	}
	k.gives.change.Drop = append(k.gives.change.Drop, k.to.s.ThreadKeys(p.Kept(inner.Only{}).Threads)...)
	return p.Kept(inner.Only{}).Threads
}

// thread moves the tokens of a participant to the one that it is in the other case.
func (k *carrier) thread(p *cvd.Participant, to cvd.PartyID) {
	if k.gives == nil || len(p.Kept(inner.Only{}).Threads) == 0 || !k.goes(p) {
		return
	}
	k.gives.change.Drop = append(k.gives.change.Drop, k.to.s.ThreadKeys(p.Kept(inner.Only{}).Threads)...)
	k.to.emit(&caselog.PartyThread{Party: to, Threads: p.Kept(inner.Only{}).Threads})
}
