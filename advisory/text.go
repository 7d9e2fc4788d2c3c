package advisory

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"
)

// textWidth is the width at which Text breaks lines, in characters.
const textWidth = 76

// Text writes the advisory as plain text for mail and terminals, with lines of at most
// 76 characters where words allow. Control characters and marks that change the
// direction of text are left out, so nothing in the advisory can drive a terminal.
// The error is that of w.
func Text(w io.Writer, a *Advisory) error {
	v := a.view()
	t := &textWriter{w: bufio.NewWriter(w)}
	t.title(v.Title)
	t.fields("", [][2]string{
		{"Advisory", v.ID}, {"Also known as", strings.Join(v.Aliases, ", ")}, {"Distribution", v.TLP},
		{"", v.Sharing}, {"Publisher", v.Publisher}, {"Contact", v.Contact}, {"Authority", v.Authority},
		{"Released", v.Released}, {"Updated", v.Updated}, {"Withdrawn", v.Withdrawn},
		{"Version", strings.TrimSpace(v.Version + " " + v.Status)}, {"Severity", v.Severity},
	})
	t.notes(v.Notes)
	for _, x := range v.Vulnerabilities {
		t.vulnerability(&x)
	}
	t.links("References", v.References)
	t.list("Credits", v.Credits)
	var revisions []string
	for _, r := range v.Revisions {
		revisions = append(revisions, r.Version+"  "+day(r.Date)+"  "+r.Summary)
	}
	t.list("Revisions", revisions)
	return t.w.Flush()
}

// textWriter keeps no error of its own: bufio.Writer returns the first at Flush.
type textWriter struct{ w *bufio.Writer }

func (t *textWriter) put(s string) { _, _ = t.w.WriteString(s) }

func (t *textWriter) title(s string) { t.under(s, "=") }

func (t *textWriter) section(s string) {
	t.put("\n")
	t.under(s, "-")
}

func (t *textWriter) under(s, rule string) {
	s = line(s)
	t.put(s + "\n" + strings.Repeat(rule, min(utf8.RuneCountInString(s), textWidth)) + "\n")
}

func (t *textWriter) fields(indent string, rows [][2]string) {
	for _, r := range rows {
		if r[1] == "" {
			continue
		}
		name := r[0]
		if name != "" {
			name += ":"
		}
		t.wrap(indent+name+strings.Repeat(" ", max(16-len(name), 1)), indent+strings.Repeat(" ", 16), r[1])
	}
}

// wrap writes text as one paragraph: first before its first line, rest before the
// others.
func (t *textWriter) wrap(first, rest, text string) {
	col, begun := 0, false
	for _, word := range strings.Fields(clean(text)) {
		n := utf8.RuneCountInString(word)
		switch {
		case !begun:
			t.put(first + word)
			col, begun = utf8.RuneCountInString(first)+n, true
		case col+1+n > textWidth:
			t.put("\n" + rest + word)
			col = utf8.RuneCountInString(rest) + n
		default:
			t.put(" " + word)
			col += 1 + n
		}
	}
	if begun {
		t.put("\n")
	}
}

func (t *textWriter) notes(notes []viewNote) {
	for _, n := range notes {
		t.section(n.Title)
		t.body("", n)
	}
}

func (t *textWriter) body(indent string, n viewNote) {
	for i, p := range n.Paragraphs {
		if i > 0 {
			t.put("\n")
		}
		// Lines of the author stay lines: they may be commands or lists.
		for _, l := range strings.Split(p, "\n") {
			t.wrap(indent, indent, l)
		}
	}
	if len(n.About) > 0 {
		t.wrap(indent+"For: ", indent+"     ", strings.Join(n.About, "; "))
	}
}

func (t *textWriter) vulnerability(x *viewVulnerability) {
	t.put("\n")
	name := x.Name
	if x.Title != "" {
		name += ": " + x.Title
	}
	t.title(name)
	severity := x.Severity
	if x.Score != "" {
		severity = strings.TrimSpace(x.Severity + " " + x.Score)
	}
	t.fields("", [][2]string{
		{"Severity", severity}, {"Also known as", strings.Join(x.Names, ", ")},
		{"Weaknesses", strings.Join(x.Weaknesses, "; ")}, {"Discovered", x.Discovered}, {"Disclosed", x.Disclosed},
	})
	t.notes(x.Notes)
	if len(x.Scores) > 0 {
		t.section("Scores")
		for _, s := range x.Scores {
			t.wrap("* ", "  ", strings.Join([]string{s.Kind, s.Value, s.Rating, s.Detail}, " "))
		}
	}
	if len(x.Products) > 0 {
		t.section("Products")
		for _, p := range x.Products {
			t.wrap("", "", p.State+":")
			for _, item := range p.Items {
				text := item.Name
				if item.Why != "" {
					text += " (" + item.Why + ")"
				}
				t.wrap("* ", "  ", text)
			}
		}
	}
	t.entries("Remediation", x.Remediations)
	t.entries("Threats", x.Threats)
	t.links("References", x.References)
	t.list("Credits", x.Credits)
	if len(x.Timeline) > 0 {
		t.section("Timeline")
		for _, e := range x.Timeline {
			t.wrap("* "+e.At+": ", "  ", e.Text)
		}
	}
}

func (t *textWriter) entries(title string, notes []viewNote) {
	if len(notes) == 0 {
		return
	}
	t.section(title)
	for _, n := range notes {
		t.wrap("", "", n.Title+":")
		t.body("  ", n)
	}
}

func (t *textWriter) links(title string, refs []viewLink) {
	var rows []string
	for _, r := range refs {
		if r.Text == r.URL {
			rows = append(rows, r.URL)
		} else {
			rows = append(rows, r.Text+" "+r.URL)
		}
	}
	t.list(title, rows)
}

func (t *textWriter) list(title string, rows []string) {
	if len(rows) == 0 {
		return
	}
	t.section(title)
	for _, r := range rows {
		t.wrap("* ", "  ", r)
	}
}
