package service_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
)

// Cases that were given out share memory with later ones, but not what their
// owner appends to them.
func TestAppendingToACaseStaysWithItsOwner(t *testing.T) {
	d := newDesk(t)
	id := d.received().ID
	for range 5 { // slices with room at their end
		d.do(id, cvd.PostMessage{Text: "note"})
	}
	c := d.do(id, cvd.PostMessage{Text: "note"})
	messages := append(c.Messages, cvd.Message{ID: 99})
	events := append(c.Events, cvd.Event{Seq: 99})
	after := d.do(id, cvd.PostMessage{Text: "note"})
	n, m := len(c.Messages), len(c.Events)
	require.EqualValues(t, 99, messages[n].ID)
	require.EqualValues(t, 99, events[m].Seq)
	require.EqualValues(t, n+1, after.Messages[n].ID)
	require.EqualValues(t, after.Seq, after.Events[m].Seq)
}
