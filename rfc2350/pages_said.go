package rfc2350

import (
	"regexp"
	"strings"
)

// columnGap parts the columns of a running head.
var columnGap = regexp.MustCompile(` {2,}|\t`)

// saidOnPages gives what the heads and feet of pages say of the document itself: its label
// and its version, as lines that go before its text. What they say in two ways is left out.
func saidOnPages(residue []line) []line {
	var tlp, version told
	seen := map[string]bool{}
	for _, l := range residue {
		if seen[l.text] || len(l.text) > 400 {
			continue
		}
		seen[l.text] = true
		x := lexLine(l.text)
		for i := range x.toks {
			if x.toks[i].end-x.toks[i].start != 3 || !strings.EqualFold(x.text(i, i+1), "TLP") {
				continue
			}
			if label, end := x.tlpLabel(i + 1); label != "" {
				tlp.tell(label, x.text(i, end), l.n)
			}
		}
		for _, v := range x.findVersions() {
			from, to := 0, len(l.text)
			for _, gap := range columnGap.FindAllStringIndex(l.text, -1) {
				if gap[1] <= int(x.toks[v.from].start) {
					from = gap[1]
				} else if gap[0] >= int(x.toks[v.to-1].end) {
					to = gap[0]
					break
				}
			}
			column := l.text[from:to]
			if i := pageTail(column); i >= 0 {
				column = column[:i]
			}
			version.tell(v.text, column, l.n)
		}
		x.done()
	}
	return append(tlp.lines(), version.lines()...)
}

// told is one value that several lines may tell.
type told struct {
	value, text string
	n           int32
	differs     bool
}

func (t *told) tell(value, text string, n int32) {
	t.differs = t.differs || t.value != "" && t.value != value
	if t.value == "" {
		t.value, t.text, t.n = value, strings.Trim(text, " \t-–|·,"), n
	}
}

func (t *told) lines() []line {
	if t.text == "" || t.differs {
		return nil
	}
	return []line{{text: t.text, n: t.n}, {n: t.n}}
}
