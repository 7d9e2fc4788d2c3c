package known

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Report is what a report says, in its own words. Of a text the first 64 kB count.
type Report struct {
	Products string // what is affected
	Title    string
	Text     string // what is wrong
}

// Match is an advisory that may tell of the same as a report.
type Match struct {
	ID, Title string
	Link      string   // an https address of it; "": none is known
	Ours      bool     // the team has published it
	Score     int      // of 100, see the package
	Why       []string // in words
}

const (
	mostText      = 64 << 10
	scoreID       = 100
	scoreProduct  = 40
	scoreWords    = 60
	scoreLeast    = 40
	wordsInCommon = 2
)

// Match returns at most n advisories that may tell of the same as a report, the nearest
// first, and each ID once.
func (x *Index) Match(r Report, n int) (out []Match) {
	says := map[string]bool{}
	for _, s := range []string{r.Title, r.Products, r.Text} {
		for _, w := range words(s, mostText) {
			says[w] = true
		}
	}
	about := says
	if strings.TrimSpace(r.Products) != "" {
		about = map[string]bool{}
		for _, s := range []string{r.Title, r.Products} {
			for _, w := range words(s, mostText) {
				about[w] = true
			}
		}
	}
	ids := append(IDs(r.Title), append(IDs(r.Products), IDs(r.Text)...)...)
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, root := range x.roots {
		named := map[*entry]string{}
		for _, id := range ids {
			for _, e := range root.ids[id] {
				if named[e] == "" {
					named[e] = id
				}
			}
		}
		for _, f := range root.files {
			if f.entry == nil {
				continue
			}
			if m := f.entry.match(named[f.entry], about, says); m.Score >= scoreLeast {
				out = append(out, m)
			}
		}
	}
	slices.SortFunc(out, func(a, b Match) int {
		return cmp.Or(b.Score-a.Score, b2i(b.Ours)-b2i(a.Ours), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Title, b.Title), cmp.Compare(a.Link, b.Link))
	})
	seen := map[string]bool{}
	out = slices.DeleteFunc(out, func(m Match) bool {
		twice := seen[m.ID]
		seen[m.ID] = true
		return twice
	})
	return out[:min(n, len(out))]
}

func (e *entry) match(id string, about, says map[string]bool) Match {
	m := Match{ID: e.id, Title: e.title, Link: e.link, Ours: e.ours}
	for _, p := range e.products {
		if !slices.ContainsFunc(p.words, func(w string) bool { return !about[w] }) {
			m.Score = scoreProduct
			m.Why = append(m.Why, "the same product, "+p.name)
			break
		}
	}
	var both []string
	for _, w := range e.words {
		if says[w] {
			both = append(both, w)
		}
	}
	if len(both) >= wordsInCommon {
		m.Score = min(m.Score+scoreWords*len(both)/len(e.words), scoreID-1)
		m.Why = append(m.Why, "words of its title: "+strings.Join(both, ", "))
	}
	if id != "" {
		m.Score = scoreID
		m.Why = slices.Insert(m.Why, 0, "the report names "+id)
	}
	return m
}

// common are words that tell no advisory from another.
var common = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`a allow allowed allows an and any are arbitrary as at attack attacker attackers be because before bug by can
		could cve due flaw for from has have in into is issue it its leading leads may might multiple not of on or
		possible prior product remote security software some that the their there this to update using version versions
		via vulnerabilities vulnerability vulnerable was when where which with within without`) {
		m[w] = true
	}
	return m
}()

// words are those of the beginning of a text that tell something, each once.
func words(s string, most int) (out []string) {
	s = s[:min(len(s), most)]
	seen := map[string]bool{}
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		w = strings.ToLower(w)
		if (len(w) > 2 || strings.ContainsFunc(w, unicode.IsDigit)) && !common[w] && !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}

// IDs are what may be identifiers in a text, such as CVE-1900-1234, in capitals, each
// once and at most 200.
func IDs(s string) (out []string) {
	s = s[:min(len(s), mostText)]
	for t := range strings.FieldsFuncSeq(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_:.#", r)
	}) {
		if t = strings.ToUpper(strings.Trim(t, "-_:.#")); isID(t) && len(out) < mostIDs && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// isID reports whether a text can be looked up as an identifier: a plain number or a
// word is in too many texts.
func isID(s string) bool {
	return len(s) >= 6 && len(s) <= 4*mostName && strings.ContainsFunc(s, unicode.IsDigit) && strings.ContainsFunc(s, unicode.IsLetter)
}
