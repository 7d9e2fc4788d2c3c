package ssvc_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/ssvc"
)

func ExampleDecide() {
	d, err := ssvc.Decide(ssvc.Supplier, map[string]string{
		"E": "active", "U": "efficient", "TI": "total", "PSI": "minimal",
	})
	fmt.Println(d.Outcome.Value.Name, err)
	fmt.Println(d.Vector(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)))
	_, err = ssvc.Decide(ssvc.Supplier, map[string]string{"E": "active"})
	fmt.Println(err)
	// Output:
	// Out-of-Cycle <nil>
	// SSVCv2/E:A/U:E/TI:T/PSI:M/DSOI:O/2026-05-01T12:00:00Z/
	// ssvc: a decision point has no answer, table supplier, point U
}

// all calls f for every combination of a table's values.
func all(t ssvc.Table, f func(inputs map[string]string, levels []int)) int {
	n := 0
	levels := make([]int, len(t.Points))
	var walk func(i int)
	walk = func(i int) {
		if i == len(t.Points) {
			in := map[string]string{}
			for j, p := range t.Points {
				in[p.Key] = p.Values[levels[j]].Key
			}
			n++
			f(in, levels)
			return
		}
		for levels[i] = range t.Points[i].Values {
			walk(i + 1)
		}
	}
	walk(0)
	return n
}

func TestCoverage(t *testing.T) {
	sizes := map[string]int{
		ssvc.Supplier: 36, ssvc.Deployer: 72, ssvc.Triage: 192, ssvc.Publication: 27,
		ssvc.Utility: 4, ssvc.HumanImpact: 16, ssvc.PublicSafetyImpact: 4,
	}
	require.Len(t, ssvc.Tables(), len(sizes))
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, table := range ssvc.Tables() {
		outcome := map[string]int{}
		for i, v := range table.Outcome.Values {
			outcome[v.Key] = i
		}
		rank := map[string]int{}
		reached := map[string]bool{}
		n := all(table, func(in map[string]string, levels []int) {
			d, err := ssvc.Decide(table.Name, in)
			require.NoError(t, err, "%s %v", table.Name, in)
			rank[fmt.Sprint(levels)] = outcome[d.Outcome.Value.Key]
			reached[d.Outcome.Value.Key] = true

			back, when, err := ssvc.ParseVector(d.Vector(at))
			require.NoError(t, err)
			require.Equal(t, d, back)
			require.Equal(t, at, when)
		})
		require.Equal(t, sizes[table.Name], n, table.Name)
		require.Len(t, reached, len(table.Outcome.Values), "%s: every outcome can be had", table.Name)

		// Values are listed from mild to bad: one step worse never gives less.
		all(table, func(_ map[string]string, levels []int) {
			here := rank[fmt.Sprint(levels)]
			for i := range levels {
				if levels[i]+1 == len(table.Points[i].Values) {
					continue
				}
				worse := append([]int(nil), levels...)
				worse[i]++
				require.GreaterOrEqual(t, rank[fmt.Sprint(worse)], here, "%s %v", table.Name, worse)
			}
		})
	}
}

// Rows taken from the SSVC documentation's prose, not from the data file: nobody
// exploits it and it harms little; it is exploited and people are harmed.
func TestKnownRows(t *testing.T) {
	for _, c := range []struct {
		table, want string
		in          map[string]string
	}{
		{ssvc.Supplier, "Defer", map[string]string{"E": "none", "U": "laborious", "TI": "partial", "PSI": "minimal"}},
		{ssvc.Supplier, "Immediate", map[string]string{"E": "active", "U": "super effective", "TI": "total", "PSI": "significant"}},
		{ssvc.Deployer, "Immediate", map[string]string{"E": "active", "EXP": "open", "A": "yes", "HI": "very high"}},
		{ssvc.Deployer, "Defer", map[string]string{"E": "none", "EXP": "small", "A": "no", "HI": "low"}},
		{ssvc.Publication, "Publish", map[string]string{"SINV": "uncooperative/unresponsive", "E": "none", "PVA": "precedence"}},
		{ssvc.Utility, "Efficient", map[string]string{"A": "no", "VD": "concentrated"}},
		{"ssvc:DT_HI:1.0.0", "Very High", map[string]string{"si": "n", "mi": "mf"}},
	} {
		d, err := ssvc.Decide(c.table, c.in)
		require.NoError(t, err)
		require.Equal(t, c.want, d.Outcome.Value.Name, "%s %v", c.table, c.in)
	}
}

func TestRefused(t *testing.T) {
	full := func() map[string]string {
		return map[string]string{"A": "no", "VD": "diffuse"}
	}
	for name, c := range map[string]struct {
		table string
		edit  func(map[string]string)
		rule  error
	}{
		"table":   {"nothing", func(map[string]string) {}, ssvc.ErrTable},
		"missing": {ssvc.Utility, func(m map[string]string) { delete(m, "VD") }, ssvc.ErrMissing},
		"unknown": {ssvc.Utility, func(m map[string]string) { m["secret"] = "no" }, ssvc.ErrPoint},
		"value":   {ssvc.Utility, func(m map[string]string) { m["VD"] = "secret" }, ssvc.ErrValue},
		"empty":   {ssvc.Utility, func(m map[string]string) { m["VD"] = "" }, ssvc.ErrValue},
		"twice":   {ssvc.Utility, func(m map[string]string) { m["vd"] = "diffuse" }, ssvc.ErrValue},
	} {
		in := full()
		c.edit(in)
		_, err := ssvc.Decide(c.table, in)
		require.ErrorIs(t, err, c.rule, name)
		require.NotContains(t, err.Error(), "secret")
	}
	for _, s := range []string{
		"", "SSVCv2/", "SSVCv2/A:N/VD:D/U:L/", "SSVCv2/A:N/VD:D/U:L/yesterday/", "SSVCv2/A:N/U:L/2026-01-01T00:00:00Z/",
		"SSVCv2/VD:D/A:N/U:L/2026-01-01T00:00:00Z/", "SSVCv2/A:N/VD:D/U:S/2026-01-01T00:00:00Z/",
		"SSVCv2/A:Q/VD:D/U:L/2026-01-01T00:00:00Z/", "SSVCv2/A:N/VD:D/U:L/2026-01-01T00:00:00Z",
	} {
		_, _, err := ssvc.ParseVector(s)
		var e *ssvc.Error
		require.ErrorAs(t, err, &e, s)
	}
}

func TestTablesAreCopies(t *testing.T) {
	a, ok := ssvc.Lookup(ssvc.Supplier)
	require.True(t, ok)
	a.Points[0].Values[0].Key = "changed"
	a.Outcome.Values[0].Name = "changed"
	b, _ := ssvc.Lookup(ssvc.Supplier)
	require.Equal(t, "N", b.Points[0].Values[0].Key)
	require.Equal(t, "Defer", b.Outcome.Values[0].Name)
	require.Equal(t, "ssvc:E:1.1.0", b.Points[0].ID())
	_, ok = ssvc.Lookup("none")
	require.False(t, ok)
	require.Empty(t, ssvc.Decision{}.Vector(time.Time{}))
}

func FuzzParseVector(f *testing.F) {
	f.Add("SSVCv2/A:N/VD:D/U:L/2026-01-01T00:00:00Z/")
	f.Add("SSVCv2/E:A/U:E/TI:T/PSI:M/DSOI:O/2026-05-01T12:00:00Z/")
	f.Add("SSVCv2//")
	f.Fuzz(func(t *testing.T, s string) {
		d, at, err := ssvc.ParseVector(s)
		if err != nil {
			return
		}
		again, when, err := ssvc.ParseVector(d.Vector(at))
		require.NoError(t, err)
		require.Equal(t, d, again)
		require.Equal(t, at.Truncate(time.Second), when)
	})
}
