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
	m := &markdownWriter{bufio.NewWriter(w), v.speech}
	m.put("# " + md(v.Title) + "\n\n")
	m.table([]string{v.say("Advisory"), md(v.ID)}, [][]string{
		{v.say("Also known as"), md(strings.Join(v.Aliases, ", "))}, {v.say("Distribution"), "**" + md(v.TLP) + "**"},
		{v.say("Terms"), md(v.Sharing)}, {v.say("Publisher"), md(v.Publisher)}, {v.say("Contact"), md(v.Contact)},
		{v.say("Authority"), md(v.Authority)}, {v.say("Released"), v.Released}, {v.say("Updated"), v.Updated},
		{v.say("Withdrawn"), v.Withdrawn}, {v.say("Version"), md(strings.TrimSpace(v.Version + " " + v.Status))},
		{v.say("Severity"), md(v.Severity)},
	})
	m.notes("## ", v.Notes)
	if len(v.Vulnerabilities) > 1 {
		m.overview(v.Vulnerabilities)
	}
	for i := range v.Vulnerabilities {
		m.vulnerability(&v.Vulnerabilities[i])
	}
	m.links("## "+v.say("References"), v.References)
	m.list("## "+v.say("Credits"), v.Credits)
	if len(v.Revisions) > 0 {
		m.put("## " + v.say("Revisions") + "\n\n")
		var rows [][]string
		for _, r := range v.Revisions {
			rows = append(rows, []string{md(r[0]), r[1], md(r[2])})
		}
		m.table([]string{v.say("Version"), v.say("Date"), v.say("Change")}, rows)
	}
	return m.w.Flush()
}

// markdownWriter keeps no error of its own: bufio.Writer returns the first at Flush.
type markdownWriter struct {
	w *bufio.Writer
	*speech
}

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

// all writes a table with every row.
func (m *markdownWriter) all(head []string, rows [][]string) {
	m.row(head)
	m.put(strings.Repeat("| --- ", len(head)) + "|\n")
	for _, r := range rows {
		m.row(r)
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
		m.put(mdBlock(p) + "\n\n")
	}
	if !n.About.empty() {
		m.put(m.say("For") + ": " + md(m.listed(n.About)) + "\n\n")
	}
}

// overview lists the vulnerabilities of a long advisory.
func (m *markdownWriter) overview(list []viewVulnerability) {
	m.put("## " + m.say("Vulnerabilities") + "\n\n")
	var rows [][]string
	for i := range list {
		x := &list[i]
		rows = append(rows, []string{mdLink(x.Name, x.Link), md(x.Title), md(strings.TrimSpace(x.Severity + " " + x.Score)), md(x.States)})
	}
	m.all([]string{m.say("Vulnerability"), m.say("Summary"), m.say("Severity"), m.say("Products")}, rows)
}

func (m *markdownWriter) vulnerability(x *viewVulnerability) {
	m.put("## " + md(x.Heading) + "\n\n")
	var weaknesses []string
	for _, w := range x.Weaknesses {
		weaknesses = append(weaknesses, mdLink(w.Text, w.URL))
	}
	link := ""
	if x.Link != "" {
		link = mdLink(x.Name, x.Link)
	}
	m.table([]string{m.say("Severity"), md(strings.TrimSpace(x.Severity + " " + x.Score))}, [][]string{
		{"CVE", link}, {m.say("Also known as"), md(strings.Join(x.Names, ", "))}, {m.say("Weaknesses"), strings.Join(weaknesses, "; ")},
		{m.say("Discovered"), x.Discovered}, {m.say("Disclosed"), x.Disclosed},
	})
	m.notes("### ", x.Notes)
	if len(x.Products) > 0 {
		m.put("### " + m.say("Products") + "\n\n")
		var rows [][]string
		for _, g := range x.Products {
			state, why := md(g.State), md(g.Why)
			for _, p := range g.Items {
				rows = append(rows, []string{md(p.Name), state, why})
			}
		}
		m.table([]string{m.say("Product"), m.say("State"), m.say("Reason")}, rows)
	}
	if len(x.Scores) > 0 {
		m.put("### " + m.say("Scores") + "\n\n")
		var rows [][]string
		for _, s := range x.Scores {
			rows = append(rows, []string{md(s.Kind), md(strings.TrimSpace(s.Value + " " + s.Rating)), md(s.Detail), md(m.listed(s.For))})
		}
		m.all([]string{m.say("Kind"), m.say("Result"), m.say("Assessment"), m.say("For")}, rows)
	}
	m.entries("### "+m.say("Remediation"), x.Remediations)
	m.entries("### "+m.say("Threats"), x.Threats)
	m.links("### "+m.say("References"), x.References)
	m.list("### "+m.say("Credits"), x.Credits)
	var events []string
	for _, e := range x.Timeline {
		events = append(events, e[0]+": "+e[1])
	}
	m.list("### "+m.say("Timeline"), events)
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
