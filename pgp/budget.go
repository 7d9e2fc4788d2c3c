package pgp

import (
	"fmt"
	"sync"
)

// A Budget bounds what several operations may cost together, for instance all
// that is encrypted in one mail: without it whoever sends twenty attachments
// gets the limits of one message twenty times. It is safe for concurrent use.
type Budget struct {
	mu         sync.Mutex
	lim        Limits
	trials     int
	signatures int
	in, out    int64 // bytes of messages read and of plaintext made of them
	memory     int   // bytes that plaintext holds in memory now
}

// NewBudget allows as much in total as l allows for one message. Trials,
// Signatures, Plaintext and Expansion are counted; the others are always of one
// message. The memory of all spools that share the budget is that of one.
func NewBudget(l Limits) *Budget { return &Budget{lim: l.withDefaults()} }

// Within returns a copy of e whose operations draw on b too. Its own Limits
// still hold for each of them. e may be nil, which is the zero Engine.
func (e *Engine) Within(b *Budget) *Engine {
	var c Engine
	if e != nil {
		c = *e
	}
	c.budget = b
	return &c
}

// A nil Budget allows everything.

func (b *Budget) trial() error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.trials++; b.trials > b.lim.Trials {
		return fmt.Errorf("%w: more than %d attempts to decrypt in all", ErrLimit, b.lim.Trials)
	}
	return nil
}

func (b *Budget) signature() error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.signatures++; b.signatures > b.lim.Signatures {
		return fmt.Errorf("%w: more than %d signatures in all", ErrLimit, b.lim.Signatures)
	}
	return nil
}

// text counts plaintext that was made of bytes of a message.
func (b *Budget) text(in, out int64) error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.in, b.out = b.in+in, b.out+out
	return b.lim.text(b.in, b.out)
}

// text judges the size of a plaintext beside that of its message.
func (l Limits) text(in, out int64) error {
	if out > l.Plaintext {
		return fmt.Errorf("%w: more than %d bytes of text", ErrLimit, l.Plaintext)
	}
	if out > expansionFloor && out/l.Expansion > in {
		return fmt.Errorf("%w: the text is more than %d times its message", ErrLimit, l.Expansion)
	}
	return nil
}

// take asks for n bytes of memory of the most that a spool may use.
func (b *Budget) take(n, most int) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.memory+n > most {
		return false
	}
	b.memory += n
	return true
}

func (b *Budget) giveBack(n int) {
	if b == nil {
		return
	}
	b.mu.Lock()
	b.memory -= n
	b.mu.Unlock()
}
