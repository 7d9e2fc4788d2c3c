package policy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTableIsValid(t *testing.T) {
	var names, optIns []string
	for _, p := range All() {
		require.NoError(t, p.Validate(), p.Name)
		require.Empty(t, p.OptIn)
		names = append(names, p.Name)
	}
	for _, p := range OptIns() {
		require.NoError(t, p.Validate(), p.Name)
		require.NotEmpty(t, p.OptIn)
		optIns = append(optIns, p.Name)
	}
	require.Equal(t, []string{"cert-in", "china-2021", "nis2", "sec-8k"}, optIns)
	require.Equal(t, []string{"cert-cc", "cna-rules", "contact-software", "cra-incident",
		"cra-vulnerability", "disclose.io", "linux-distros", "linux-kernel", "project-zero", "team", "zdi"}, names)
}

func TestEmbargoDates(t *testing.T) {
	start := time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	for _, tt := range []struct {
		policy     string
		from       Fact
		usual, max int
	}{
		{"contact-software", FactReceived, 30, 90},
		{"cert-cc", FactVendorContacted, 45, 45},
		{"project-zero", FactVendorNotified, 90, 120},
		{"zdi", FactVendorReplied, 120, 120},
		{"linux-distros", FactListPosted, 7, 14},
		{"linux-kernel", FactFixReady, 7, 14},
	} {
		p, ok := ByName(tt.policy)
		require.True(t, ok)
		var f Facts
		_, ok = p.EmbargoDates(f, Calendar{})
		require.False(t, ok, "no start, no window")
		f.Add(tt.from, start)
		e, ok := p.EmbargoDates(f, Calendar{})
		require.True(t, ok)
		require.Equal(t, day(tt.usual), e.End, tt.policy)
		require.Equal(t, day(tt.max), e.Latest, tt.policy)
	}
	p := ForWindow("ours", 30, 0)
	require.NoError(t, p.Validate())
	require.Equal(t, Span{30, Days}, p.Window.Max)
	require.Error(t, ForWindow("ours", 0, 0).Validate())
}

// Project Zero's own examples, and the two that follow from its text.
func TestProjectZero(t *testing.T) {
	p, _ := ByName("project-zero")
	start := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	for _, tt := range []struct {
		name                 string
		fix                  int // 0: none
		grace                bool
		exploited, now, want int // exploited < 0: never
	}{
		{"fixed at 47", 47, false, -1, 60, 77},
		{"fixed at 83", 83, false, -1, 85, 113},
		{"fixed in grace", 100, true, -1, 101, 120},
		{"not fixed", 0, false, -1, 50, 90},
		{"fixed late, no grace", 100, false, -1, 101, 90},
		{"grace, not yet fixed", 0, true, -1, 95, 104},
		{"fixed after grace", 106, true, -1, 107, 104},
		{"exploited, not fixed", 0, false, 0, 2, 7},
		{"exploited, fixed at 5", 5, false, 0, 6, 35},
		{"exploited, fixed in grace", 9, true, 0, 9, 37},
		{"exploited on day 40", 0, false, 40, 41, 47},
		{"exploited on day 88", 0, false, 88, 89, 90},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var f Facts
			f.Add(FactVendorNotified, start)
			if tt.fix > 0 {
				f.Add(FactFixAvailable, day(tt.fix))
			}
			if tt.grace {
				f.Add(FactGrace, day(6))
			}
			if tt.exploited >= 0 {
				f.Add(FactExploitObserved, day(tt.exploited))
			}
			d := deadline(t, p.Deadlines(f, Calendar{}, day(tt.now)), "project-zero/details")
			require.Equal(t, day(tt.want), d.Due)
		})
	}
}

func deadline(t *testing.T, ds []Deadline, id string) Deadline {
	t.Helper()
	for _, d := range ds {
		if d.ID == id {
			return d
		}
	}
	t.Fatalf("no deadline %s in %d", id, len(ds))
	return Deadline{}
}
