package engine

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/caselog"
)

const sketchWords = 2000 // of a report that are looked at

const fewWords = 4 // too few to compare

const wordMarks = 6 // of a report; half of them names, paths and versions, as far as it has some

const productMarks = 4

const cveMarks = 4

// The kind of a mark is in its lowest bits.
const (
	markWord uint64 = iota
	MarkProduct
	MarkCVE
	MarkKind = 3
)

func (s *Engine) mark(kind uint64, word string) uint64 {
	k := s.Key("mark", word)
	return binary.BigEndian.Uint64(k[:])&^MarkKind | kind
}

// cveMark is that of a CVE ID, in a report or of a vulnerability.
func (s *Engine) cveMark(id string) uint64 { return s.mark(MarkCVE, strings.ToUpper(id)) }

// likenessOf returns the sketch of a report, nil if it has too few words, and its
// marks.
func (s *Engine) likenessOf(r cvd.Receive) (sketch []uint32, marks []uint64) {
	seen := map[string]bool{}
	var words, names, products, cves []uint64
	for _, t := range []cvd.Private{r.Title, r.Products, r.Summary, r.Observations} {
		for word := range strings.FieldsFuncSeq(string(t), notOfWord) {
			word = strings.ToLower(word)
			if len(word) < 3 || seen[word] || len(seen) == sketchWords {
				continue
			}
			seen[word] = true
			k := s.Key("word", word)
			sketch = lower(sketch, binary.BigEndian.Uint64(k[:]))
			if len(word) >= 5 && !commonWords[word] {
				words = append(words, binary.BigEndian.Uint64(k[8:])&^MarkKind) // markWord is 0
			}
		}
		for _, token := range nameTokens(string(t), sketchWords) {
			if isCVE(strings.ToUpper(token)) {
				cves = append(cves, s.cveMark(token))
			} else {
				names = append(names, s.mark(markWord, strings.ToLower(token)))
			}
		}
	}
	if len(seen) < fewWords {
		sketch = nil
	}
	for word := range strings.FieldsFuncSeq(string(r.Products[:min(len(r.Products), 1000)]), notOfWord) {
		word = strings.ToLower(word)
		if len(word) >= 3 && !commonWords[word] && strings.ContainsFunc(word, unicode.IsLetter) {
			products = append(products, s.mark(MarkProduct, word))
		}
	}
	marks = append(least(cves, cveMarks), least(products, productMarks)...)
	named := least(names, wordMarks/2)
	marks = append(marks, named...)
	return sketch, append(marks, least(words, wordMarks-len(named))...)
}

func notOfWord(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }

// nameTokens returns at most n words that look like names of functions, files,
// versions, identifiers: with digits or marks between their letters, or capitals
// within them.
func nameTokens(text string, n int) (out []string) {
	for token := range strings.FieldsSeq(text) {
		token = strings.TrimFunc(token, notOfWord)
		if len(token) < 4 || len(token) > 200 || len(out) == n {
			continue
		}
		letters, odd := false, strings.Count(token, ".") > 1
		lower := false
		for _, c := range token {
			odd = odd || unicode.IsDigit(c) && letters || strings.ContainsRune("_/:\\.", c) && letters || unicode.IsUpper(c) && lower
			letters, lower = letters || unicode.IsLetter(c), unicode.IsLower(c)
		}
		if odd {
			out = append(out, token)
		}
	}
	return out
}

// least returns the n smallest, each once.
func least(hashes []uint64, n int) []uint64 {
	slices.Sort(hashes)
	hashes = slices.Compact(hashes)
	return hashes[:min(n, len(hashes))]
}

func lower(sketch []uint32, h uint64) []uint32 {
	if sketch == nil {
		sketch = slices.Repeat([]uint32{1<<32 - 1}, caselog.SketchSize)
	}
	for i := range sketch {
		h += 0x9e3779b97f4a7c15 // the steps of splitmix64: each gives another order
		sketch[i] = min(sketch[i], uint32(caselog.Mix(h)>>32))
	}
	return sketch
}

// commonWords are words of five letters and more that reports of any weakness have,
// and some of products: as marks they would lead to everything.
var commonWords = func() map[string]bool {
	m := map[string]bool{}
	for word := range strings.FieldsSeq(`
		about above access accessible accessed actions additional admin administrator affect affected affecting affects
		after again allow allowed allowing allows already another application applications arbitrary argument attack
		attacker attackers attacks authenticated authentication authorization available based because become before
		being below between block bound bounds browser buffer bypass bytes called caused causes causing certain check
		checks classified client clients command commands complete component components compromise condition confidential
		confidentiality configuration connection contain contains content context control could crafted crash create
		created creates critical cross currently database default delete denial device devices different directly directory
		disclosed disclosure discovered during earlier easily either enabled enables error escalation escaping every example
		execute executed executes execution existing exists exploit exploitable exploitation exploited exploits external
		fails field fields files first fixed flaws following forgery found function functionality functions further gains
		given great handling hence higher however identified identifier impact impacts implementation improper improperly
		include includes including incorrect incorrectly information inject injected injection input inputs insecure
		insert inside installation installations installed insufficient integer integrity interaction interface internal
		issue issues itself known later latest leading leads length letter level leverage library local locally logged
		machine makes malicious management manipulate manipulation memory message messages might missing module modify
		multiple needs network object obtain other others output overflow overwrite packet packets pages parameter
		parameters parse parser parsing patch perform performed permission permissions please plugin pointer possible
		possibly potentially present prior privilege privileged privileges problem process processing product products
		properly protection provided public query reading reason received release remote remotely reports request requests
		require required requires resource response result resulting results running sanitization script scripting scripts
		security sending sends sensitive server servers service services session several should simple since software some
		source special specially specific specified stack state store stored string subsequent successful successfully
		supplied support supported system systems takes target their there therefore these things those though three through
		trigger triggered under unauthenticated unauthorized uncontrolled unknown update updated upgrade upload usage users
		using valid validate validated validation value values various vector version versions victim vulnerabilities
		vulnerability vulnerable website where whether which while within without would write writes writing
		all and any are before but can for from has have not older than the this was were with series
	`) {
		m[word] = true
	}
	return m
}()
