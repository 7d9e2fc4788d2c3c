package rfc2350

import (
	"math/bits"
	"slices"
	"strings"
)

// chooseHeadings decides which candidates begin sections.
func (w *workspace) chooseHeadings(s *source, all []heading) []heading {
	hs := w.chooseInline(all)
	hs = chooseUnnumbered(hs)
	hs = dropTOC(s, hs)
	hs = fromFirst(hs)
	hs = chooseUnknown(s.lines, hs)
	if restartingNumbers(hs) {
		s.add("list-numbers", Info, "", int(s.lines[hs[0].line].n), "sections are numbered like a list; the numbers were ignored")
		kept := hs[:0]
		for _, h := range hs {
			// "5. Time Zone" and then "6. Time zone: …" are one section.
			again := len(kept) > 0 && h.id != "" && kept[len(kept)-1].id == h.id && h.level == 0
			if !again && (h.id != "" || h.level > 0) {
				h.number = ""
				kept = append(kept, h)
			}
		}
		hs = kept
		stripListNumbers(s.lines)
	}
	return hs
}

// sectionSet is a set of sections of the outline, by their bits.
type sectionSet uint64

func (s sectionSet) has(bit uint8) bool { return s>>bit&1 != 0 }
func (s sectionSet) len() int           { return bits.OnesCount64(uint64(s)) }

// setOf is the set of some sections.
func setOf(ids ...SectionID) (s sectionSet) {
	for _, id := range ids {
		s |= 1 << id.bit()
	}
	return s &^ 1 // no section of the outline has bit 0
}

// distinct gives the known sections among the candidates that a filter accepts.
func distinct(hs []heading, accept func(*heading) bool) (ids sectionSet) {
	for i := range hs {
		if hs[i].id != "" && accept(&hs[i]) {
			ids |= 1 << hs[i].bit
		}
	}
	return ids
}

// fewHeadings: below this many known sections a way of writing headings is not the
// document's way.
const fewHeadings = 4

// chooseInline judges the candidates inside long lines. Where a document has lines
// of its own for headings, a long line is a paragraph, and a known title in it is
// mostly a reference.
func (w *workspace) chooseInline(all []heading) []heading {
	inline := false
	for i := range all {
		inline = inline || all[i].inline
	}
	if !inline {
		return all
	}
	own := distinct(all, func(h *heading) bool { return !h.inline && h.strong })
	byNumber := distinct(all, func(h *heading) bool { return h.number != "" })
	var keep []bool
	flat := own.len() < fewHeadings
	if flat {
		keep = keepInRuns(all)
	}
	labels := sectionSet(0)
	out := w.kept[:0]
	for i, h := range all {
		switch {
		case !h.inline:
		case h.number == "":
			if !flat || byNumber.len() >= 2*fewHeadings || byNumber.has(h.bit) || labels.has(h.bit) {
				continue
			}
			labels |= 1 << h.bit
		case flat:
			if !keep[i] {
				continue
			}
		case own.has(h.bit) || !fits(all, i):
			continue
		}
		out = append(out, h)
	}
	w.kept = out
	return out
}

// keepInRuns splits the inline candidates where the outline begins anew, as it does
// after a table of contents, and keeps the longest increasing run of each part.
func keepInRuns(all []heading) []bool {
	keep := make([]bool, len(all))
	from := 0
	end := func(to int) {
		increasing(all[from:to], keep[from:to])
		from = to
	}
	for i, h := range all {
		if h.number == "1" && h.id == SecDocument && i > from {
			end(i)
		}
	}
	end(len(all))
	return keep
}

// fits reports whether an inline candidate's number lies between those of the
// headings around it that have lines of their own.
func fits(all []heading, i int) bool {
	const far = 50
	for j := i - 1; j >= 0 && i-j < far; j-- {
		if h := all[j]; !h.inline && h.strong && h.number != "" {
			if compareNumbers(h.number, all[i].number) >= 0 {
				return false
			}
			break
		}
	}
	for j := i + 1; j < len(all) && j-i < far; j++ {
		if h := all[j]; !h.inline && h.strong && h.number != "" {
			return compareNumbers(all[i].number, h.number) < 0
		}
	}
	return true
}

// chooseUnnumbered drops lines that are only a known title where they are rather
// text: the section has a numbered heading elsewhere, or the title is one common
// word in a document that numbers its sections.
func chooseUnnumbered(hs []heading) []heading {
	numbered := distinct(hs, func(h *heading) bool { return h.number != "" || h.level > 0 })
	bare := distinct(hs, func(h *heading) bool { return h.number == "" && h.strong })
	mostlyBare := bare.len() >= fewHeadings && numbered.len() < fewHeadings
	out := hs[:0]
	chapter := ""
	seen := sectionSet(0)
	for _, h := range hs {
		if h.number == "" && h.level == 0 && !h.inline && h.id != "" {
			if numbered.has(h.bit) || h.labelled && (seen.has(h.bit) || !mostlyBare && (chapter != chapterOf(h.id) || h.id == SecMembers)) {
				continue
			}
			if !h.strong && !mostlyBare && (chapterTitle(h.id) || chapter != chapterOf(h.id)) {
				continue
			}
		}
		if h.id != "" {
			chapter = chapterOf(h.id)
			seen |= 1 << h.bit
		}
		out = append(out, h)
	}
	return out
}

func chapterOf(id SectionID) string {
	c, _, _ := strings.Cut(string(id), ".")
	return c
}

// dropTOC removes headings without a text whose section comes again: a table of
// contents. An entry whose section never comes (a truncated document) stays.
func dropTOC(s *source, hs []heading) []heading {
	var last [64]int // by section
	for i := range hs {
		last[hs[i].bit] = i
	}
	empty := make([]bool, len(hs))
	for i := range hs {
		empty[i] = tocText(s.lines, hs, i)
	}
	if len(hs) == 0 {
		return hs
	}
	out, first, n := hs[:0], hs[0].line, len(hs)
	for i, h := range hs {
		run := empty[i] && (i > 0 && empty[i-1] || i+1 < len(hs) && empty[i+1])
		if run && h.id != "" && last[h.bit] > i {
			continue
		}
		out = append(out, h)
	}
	if len(out) < n {
		s.add("toc-removed", Info, "", int(s.lines[first].n), "a table of contents was skipped")
	}
	return out
}

// tocText reports whether between heading i and the next there is nothing but what
// a table of contents has there: leaders and a page number.
func tocText(lines []line, hs []heading, i int) bool {
	h := hs[i]
	blank := func(t string) bool {
		if t == "" || isLetterByte(t[0]) && strings.IndexByte("ivx", t[0]) < 0 {
			return t == "" // mostly a text begins
		}
		t = strings.Trim(t, " \t._…·-–|\u00a0")
		return len(t) <= 3 && strings.Trim(t, "0123456789ivx") == ""
	}
	last, stop := len(lines)-1, -1
	if i+1 < len(hs) {
		last, stop = hs[i+1].line, hs[i+1].start
	}
	for j := h.line; j <= last; j++ {
		t := lines[j].text
		if j == last && stop >= 0 {
			t = t[:min(stop, len(t))]
		}
		if j == h.line {
			t = t[min(h.end, len(t)):]
		}
		if !blank(t) {
			return false
		}
	}
	return true
}

// fromFirst begins at the first confident heading: a known title that is numbered,
// marked up or of several words, with another known one soon after. What stands
// before it is the title, or the web page around the document.
func fromFirst(hs []heading) []heading {
	for i, h := range hs {
		if h.id == "" || !h.strong {
			continue
		}
		for j := i + 1; j < len(hs) && j <= i+3; j++ {
			if hs[j].id == "" {
				continue
			}
			if i > 0 && hs[i-1].chapter && strings.HasPrefix(h.number, hs[i-1].number+".") {
				i-- // its chapter has a title that is not known
			}
			return hs[i:]
		}
	}
	for i, h := range hs { // a fragment with one section
		if h.id != "" && h.strong {
			return hs[i:]
		}
	}
	return nil
}

// chooseUnknown keeps numbered lines with unknown titles only where the number is
// the next one in its place, such as 1.2.1 after 1.2, or after a gap where all else
// speaks for a heading.
func chooseUnknown(lines []line, hs []heading) []heading {
	if !slices.ContainsFunc(hs, func(h heading) bool { return h.id == "" && h.level == 0 && !h.chapter }) {
		return hs
	}
	after := make([]string, len(hs)) // the number of the next known heading
	next, apart, known := "", 0, 0
	for i := len(hs) - 1; i >= 0; i-- {
		after[i] = next
		if h := &hs[i]; h.id != "" && h.number != "" {
			next = h.number
			known++
			if h.line > 0 && lines[h.line-1].text == "" {
				apart++
			}
		}
	}
	out := hs[:0]
	prev := ""
	for i, h := range hs {
		if h.id == "" && h.level == 0 && !h.chapter && !follows(prev, h.number) {
			alone := h.line > 0 && lines[h.line-1].text == ""
			if !alone && 2*apart > known || !afterGap(prev, h.number, after[i]) || strings.ContainsAny(h.title, "%()[]=/\"") || strings.HasSuffix(lines[h.line].text, ".") {
				continue
			}
		}
		if h.number != "" {
			prev = h.number
		}
		out = append(out, h)
	}
	return out
}

// afterGap: 2.12 after 2.7, if the next known heading has a higher number.
func afterGap(prev, number, next string) bool {
	if prev == "" || next != "" && compareNumbers(number, next) >= 0 || compareNumbers(prev, number) >= 0 {
		return false
	}
	parent := number[:max(0, strings.LastIndexByte(number, '.'))]
	return parent != "" && (prev == parent || strings.HasPrefix(prev, parent+".")) && atoi(number[len(parent)+1:]) <= 30
}

func follows(prev, number string) bool {
	if prev == "" || number == "" {
		return false
	}
	p, n := strings.Split(prev, "."), strings.Split(number, ".")
	for i := range n {
		if i >= len(p) { // one level deeper: begins at 1
			return i == len(n)-1 && n[i] == "1"
		}
		if p[i] != n[i] {
			d := atoi(n[i]) - atoi(p[i])
			return i == len(n)-1 && (d == 1 || d == 2) || i == len(n)-2 && d == 1 && n[i+1] == "1"
		}
	}
	return false
}

func atoi(s string) int {
	n := 0
	for i := 0; i < len(s) && i < 9; i++ {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// restartingNumbers recognizes nested lists: sections of the second level with
// numbers of one component that start again.
func restartingNumbers(hs []heading) bool {
	single, all, restarts, prev := 0, 0, 0, 0
	for _, h := range hs {
		if h.number == "" || chapterTitle(h.id) {
			continue
		}
		all++
		if !strings.Contains(h.number, ".") {
			single++
			if n := atoi(h.number); n <= prev {
				restarts++
			}
			prev = atoi(h.number)
		}
	}
	if single < 3 || single*2 <= all {
		return false
	}
	// Numbers that count every paragraph jump over the sections' texts.
	return restarts > 0 || prev > single
}

// stripListNumbers takes list numbers off the lines that are not headings.
func stripListNumbers(lines []line) {
	for i := range lines {
		t := strings.TrimLeft(lines[i].text, " \t")
		if end, n := numberAt(t, 0); n != "" && !strings.Contains(n, ".") && end < len(t) && t[end-1] == '.' {
			pad := len(lines[i].text) - len(t)
			// Offsets of headings point into the line, so its length stays.
			lines[i].text = lines[i].text[:pad] + strings.Repeat(" ", end) + t[end:]
		}
	}
}
