package mail_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/mail"
)

// Beyond the cap there is one digest a day, with numbers only.
func TestDigest(t *testing.T) {
	d := newDesk(t)
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	d.cfg.Now = func() time.Time { return now }
	d.limit(cvd.Limits{})
	env := mail.Envelope{From: "rita@finder.example", Received: now}
	var silent []mail.Result
	for i := range 10 {
		r := d.take(rita(fmt.Sprintf("f%d@finder.example", i), fmt.Sprint("the secret word ", i)), env)
		if !r.Answered {
			silent = append(silent, r)
		}
	}
	require.Len(t, silent, 5)
	bot := d.take(eml("bot", "From: bot@x.example", "Precedence: bulk", "Message-ID: <bot@x>"), env)
	require.False(t, bot.Answered)
	relay := func() { _, err := d.svc.Relay(ctx, 100); require.NoError(t, err) }
	relay()
	require.Len(t, d.sent, 5)
	digest := func(at time.Time) int {
		t.Helper()
		n, err := d.in.Digest(ctx, at, 100)
		require.NoError(t, err)
		relay()
		return n
	}
	require.Zero(t, digest(now), "the day is not over")
	now = now.Add(24 * time.Hour)
	require.Equal(t, 1, digest(now))
	require.Len(t, d.sent, 6)
	o := d.sent[5]
	require.True(t, o.Auto)
	for _, r := range silent {
		require.Contains(t, string(o.Text), r.Number)
	}
	require.NotContains(t, string(o.Text), "secret")
	require.NotContains(t, string(o.Text), "frobd")
	require.Zero(t, digest(now), "once")
	now = now.Add(24 * time.Hour)
	require.Zero(t, digest(now))
	require.Len(t, d.sent, 6)
}

// Somebody writes in ten thousand names: those who are named get no more than a cap,
// and everything is taken.
func TestBackscatter(t *testing.T) {
	d := newDesk(t, func(in *mail.Intake) { in.AnswersAnHour = 5 })
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	answered := 0
	for i := range 200 {
		r := d.take(eml(fmt.Sprint("buy ", i), fmt.Sprintf("From: v%d@victim%d.example", i, i), fmt.Sprintf("Message-ID: <%d@x>", i)), mail.Envelope{Received: now})
		require.Equal(t, mail.Submission, r.Outcome)
		if r.Answered {
			answered++
		}
	}
	require.Equal(t, 5, answered)
	n, err := d.in.Digest(ctx, now.Add(24*time.Hour), 7)
	require.NoError(t, err)
	require.Equal(t, 7, n, "no more than asked for")
}

// Two desks that answer each other, over a thousand rounds: it ends after one.
func TestLoopOfTwoDesks(t *testing.T) {
	a := newDesk(t)
	b := newDesk(t, func(in *mail.Intake) { in.Addresses = []string{"psirt@other.example"}; in.AuthservID = "" })
	sa, ka, _ := sender(t)
	sb, kb, _ := sender(t)
	sb.Address, sb.Key = "psirt@other.example", keys(t, "psirt@other.example")[0]
	for _, x := range []struct {
		d *desk
		s *mail.Transport
	}{{a, sa}, {b, sb}} {
		x.d.cfg.Transports = map[string]cvd.Transport{cvd.TransportMail: x.s}
		x.d.limit(cvd.Limits{})
	}
	r := a.take(eml("a report of the other desk", "From: psirt@other.example", "Message-ID: <1@other.example>"))
	require.True(t, r.Answered)
	for range 1000 {
		na, nb := ka.n, kb.n
		_, err := a.svc.Relay(ctx, 10)
		require.NoError(t, err)
		if ka.n > na {
			require.False(t, b.take(string(ka.raw), mail.Envelope{From: "security@team.example"}).Answered)
		}
		_, err = b.svc.Relay(ctx, 10)
		require.NoError(t, err)
		if kb.n > nb {
			a.take(string(kb.raw), mail.Envelope{From: "psirt@other.example"})
		}
	}
	require.Equal(t, 1, ka.n)
	require.Zero(t, kb.n)
	// Also where somebody strips the field that says that nobody wrote it.
	x := b.take(eml("Your report has arrived.", "From: security@team.example", "Message-ID: <robot@team.example>"), mail.Envelope{From: "security@team.example"})
	require.True(t, x.Answered, "%+v", x)
	_, err := b.svc.Relay(ctx, 10)
	require.NoError(t, err)
	require.Equal(t, 1, kb.n)
	require.False(t, a.take(string(kb.raw), mail.Envelope{From: "psirt@other.example"}).Answered)
	require.Equal(t, 1, ka.n)
}
