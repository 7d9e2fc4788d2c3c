package timeline

import (
	"fmt"
	"github.com/cvdkit/cvdkit/cvd/internal/civil"
	"github.com/cvdkit/cvdkit/cvd/internal/plain"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Text renders the timeline for a terminal or a plain mail: one line for each
// entry, with weekday, hour and zone, and further lines for details and reasons.
func (t Timeline) Text() string {
	var b strings.Builder
	b.WriteString(t.heading() + "\n\n")
	for _, x := range t.Bands {
		fmt.Fprintf(&b, "%s: %s%s\n", t.band(x), t.span(x), t.agreed(x))
	}
	if len(t.Bands) > 0 {
		b.WriteByte('\n')
	}
	es, left := t.sorted()
	width, state := 0, utf8.RuneCountInString(t.word(statusOverdue))+1
	for _, e := range es {
		width, state = max(width, utf8.RuneCountInString(t.when(e.At))), max(state, utf8.RuneCountInString(t.word(e.status())))
	}
	now := t.nowAt(es)
	for i, e := range es {
		if i == now {
			fmt.Fprintf(&b, "%-*s  -- %s --\n", width, t.when(t.Now), t.word("now"))
		}
		fmt.Fprintf(&b, "%-*s  %-*s %s%s\n", width, t.when(e.At), state, t.word(e.status()), t.said(e), inBrackets(e.Lane))
		for _, more := range t.about(e) {
			fmt.Fprintf(&b, "%*s  %*s   %s\n", width, "", state, "", more)
		}
	}
	if now == len(es) {
		fmt.Fprintf(&b, "%-*s  -- %s --\n", width, t.when(t.Now), t.word("now"))
	}
	b.WriteString(t.leftOut(left))
	return b.String()
}

// Markdown renders the timeline as a heading and tables. All text is escaped, so
// that it is shown as it is.
func (t Timeline) Markdown() string {
	var b strings.Builder
	b.WriteString("# " + markdownText(t.heading()) + "\n\n")
	if len(t.Bands) > 0 {
		fmt.Fprintf(&b, "| %s | %s | |\n|---|---|---|\n", markdownText(t.word("From")), markdownText(t.word("To")))
		for _, x := range t.Bands {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", t.when(x.From), t.when(x.To)+t.agreed(x), markdownText(t.band(x)))
		}
		b.WriteByte('\n')
	}
	es, left := t.sorted()
	for _, s := range []string{"When", "State", "What", "Who", "Why"} {
		b.WriteString("| " + markdownText(t.word(s)) + " ")
	}
	b.WriteString("|\n|---|---|---|---|---|\n")
	now := t.nowAt(es)
	for i := 0; i <= len(es); i++ {
		if i == now {
			fmt.Fprintf(&b, "| %s | **%s** | | | |\n", t.when(t.Now), markdownText(t.word("now")))
		}
		if i == len(es) {
			break
		}
		e := es[i]
		what := markdownText(t.said(e))
		if about := t.about(Entry{At: e.At, Due: e.Due, Detail: e.Detail, Actor: e.Actor}); len(about) > 0 {
			what += " (" + markdownText(strings.Join(about, "; ")) + ")"
		}
		state := markdownText(t.word(e.status()))
		if e.urgent() {
			state = "**" + state + "**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", t.when(e.At), state, what, markdownText(e.Lane), markdownText(e.Reason))
	}
	if left > 0 {
		b.WriteString("\n" + t.leftOut(left))
	}
	return b.String()
}

func (t Timeline) heading() string {
	number, title := plain.Line(t.Number), plain.Line(t.Title)
	switch {
	case number == "" && title == "":
		return t.word("Timeline")
	case number == "" || title == "":
		return number + title
	}
	return number + " · " + title
}

// agreed says until when a band was to last that was broken off.
func (t Timeline) agreed(b Band) string {
	if !b.brokenOff() {
		return ""
	}
	return " " + t.word("(agreed until {date})", "date", t.when(b.Agreed))
}

func (t Timeline) when(at time.Time) string {
	if at.IsZero() {
		return t.word("open")
	}
	s := civil.Format(at.In(t.loc()))
	return t.word(s[:3]) + s[3:] // the day of the week
}

// nowAt is the index of the first entry after now, or -1 without a now.
func (t Timeline) nowAt(es []Entry) int {
	if t.Now.IsZero() {
		return -1
	}
	for i, e := range es {
		if e.At.After(t.Now) {
			return i
		}
	}
	return len(es)
}

func inBrackets(lane string) string {
	if lane = plain.Line(lane); lane == "" {
		return ""
	}
	return " [" + lane + "]"
}

func (t Timeline) leftOut(n int) string {
	if n == 0 {
		return ""
	}
	return t.word("{number} later entries are left out.", "number", strconv.Itoa(n)) + "\n"
}

var markdownEscapes = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", `\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`,
	"[", `\[`, "]", `\]`, "|", `\|`, "~", `\~`, "#", `\#`, "!", `\!`, "://", "&#58;//", "@", "&#64;",
)

// markdownText escapes all that Markdown would read as markup, also bare links.
func markdownText(s string) string { return markdownEscapes.Replace(plain.Line(s)) }
