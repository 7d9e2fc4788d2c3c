package rfc2350

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// deriveTitle takes the line of the preamble that says what this is: the last one,
// since navigation comes first, unless it is a sentence.
func (d *Document) deriveTitle() {
	for i, l := range d.Preamble {
		if i >= 500 {
			return
		}
		if len(l) > 400 {
			continue
		}
		t := titleText(l)
		if len(t) > 0 && len(t) <= 200 && (mentionsRFCIn(t) && mentionsRFCIn(withoutPaths(t)) || len(t) <= 90 && titleLike(t)) {
			if d.Title == "" || !strings.HasSuffix(t, ".") {
				d.Title = d.withTeam(i, t)
			}
		}
	}
}

// markdownLink is a link with its text.
var markdownLink = regexp.MustCompile(`\[([^\][]*)\]\([^()\s]*\)`)

// titleText is a line without the marks of Markdown and of what stands before a page of it.
// A line that is only a link, as in a table of contents, is none.
func titleText(l string) string {
	t := squeeze(l)
	if front := strings.TrimPrefix(t, "title:"); front != t {
		t = unquoted(strings.Trim(front, " "))
	}
	if strings.Contains(t, "](") {
		if m := markdownLink.FindStringIndex(t); m != nil && m[1] == len(t) && strings.Trim(t[:m[0]], " *+-•0123456789.") == "" {
			return ""
		}
		t = markdownLink.ReplaceAllString(t, "$1")
	}
	return strings.Trim(t, " =-#*_")
}

// withoutPaths leaves out addresses and names of files.
func withoutPaths(t string) string {
	words := strings.Fields(t)
	kept := words[:0]
	for _, w := range words {
		file := strings.LastIndexByte(w, '.')
		if i := strings.IndexByte(w, '/'); i == 0 || i > 0 && (strings.Contains(w, "//") || i == len(w)-1 || strings.Contains(w[:i], ".")) || file > 0 && fileEndings[fold(strings.TrimRight(w[file+1:], ")]>,;"))] {
			continue
		}
		kept = append(kept, w)
	}
	return strings.Join(kept, " ")
}

// withTeam puts the name of the team before a title that tells only what the document is,
// if it stands on the line above.
func (d *Document) withTeam(i int, title string) string {
	above := i - 1
	if above > 0 && d.Preamble[above] == "" {
		above--
	}
	if above < 0 {
		return title
	}
	name := strings.Trim(squeeze(d.Preamble[above]), " =-#*_")
	if len(name) < 4 || len(name) > 100 || !nameOfTeam(name) {
		return title
	}
	x := lexLine(title)
	defer x.done()
	if x.teamLike() {
		return title
	}
	return name + " – " + title
}

// nameOfTeam: capitals throughout, one word for a team, and an abbreviation.
func nameOfTeam(s string) bool {
	x := lexLine(s)
	defer x.done()
	short := false
	for i := range x.toks {
		t := &x.toks[i]
		switch {
		case t.kind == kNumber, t.kind == kSign && !strings.ContainsRune("-'&(),", t.sign()):
			return false
		case t.kind == kWord && t.upper == 0 && t.end-t.start > 3 && !x.is(i+1, '\'') && !t.means.any(mOf, mAnd):
			return false
		}
		short = short || t.kind == kWord && t.upper == 2 && t.end-t.start > 2
	}
	return short && x.teamLike()
}

// titleLike: "CSIRT profile", "Description of EX-CERT".
func titleLike(t string) bool {
	f := strings.ToLower(t)
	team := false
	for _, w := range []string{"csirt", "cert", "psirt", "sirt"} {
		for from := 0; !team; {
			i := strings.Index(f[from:], w)
			if i < 0 {
				break
			}
			from += i + len(w)
			before := from - len(w)
			team = (before == 0 || !wordByte(f[before-1])) && (from >= len(f) || !wordByte(f[from]))
		}
	}
	return team && (strings.Contains(f, "description") || strings.Contains(f, "profile"))
}

// goesOnBelow adds to a value what stands below it, in the column in which it begins.
func goesOnBelow(value string, lines []string) string {
	const fewest = 4
	at := strings.Index(lines[0], value)
	column := utf8.RuneCountInString(lines[0][:max(0, at)])
	for _, l := range lines[1:min(len(lines), 4)] {
		text := strings.TrimLeft(l, " ")
		if column < fewest || text == "" || len(l)-len(text) != column {
			break
		}
		value += " " + strings.TrimSpace(text)
	}
	return value
}
