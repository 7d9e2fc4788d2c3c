package timeline

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd/internal/svg"
	"github.com/cvdkit/cvdkit/cvd/policy"
)

// one is the timeline of a single entry.
func one(e Entry) Timeline {
	e.ID, e.At = "1", time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	return Timeline{Number: "CVD-2026-7K3Q9", Now: e.At.Add(time.Hour), Entries: []Entry{e}}
}

// What was met late is late in every form, with a word and a symbol of its own.
func TestMetLateIsLateEverywhere(t *testing.T) {
	var f policy.Facts
	at := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	f.Add(policy.FactReceived, at)
	f.Add(policy.FactDisclosed, at.AddDate(0, 0, 31))
	ds := policy.ForWindow("ours", 30, 30).Deadlines(f, policy.Calendar{}, at.AddDate(0, 0, 40))
	es := Deadlines(ds)
	require.True(t, es[0].Met && es[0].Late)
	tl := Timeline{Number: "x", Entries: es}
	require.Contains(t, tl.Text(), "  met late Publish the fix")
	require.Contains(t, tl.Markdown(), "| **met late** | Publish the fix")
	ics := strings.ReplaceAll(tl.ICalendar(), "\r\n ", "")
	require.Contains(t, ics, "SUMMARY:x met late: Publish the fix")
	require.Contains(t, ics, "CATEGORIES:met late,deadline")
	require.Contains(t, tl.HTML(), `<span class="t-state">met late</span>`)
	require.Contains(t, tl.SVG(), ">met late</text>", "the legend")
	glyph := func(e Entry) string {
		return regexp.MustCompile(`class="(g-\w+)"[^>]*/><path class="(g-\w+)"`).FindString(one(e).SVG())
	}
	late, met := glyph(Entry{Label: "a", Met: true, Late: true}), glyph(Entry{Label: "a", Met: true})
	require.NotEmpty(t, late)
	require.NotEqual(t, met, late)
	require.Contains(t, tl.SVG(), "1 met late.")
}

// A duty has corners and another word in the legend; one that is near looks urgent.
func TestDutiesLookOtherThanShoulds(t *testing.T) {
	must := one(Entry{Label: "a", Planned: true, Force: policy.Must})
	should := one(Entry{Label: "a", Planned: true, Force: policy.Should})
	require.Contains(t, must.SVG(), `<rect class="g-planned"`)
	require.Contains(t, should.SVG(), `<circle class="g-planned"`)
	require.Contains(t, must.SVG(), ">duty</text>")
	require.Contains(t, must.Text(), "a (must)")
	require.Contains(t, must.HTML(), `class="t-planned t-must"`)
	require.NotContains(t, must.SVG(), `class="c-label c-late"`)
	near := one(Entry{Label: "a", Planned: true, Soon: true, Force: policy.Must})
	require.Contains(t, near.SVG(), `class="c-label c-late"`)
	require.Contains(t, near.SVG(), `<rect class="g-soon"`)
	require.Contains(t, near.HTML(), "t-urgent")
	require.Contains(t, near.Text(), "due soon a (must)")
	require.Contains(t, near.Markdown(), "**due soon**")
	nearShould := one(Entry{Label: "a", Planned: true, Soon: true, Force: policy.Should})
	require.NotContains(t, nearShould.SVG(), `class="c-label c-late"`)
	require.Contains(t, nearShould.SVG(), `<circle class="g-near"`)
}

// Plans that count no more are marked so, and so is an embargo that was broken off.
func TestWhatCountsNoMore(t *testing.T) {
	tl := one(Entry{Label: "Release planned", Void: "superseded"})
	at := tl.Now
	tl.Bands = []Band{{From: at, To: at.AddDate(0, 0, 20), Agreed: at.AddDate(0, 0, 30), Label: "Embargo"}}
	require.Contains(t, tl.Text(), "superseded Release planned")
	require.Contains(t, tl.Text(), "Embargo, broken off: ")
	require.Contains(t, tl.Text(), "(agreed until Wed 2026-11-04 10:00 UTC)")
	require.Contains(t, tl.Markdown(), "Embargo, broken off")
	require.Contains(t, tl.Markdown(), "| superseded | Release planned")
	ics := strings.ReplaceAll(tl.ICalendar(), "\r\n ", "")
	require.Contains(t, ics, "superseded: Release planned")
	require.Contains(t, ics, "STATUS:CANCELLED")
	require.Contains(t, ics, "Embargo\\, broken off")
	require.Contains(t, tl.HTML(), `<li class="t-void">`)
	require.Contains(t, tl.HTML(), "<b>Embargo, broken off</b>")
	require.Contains(t, tl.SVG(), `class="c-label c-void">Release planned (superseded)</text>`)
	require.NotContains(t, tl.SVG(), "line-through", "no line runs through text")
	require.Contains(t, tl.SVG(), ">Embargo, broken off, until ")
	require.Contains(t, tl.SVG(), "c-broken")
}

// Who did it is shown to those who ask for it, and never in the public version.
func TestActorsAreShownOnRequest(t *testing.T) {
	tl := one(Entry{Label: "Release approved", Lane: "Team", Actor: "Ada Example", Public: true})
	forms := func(t Timeline) []string {
		return []string{t.Text(), t.Markdown(), t.HTML(), t.SVG(), t.ICalendar()}
	}
	for _, f := range forms(tl) {
		require.NotContains(t, f, "Ada Example")
	}
	tl.Actors = true
	for _, f := range forms(tl) {
		require.Contains(t, f, "by Ada Example")
	}
	for _, f := range forms(tl.Public()) {
		require.NotContains(t, f, "Ada Example")
	}
}

// What one party did within a minute is one mark.
func TestSameMinuteIsOneMark(t *testing.T) {
	at := time.Date(2026, 10, 5, 9, 0, 10, 0, time.UTC)
	tl := Timeline{Now: at.AddDate(0, 0, 9)}
	for i, l := range []string{"Report 1: valid", "Severity critical (9.3)", "Message", "Message", "Case assigned"} {
		tl.Entries = append(tl.Entries, Entry{ID: l, At: at.Add(time.Duration(i) * 9 * time.Second), Label: l, Lane: "Team"})
	}
	tl.Entries = append(tl.Entries,
		Entry{ID: "v", At: at, Label: "Vendor aware", Lane: "Vendor"},
		Entry{ID: "m", At: at, Label: "Assess the report", Lane: "Team", Met: true, Force: policy.Should},
		Entry{ID: "n", At: at.Add(time.Minute), Label: "Later", Lane: "Team"})
	require.Equal(t, 4, strings.Count(tl.SVG(), `class="c-date"`))
	require.Contains(t, tl.SVG(), ">Report 1: valid · Severity critical (9.3) · Message (2) · Case</text>")
	require.Equal(t, 2, strings.Count(tl.HTMLList(), "<ul>"))
	require.Equal(t, len(tl.Entries), strings.Count(tl.Text(), "done")+1, "lists keep each")
}

// Month headings never overprint, whatever the day on which a case begins.
func TestHeadingsDoNotOverprint(t *testing.T) {
	for day := range 62 {
		for _, span := range []int{9, 20, 33, 45, 90, 200, 400} {
			from := time.Date(2026, 9, 1+day, 7, 0, 0, 0, time.UTC)
			d := drawing{axis: newAxis([]time.Time{from, from.AddDate(0, 0, span)}, 140, svg.Width-svg.Margin, time.UTC)}
			end := -1e9
			hs := d.headings(d.axis.ticks(d.t))
			for _, h := range hs {
				require.Greater(t, h.x, end+8, "from %s, %d days: %v", from, span, hs)
				end = h.x + svg.TextWidth(h.label, dateSize*svg.Bold)
				require.LessOrEqual(t, end, svg.Width-svg.Margin)
			}
			require.NotEmpty(t, hs)
		}
	}
}

// A band holds its label, or has none.
func TestBandLabelsStayInside(t *testing.T) {
	for hours := 1; hours < 24*60; hours += 7 {
		at := time.Date(2026, 10, 1, 9, 0, 0, 0, time.UTC)
		tl := Timeline{Now: at.AddDate(0, 0, 60), Entries: []Entry{{ID: "1", At: at, Label: "x"}},
			Bands: []Band{{From: at, To: at.Add(time.Duration(hours) * time.Hour), Agreed: at.AddDate(0, 0, 70), Label: "Embargo of the first three vendors"}}}
		es, _ := tl.sorted()
		d := drawing{t: tl, es: es, loc: time.UTC}
		d.layout()
		for _, b := range d.bands {
			if b.label != "" {
				require.LessOrEqual(t, b.labelX+svg.TextWidth(b.label, dateSize*svg.Bold), b.x1, "%d hours: %q", hours, b.label)
			}
		}
		require.Contains(t, tl.SVG(), "embargo of the first three vendors", "the legend names it")
	}
}

// No line runs through text: neither the grid, nor an edge, nor now, nor what leads
// to the date that was due.
func TestNoLineRunsThroughText(t *testing.T) {
	vertical := regexp.MustCompile(`M(-?[\d.]+) (-?[\d.]+)V(-?[\d.]+)`)
	for _, tl := range []Timeline{sampleTimeline(t), manyEntries(t, 60), manyEntries(t, 200)} {
		es, _ := tl.sorted()
		d := drawing{t: tl, es: es, loc: tl.loc()}
		d.layout()
		picture := d.render(0)
		lines := 0
		for _, m := range vertical.FindAllStringSubmatch(picture, -1) {
			x, y0, y1 := number(t, m[1]), number(t, m[2]), number(t, m[3])
			lines++
			for _, b := range d.texts {
				require.False(t, b.x0+1 < x && x < b.x1-1 && b.y0+1 < y1 && y0 < b.y1-1, "the line at %.1f runs through %v", x, b)
			}
		}
		require.Greater(t, lines, 20)
		for _, l := range d.lanes {
			for _, m := range l.marks {
				for _, x := range m.due {
					for _, b := range d.texts {
						require.False(t, b.y0+1 < m.dueY && m.dueY < b.y1-1 && b.x0 < max(m.x, x) && min(m.x, x) < b.x1, "%v", b)
					}
				}
			}
		}
	}
}

// Long names of lanes wrap and are not cut.
func TestLongLaneNamesWrap(t *testing.T) {
	tl := one(Entry{Label: "x", Lane: "Corporation for Industrial Automation and Control Systems"})
	for _, part := range []string{">Corporation for<", ">Automation and<", ">Control Systems<"} {
		require.Contains(t, tl.SVG(), part)
	}
	require.NotContains(t, tl.SVG(), "…")
}

// On a phone the list replaces the picture: it comes without one, escapes, and
// groups by minute.
func TestHTMLList(t *testing.T) {
	page := sampleTimeline(t).HTML()
	require.Contains(t, page, ".cvd-picture{display:none}")
	require.Contains(t, page, "@media screen and (min-width:1000px){.cvd-picture{display:block")
	require.Contains(t, page, `<meta name="viewport" content="width=device-width, initial-scale=1">`)
	require.Contains(t, page, "prefers-color-scheme:dark")
	require.Contains(t, page, "@media print")
	require.Equal(t, 1, strings.Count(page, `class="t-now"`))
	list := sampleTimeline(t).HTMLList()
	require.NotContains(t, list, "<svg")
	require.NotContains(t, list, "<style")
	require.Contains(t, list, `<time datetime="2026-10-05T07:12:00Z">Mon 2026-10-05 09:12 CEST (UTC+02:00)</time>`)
}
