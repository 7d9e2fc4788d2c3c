package rfc2350

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// Document is a team's description after RFC 2350. Preamble and Sections are the
// document; all other values are read from them. Change a document by composing a
// new one from changed sections (see [Compose]).
type Document struct {
	Title        string       // the line before the sections that names the document
	Version      string       // as printed, such as "1.02"
	Lang         string       // ISO 639-1, of the titles: "en", "de", …; empty if not known
	Updated      Date         // zero if not stated or not readable
	TLP          tlp.Label    // the document's own label; Unset if it has none
	TLPName      string       // the label as printed; "WHITE" is read as Clear
	Team         Team         // who the document describes
	Distribution []string     // addresses and URLs where changes are announced
	Locations    []string     // URLs of the document
	Disclosure   Disclosure   // how long the team keeps vulnerabilities confidential
	Hours        []string     // such as "Mo-Fr 09:00-17:00" or "24/7", local time
	Memberships  []Membership // bodies that the team says it belongs to
	Scope        Scope        // whom the team serves
	Preamble     []string     // lines before the first section
	Sections     []Section    // in the order of the document
	Signature    Signature    // what was seen of one; not verified
	Findings     []Finding    // from parsing; KeyFindings and Check find more
	Origins      []Origin     // where the values stand, in the order in which they were read
	keys         *keyBlocks
}

// Section is one section in the order of the document. Nothing of its text is
// lost but indentation, runs of blank lines and trailing blanks.
type Section struct {
	ID     SectionID // which section of the outline it is; empty: none
	Number string    // as printed, without the final point; often not the canonical one
	Title  string    // as printed
	Body   string    // lines separated by "\n"
	Line   int       // of the heading in the source, from 1; 0 in a composed document
	// Empty: the section says that there is nothing ("None available", "N/A", "-"),
	// or says nothing at all. A chapter with subsections is not empty.
	Empty bool
}

// Team is who the document describes.
type Team struct {
	Name      string     // the full name
	ShortName string     // may be empty
	Addresses []Address  // postal
	TimeZones []TimeZone // in which it works
	Phones    []Phone    // in the order of the document
	Fax       []Phone    // in the order of the document
	Emails    []Email    // in the order of the document
}

// Address is a postal address as printed. Country is ISO 3166-1 alpha-2, and empty
// unless the address names the country.
type Address struct {
	Lines   []string `json:"lines"`             // as printed
	Country string   `json:"country,omitempty"` // two letters, upper case
}

// Membership is a body that the document says the team belongs to: "FIRST",
// "Trusted Introducer", "TF-CSIRT", …; a body of a list that is not known is given
// as printed. Level is "listed", "accredited", "certified" or
// empty. It is the team's claim.
type Membership struct {
	Body  string `json:"body"`            // its name
	Level string `json:"level,omitempty"` // what the team is there
}

// Scope is the part of the constituency that programs can match.
type Scope struct {
	Domains []string `json:"domains,omitempty"` // lower case, "*." kept
	AS      []string `json:"as,omitempty"`      // such as "AS197451"; the number is plain (RFC 5396 asplain)
	// Networks are prefixes such as "192.0.2.0/24" and "2001:db8::/32".
	Networks []string `json:"networks,omitempty"`
}

// Options are the limits of Parse. The zero Options are good for all use.
type Options struct {
	// MaxBytes bounds the input; 0 means 16 MiB. A longer input is ErrTooLarge.
	MaxBytes int
	// MaxSections bounds the sections kept; 0 means 1,000.
	MaxSections int
}

const (
	defaultMaxBytes    = 16 << 20
	defaultMaxSections = 1000
)

// Errors of Parse and Compose.
var (
	// ErrNoDocument: nothing in the input looks like an RFC 2350 document.
	ErrNoDocument = errors.New("rfc2350: no RFC 2350 document: fewer than three known sections")
	// ErrTooLarge: the input is longer than Options.MaxBytes.
	ErrTooLarge = errors.New("rfc2350: the input is too large")
	// ErrNoSection: a composed document must begin with a section of the outline.
	ErrNoSection = errors.New("rfc2350: the first section is not one of the outline")
)

// Parse reads a document from text, HTML or Markdown, clearsigned or not, in
// whatever state it is. It costs time linear in the input. Everything that is
// strange but readable is a Finding; the only errors are ErrTooLarge and
// ErrNoDocument.
func Parse(data []byte, o Options) (*Document, error) {
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultMaxBytes
	}
	if o.MaxSections <= 0 {
		o.MaxSections = defaultMaxSections
	}
	if len(data) > o.MaxBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, o.MaxBytes)
	}
	w := workspaces.Get().(*workspace)
	defer w.end()
	src := readSource(data, w)
	d := &Document{}
	var hs []heading
	if src.canonical {
		hs = canonicalHeadings(src.lines)
	} else {
		found := len(src.findings)
		if hs = w.chooseHeadings(src, w.findHeadings(src.lines)); len(hs) == 0 && src.unmark() {
			src.findings = src.findings[:found]
			hs = w.chooseHeadings(src, w.findHeadings(src.lines))
		}
	}
	if len(hs) == 0 {
		src.spaceMarkup()
	}
	if len(hs) > o.MaxSections {
		src.add("too-many-sections", Warning, "", int(src.lines[hs[o.MaxSections].line].n), "the document has too many sections; the rest is text of the last one")
		hs = hs[:o.MaxSections]
	}
	nodes := d.cut(src, hs, w)
	d.nameByNumber()
	if d.known() < 3 && !mentionsRFC(d) {
		return nil, ErrNoDocument
	}
	if len(d.Sections) == 0 {
		src.add("no-headings", Warning, "", 1, "the document has no headings that can be recognized")
	} else if !src.canonical && src.lines[hs[0].line].text != "" && hs[len(hs)-1].line == hs[0].line && len(hs) > 2 {
		src.add("one-line", Info, "", int(src.lines[hs[0].line].n), "line ends were lost; sections were found by number and title")
	}
	d.Findings = src.findings
	d.derive(nodes)
	d.Signature = readSignature(src.envelope, d)
	return d, nil
}

// known counts the sections of the outline that the document has.
func (d *Document) known() int {
	var ids sectionSet
	for i := range d.Sections {
		if id := d.Sections[i].ID; id != "" {
			ids |= 1 << id.bit()
		}
	}
	return ids.len()
}

// Compose makes a document from its lines before the first section and its
// sections. Numbers, titles and texts are normalized as Parse would; IDs, lines and
// Empty are set anew.
func Compose(preamble []string, sections []Section) (*Document, error) {
	if len(sections) == 0 || identify(squeeze(clean(sections[0].Title))) == "" {
		return nil, ErrNoSection
	}
	var lines []line
	for _, p := range preamble {
		lines = append(lines, splitLines(nil, clean(p))...)
	}
	d := &Document{Preamble: trimLines(lines, false, false)}
	for _, s := range sections {
		number, _ := splitNumber(s.Number + " x")
		title := squeeze(clean(s.Title))
		if n, rest := splitNumber(title); n != "" && number == "" && rest != "" {
			number, title = n, rest
		}
		if title == "" {
			return nil, fmt.Errorf("%w: a section has no title", ErrNoSection)
		}
		body := strings.Join(trimLines(splitLines(nil, clean(s.Body)), true, true), "\n")
		d.Sections = append(d.Sections, Section{ID: identify(title), Number: number, Title: title, Body: body})
	}
	d.nameByNumber()
	d.derive(nil)
	return d, nil
}

func clean(s string) string { return strings.ReplaceAll(decode([]byte(s), &source{}), "\f", "\n") }

// Section returns the first section with the given meaning that says something, or
// else the first one.
func (d *Document) Section(id SectionID) (Section, bool) {
	found := -1
	for i, s := range d.Sections {
		if s.ID == id && (found < 0 || d.Sections[found].Empty && !s.Empty) {
			found = i
		}
	}
	if found < 0 {
		return Section{}, false
	}
	return d.Sections[found], true
}

// canonicalHeadings: every line at the margin.
func canonicalHeadings(lines []line) []heading {
	var hs []heading
	for i, l := range lines {
		if l.text == "" || strings.HasPrefix(l.text, bodyIndent) {
			continue
		}
		number, title := splitNumber(l.text)
		if title == "" {
			number, title = "", l.text
		}
		title = squeeze(title)
		hs = append(hs, heading{line: i, end: len(l.text), number: number, title: title, id: identify(title), told: true})
	}
	return hs
}

// cut divides the lines into preamble and sections. It returns the known titles of
// these, nil where there is none.
func (d *Document) cut(src *source, hs []heading, w *workspace) []*node {
	if len(hs) == 0 {
		d.Preamble = trimLines(src.lines, true, false)
		return nil
	}
	c, size := &w.cutter, 0
	for i := hs[0].line; i < len(src.lines); i++ {
		size += len(src.lines[i].text) + 1
	}
	c.text.Grow(size)
	d.Preamble = append([]string(nil), c.between(src, heading{end: -1}, &hs[0], !src.canonical)...)
	d.Sections = make([]Section, len(hs))
	w.nodes = slices.Grow(w.nodes[:0], len(hs))
	nodes := w.nodes[:len(hs)]
	for i := range hs {
		h := &hs[i]
		var next *heading
		if i+1 < len(hs) {
			next = &hs[i+1]
		}
		text := c.between(src, *h, next, !src.canonical)
		// The ID is a function of the title alone, so that Text need not write it.
		id := h.id
		if !h.told {
			id = identify(h.title)
		}
		nodes[i] = h.node
		d.Sections[i] = Section{ID: id, Number: h.number, Title: h.title, Body: c.body(text), Line: int(src.lines[h.line].n)}
	}
	return nodes
}

// cutter cuts the text of one section after the other, with the same memory.
type cutter struct {
	lines []line
	out   []string
	text  strings.Builder
}

// body joins lines. All bodies lie one after the other in one text, which is made once.
func (c *cutter) body(lines []string) string {
	from := c.text.Len()
	for i, l := range lines {
		if i > 0 {
			c.text.WriteByte('\n')
		}
		c.text.WriteString(l)
	}
	return c.text.String()[from:]
}

// between gives the lines from the end of one heading to the next. They are valid up
// to the next call.
func (c *cutter) between(src *source, from heading, to *heading, dedent bool) []string {
	last := len(src.lines) - 1
	if to != nil {
		last = to.line
	}
	c.lines = append(c.lines[:0], src.lines[from.line:last+1]...)
	if to != nil {
		l := &c.lines[len(c.lines)-1]
		l.text = l.text[:min(to.start, len(l.text))]
	}
	if from.end >= 0 {
		l := &c.lines[0]
		l.text = strings.TrimLeft(l.text[min(from.end, len(l.text)):], " \t\u00a0")
	}
	c.out = appendTrimmed(c.out[:0], c.lines, dedent, true)
	if src.canonical {
		unindent(c.out)
	}
	return c.out
}

// unindent takes off what Text put before each line.
func unindent(lines []string) []string {
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], bodyIndent)
	}
	return lines
}

// trimLines drops blank lines at both ends and all but one of a run between, and
// takes the common indentation off; the first has none of its own where it is the rest
// of a heading's line.
func trimLines(lines []line, dedent, rest bool) []string {
	return appendTrimmed(nil, lines, dedent, rest)
}

func appendTrimmed(out []string, lines []line, dedent, rest bool) []string {
	indent := 1 << 30
	for i := range lines {
		t := lines[i].text
		if t != "" && (t[len(t)-1] <= ' ' || t[len(t)-1] == 0xa0) {
			t = strings.TrimRight(t, " \t\u00a0")
		}
		if dedent && rest && i == 0 {
			t = strings.TrimLeft(t, " \t")
		}
		if t == "" {
			if len(out) > 0 && out[len(out)-1] != "" {
				out = append(out, "")
			}
			continue
		}
		if in := len(t) - len(strings.TrimLeft(t, " ")); in < indent && !(rest && i == 0 && len(lines) > 1) {
			indent = in
		}
		out = append(out, t)
	}
	if len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	if dedent && indent > 0 && indent < 1<<30 {
		for i, t := range out {
			k := 0
			for k < indent && k < len(t) && t[k] == ' ' {
				k++
			}
			out[i] = t[k:]
		}
	}
	return out
}
