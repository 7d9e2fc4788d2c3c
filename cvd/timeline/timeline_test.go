package timeline

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/internal/svg"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/internal/testonly/golden"
)

var updateTimeline = flag.Bool("update-timeline", false, "write the golden files of the timeline and docs/timeline.svg")

func check(t *testing.T, path, got string) {
	t.Helper()
	golden.Check(t, *updateTimeline, "-update-timeline", path, got)
}

func TestTimelineGolden(t *testing.T) {
	tl := sampleTimeline(t)
	check(t, "../../docs/timeline.svg", tl.SVG())
	check(t, "testdata/public.svg", tl.Public().SVG())
	check(t, "testdata/sixty.svg", manyEntries(t, 60).SVG())
	check(t, "testdata/sample.md", tl.Markdown())
	check(t, "testdata/sample.html", tl.HTML())
	check(t, "testdata/sample.txt", tl.Text())
	check(t, "testdata/sample.ics", tl.ICalendar())
}

// hostile tries to leave every form of the timeline.
const hostile = "</text><script>alert(1)</script>\" onload='x' | [a](https://b) *c* `d`\r\nDTSTART:19700101T000000Z\nEND:VEVENT;x,y\\ \x1b[31m\x00\u202egnp\u2028\xff]]>&amp;"

func hostileTimeline(t testing.TB) Timeline {
	tl := sampleTimeline(t)
	tl.Number, tl.Title = hostile, hostile
	tl.Bands[0].Label = hostile
	tl.Lanes = []string{hostile}
	for i := range tl.Entries {
		e := &tl.Entries[i]
		e.Label, e.Detail, e.Reason, e.Lane, e.Kind = hostile, hostile, hostile, hostile, hostile
	}
	return tl
}

func TestTimelineEscapes(t *testing.T) {
	tl := hostileTimeline(t)
	svg := tl.SVG()
	elements := map[string]bool{}
	dec := xml.NewDecoder(strings.NewReader(svg))
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if e, ok := tok.(xml.StartElement); ok {
			elements[e.Name.Local] = true
			for _, a := range e.Attr {
				require.NotContains(t, strings.ToLower(a.Name.Local), "onload")
				require.NotContains(t, a.Name.Local, "href")
			}
		}
	}
	require.NotContains(t, elements, "script")
	require.NotContains(t, svg, "url(")
	require.NotContains(t, svg, "@import")
	for name, out := range map[string]string{"svg": svg, "text": tl.Text(), "markdown": tl.Markdown(), "html": tl.HTML(), "calendar": tl.ICalendar()} {
		for _, bad := range []string{"\x1b", "\x00", "\u202e", "\u2028", "\xff"} {
			require.NotContains(t, out, bad, name)
		}
	}
	md := tl.Markdown()
	require.NotContains(t, md, "<script>")
	require.NotContains(t, tl.HTML(), "<script>")
	require.NotContains(t, tl.HTML(), "onload='x'")
	require.NotContains(t, md, "https://")
	for _, line := range strings.Split(strings.TrimRight(md, "\n"), "\n") {
		if strings.HasPrefix(line, "|") && strings.Count(line, "-") < 12 {
			n := strings.Count(line, "|") - strings.Count(line, `\|`)
			require.Contains(t, []int{4, 6}, n, line)
		}
	}
	ics := tl.ICalendar()
	for _, l := range strings.Split(strings.ReplaceAll(ics, "\r\n ", ""), "\r\n") {
		if v, ok := strings.CutPrefix(l, "SUMMARY:"); ok {
			require.NotRegexp(t, `(^|[^\\])[;,]`, v)
		}
	}
	require.Equal(t, strings.Count(ics, "\r\nBEGIN:VEVENT\r\n"), strings.Count(ics, "\r\nEND:VEVENT\r\n"))
	require.Equal(t, len(tl.Entries)+len(tl.Bands), strings.Count(ics, "\r\nDTSTART"))
}

func TestICalendarLines(t *testing.T) {
	tl := sampleTimeline(t)
	tl.Entries[0].Label = strings.Repeat("ä€😀", 90)
	ics := tl.ICalendar()
	require.True(t, strings.HasSuffix(ics, "END:VCALENDAR\r\n"))
	for _, l := range strings.Split(strings.TrimSuffix(ics, "\r\n"), "\r\n") {
		require.LessOrEqual(t, len(l), 75)
		require.NotContains(t, l, "\n")
		require.True(t, strings.ToValidUTF8(l, "") == l, "a character is not split")
	}
	require.Contains(t, strings.ReplaceAll(ics, "\r\n ", ""), strings.Repeat("ä€😀", 90))
	uids := regexp.MustCompile(`UID:(\S+)`).FindAllString(ics, -1)
	tl.Now = tl.Now.Add(time.Hour)
	tl.Entries[3].At = tl.Entries[3].At.Add(time.Hour)
	require.Equal(t, uids, regexp.MustCompile(`UID:(\S+)`).FindAllString(tl.ICalendar(), -1), "stable")
	seen := map[string]bool{}
	for _, u := range uids {
		require.False(t, seen[u])
		seen[u] = true
	}
}

func TestPublicTimeline(t *testing.T) {
	tl := sampleTimeline(t)
	for i := range tl.Entries {
		if !tl.Entries[i].Public {
			tl.Entries[i].Label, tl.Entries[i].Detail, tl.Entries[i].Lane = "SECRET", "SECRET", "SECRET"
		}
		tl.Actors, tl.Entries[i].Actor = true, "SECRET"
		tl.Entries[i].Reason = "SECRET"
	}
	tl.Lanes = append(tl.Lanes, "SECRET")
	tl.Bands[0].Label = "SECRET"
	p := tl.Public()
	require.Len(t, p.Entries, 3)
	for _, out := range []string{p.SVG(), p.Text(), p.Markdown(), p.HTML(), p.ICalendar()} {
		require.NotContains(t, out, "SECRET")
	}
	require.NotContains(t, p.ICalendar(), "CLASS:CONFIDENTIAL")
	require.NotContains(t, tl.ICalendar(), "CLASS:PUBLIC", "an entry of the team's calendar names who said it")
	require.Contains(t, tl.SVG(), "SECRET", "the full version is not filtered")
}

// Every label is within the picture and overlaps no other, by its estimated
// width, with few and with many entries.
func TestLabelsDoNotOverlap(t *testing.T) {
	for _, n := range []int{1, 5, 60, 300} {
		tl := manyEntries(t, n)
		if n == 300 {
			tl.Lanes = nil
			for i := range tl.Entries {
				tl.Entries[i].Lane = ""
			}
		}
		es, _ := tl.sorted()
		d := drawing{t: tl, es: es, loc: tl.loc()}
		d.layout()
		shown := 0
		for _, l := range d.lanes {
			for _, m := range l.marks {
				shown += len(m.es)
				require.Greater(t, m.y, l.top)
				require.Less(t, m.y+float64(len(m.lines)-1)*lineHeight, l.top+l.h)
			}
		}
		require.Equal(t, n, shown)
		for i, b := range d.texts {
			require.GreaterOrEqual(t, b.x0, svg.Margin, "%v", b)
			require.LessOrEqual(t, b.x1, svg.Width-svg.Margin+8, "%v", b)
			for _, o := range d.texts[:i] {
				over := o.y0+1 < b.y1 && b.y0+1 < o.y1 && b.x0+6 < o.x1 && o.x0+6 < b.x1
				require.False(t, over, "%v overlaps %v", b, o)
			}
		}
	}
}

func TestTicks(t *testing.T) {
	start := time.Date(2026, 3, 28, 7, 0, 0, 0, time.UTC)
	for _, span := range []time.Duration{0, time.Hour, 26 * time.Hour, 9 * 24 * time.Hour, 60 * 24 * time.Hour, 400 * 24 * time.Hour, 5000 * 24 * time.Hour} {
		a := newAxis([]time.Time{start, start.Add(span)}, 100, 1000, berlin(t))
		ts := a.ticks(Timeline{})
		require.NotEmpty(t, ts, span)
		require.LessOrEqual(t, len(ts), 16, span)
		for i := 1; i < len(ts); i++ {
			require.Greater(t, ts[i].x-ts[i-1].x, 50.0, "%s: %v", span, ts[i])
		}
	}
	// Instants that a Duration cannot span.
	far := newAxis([]time.Time{time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}, 0, 1000, time.UTC)
	require.NotEmpty(t, far.ticks(Timeline{}))
	require.InDelta(t, 25, far.x(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)), 2)
}

func TestTimelineLimits(t *testing.T) {
	tl := Timeline{Title: "many"}
	for i := range maxEntries + 7 {
		tl.Entries = append(tl.Entries, Entry{ID: strconv.Itoa(i), At: time.Unix(int64(i), 0), Label: "x"})
	}
	tl.Entries = append(tl.Entries, Entry{Label: "without a date"})
	require.Contains(t, tl.Text(), "7 later entries are left out")
	require.Contains(t, tl.SVG(), "7 later entries are left out")
	require.Contains(t, tl.HTML(), "7 later entries are left out")
	require.Contains(t, tl.Markdown(), "7 later entries are left out")
	require.Contains(t, tl.ICalendar(), "7 later entries are left out")
	require.NotContains(t, tl.Text(), "without a date")
	require.Contains(t, Timeline{}.SVG(), "0 milestones")
}

func BenchmarkTimeline(b *testing.B) {
	tl := manyEntries(b, 60)
	for _, form := range []struct {
		name   string
		render func() string
	}{{"SVG", tl.SVG}, {"ICalendar", tl.ICalendar}, {"Markdown", tl.Markdown}} {
		b.Run(form.name, func(b *testing.B) {
			for b.Loop() {
				form.render()
			}
		})
	}
}
