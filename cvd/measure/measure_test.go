package measure

import (
	"encoding/csv"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/policy"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"github.com/cvdkit/cvdkit/internal/testonly/golden"
	"github.com/stretchr/testify/require"
)

var updateMeasures = flag.Bool("update-measures", false, "write the golden picture anew")

func measuredCases() (cs []Case, now time.Time) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	h := func(at time.Time, n int) time.Time { return at.Add(time.Duration(n) * time.Hour) }
	histories := []vultron.CSHistory{{vultron.VendorAware, vultron.FixReady, vultron.FixDeployed, vultron.PublicAware}, {vultron.VendorAware, vultron.FixReady, vultron.PublicAware, vultron.ExploitPublic}, {vultron.PublicAware, vultron.VendorAware}, {vultron.VendorAware}}
	for i := range 20 {
		at := start.AddDate(0, 0, i*11)
		c := Case{Number: fmt.Sprintf("CVD-2026-%04d", i), Received: at, Acked: h(at, 1+i), Assessed: h(at, 24+5*i),
			Met: 3, Missed: i % 2, History: histories[i%4]}
		if i < 12 {
			c.Fixed, c.Published, c.Closed = h(at, 24*(20+i)), h(at, 24*(25+i)), h(at, 24*(26+i))
		}
		cs = append(cs, c)
	}
	return cs, start.AddDate(0, 0, 230)
}

func TestMeasure(t *testing.T) {
	cs, now := measuredCases()
	m := Of(cs, now)
	require.Equal(t, 20, m.Cases)
	require.Equal(t, 8, m.Open)
	require.Equal(t, 60, m.Met)
	require.Equal(t, 10, m.Missed)
	ack := m.Stages[0]
	// 1 to 20 hours: by nearest rank the 10th, 18th and 20th of 20.
	require.Equal(t, StageFigures{StageAcknowledge, 20, 10 * time.Hour, 18 * time.Hour, 20 * time.Hour}, ack)
	fix := m.Stages[2]
	// 20 to 31 days: the 6th, 11th and 12th of 12.
	require.Equal(t, StageFigures{StageFix, 12, 25 * oneDay, 30 * oneDay, 31 * oneDay}, fix)
	// Cases 12 to 19 are open, received on days 132, 143 … 209: ages 98, 87 … 21.
	require.Equal(t, 98*oneDay, m.OldestAge)
	require.Equal(t, 54*oneDay, m.MedianAge)
	var counts []int
	for _, b := range m.Backlog {
		counts = append(counts, b.Cases)
	}
	require.Equal(t, []int{0, 1, 6, 1, 0}, counts)
	require.Equal(t, "V≺P", m.Desiderata[0].String())
	require.Equal(t, []int{15, 5, 0}, []int{m.Desiderata[0].Met, m.Desiderata[0].Missed, m.Desiderata[0].Open})

	require.Zero(t, Of(nil, now).OldestAge)
	_, ok := Case{Received: now, Published: now.Add(-1)}.Took(StagePublish)
	require.False(t, ok, "born public")
	_, ok = Case{Received: now.Add(1)}.Age(now)
	require.False(t, ok)
}

func TestCountDeadlines(t *testing.T) {
	met, missed := CountDeadlines([]policy.Deadline{{State: policy.DeadlineMet}, {State: policy.DeadlineMet, Missed: true},
		{State: policy.DeadlineOverdue, Missed: true}, {State: policy.DeadlineRunning}, {State: policy.DeadlineCancelled}, {State: policy.DeadlineOverdue, Missed: true, Force: policy.May}})
	require.Equal(t, []int{1, 2}, []int{met, missed})
}

func TestMeasuresCSV(t *testing.T) {
	cs, now := measuredCases()
	cs[0].Number = "=cmd|' /C calc'!A0"
	cs[1].Number = "\t\n+1"
	cs[2].Number = `a"b,c`
	cs[19].History = nil
	rows, err := csv.NewReader(strings.NewReader(CasesCSV(cs, now))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 21)
	require.Equal(t, "'=cmd|' /C calc'!A0", rows[1][0])
	require.Equal(t, "'+1", rows[2][0])
	require.Equal(t, `a"b,c`, rows[3][0])
	require.Equal(t, []string{"2026-01-01T00:00:00Z", "1.0", "24.0", "480.0", "600.0", "", "3", "0", "11", "0"},
		append(rows[1][1:2], rows[1][7:]...))
	rows, err = csv.NewReader(strings.NewReader(Of(cs, now).CSV())).ReadAll()
	require.NoError(t, err)
	require.Contains(t, rows, []string{"time to fix, 90th percentile", "720.0", "hours"})
	for _, r := range rows {
		for _, cell := range r {
			require.False(t, strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "+"), cell)
		}
	}
	require.Contains(t, Of(nil, now).CSV(), "oldest open case,,hours")
}

func TestMeasuresSVG(t *testing.T) {
	cs, now := measuredCases()
	golden.Check(t, *updateMeasures, "-update-measures", "testdata/measures.svg", Of(cs, now).SVG("Team, first half of 2026"))
	require.NotContains(t, Of(nil, now).SVG("<script>"), "<script>")
}

// A row says what it means; without data there is none, and one case is not judged.
func TestMeasuresSayWhatTheyMean(t *testing.T) {
	cs, now := measuredCases()
	picture := Of(cs, now).SVG("Team")
	require.Contains(t, picture, ">The vendor knew before the public</text>")
	require.NotContains(t, picture, "≺")
	require.Contains(t, Of(cs, now).CSV(), "\"The vendor knew before the public, met\",15,cases")
	require.NotContains(t, picture, "180 days and more", "no case is that old")
	require.Contains(t, picture, `class="m-missed"`)

	one := Of([]Case{{Number: "x", Received: now.AddDate(0, 0, -3), Missed: 1, History: vultron.CSHistory{vultron.PublicAware, vultron.VendorAware}}}, now)
	picture = one.SVG("One case")
	require.NotContains(t, picture, `class="m-missed"`)
	require.Contains(t, picture, ">no</text>")
	require.NotContains(t, picture, "An exploit was public before attacks were observed", "nothing is known of it")
	require.NotContains(t, picture, "Time from the report", "no stage has ended")
	empty := Of(nil, now).SVG("None")
	for _, gone := range []string{"Time from the report", "Open cases by age", "strives for", "deadlines met in time"} {
		require.NotContains(t, empty, gone)
	}
	for _, d := range vultron.Desiderata() {
		require.NotContains(t, OrderWords(d), "  ")
		require.Regexp(t, `^[A-Z].* before [a-z]`, OrderWords(d))
	}
}

// A case that the team opened itself is open too, though it has no age.
func TestOpenWithoutAReport(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	m := Of([]Case{{Number: "CVD-2026-1"}, {Number: "CVD-2026-2", Closed: now.Add(-time.Hour)}}, now)
	require.Equal(t, 2, m.Cases)
	require.Equal(t, 1, m.Open)
	require.Contains(t, m.CSV(), "open cases,1,cases")
	require.Contains(t, m.CSV(), "oldest open case,,")
	require.NotContains(t, m.SVG("Team"), "oldest open case")
	m = Of([]Case{{Number: "CVD-2026-1"}, {Number: "CVD-2026-2", Received: now.Add(-time.Hour)}}, now)
	require.Equal(t, 2, m.Open)
	require.Equal(t, time.Hour, m.OldestAge)
}
