package rfc2350

import (
	"slices"
	"strings"
	"sync"
)

// node is a step in the tree of known titles, by folded words.
type node struct {
	text  string  // its word
	kids  []*node // in the order of their words
	id    SectionID
	langs []string // that use this title
	open  bool     // the team's name may follow
	words int
}

// titleIndex is the tree with the places of the first letters among the root's kids.
type titleIndex struct {
	node
	from   [257]uint16
	second [256]uint32 // the second letters of words with a first one, by their last five bits
}

// titleTree is built once, on first use, and never changed.
var titleTree = sync.OnceValue(func() *titleIndex {
	t := &titleIndex{}
	titleLines(func(lang string, id SectionID, titles string) {
		for _, s := range strings.Split(titles, "|") {
			t.add(lang, id, s)
		}
	})
	for _, n := range t.kids {
		if len(n.text) > 1 {
			t.second[n.text[0]] |= 1 << (n.text[1] & 31)
		}
	}
	k := 0
	for c := range t.from {
		for k < len(t.kids) && int(t.kids[k].text[0]) < c {
			k++
		}
		t.from[c] = uint16(k)
	}
	return t
})

// add puts a title into the tree. Case, accents and punctuation do not matter:
// titles are compared as the words that foldWords gives. A title that ends in "*"
// may be followed by the team's name on the same line.
func (n *node) add(lang string, id SectionID, title string) {
	open := strings.HasSuffix(title, "*")
	for i, w := range strings.Fields(foldWords(title)) {
		k, ok := n.find(w)
		if !ok {
			n.kids = slices.Insert(n.kids, k, &node{text: w, words: i + 1})
		}
		n = n.kids[k]
	}
	if n.id == "" { // the first row wins: a title names one section
		n.id = id
	}
	n.langs = append(n.langs, lang)
	n.open = n.open || open
}

func (n *node) find(w string) (int, bool) {
	return slices.BinarySearchFunc(n.kids, w, func(k *node, w string) int { return strings.Compare(k.text, w) })
}

// child is the node after one more word, nil if no title goes on with it.
func (n *node) child(w []byte) *node {
	for lo, hi := 0, len(n.kids); lo < hi; {
		mid := int(uint(lo+hi) / 2)
		switch k := n.kids[mid]; {
		case k.text == string(w):
			return k
		case k.text < string(w):
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return nil
}

// begin is the node after the first word of a title.
func (t *titleIndex) begin(w []byte) *node {
	if len(w) > 1 && t.second[w[0]]>>(w[1]&31)&1 == 0 {
		return nil
	}
	n := node{kids: t.kids[t.from[w[0]]:t.from[int(w[0])+1]]}
	return n.child(w)
}

// matchTitle finds the longest known title that starts at i. It returns the end of the
// title and its node, or nil.
func matchTitle(s string, i int) (end int, found *node) {
	var n *node
	var w word
	for {
		gap, ok := w.next(s, i)
		if !ok || gap && n != nil {
			return end, found
		}
		if n == nil {
			n = titleTree().begin(w.text())
		} else {
			n = n.child(w.text())
		}
		if n == nil {
			return end, found
		}
		i = w.end
		if n.id != "" {
			end, found = i, n
		}
	}
}

const maxTitle = 120 // bytes of a heading line that we compare loosely

// identify names the section of a title: known titles exactly, then titles that
// begin with a known one, then titles that differ from a known one by a slip of
// the pen, then titles with a telling word.
func identify(title string) SectionID {
	if n := lookup(title); n != nil {
		return n.id
	}
	if len(title) > maxTitle {
		return ""
	}
	if end, n := matchTitle(title, 0); n != nil && (n.open || n.words >= 2 || strings.HasPrefix(strings.TrimSpace(title[end:]), "(")) {
		return n.id
	}
	if i := strings.IndexByte(title, '('); i > 0 { // "Kontakt (Contact)"
		if n := lookup(title[:i]); n != nil {
			return n.id
		}
		if n := lookup(strings.Trim(title[i:], "() ")); n != nil {
			return n.id
		}
	}
	if i := strings.Index(title, " / "); i > 0 { // two languages
		if n := lookup(title[:i]); n != nil {
			return n.id
		}
		if n := lookup(title[i+3:]); n != nil {
			return n.id
		}
	}
	words := foldWords(title)
	if n := nearest(words); n != nil {
		return n.id
	}
	return telling(words)
}

// lookup finds a title that is known as a whole.
func lookup(title string) *node {
	var n *node
	var w word
	for i := 0; ; i = w.end {
		if _, ok := w.next(title, i); !ok {
			break
		}
		if n == nil {
			n = titleTree().begin(w.text())
		} else {
			n = n.child(w.text())
		}
		if n == nil {
			return nil
		}
	}
	if n == nil || n.id == "" {
		return nil
	}
	return n
}

// nearest finds the title of at least twelve letters within two slips, word by
// word: "eletronic mail adress". Only one word may differ, so the walk is short.
func nearest(words string) *node {
	if len(words) < 12 {
		return nil
	}
	return nearestFrom(&titleTree().node, strings.Fields(words), 1)
}

func nearestFrom(n *node, words []string, slips int) *node {
	if len(words) == 0 {
		if n.id == "" {
			return nil
		}
		return n
	}
	at, ok := n.find(words[0])
	if ok {
		if f := nearestFrom(n.kids[at], words[1:], slips); f != nil {
			return f
		}
	}
	if slips == 0 {
		return nil
	}
	for at > 0 && n.kids[at-1].text[0] == words[0][0] { // the first letter is seldom wrong
		at--
	}
	var best *node
	for _, m := range n.kids[at:] {
		if m.text[0] != words[0][0] {
			break
		}
		if m.text == words[0] || len(m.text) < 5 || !within2(m.text, words[0]) {
			continue
		}
		if f := nearestFrom(m, words[1:], slips-1); f != nil && (best == nil || f.id < best.id) {
			best = f
		}
	}
	return best
}

// within2 reports whether two words are at most two edits apart.
func within2(a, b string) bool {
	if d := len(a) - len(b); d > 2 || d < -2 || len(a) > maxTitleWord || len(b) > maxTitleWord {
		return false
	}
	var prev, cur [maxTitleWord + 2]int
	for j := 0; j <= len(b); j++ {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			c := prev[j-1]
			if a[i-1] != b[j-1] {
				c++
			}
			cur[j] = min(c, prev[j]+1, cur[j-1]+1)
		}
		prev = cur
	}
	return prev[len(b)] <= 2
}

// tellingWords are word beginnings that settle a title by themselves, in order.
var tellingWords = sync.OnceValue(func() []tellingWord {
	var out []tellingWord
	for _, t := range []struct {
		words string
		id    SectionID
	}{
		{"last update|letzten aktualisierung|derniere mise|ultima actualiz|ultima atualiz|ultimo aggiorn|laatste wijzig|ostatniej aktual|posledni aktual", SecUpdated},
		{"time zone|timezone|zeitzone|fuseau horaire|zona horaria|fuso orario|tijdzone|strefa czas|casove pasm|zona waktu", SecTimeZone},
		{"public key|encryption|pgp|gpg|chiffrement|verschlussel|cifra|szyfrow|sifrov|enkripsi|chave|versleutel", SecKeys},
		{"disclosure of|information disclosure|divulg|offenlegung|pengungkapan|ujawniani|zverejn|openbaarmaking", SecDisclosure},
		{"level of support|niveau de support|nivel de soporte|nivel de suporte|livello di supporto|poziom wsparcia|tingkat dukungan", SecSupport},
		{"distribution list|liste de distribution|liste de diffusion|lista de distribu|lista di distribu|daftar distribusi", SecDistribution},
		{"facsimile|telefax", SecFax},
		{"constituen", SecConstituency},
		{"mission statement", SecMission},
		{"sponsor|affiliat|afiliasi", SecAffiliation},
		{"proactive|proaktiv|proattiv|proativ", SecProactive},
		{"disclaimer|haftungsausschluss", SecDisclaimers},
		{"incident report|reporting form", SecForms},
		{"hours of operation|operating hours|opening hours|business hours|working hours", SecHours},
		{"incident triage", SecTriage},
		{"incident coordination", SecCoordination},
		{"incident resolution", SecResolution},
	} {
		for _, w := range strings.Split(t.words, "|") {
			out = append(out, tellingWord{w, t.id})
		}
	}
	return out
})

type tellingWord struct {
	begins string
	id     SectionID
}

func telling(words string) SectionID {
	for _, t := range tellingWords() {
		if i := strings.Index(words, t.begins); i == 0 || i > 0 && words[i-1] == ' ' {
			return t.id
		}
	}
	return ""
}
