package rfc2350

import (
	"regexp"
	"strings"
)

// maxCells bounds the cells of a row that are told apart.
const maxCells = 50

// lineBreaks are the tags that end a line inside a cell.
var lineBreaks = regexp.MustCompile(`(?i)<br */?>`)

// tables reads the tables of Markdown (GitHub Flavored Markdown, section 4.10). A row
// whose label names a section of the outline becomes that section; of any other
// row the first cell is the label of the others: "Label: value, value".
func (s *source) tables() {
	var out []line
	enclosing, level, fenced := titled{}, int8(1), false
	for i := 0; i < len(s.lines); i++ {
		l := s.lines[i]
		if l.level > 0 {
			enclosing, level = titled{text: l.text}, l.level
		}
		if strings.HasPrefix(l.text, "```") {
			fenced = !fenced
		}
		if fenced || l.pre || l.level > 0 || i+1 >= len(s.lines) || !strings.Contains(l.text, "|") || !delimiterRow(s.lines[i+1].text) || len(cells(s.lines[i+1].text)) != len(cells(l.text)) {
			if out != nil {
				out = append(out, l)
			}
			continue
		}
		if out == nil {
			out = append(make([]line, 0, len(s.lines)), s.lines[:i]...)
		}
		out = append(out, s.lines[i].row(&enclosing, level)...)
		for i += 2; i < len(s.lines) && !s.lines[i].pre && s.lines[i].level == 0 && strings.Contains(s.lines[i].text, "|"); i++ {
			out = append(out, s.lines[i].row(&enclosing, level)...)
		}
		i--
	}
	if out != nil {
		s.lines = out
	}
}

// row gives the lines that a row of a table stands for, under the heading that encloses it.
func (l line) row(heading *titled, level int8) []line {
	var filled []string
	list := cells(l.text)
	for _, c := range list[1:] {
		if c != "" {
			filled = append(filled, c)
		}
	}
	label, value := strings.TrimRight(strings.Trim(list[0], "*_` "), ": "), strings.Join(filled, ", ")
	id, enclosing := identify(label), heading.section()
	switch chapter := chapterOf(enclosing); {
	case label == "":
		return l.split(value)
	case value == "":
		return l.split(label)
	case id != "" && id != enclosing && !chapterTitle(id) && (chapter == "" || chapter == "document" || chapter == "contact"):
		head := l
		head.text, head.level = label, min(6, level+1)
		return append([]line{head}, l.split(value)...)
	}
	return l.split(label + ": " + value)
}

// split makes lines of a text, at the line breaks that Markdown has in cells.
func (l line) split(text string) (out []line) {
	for _, t := range lineBreaks.Split(text, -1) {
		l.text = strings.TrimSpace(t)
		out = append(out, l)
	}
	return out
}

// cells splits a row at the bars that are not escaped.
func cells(text string) []string {
	text = strings.TrimPrefix(strings.TrimSpace(text), "|")
	var out []string
	from := 0
	for i := 0; i < len(text) && len(out) < maxCells-1; i++ {
		switch text[i] {
		case '\\':
			i++
		case '|':
			out = append(out, strings.TrimSpace(text[from:i]))
			from = i + 1
		}
	}
	if last := strings.TrimSpace(text[from:]); last != "" || len(out) == 0 {
		out = append(out, last)
	}
	return out
}

// delimiterRow is the line under the head of a table: "|---|:--:|".
func delimiterRow(text string) bool {
	text = strings.TrimSpace(text)
	if len(text) < 3 || strings.Trim(text, "|-: \t") != "" || !strings.Contains(text, "|") {
		return false
	}
	for _, c := range cells(text) {
		if strings.Trim(strings.TrimSuffix(strings.TrimPrefix(c, ":"), ":"), "-") != "" || !strings.Contains(c, "-") {
			return false
		}
	}
	return true
}
