package advisory

import (
	"bufio"
	"io"
	"strings"
)

// Markdown writes the advisory as CommonMark with the tables of GitHub. Every text of
// the advisory is escaped: it can make no heading, list, table, emphasis, code, HTML,
// image or link. Links are made of http and https URLs only. The error is that of w.
func Markdown(w io.Writer, a *Advisory) error {
	v := a.view()
	m := &markdownWriter{w: bufio.NewWriter(w)}
	m.put("# " + md(v.Title) + "\n\n")
	m.table([]string{"Advisory", md(v.ID)}, [][]string{
		{"Also known as", md(strings.Join(v.Aliases, ", "))}, {"Distribution", "**" + md(v.TLP) + "**"},
		{"Terms", md(v.Sharing)}, {"Publisher", md(v.Publisher)}, {"Contact", md(v.Contact)},
		{"Authority", md(v.Authority)}, {"Released", v.Released}, {"Updated", v.Updated},
		{"Withdrawn", v.Withdrawn}, {"Version", md(strings.TrimSpace(v.Version + " " + v.Status))},
		{"Severity", md(v.Severity)},
	})
	m.notes("## ", v.Notes)
	for i := range v.Vulnerabilities {
		m.vulnerability(&v.Vulnerabilities[i])
	}
	m.links("## References", v.References)
	m.list("## Credits", v.Credits)
	if len(v.Revisions) > 0 {
		m.put("## Revisions\n\n")
		var rows [][]string
		for _, r := range v.Revisions {
			rows = append(rows, []string{md(r.Version), day(r.Date), md(r.Summary)})
		}
		m.table([]string{"Version", "Date", "Change"}, rows)
	}
	return m.w.Flush()
}

// markdownWriter keeps no error of its own: bufio.Writer returns the first at Flush.
type markdownWriter struct{ w *bufio.Writer }

func (m *markdownWriter) put(s string) { _, _ = m.w.WriteString(s) }

// table writes a header and the rows whose second cell is not empty. Cells are
// escaped already.
func (m *markdownWriter) table(head []string, rows [][]string) {
	m.row(head)
	m.put(strings.Repeat("| --- ", len(head)) + "|\n")
	for _, r := range rows {
		if strings.Trim(r[1], "*") != "" {
			m.row(r)
		}
	}
	m.put("\n")
}

func (m *markdownWriter) row(cells []string) { m.put("| " + strings.Join(cells, " | ") + " |\n") }

func (m *markdownWriter) notes(prefix string, notes []viewNote) {
	for _, n := range notes {
		m.put(prefix + md(n.Title) + "\n\n")
		m.body(n)
	}
}

func (m *markdownWriter) body(n viewNote) {
	for _, p := range n.Paragraphs {
		if u, ok := webURL(p); ok {
			m.put("<" + angle(u) + ">\n\n")
			continue
		}
		m.put(mdBlock(p) + "\n\n")
	}
	if len(n.About) > 0 {
		m.put("For: " + md(strings.Join(n.About, "; ")) + "\n\n")
	}
}

func (m *markdownWriter) vulnerability(x *viewVulnerability) {
	name := md(x.Name)
	if x.Title != "" {
		name += ": " + md(x.Title)
	}
	m.put("## " + name + "\n\n")
	m.table([]string{"Severity", md(strings.TrimSpace(x.Severity + " " + x.Score))}, [][]string{
		{"Also known as", md(strings.Join(x.Names, ", "))}, {"Weaknesses", md(strings.Join(x.Weaknesses, "; "))},
		{"Discovered", x.Discovered}, {"Disclosed", x.Disclosed},
	})
	m.notes("### ", x.Notes)
	if len(x.Products) > 0 {
		m.put("### Products\n\n")
		var rows [][]string
		for _, g := range x.Products {
			for _, p := range g.Items {
				rows = append(rows, []string{md(p.Name), md(g.State), md(p.Why)})
			}
		}
		m.table([]string{"Product", "State", "Reason"}, rows)
	}
	if len(x.Scores) > 0 {
		m.put("### Scores\n\n")
		var rows [][]string
		for _, s := range x.Scores {
			rows = append(rows, []string{md(s.Kind), md(strings.TrimSpace(s.Value + " " + s.Rating + " ")), md(s.Detail), md(s.For)})
		}
		m.table([]string{"Kind", "Result", "Assessment", "For"}, rows)
	}
	m.entries("### Remediation", x.Remediations)
	m.entries("### Threats", x.Threats)
	m.links("### References", x.References)
	m.list("### Credits", x.Credits)
	var events []string
	for _, e := range x.Timeline {
		events = append(events, e.At+": "+e.Text)
	}
	m.list("### Timeline", events)
}

func (m *markdownWriter) entries(title string, notes []viewNote) {
	if len(notes) > 0 {
		m.put(title + "\n\n")
		for _, n := range notes {
			m.put("**" + md(n.Title) + "**\n\n")
			m.body(n)
		}
	}
}

func (m *markdownWriter) links(title string, refs []viewLink) {
	if len(refs) == 0 {
		return
	}
	m.put(title + "\n\n")
	for _, r := range refs {
		u, ok := webURL(r.URL)
		switch {
		case !ok:
			m.put("- " + md(r.Text) + "\n")
		case r.Text == r.URL:
			m.put("- <" + angle(u) + ">\n")
		default:
			m.put("- [" + md(r.Text) + "](<" + angle(u) + ">)\n")
		}
	}
	m.put("\n")
}

func (m *markdownWriter) list(title string, rows []string) {
	if len(rows) == 0 {
		return
	}
	m.put(title + "\n\n")
	for _, r := range rows {
		m.put("- " + md(r) + "\n")
	}
	m.put("\n")
}

// angle makes a URL safe inside angle brackets.
func angle(u string) string {
	return strings.NewReplacer("<", "%3C", ">", "%3E", "\\", "%5C", " ", "%20", "|", "%7C", "`", "%60", "&", "&amp;").Replace(u)
}

// md escapes text for one line.
func md(s string) string { return mdLine(line(s)) }

// mdBlock escapes a paragraph and keeps its lines as lines.
func mdBlock(s string) string {
	var out []string
	for _, l := range strings.Split(clean(s), "\n") {
		if l = strings.Join(strings.Fields(l), " "); l != "" {
			out = append(out, mdLine(l))
		}
	}
	return strings.Join(out, "\\\n")
}

func mdLine(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch c {
		case '<':
			b.WriteString("&lt;")
			continue
		case '>':
			b.WriteString("&gt;")
			continue
		case '&':
			b.WriteString("&amp;")
			continue
		case '\\', '`', '*', '_', '[', ']', '|', '~', '#', '$', '!', '^', '@':
			b.WriteByte('\\')
		case '+', '-', '=':
			if i == 0 {
				b.WriteByte('\\')
			}
		case '.', ')':
			// "1." and "1)" begin lists; "www." begins a link.
			if digits(s[:i]) || i >= 3 && strings.EqualFold(s[i-3:i], "www") {
				b.WriteByte('\\')
			}
		case ':':
			if strings.HasPrefix(s[i:], "://") || i >= 6 && strings.EqualFold(s[i-6:i], "mailto") || i >= 4 && strings.EqualFold(s[i-4:i], "xmpp") {
				b.WriteByte('\\')
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}
