package service_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
)

// Issue 12, line 23: messages and events come in pages, which leave nothing out.
func TestPages(t *testing.T) {
	d := newDesk(t)
	id := embargoed(d)
	for i := range 20 {
		d.do(id, cvd.PostMessage{To: []cvd.PartyID{2}, Text: cvd.Private(fmt.Sprint("text ", i))}, cvd.PostMessage{Text: "a note"})
	}
	for _, v := range []cvd.Viewer{team, {Party: 2}} {
		all := d.view(id, v)
		var messages []cvd.Message
		var events []cvd.Event
		v.Last = 7
		for {
			c := d.view(id, v)
			require.LessOrEqual(t, len(c.Messages), 7)
			messages = append(append([]cvd.Message(nil), c.Messages...), messages...)
			if len(c.Messages) == 0 {
				break
			}
			v.Before = c.Messages[0].Seq
		}
		for v.Before = 0; ; {
			c := d.view(id, v)
			events = append(append([]cvd.Event(nil), c.Events...), events...)
			if len(c.Events) == 0 {
				break
			}
			v.Before = c.Events[0].Seq
		}
		require.Equal(t, all.Messages, messages)
		require.Equal(t, all.Events, events)
		require.Equal(t, all.Title, d.view(id, v).Title)
	}
}

// BenchmarkPages shows what a team's view costs in a case of many messages.
func BenchmarkPages(b *testing.B) {
	d := newDesk(b)
	id := d.received().ID
	for range 100 {
		var cmds []cvd.Command
		for range 1000 {
			cmds = append(cmds, cvd.PostMessage{Text: "t"})
		}
		d.do(id, cmds...)
	}
	d.view(id, team)
	for _, last := range []int{0, 100} {
		b.Run(fmt.Sprint("last/", last), func(b *testing.B) {
			for b.Loop() {
				d.view(id, cvd.Viewer{Team: true, Last: last})
			}
		})
	}
}
