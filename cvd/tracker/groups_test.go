package tracker_test

import (
	"strings"
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/stretchr/testify/require"
)

// A case that is not open to those who read the tracker gets no ticket, and holds up
// no other.
func TestCasesOfOtherGroups(t *testing.T) {
	d := newDesk(t)
	restricted := d.receive(1)
	d.do(restricted.ID, cvd.SetGroups{Groups: []cvd.Private{"firmware"}, Reason: "need to know"})
	d.receive(2)
	d.settle()
	require.Len(t, d.mem.Tickets(), 1)

	// The tracker of that group holds it.
	f := newDesk(t, func(c *tracker.Config) { c.Groups = []cvd.Private{"firmware"} })
	restricted = f.receive(1)
	f.do(restricted.ID, cvd.SetGroups{Groups: []cvd.Private{"firmware"}, Reason: "need to know"})
	f.settle()
	require.Len(t, f.mem.Tickets(), 1)
}

// A case that is restricted later leaves its ticket as it is, which is said once,
// and what somebody writes in the ticket still reaches the case.
func TestCaseIsRestrictedLater(t *testing.T) {
	d := newDesk(t)
	c := d.receive(1)
	d.settle()
	before := d.mem.Tickets()
	require.Len(t, before, 1)
	d.do(c.ID, cvd.SetGroups{Groups: []cvd.Private{"firmware"}, Reason: "need to know"})
	p := d.push()
	require.Len(t, p.Problems, 1)
	require.Contains(t, p.Problems[0].String(), "no longer open to those who read the tracker")
	require.Equal(t, before[0].Ref, p.Problems[0].Ref)
	require.Equal(t, before, d.mem.Tickets())
	require.Empty(t, d.push().Problems, "it is said once")

	require.NoError(t, d.mem.Comment(before[0].Ref, "joe", "seen in the field", false))
	require.Equal(t, 1, d.pull().Applied)
	whole, err := d.svc.View(d.ctx, c.ID, cvd.Viewer{Team: true, Groups: []cvd.Private{"firmware"}})
	require.NoError(t, err)
	var texts []string
	for _, m := range whole.Messages {
		texts = append(texts, string(m.Text))
	}
	require.Contains(t, texts, "seen in the field")
}

// The successor of a merged case is not named to those who may not see it.
func TestMergedIntoAnotherGroup(t *testing.T) {
	d := newDesk(t)
	a, b := d.receive(1), d.receive(2)
	d.settle()
	_, err := d.svc.Merge(d.ctx, b.ID, cvd.By{Actor: "alice"}, cvd.Merge{Into: a.ID, Reason: "the same"})
	require.NoError(t, err)
	d.do(a.ID, cvd.SetGroups{Groups: []cvd.Private{"firmware"}, Reason: "need to know"})
	d.push()
	told := false
	for _, x := range d.mem.Tickets() {
		if strings.Contains(string(x.Title), b.Number) {
			require.NotContains(t, string(x.Body), a.Number)
			told = strings.Contains(string(x.Body), "another case")
		}
	}
	require.True(t, told)
}
