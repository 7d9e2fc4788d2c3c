package advisory

import (
	"bufio"
	"io"
	"strconv"
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
	t := &textWriter{bufio.NewWriter(w), v.speech}
	t.title(v.Title)
	t.fields("", [][2]string{
		{v.say("Advisory"), v.ID}, {v.say("Also known as"), strings.Join(v.Aliases, ", ")}, {v.say("Distribution"), v.TLP},
		{"", v.Sharing}, {v.say("Publisher"), v.Publisher}, {v.say("Contact"), v.Contact}, {v.say("Authority"), v.Authority},
		{v.say("Released"), v.Released}, {v.say("Updated"), v.Updated}, {v.say("Withdrawn"), v.Withdrawn},
		{v.say("Version"), strings.TrimSpace(v.Version + " " + v.Status)}, {v.say("Severity"), v.Severity},
	})
	t.notes(v.Notes)
	if len(v.Vulnerabilities) > 1 {
		t.overview(v.Vulnerabilities)
	}
	for i := range v.Vulnerabilities {
		t.vulnerability(&v.Vulnerabilities[i])
	}
	t.links(v.say("References"), v.References)
	t.list(v.say("Credits"), v.Credits)
	var revisions []string
	for _, r := range v.Revisions {
		revisions = append(revisions, r[0]+"  "+r[1]+"  "+r[2])
	}
	t.list(v.say("Revisions"), revisions)
	return t.w.Flush()
}

// textWriter keeps no error of its own: bufio.Writer returns the first at Flush.
type textWriter struct {
	w *bufio.Writer
	*speech
}

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
	if !n.About.empty() {
		t.wrap(indent+t.say("For")+": ", indent+"     ", t.listed(n.About))
	}
}

// listed writes a list of products on one line.
func (s *speech) listed(l viewList) string {
	if l.All {
		return s.say("all affected products")
	}
	text := strings.Join(l.Items, "; ")
	if l.More > 0 {
		text += "; " + strconv.Itoa(l.More) + " " + s.say("more")
	}
	return text
}

// overview lists the vulnerabilities of a long advisory.
func (t *textWriter) overview(list []viewVulnerability) {
	t.section(t.say("Vulnerabilities"))
	for i := range list {
		x := &list[i]
		text := x.Heading
		if x.Score != "" {
			text += ", " + x.Severity + " " + x.Score
		}
		if x.States != "" {
			text += " (" + x.States + ")"
		}
		t.wrap("* ", "  ", text)
	}
}

func (t *textWriter) vulnerability(x *viewVulnerability) {
	t.put("\n")
	t.title(x.Heading)
	var weaknesses []string
	for _, w := range x.Weaknesses {
		weaknesses = append(weaknesses, w.Text)
	}
	t.fields("", [][2]string{
		{t.say("Severity"), strings.TrimSpace(x.Severity + " " + x.Score)}, {t.say("Also known as"), strings.Join(x.Names, ", ")},
		{t.say("Weaknesses"), strings.Join(weaknesses, "; ")}, {t.say("Discovered"), x.Discovered}, {t.say("Disclosed"), x.Disclosed},
	})
	t.notes(x.Notes)
	if len(x.Scores) > 0 {
		t.section(t.say("Scores"))
		for _, s := range x.Scores {
			t.wrap("* ", "  ", strings.Join([]string{s.Kind, s.Value, s.Rating, s.Detail}, " "))
			if !s.For.empty() {
				t.wrap("  "+t.say("For")+": ", "       ", t.listed(s.For))
			}
		}
	}
	if len(x.Products) > 0 {
		t.section(t.say("Products"))
		for _, p := range x.Products {
			head := p.State
			if p.Why != "" {
				head += " (" + p.Why + ")"
			}
			t.wrap("", "", head+":")
			for _, item := range p.Items {
				t.wrap("* ", "  ", item.Name)
			}
		}
	}
	t.entries(t.say("Remediation"), x.Remediations)
	t.entries(t.say("Threats"), x.Threats)
	t.links(t.say("References"), x.References)
	t.list(t.say("Credits"), x.Credits)
	if len(x.Timeline) > 0 {
		t.section(t.say("Timeline"))
		for _, e := range x.Timeline {
			t.wrap("* "+e[0]+": ", "  ", e[1])
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
