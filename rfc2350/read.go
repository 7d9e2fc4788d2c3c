package rfc2350

import (
	"slices"
	"strings"
	"sync"
)

// part is a text from which values are read: a section, or the preamble.
type part struct {
	index int // of the section, -1 for the preamble
	id    SectionID
	bit   uint8 // of id, in a sectionSet
	line  int
	x     *lexed
}

// reader reads the typed values of a document. Each text was lexed once.
type reader struct {
	d        *Document
	secs     []part
	have     sectionSet // of secs
	preamble part
	nodes    []*node // known titles of the sections, where there are
	order    dateOrder
	lists    []part // memory of what parts returned
	lexer    lexer
}

// readers lends the memory of one reader to the next. It holds nothing of a document
// between them.
var readers = sync.Pool{New: func() any { return new(reader) }}

// end gives the memory back, unless a huge document made it large.
func (r *reader) end() {
	const most = 1 << 10
	r.lexer.end()
	free := reader{lexer: r.lexer}
	if cap(r.secs)+cap(r.lists) <= most {
		clear(r.secs)
		clear(r.lists)
		free.secs, free.lists = r.secs[:0], r.lists[:0]
	}
	*r = free
	readers.Put(r)
}

// derive reads all typed values from the preamble and the sections.
func (d *Document) derive(nodes []*node) {
	r := readers.Get().(*reader)
	defer r.end()
	r.d, r.nodes, r.secs = d, nodes, slices.Grow(r.secs, len(d.Sections))
	size := 0
	for i := range d.Sections {
		if s := &d.Sections[i]; s.mayHoldValues() {
			size += min(len(s.Body), valueBytes)
		}
	}
	head := strings.Join(d.Preamble, "\n")
	m := &r.lexer
	m.begin(len(d.Sections)+1, size+min(len(head), valueBytes))
	r.preamble = part{index: -1, line: 1, x: m.lex(clip(head, valueBytes))}
	for i := range d.Sections {
		s := &d.Sections[i]
		plain := s.Body
		if !s.mayHoldValues() {
			r.section(i, m.lex(""))
			continue
		}
		if hasBlock(plain) {
			plain = blankBlocks(plain)
		}
		r.section(i, m.lex(clip(plain, valueBytes)))
	}
	r.deriveLang() // first: "listopada" is October in Croatian and November in Polish
	r.preamble.x.speaks(d.Lang)
	for _, p := range r.secs {
		p.x.speaks(d.Lang)
	}
	r.readDates()
	r.setEmpty()
	d.deriveTitle()
	r.deriveUpdated()
	r.deriveName()
	r.deriveContacts()
	r.deriveKeys()
	r.deriveTLP()
	r.deriveScope()
	if len(d.Sections) > 0 {
		r.deriveMemberships()
	}
	r.deriveDisclosure()
	r.deriveHours()
	r.structureFindings()
}

// section takes the text of a section.
func (r *reader) section(i int, x *lexed) {
	s := &r.d.Sections[i]
	p := part{index: i, id: s.ID, bit: s.ID.bit(), line: s.Line, x: x}
	r.have |= 1 << p.bit
	r.secs = append(r.secs, p)
}

// mayHoldValues: services and disclaimers hold no value but, seldom, a disclosure
// window; a short text may state that there is none.
func (s *Section) mayHoldValues() bool {
	switch {
	case s.ID != SecDisclaimers && chapterOf(s.ID) != "services", len(s.Body) <= 200:
		return true
	}
	return s.ID != SecDisclaimers && strings.ContainsAny(s.Body, "0123456789")
}

// readDates finds the dates where dates matter, and what they tell about each other.
func (r *reader) readDates() {
	r.preamble.x.dates = r.preamble.x.findDates()
	r.order.learn(r.preamble.x)
	for _, p := range r.secs {
		if c := chapterOf(p.id); c == "document" || p.id == SecKeys {
			p.x.dates = p.x.findDates()
			r.order.learn(p.x)
		}
	}
}

// all is every part; a document without headings has only its text.
func (r *reader) all() []part {
	if len(r.secs) == 0 {
		return []part{r.preamble}
	}
	return r.secs
}

// parts are the sections with one of the IDs, with the sections under them that the
// outline does not know ("2.8.1 PGP key"). A document without headings has only its
// text. The caller only reads the list.
func (r *reader) parts(ids ...SectionID) []part {
	if len(r.secs) == 0 {
		return []part{r.preamble}
	}
	want := setOf(ids...)
	if want&r.have == 0 {
		return nil
	}
	under, size := -1, 0 // the section of the IDs that came last; bytes of all
	from, to, copied := -1, 0, -1
	for i := range r.secs {
		p := &r.secs[i]
		match := want.has(p.bit)
		if match {
			under = i
		} else if under < 0 || p.id != "" || !r.isUnder(i, under) {
			continue
		}
		if size > valueBytes {
			break
		}
		size += len(p.x.s)
		switch {
		case from < 0:
			from, to = i, i+1
			continue
		case copied < 0 && match && i == to: // mostly they stand one after the other
			to++
			continue
		case copied < 0:
			copied = len(r.lists)
			r.lists = append(r.lists, r.secs[from:to]...)
		}
		r.lists = append(r.lists, *p)
		if !match {
			r.lists[len(r.lists)-1].id = r.secs[under].id
		}
	}
	if copied < 0 {
		return r.secs[max(from, 0):to:to]
	}
	return r.lists[copied:len(r.lists):len(r.lists)]
}

// isUnder: section 2.8.1 stands under 2.8.
func (r *reader) isUnder(i, under int) bool {
	rest, ok := strings.CutPrefix(r.d.Sections[i].Number, r.d.Sections[under].Number)
	return ok && r.d.Sections[under].Number != "" && strings.HasPrefix(rest, ".")
}

// mark records where a value was read.
func (r *reader) mark(field, value string, p part, start, end int, sure Certainty) {
	if r.d.Origins == nil {
		r.d.Origins = make([]Origin, 0, 16)
	}
	if len(r.d.Origins) >= maxOrigins {
		return
	}
	line := p.line
	if line > 0 && p.x != nil {
		line += strings.Count(p.x.s[:min(start, len(p.x.s))], "\n")
		if p.index >= 0 {
			line++ // the body begins under the heading
		}
	}
	r.d.Origins = append(r.d.Origins, Origin{Field: field, Value: value, Section: p.id, Index: p.index, Line: line, Start: start, End: end, Sure: sure})
}

const maxOrigins = 2000

func hasBlock(s string) bool { return strings.Contains(s, "BEGIN PGP ") }

// blankBlocks puts blanks over key blocks, so that places stay and nothing is read
// in them.
func blankBlocks(s string) string {
	var b strings.Builder
	at := 0
	eachBlock(s, func(from, to int) {
		b.WriteString(s[at:from])
		b.WriteByte('\n')
		b.WriteString(strings.Repeat(" ", max(0, to-from-2)))
		if to-from >= 2 {
			b.WriteByte('\n')
		}
		at = to
	})
	b.WriteString(s[at:])
	return b.String()
}
