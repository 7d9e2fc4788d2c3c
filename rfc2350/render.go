package rfc2350

import (
	"bytes"
	"strings"
)

// Text writes the document as plain text: headings at the margin, everything else
// indented by four. Parsing the result gives an equal document (see [Document.Equal]).
func (d *Document) Text() []byte {
	var b bytes.Buffer
	indented := func(l string) {
		if l != "" {
			b.WriteString(bodyIndent + l)
		}
		b.WriteByte('\n')
	}
	for _, l := range d.Preamble {
		indented(l)
	}
	for _, s := range d.Sections {
		if b.Len() > 0 {
			b.WriteString("\n\n")
		}
		if s.Number != "" {
			b.WriteString(s.Number + " ")
		}
		b.WriteString(s.Title + "\n")
		if s.Body == "" {
			continue
		}
		b.WriteByte('\n')
		for _, l := range strings.Split(s.Body, "\n") {
			indented(l)
		}
	}
	return b.Bytes()
}

// Markdown writes the document as Markdown. Key blocks are fenced; characters of the
// texts that Markdown would read as marks are escaped.
func (d *Document) Markdown() []byte {
	var b bytes.Buffer
	if d.Title != "" {
		b.WriteString("# " + escapeMarkdown(d.Title) + "\n\n")
	}
	for _, s := range d.Sections {
		b.WriteString(strings.Repeat("#", s.depth()+1) + " ")
		if s.Number != "" {
			b.WriteString(s.Number + " ")
		}
		b.WriteString(escapeMarkdown(s.Title) + "\n\n")
		for _, p := range splitBody(s.Body) {
			if p.block {
				b.WriteString("```text\n" + strings.ReplaceAll(p.text, "```", "'''") + "\n```\n\n")
				continue
			}
			for _, l := range strings.Split(strings.TrimSpace(p.text), "\n") {
				if l = strings.TrimSpace(l); l == "" {
					b.WriteByte('\n')
					continue
				}
				if item, ok := listItem(l); ok {
					b.WriteString("- " + escapeMarkdown(item) + "\n")
					continue
				}
				b.WriteString(escapeMarkdown(l) + "  \n") // two blanks keep the line end
			}
			b.WriteByte('\n')
		}
	}
	return append(bytes.TrimRight(b.Bytes(), "\n"), '\n')
}

// depth is 1 for a chapter.
func (s Section) depth() int {
	if s.Number != "" {
		return min(4, 1+strings.Count(s.Number, "."))
	}
	if s.ID != "" && chapterTitle(s.ID) {
		return 1
	}
	return 2
}

// listItem takes the mark off a list item. A lone mark is text: "-" says that
// there is nothing.
func listItem(l string) (string, bool) {
	for _, mark := range []string{"- ", "* ", "+ ", "• ", "– "} {
		if t := strings.TrimPrefix(l, mark); t != l && strings.Trim(t, "-–*+• ") != "" {
			return strings.TrimSpace(t), true
		}
	}
	return l, false
}

// escapeMarkdown escapes what begins emphasis, links, HTML, headings or lists.
func escapeMarkdown(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if strings.IndexByte("\\`*_[]<>|", c) >= 0 || i == 0 && strings.IndexByte("#+-=~", c) >= 0 {
			b.WriteByte('\\')
		}
		if c == '&' {
			b.WriteString("&amp;")
			continue
		}
		if (c == '.' || c == ')') && i > 0 && i < 10 && strings.Trim(s[:i], "0123456789") == "" { // "1." is a list
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}

// bodyPart is text or a key block.
type bodyPart struct {
	text  string
	block bool
}

// splitBody sets key blocks apart, as they were printed.
func splitBody(body string) []bodyPart {
	var out []bodyPart
	for body != "" {
		m := beginBlock.FindStringIndex(body)
		if m == nil {
			break
		}
		e := endBlock.FindStringIndex(body[m[1]:])
		if e == nil {
			break
		}
		if m[0] > 0 {
			out = append(out, bodyPart{text: body[:m[0]]})
		}
		out = append(out, bodyPart{text: body[m[0] : m[1]+e[1]], block: true})
		body = body[m[1]+e[1]:]
	}
	if strings.TrimSpace(body) != "" {
		out = append(out, bodyPart{text: body})
	}
	return out
}
