package rfc2350

import (
	"regexp"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

var (
	asForm      = regexp.MustCompile(`\b(?:AS|ASN)[ :#-]{0,2}(\d{1,10})\b`)
	asList      = regexp.MustCompile(`(?i)\b(?:autonomous systems?|AS numbers?|ASNs?)\b[^\n.]{0,30}?((?:\d{2,10}(?:\s*(?:,|and|&)\s*)?)+)`)
	domainForm  = regexp.MustCompile(`(?:\*\.)?(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,24}\b`)
	domainWord  = regexp.MustCompile(`(?i)\bdom(?:ains?|änen?|aines?|inios?|ínios?|ini|ein(?:en)?|eny?|ény?|eny)\b|\btlds?\b`)
	tlpForm     = regexp.MustCompile(`(?i)\bTLP[ \t]?[:=-]?[ \t]*(RED|AMBER ?\+ ?STRICT|AMBER|GREEN|WHITE|CLEAR)\b`)
	firstURL    = regexp.MustCompile(`(?i)\bfirst\.org/(?:members/)?(?:teams|liaisons)\b`)
	firstName   = regexp.MustCompile(`\bFIRST\b|\bFIRST\.(?:org|ORG)\b|Forum (?:of|for) Incident Response`)
	tiURL       = regexp.MustCompile(`(?i)trusted-introducer\.org/(?:directory/)?(?:teams|team|country)\b|tf-csirt\.org/trusted-introducer/directory`)
	tiName      = regexp.MustCompile(`(?i)\bTrusted[- ]Introducer\b`)
	tfName      = regexp.MustCompile(`\bTF[- ]?CSIRT\b`)
	memberWord  = regexp.MustCompile(`(?i)member|affiliat|accredit|certified|listed|mitglied|akkredit|zertifiz|gelistet|membre|accrédité|miembro|membro|accreditat|lid van|człon|člen|anggota|afilia|partner|participat|part of|registered|registrován|adscri|recogn`)
	notMember   = regexp.MustCompile(`(?i)\b(?:not|no|nor|neither|plan\pL*|intend\w*|apply\w*|applied|candidate|seek\w*|wish\w*|aims?|will become|kein\pL*|noch nicht|angestrebt)\b`)
	levelForm   = regexp.MustCompile(`(?i)\b(certified|zertifizier\pL*|accredit\pL*|akkreditier\pL*|accrédit\pL*|acredit\pL*|listed|gelistet\pL*)\b`)
	affiliation = map[SectionID]bool{SecAffiliation: true, SecOther: true}
)

// deriveScope reads domains and AS numbers: all in a section for them, and in the
// constituency those beside the word "domain" or with a wildcard.
func (d *Document) deriveScope() {
	seen := map[string]bool{}
	for _, s := range d.Sections {
		if s.ID != SecScope && s.ID != SecConstituency {
			continue
		}
		body := s.head()
		for _, m := range asForm.FindAllStringSubmatch(body, 200) {
			d.addAS(seen, m[1])
		}
		for _, m := range asList.FindAllStringSubmatch(body, 50) {
			for _, n := range regexpDigits.FindAllString(m[1], -1) {
				d.addAS(seen, n)
			}
		}
		urls := urlForm.FindAllStringIndex(body, 200)
		mails := findEmails(body)
		for _, m := range domainForm.FindAllStringIndex(body, 500) {
			name := strings.ToLower(body[m[0]:m[1]])
			in := m[0] > 0 && (body[m[0]-1] == '@' || body[m[0]-1] == '/')
			for _, u := range urls {
				in = in || u[0] <= m[0] && m[1] <= u[1]
			}
			for _, e := range mails {
				in = in || e.start <= m[0] && m[1] <= e.end
			}
			wild := strings.HasPrefix(name, "*.")
			if in || seen[name] || s.ID == SecConstituency && !wild && !nearDomainWord(body, m[0], m[1]) {
				continue
			}
			seen[name] = true
			d.Scope.Domains = append(d.Scope.Domains, name)
		}
	}
}

var regexpDigits = regexp.MustCompile(`\d+`)

func (d *Document) addAS(seen map[string]bool, n string) {
	if n = "AS" + strings.TrimLeft(n, "0"); !seen[n] && n != "AS" {
		seen[n] = true
		d.Scope.AS = append(d.Scope.AS, n)
	}
}

// nearDomainWord looks in the line, or in the 120 bytes before.
func nearDomainWord(s string, start, end int) bool {
	to := min(len(s), end+60)
	if i := strings.IndexByte(s[end:to], '\n'); i >= 0 {
		to = end + i
	}
	return domainWord.MatchString(s[max(0, start-120):start]) || domainWord.MatchString(s[end:to])
}

// deriveMemberships reads claims of membership. A sentence that denies or plans is
// none.
func (d *Document) deriveMemberships() {
	for _, s := range d.Sections {
		if s.ID == SecDisclaimers || s.ID == SecSupport || strings.HasPrefix(string(s.ID), "services") {
			continue
		}
		for _, t := range sentences(s.head()) {
			stated := memberWord.MatchString(t) || affiliation[s.ID]
			if firstURL.MatchString(t) || stated && claims(t, firstName) && !allCaps(t) {
				d.addMembership("FIRST", "")
			}
			if tiURL.MatchString(t) || stated && claims(t, tiName) {
				d.addMembership("Trusted Introducer", tiLevel(t))
			}
			if memberWord.MatchString(t) && claims(t, tfName) {
				d.addMembership("TF-CSIRT", tiLevel(t))
			}
		}
	}
}

// claims reports whether a sentence has the name without a denial or a plan shortly
// before it.
func claims(sentence string, name *regexp.Regexp) bool {
	m := name.FindStringIndex(sentence)
	return m != nil && !notMember.MatchString(sentence[max(0, m[0]-60):m[0]])
}

func tiLevel(s string) string {
	m := levelForm.FindString(s)
	switch f := fold(m); {
	case strings.HasPrefix(f, "certif"), strings.HasPrefix(f, "zertif"):
		return "certified"
	case strings.HasPrefix(f, "ac"), strings.HasPrefix(f, "ak"):
		return "accredited"
	case f != "":
		return "listed"
	}
	return ""
}

// allCaps: in text that is all capitals "FIRST" is only a word.
func allCaps(s string) bool { return strings.ToUpper(s) == s }

func (d *Document) addMembership(body, level string) {
	for i := range d.Memberships {
		if d.Memberships[i].Body == body {
			if d.Memberships[i].Level == "" {
				d.Memberships[i].Level = level
			}
			return
		}
	}
	d.Memberships = append(d.Memberships, Membership{body, level})
}

// deriveTLP finds the label of the document itself: the only one before the contact
// information. Labels in the policies are definitions.
func (d *Document) deriveTLP() {
	text := clip(strings.Join(d.Preamble, "\n"), valueBytes)
	for _, s := range d.Sections {
		if chapterOf(s.ID) == "document" {
			text += "\n" + s.head()
		}
	}
	names := map[string]bool{}
	for _, m := range tlpForm.FindAllStringSubmatch(text, 100) {
		names[strings.ToUpper(strings.ReplaceAll(m[1], " ", ""))] = true
	}
	if len(names) != 1 {
		return
	}
	for n := range names {
		if l, err := tlp.Parse(n); err == nil {
			d.TLP, d.TLPName = l, n
		}
	}
}
