package timeline

import (
	"fmt"
	"github.com/cvdkit/cvdkit/cvd/internal/civil"
	"github.com/cvdkit/cvdkit/cvd/internal/plain"
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
		fmt.Fprintf(&b, "%s: %s to %s%s\n", x.label(), t.when(x.From), t.when(x.To), t.agreed(x))
	}
	if len(t.Bands) > 0 {
		b.WriteByte('\n')
	}
	es, left := t.sorted()
	width, state := 0, len(statusOverdue)+1
	for _, e := range es {
		width, state = max(width, len(t.when(e.At))), max(state, utf8.RuneCountInString(e.status()))
	}
	now := t.nowAt(es)
	for i, e := range es {
		if i == now {
			fmt.Fprintf(&b, "%-*s  -- now --\n", width, t.when(t.Now))
		}
		fmt.Fprintf(&b, "%-*s  %-*s %s%s\n", width, t.when(e.At), state, e.status(), e.said(), inBrackets(e.Lane))
		for _, more := range t.about(e) {
			fmt.Fprintf(&b, "%*s  %*s   %s\n", width, "", state, "", more)
		}
	}
	if now == len(es) {
		fmt.Fprintf(&b, "%-*s  -- now --\n", width, t.when(t.Now))
	}
	b.WriteString(leftOut(left))
	return b.String()
}

// Markdown renders the timeline as a heading and tables. All text is escaped, so
// that it is shown as it is.
func (t Timeline) Markdown() string {
	var b strings.Builder
	b.WriteString("# " + markdownText(t.heading()) + "\n\n")
	if len(t.Bands) > 0 {
		b.WriteString("| From | To | |\n|---|---|---|\n")
		for _, x := range t.Bands {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", t.when(x.From), t.when(x.To)+t.agreed(x), markdownText(x.label()))
		}
		b.WriteByte('\n')
	}
	es, left := t.sorted()
	b.WriteString("| When | State | What | Who | Why |\n|---|---|---|---|---|\n")
	now := t.nowAt(es)
	for i := 0; i <= len(es); i++ {
		if i == now {
			fmt.Fprintf(&b, "| %s | **now** | | | |\n", t.when(t.Now))
		}
		if i == len(es) {
			break
		}
		e := es[i]
		what := markdownText(e.said())
		if about := t.about(Entry{At: e.At, Due: e.Due, Detail: e.Detail, Actor: e.Actor}); len(about) > 0 {
			what += " (" + markdownText(strings.Join(about, "; ")) + ")"
		}
		state := markdownText(e.status())
		if e.urgent() {
			state = "**" + state + "**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", t.when(e.At), state, what, markdownText(e.Lane), markdownText(e.Reason))
	}
	if left > 0 {
		b.WriteString("\n" + leftOut(left))
	}
	return b.String()
}

func (t Timeline) heading() string {
	number, title := plain.Line(t.Number), plain.Line(t.Title)
	switch {
	case number == "" && title == "":
		return "Timeline"
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
	return " (agreed until " + t.when(b.Agreed) + ")"
}

func (t Timeline) when(at time.Time) string {
	if at.IsZero() {
		return "open"
	}
	return civil.Format(at.In(t.loc()))
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

func leftOut(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d later entries are left out.\n", n)
}

var markdownEscapes = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", `\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`,
	"[", `\[`, "]", `\]`, "|", `\|`, "~", `\~`, "#", `\#`, "!", `\!`, "://", "&#58;//", "@", "&#64;",
)

// markdownText escapes all that Markdown would read as markup, also bare links.
func markdownText(s string) string { return markdownEscapes.Replace(plain.Line(s)) }
