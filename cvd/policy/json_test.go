package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPolicyJSON(t *testing.T) {
	for _, p := range All() {
		b, err := json.Marshal(p)
		require.NoError(t, err)
		back, err := Parse(b)
		require.NoError(t, err)
		require.Equal(t, p, back)
	}
}

// Cases adopted these versions: a change of a rule is a new version.
func TestReleasedPoliciesDoNotChange(t *testing.T) {
	var b strings.Builder
	for i, x := range policyTable {
		p := x.build()
		require.Equal(t, x.name, p.Name)
		require.Equal(t, x.version, p.Version)
		if i > 0 {
			y := policyTable[i-1]
			require.True(t, y.name < x.name || y.name == x.name && y.version < x.version, "sorted")
		}
		text, err := json.Marshal(p)
		require.NoError(t, err)
		sum := sha256.Sum256(text)
		fmt.Fprintf(&b, "%s %d %s\n", p.Name, p.Version, hex.EncodeToString(sum[:8]))
	}
	check(t, "testdata/digests.txt", b.String())
}

const ownPolicy = `{"format":1,"name":"ours","version":1,"title":"Ours","source":"https://example.com/cvd",
"clocks":[{"name":"answer","title":"answer","force":"should","rules":[{"from":["report.received"],"limit":"2 business days","say":"two business days"}]}]}`

func TestParsePolicyErrors(t *testing.T) {
	_, err := Parse([]byte(ownPolicy))
	require.NoError(t, err)
	for _, tt := range []struct{ old, new, want string }{
		{`"format":1`, `"format":2`, "format: is 1"},
		{`"format":1,`, ``, "format: is 1"},
		{`"title":"Ours"`, `"titel":"Ours"`, "unknown field"},
		{`"title":"Ours"`, `"title":"Ours","publish":true`, "unknown field"},
		{`"name":"ours"`, `"name":"Ours!"`, "name: is 1 to 64 lower-case"},
		{`"version":1`, `"version":0`, "version: is 1 or more"},
		{`"2 business days"`, `"2 weeks"`, "the unit of a span"},
		{`"2 business days"`, `"-2 days"`, "a span is a number"},
		{`"2 business days"`, `"99999 days"`, "a span counts 0 to 36525 days"},
		{`"report.received"`, ``, "clocks[0].rules[0].from: names a fact"},
		{`"report.received"`, `"A B"`, "clocks[0].rules[0].from[0]: is 1 to 64"},
		{`"should"`, `"maybe"`, "clocks[0].force: is must, should or may"},
		{`"say":"two business days"`, `"say":"a\u0007b"`, "clocks[0].rules[0].say: has no control"},
		{`"say":"two business days"`, `"say":""`, "clocks[0].rules[0].say: is not empty"},
		{`"say":"two`, `"roll":"eu-1182-71","say":"two`, "EU periods count hours"},
		{`"say":"two`, `"when":[{"fact":"x","of":"y"}],"say":"two`, "both within and of"},
		{`"rules":`, `"repeat":["reporter.updated"],"remind":["1 business day"],"rules":`, "remind[0]: counts hours"},
		{`]}]}`, `]}]}{}`, "text after the end"},
		{`"clocks":`, `"effective":"2026-13-01","clocks":`, "effective: is a day"},
	} {
		_, err := Parse([]byte(strings.Replace(ownPolicy, tt.old, tt.new, 1)))
		require.ErrorContains(t, err, tt.want, "%s", tt.new)
	}
	_, err = Parse(make([]byte, maxPolicyFile+1))
	require.ErrorContains(t, err, "more than 65536 bytes")
	var pe *Error
	require.True(t, errors.As(Policy{}.Validate(), &pe))
	require.Equal(t, "name", pe.Path)
}

func TestParseSpan(t *testing.T) {
	for s, want := range map[string]Span{"0 hours": {0, Hours}, "1 month": {1, Months}, "15 business days": {15, BusinessDays}, "1 business hour": {1, BusinessHours}} {
		got, err := ParseSpan(s)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, s, got.String())
	}
	for _, s := range []string{"", "1", "days", "+1 days", "1.5 days", "1  days", "1 fortnight", "3661 business days"} {
		_, err := ParseSpan(s)
		require.Error(t, err, s)
	}
}

func TestParseHolidays(t *testing.T) {
	hs, err := ParseHolidays("# Bremen\n2026-12-25 Christmas Day\r\n\n2026-12-26\n")
	require.NoError(t, err)
	require.Equal(t, []Holiday{{2026, 12, 25, "Christmas Day"}, {2026, 12, 26, ""}}, hs)
	hs, err = ParseHolidays("2026-12-25\n25.12.2026 Christmas")
	require.ErrorContains(t, err, "line 2")
	require.Len(t, hs, 1)
	_, err = ParseHolidays(strings.Repeat("2026-12-25\n", maxHolidays+1))
	require.ErrorContains(t, err, "more than 1024")
	for _, c := range []Calendar{{Weekend: []time.Weekday{0, 1, 2, 3, 4, 5, 6}}, {Open: time.Hour}, {Open: 9 * time.Hour, Close: 9*time.Hour + time.Minute},
		{Close: 25 * time.Hour}, {Holidays: []Holiday{{2026, 2, 29, ""}}}, {Weekend: []time.Weekday{7}}} {
		require.Error(t, c.Validate())
	}
}

// FuzzParse: whatever is accepted is valid, round-trips, and computes dates
// without a panic and in bounded time.
func FuzzParse(f *testing.F) {
	f.Add([]byte(ownPolicy))
	f.Add([]byte(`{"format":1}`))
	now := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		b, err := json.Marshal(p)
		require.NoError(t, err)
		back, err := Parse(b)
		if len(b) <= maxPolicyFile {
			require.NoError(t, err)
			require.Equal(t, p.Name, back.Name)
		}
		var facts Facts
		add := func(fs []Fact) {
			for _, x := range fs {
				facts.Add(x, now.AddDate(0, 0, -len(facts.Times)))
			}
		}
		for _, k := range p.Clocks {
			for _, r := range k.Rules {
				add(r.From)
				add(r.After)
			}
		}
		facts.Pauses = []Pause{{From: now.AddDate(0, -1, 0), To: now.AddDate(0, 0, -3)}, {From: now.AddDate(0, 0, -1)}}
		for _, d := range p.Deadlines(facts, Calendar{Open: 9 * time.Hour, Close: 17 * time.Hour}, now) {
			if !d.Due.IsZero() && d.Last().Before(d.Due) {
				t.Fatalf("%s: last before due", d.ID)
			}
			_ = d.Explain()
			_ = d.Reminders()
		}
		p.EmbargoDates(facts, Calendar{})
	})
}

func FuzzParseHolidays(f *testing.F) {
	f.Add("2026-12-25 Christmas\n# x\n\n2026-01-01")
	f.Fuzz(func(t *testing.T, text string) {
		hs, err := ParseHolidays(text)
		if err == nil {
			require.NoError(t, Calendar{Holidays: hs}.Validate())
		}
	})
}
