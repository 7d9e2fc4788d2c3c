package rfc2350

import (
	"regexp"
	"strings"
	"time"
)

// Profile selects what Check asks for.
type Profile uint8

// Profiles. RFC is what RFC 2350 itself expects. Practice adds what the community
// asks of its members: the Trusted Introducer by its maturity model SIM3, FIRST by
// its Traffic Light Protocol.
const (
	RFC Profile = iota
	Practice
)

// Check judges the document at a time that the caller gives, and returns what Parse
// found as well, so that one list shows all. Every finding of Check names its
// source; what has none is a hint.
func (d *Document) Check(p Profile, now time.Time) []Finding {
	c := &checker{d: d, now: now, out: append([]Finding(nil), d.Findings...)}
	c.required()
	c.dates()
	c.keys()
	c.signed()
	c.placeholders()
	if p == Practice {
		c.practice()
	}
	return c.out
}

type checker struct {
	d   *Document
	now time.Time
	out []Finding
}

func (c *checker) add(code string, sev Severity, sec SectionID, msg, source string) {
	c.out = append(c.out, Finding{code, sev, sec, c.d.lineOf(sec), msg, source})
}

// stated reports whether the document has the section and says something in it, or
// in the sections under it.
func (c *checker) stated(id SectionID) bool {
	for _, s := range c.d.Sections {
		if s.ID == id && !s.Empty && s.Body != "" {
			return true
		}
		if chapterTitle(id) && strings.HasPrefix(string(s.ID), string(id)+".") && !s.Empty {
			return true
		}
	}
	return c.d.bodies(id) != "" && !statesAbsence(c.d.bodies(id))
}

func (c *checker) required() {
	d := c.d
	if d.Team.Name == "" {
		c.add("no-team-name", Error, SecName, "the document does not name the team", "RFC 2350 section 3.2")
	}
	if len(d.Team.Emails) == 0 && !usable(d.Team.Phones) {
		c.add("no-contact", Error, SecEmail, "the document has no usable e-mail address and no usable telephone number", "RFC 2350 section 3.2")
	}
	if !c.stated(SecConstituency) && !c.stated(SecScope) {
		c.add("no-constituency", Error, SecConstituency, "the document does not say whom the team serves", "RFC 2350 section 3.3.2")
	}
	if !c.stated(SecMission) {
		c.add("no-mission", Warning, SecMission, "the document has no mission statement", "RFC 2350 section 3.3.1")
	}
	if !c.stated(SecAuthority) {
		c.add("no-authority", Warning, SecAuthority, "the document does not say with what authority the team acts", "RFC 2350 section 3.3.4")
	}
	zone := false
	for _, z := range d.Team.TimeZones {
		zone = zone || z.IANA != "" || z.Std != ""
	}
	if !zone {
		c.add("no-timezone", Warning, SecTimeZone, "the document names no time zone with its offset", "RFC 2350 section 3.2")
	}
	if len(d.Keys) == 0 {
		c.add("no-key", Warning, SecKeys, "the document shows no key and no fingerprint", "RFC 2350 section 3.2")
	}
}

func usable(phones []Phone) bool {
	for _, p := range phones {
		if p.E164 != "" {
			return true
		}
	}
	return false
}

func (c *checker) dates() {
	const source = "RFC 2350 section 3.1"
	u := c.d.Updated
	switch {
	case u.IsZero():
		c.add("no-date", Warning, SecUpdated, "the document does not say when it was last changed", source)
	case u.Time().After(c.now.Add(24 * time.Hour)): // a day of time zones
		c.add("date-future", Warning, SecUpdated, "the last update lies in the future: "+u.String(), source)
	case u.Time().AddDate(1, 0, 0).Before(c.now):
		c.add("date-old", Warning, SecUpdated, "the last update is older than a year: "+u.String(), source)
	}
}

func (c *checker) keys() {
	const source = "RFC 2350 section 3.2"
	for _, k := range c.d.Keys {
		name := k.Fingerprint
		if name == "" {
			name = k.KeyID
		}
		switch {
		case k.Revoked:
			c.add("key-revoked", Error, SecKeys, "the key "+name+" is revoked", source)
		case !k.Expires.IsZero() && !c.expiry(k).After(c.now):
			c.add("key-expired", Error, SecKeys, "the key "+name+" expired on "+k.Expires.String(), source)
		case !k.Expires.IsZero() && c.expiry(k).Before(c.now.AddDate(0, 0, 60)):
			c.add("key-expires-soon", Warning, SecKeys, "the key "+name+" expires on "+k.Expires.String(), source)
		}
		if k.Cert.IsZero() || k.Role == "signing" {
			continue
		}
		found := len(c.d.Team.Emails) == 0
		for _, e := range c.d.Team.Emails {
			found = found || k.Cert.HasAddress(e.Address)
		}
		if !found {
			c.add("key-without-address", Warning, SecKeys, "the key "+name+" has no user ID with an address of the team", source)
		}
	}
}

// expiry is exact for a certificate; a printed date counts to its end.
func (c *checker) expiry(k Key) time.Time {
	if !k.Cert.IsZero() {
		return k.Cert.Expires()
	}
	return k.Expires.Time().AddDate(0, 0, 1)
}

var (
	saysSigned   = regexp.MustCompile(`(?i)\b(?:has been|is|was|were|been|are) (?:digitally |pgp[- ]|gpg[- ])?signed\b|\bditanda ?tangani\b|\b(?:ist|wurde) .{0,40}signiert|\ba été signé|\bestá firmado|\bha sido firmado|\bè (?:stato )?firmato|\bencontra-se assinad|\bfoi assinad|\bis ondertekend|\bpodpisan|\bpodepsán`)
	elsewhere    = regexp.MustCompile(`(?i)text version|ascii|signed version|https?://|www\.|\.asc\b|\.txt\b|available|verfügbar|disponib|tersedia|page|website`)
	holders      = regexp.MustCompile(`(?i)\blorem ipsum\b|\bTODO\b|\bTBD\b|\bX{3,}\b|\[(?:your|insert|team|name|e?-?mail|address|phone|date)[^\]\n]{0,40}\]|<(?:your|insert|team name|organi[sz]ation)[^>\n]{0,40}>|example\.(?:com|org|net)\b|section intentionally blank|…{2,}|_{5,}`)
	tlpWord      = regexp.MustCompile(`(?i)\bTLP\b|traffic light protocol`)
	practiceHint = "SIM3, "
)

// signed: a document that says of itself that it is signed, and is not, teaches its
// readers not to look. One that says where the signature is does not lie.
func (c *checker) signed() {
	if c.d.Signature.Status != SignatureNone {
		return
	}
	body := c.d.bodies(SecAuthentication)
	if len(c.d.Sections) > 0 && saysSigned.MatchString(body) && !elsewhere.MatchString(body) {
		c.add("not-signed", Warning, SecAuthentication, "the document says that it is signed, and is not", "RFC 2350 section 3.1")
	}
}

func (c *checker) placeholders() {
	for _, s := range c.d.Sections {
		if holders.MatchString(s.head()) {
			c.out = append(c.out, Finding{"placeholder", Warning, s.ID, s.Line, "the section holds a placeholder", "RFC 2350 section 3"})
		}
	}
}

// practice asks what communities ask.
func (c *checker) practice() {
	d := c.d
	word := d.TLP.Valid()
	for _, s := range d.Sections {
		word = word || tlpWord.MatchString(s.Title) || tlpWord.MatchString(s.head())
	}
	if !word {
		c.add("no-tlp", Warning, SecDisclosure, "the document does not say how it treats the Traffic Light Protocol", "FIRST, Traffic Light Protocol 2.0; Trusted Introducer, accreditation")
	}
	if d.TLPName == "WHITE" {
		c.add("tlp-white", Info, SecDocument, "TLP:WHITE is called TLP:CLEAR since TLP 2.0", "FIRST, Traffic Light Protocol 2.0")
	}
	if !c.stated(SecServices) {
		c.add("no-services", Warning, SecServices, "the document does not describe the team's services", practiceHint+"parameter O-5")
	}
	if !c.stated(SecSupport) {
		c.add("no-support-level", Info, SecSupport, "the document does not state the level of support", practiceHint+"parameter O-7")
	}
	if len(d.Memberships) == 0 && !c.stated(SecAffiliation) {
		c.add("no-affiliation", Info, SecAffiliation, "the document names no sponsor, affiliation or membership", practiceHint+"parameter O-9")
	}
	if len(d.Hours) == 0 {
		c.add("no-hours", Info, SecHours, "the document states no hours of operation", "")
	}
	if d.Disclosure.IsZero() {
		c.add("no-disclosure-window", Info, SecDisclosure, "the document states no time until disclosure", "")
	}
}
