package caselog

import (
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
	"github.com/cvdkit/cvdkit/cvd/storage"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// answerNotice is how long before its end a participant is reminded, or half the
// window if that is less.
const answerNotice = 48 * time.Hour

// Attention is when Tick is to look at the participant's window: to remind it,
// once, and to tell the team that it is over. 0: never.
func Attention(p *cvd.Participant) storage.Millis {
	waits := p.Consent == vultron.Invited || p.Consent == vultron.Lapsed
	if !waits || p.AnswerBy.IsZero() || p.Kept(inner.Only{}).Reminded > 1 || p.Gone() || p.RM == vultron.RMClosed || p.ID == cvd.Owner {
		return 0
	}
	by := storage.MillisOf(p.AnswerBy)
	if p.Kept(inner.Only{}).Reminded == 1 {
		return by
	}
	return max(by-storage.Millis(answerNotice.Milliseconds()), p.Kept(inner.Only{}).Asked+(by-p.Kept(inner.Only{}).Asked)/2)
}

// nextWindow looks at all participants.
func nextWindow(c *cvd.Case) (next storage.Millis) {
	for i := range c.Participants {
		next = Soonest(next, Attention(c.Participants[i]))
	}
	return next
}

// Soonest is the earlier of two instants of which 0 is none.
func Soonest(a, b storage.Millis) storage.Millis {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
