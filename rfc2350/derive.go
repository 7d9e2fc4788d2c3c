package rfc2350

import (
	"regexp"
	"sort"
	"strings"
)

// derive reads all typed values from the preamble and the sections.
func (d *Document) derive() {
	d.setEmpty()
	d.deriveTitle()
	d.deriveLang()
	order := learnOrder(d.head())
	d.deriveUpdated(order)
	d.deriveName()
	d.deriveContacts()
	d.deriveKeys(order)
	d.deriveTLP()
	d.deriveScope()
	d.deriveMemberships()
	d.deriveDisclosure()
	d.deriveHours()
	d.structureFindings()
}

// head is the part of the text in which dates tell about each other.
func (d *Document) head() string {
	var b strings.Builder
	b.WriteString(clip(strings.Join(d.Preamble, "\n"), 64<<10))
	for _, s := range d.Sections {
		if c := chapterOf(s.ID); c == "document" || s.ID == SecKeys || s.ID == SecIdentification {
			b.WriteString("\n" + clip(s.Body, 64<<10))
		}
	}
	return b.String()
}

// valueBytes bounds the text of a section, or of the sections with one meaning, from
// which values are read. What comes later is kept, but it is no contact detail.
const (
	valueBytes = 64 << 10
	keyBytes   = 1 << 20
)

// head is the part of a section from which values are read.
func (s Section) head() string { return clip(s.Body, valueBytes) }

// bodies returns the texts of all sections with one of the IDs, with the sections
// under them that the outline does not know ("2.8.1 PGP key"). A document without
// headings has only its text.
func (d *Document) bodies(ids ...SectionID) string { return d.bodiesUpTo(valueBytes, ids...) }

func (d *Document) bodiesUpTo(most int, ids ...SectionID) string {
	if len(d.Sections) == 0 {
		return clip(strings.Join(d.Preamble, "\n"), most)
	}
	var parts []string
	under := ""
	for _, s := range d.Sections {
		match := false
		for _, id := range ids {
			match = match || s.ID == id
		}
		if match {
			under = s.Number
		} else if s.ID != "" || under == "" || !strings.HasPrefix(s.Number, under+".") {
			continue
		}
		if s.Body != "" {
			parts = append(parts, s.Body)
		}
	}
	return clip(strings.Join(parts, "\n\n"), most)
}

func (d *Document) lineOf(id SectionID) int {
	s, _ := d.Section(id)
	return s.Line
}

var absent = regexp.MustCompile(`(?i)^\W*(?:none|n\.?\s?/?\s?a\.?|not? (?:available|applicable|supported|disclosed|provided|public\w*|in use|used|yet)|nil|nonexistent|unavailable|no fax\w*|keine?s?|nicht (?:vorhanden|verfügbar|veröffentlicht)|entfällt|tidak (?:ada|tersedia)|aucune?|néant|non (?:disponible|applicable|disponibile|applicabile|communiqué\w*)|nessun[oa]?|ningun[oa]|no (?:disponible|aplica|hay)|nenhum[a]?|não (?:disponível|aplicável|existe\w*)|inexistente|geen|niet (?:beschikbaar|van toepassing)|brak|nie dotyczy|niedostępn\w+|žádn\w+|není|nejsou|nie je)(?:\W|$)`)

// statesAbsence recognizes "None available.", "N/A", "- -" and their like.
func statesAbsence(body string) bool {
	t := strings.TrimSpace(body)
	if len(t) > 100 || strings.Contains(t, "\n\n") {
		return false
	}
	if strings.Trim(t, " \t\n-–—_./*x0") == "" {
		return true
	}
	return absent.MatchString(t) && len(findEmails(t)) == 0 && len(digitsOf(t)) < 6
}

func (d *Document) setEmpty() {
	for i := range d.Sections {
		s := &d.Sections[i]
		parent := i+1 < len(d.Sections) && (s.Number != "" && strings.HasPrefix(d.Sections[i+1].Number, s.Number+".") || chapterTitle(s.ID) && s.ID != "" && chapterOf(d.Sections[i+1].ID) == string(s.ID))
		s.Empty = statesAbsence(s.Body) && !(parent && s.Body == "")
	}
}

var (
	titleLine  = regexp.MustCompile(`(?i)\b(?:csirt|cert|psirt|sirt)\b.*\b(?:description|profile)|description .*\b(?:csirt|cert|psirt)\b`)
	rfcMention = regexp.MustCompile(`(?i)\brfc[\s#_-]*2350\b`)
)

func mentionsRFC(d *Document) bool {
	if rfcMention.MatchString(clip(strings.Join(d.Preamble, "\n"), 64<<10)) {
		return len(d.Sections) > 0 || len(findEmails(clip(strings.Join(d.Preamble, "\n"), 64<<10))) > 0
	}
	for _, s := range d.Sections {
		if rfcMention.MatchString(clip(s.Body, 8<<10)) {
			return true
		}
	}
	return false
}

// deriveTitle takes the line of the preamble that says what this is: the last one,
// since navigation comes first, unless it is a sentence.
func (d *Document) deriveTitle() {
	for i, l := range d.Preamble {
		t := strings.Trim(strings.TrimPrefix(squeeze(l), "title:"), " =-#*_")
		if i < 500 && len(t) > 0 && len(t) <= 200 && (rfcMention.MatchString(t) || len(t) <= 90 && titleLine.MatchString(t)) {
			if d.Title == "" || !strings.HasSuffix(t, ".") {
				d.Title = t
			}
		}
	}
}

// deriveLang counts titles by language, then common words.
func (d *Document) deriveLang() {
	votes := map[string]int{}
	for _, s := range d.Sections {
		n := lookup(s.Title)
		if n == nil {
			_, n = matchTitle(s.Title, 0)
		}
		if n == nil {
			continue
		}
		for _, l := range n.langs {
			votes[l] += 6 / len(n.langs) // a title of one language says more
		}
	}
	best := ""
	langs := make([]string, 0, len(votes))
	for l := range votes {
		langs = append(langs, l)
	}
	sort.Strings(langs)
	for _, l := range langs {
		if best == "" || votes[l] > votes[best] {
			best = l
		}
	}
	if best == "" || votes[best] < 6 {
		return
	}
	d.Lang = best
}

var (
	fullLabel  = regexp.MustCompile(`(?i)(?:^|\n|\. |; )\W{0,3}(?:full name|official name|long name|full title|name of the team|vollständiger name|nom complet|nombre completo|nome completo|nama lengkap|volledige naam|pełna nazwa|celý název)(?: of the team)?\s?[:=]\s*([^\n]{2,200})`)
	shortLabel = regexp.MustCompile(`(?i)\b(?:short name|abbreviat(?:ion|ed(?: name)?)|acronym|kurzname|kurzbezeichnung|abkürzung|nom court|nombre corto|nome breve|disingkat|singkatan|afkorting|skrót|nazwa skrócona|zkratka|zkrácený název|sigla|acronyme|acrónimo|acrónimo)\s?(?:[:=]|\bis\b)?\s*["“„]?([^\n"”“;,]{2,60})`)
	quotedName = regexp.MustCompile(`["“„«]([^"”“»\n]{2,80})["”“»]`)
	namedAs    = regexp.MustCompile(`(?i)\b(?:named|called|is)\s+$`)
	inParens   = regexp.MustCompile(`\(([A-Za-z0-9@][A-Za-z0-9@.\-|/ ]{1,30})\)`)
	shortFirst = regexp.MustCompile(`^([A-Z][A-Za-z0-9@.\-_|/]{1,30}(?: [A-Z][A-Za-z0-9@.\-_|/]{1,20})?)\s*(?::|\s-\s|\s–\s)\s*\S`)
)

// deriveName reads the name, and the short one if the document tells which it is.
func (d *Document) deriveName() {
	if len(d.Sections) == 0 {
		return
	}
	body := strings.TrimSpace(d.bodies(SecName))
	if body == "" || statesAbsence(body) {
		return
	}
	full := ""
	if m := fullLabel.FindStringSubmatch("\n" + body); m != nil {
		full = m[1]
	}
	if m := shortLabel.FindStringSubmatchIndex(body); m != nil {
		d.Team.ShortName = strings.Trim(squeeze(body[m[2]:m[3]]), " .*_")
		body = strings.TrimSpace(body[:m[0]])
		if i := shortLabel.FindStringIndex(full); i != nil {
			full = full[:i[0]]
		}
	}
	if full == "" {
		p, _, _ := strings.Cut(body, "\n\n")
		full = firstSentence(nameLines(p))
	}
	name := squeeze(full)
	if d.Team.ShortName == "" {
		d.Team.ShortName = shortName(name)
	}
	if m := quotedName.FindStringSubmatchIndex(name); m != nil && namedAs.MatchString(name[:m[0]]) {
		name = name[m[2]:m[3]]
	}
	name = strings.Trim(name, " *_.,;:-–")
	if strings.Count(name, `"`) == 2 && strings.HasPrefix(name, `"`) && strings.HasSuffix(name, `"`) {
		name = strings.Trim(name, `"`)
	}
	d.Team.Name = clip(name, 250)
}

// nameLines joins the first lines of a name: a line that was wrapped, and the long
// form under a short one. What follows may be the address.
func nameLines(p string) string {
	lines := strings.Split(p, "\n")
	name := squeeze(lines[0])
	for i, last := 1, name; i < len(lines) && i < 6; i++ {
		next := squeeze(lines[i])
		wrapped := len(last) >= 45 || next != "" && next[0] >= 'a' && next[0] <= 'z'
		if !wrapped && !(i == 1 && len(name) <= 30 && len(strings.Fields(name)) <= 3 && teamWord.MatchString(next)) {
			break
		}
		name, last = name+" "+next, next
	}
	return name
}

var teamWord = regexp.MustCompile(`(?i)team|cert\b|response|équipe|equip[oa]|tým|zespół|tim\b`)

// shortName finds the abbreviation in `"X": the …`, `X - the …` and `The … (X)`.
func shortName(name string) string {
	if m := quotedName.FindStringSubmatchIndex(name); m != nil && m[0] == 0 && m[1] < len(name) {
		return name[m[2]:m[3]]
	}
	if m := shortFirst.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	if m := inParens.FindStringSubmatch(name); m != nil && strings.ContainsAny(m[1], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && len(m[1]) < 31 {
		return m[1]
	}
	return ""
}

// firstSentence ends at a full stop before a capital, if what stands before is more
// than an abbreviation such as "PT." or "e.V.".
func firstSentence(s string) string {
	for i := 8; i+2 < len(s); i++ {
		if s[i] == '.' && s[i+1] == ' ' && s[i+2] >= 'A' && s[i+2] <= 'Z' {
			j := strings.LastIndexAny(s[:i], " .")
			if i-j > 4 {
				return s[:i]
			}
		}
	}
	return s
}
