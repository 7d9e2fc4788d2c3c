package rfc2350

import (
	"regexp"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/pgp"
)

// Profile selects what Check asks for.
type Profile uint8

// Profiles. RFC is what RFC 2350 itself expects. Practice adds what the community
// asks of its members: the Trusted Introducer in its accreditation, FIRST by
// its Traffic Light Protocol.
const (
	RFC Profile = iota
	Practice
)

// Check judges the document at a time that the caller gives, and returns what Parse
// found as well, so that one list shows all. Every finding of Check names its
// source; what has none is a hint.
func (d *Document) Check(p Profile, now time.Time) []Finding {
	c := &checker{d: d, now: now, out: append(append([]Finding(nil), d.Findings...), d.KeyFindings()...), listed: d.Keys()}
	c.required()
	c.policies()
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
	d      *Document
	now    time.Time
	out    []Finding
	listed []Key
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
	if len(c.listed) == 0 {
		c.add("no-key", Warning, SecKeys, "the document shows no key and no fingerprint", "RFC 2350 section 3.4.3")
	}
}

// policies asks for what RFC 2350 wants to read of hours, policies, services and forms. A
// section that states that there is nothing is an answer for forms and disclaimers.
func (c *checker) policies() {
	d := c.d
	if len(d.Hours) == 0 {
		c.add("no-hours", Info, SecHours, "the document states no hours of operation", "RFC 2350 section 3.2")
	}
	if len(d.Memberships) == 0 && !c.stated(SecAffiliation) {
		c.add("no-affiliation", Info, SecAffiliation, "the document names no sponsoring organization, affiliation or membership", "RFC 2350 section 3.3.3")
	}
	if !c.stated(SecSupport) {
		c.add("no-support-level", Info, SecSupport, "the document does not state which incidents the team handles and with what level of support", "RFC 2350 section 3.4.1")
	}
	if !c.stated(SecDisclosure) {
		c.add("no-cooperation", Info, SecDisclosure, "the document does not say with whom the team shares which information", "RFC 2350 section 3.4.2")
	}
	if !c.stated(SecCommunication) {
		c.add("no-communication", Info, SecCommunication, "the document does not say how communication is protected and authenticated", "RFC 2350 section 3.4.3")
	}
	if !c.stated(SecServices) {
		c.add("no-services", Warning, SecServices, "the document does not describe the team's services", "RFC 2350 section 3.5")
	}
	if !d.has(SecForms) {
		c.add("no-forms", Info, SecForms, "the document does not say whether there are forms for reports", "RFC 2350 section 3.6")
	}
	if !d.has(SecDisclaimers) {
		c.add("no-disclaimer", Info, SecDisclaimers, "the document has no section for disclaimers", "RFC 2350 section 3.7")
	}
}

// certificate reports what package pgp finds in a certificate besides expiry and
// addresses, which are checked for printed keys too.
func (c *checker) certificate(k Key, name, source string) {
	for _, f := range k.Cert.Lint(c.now) {
		code, sev := "", Warning
		switch f.Rule {
		case pgp.LintNoEncryption:
			if code, sev = "key-no-encryption", Error; k.Role == "signing" {
				continue
			}
		case pgp.LintWeak:
			code, sev = "key-weak", Error
		case pgp.LintSHA1:
			code = "key-sha1"
		case pgp.LintExpired: // the certificate holds, its last encryption subkey does not
			if !k.Expires.IsZero() && !c.expiry(k).After(c.now) || k.Role == "signing" {
				continue
			}
			code, sev = "key-encryption-expired", Error
		default:
			continue
		}
		c.add(code, sev, SecKeys, "the key "+name+": "+f.Text, source)
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
	for _, k := range c.listed {
		name := firstOf(k.Fingerprint, k.KeyID, k.URL)
		switch {
		case k.Revoked:
			sev := Error
			if c.current() {
				sev = Info // it is shown beside a key that is in use
			}
			c.add("key-revoked", sev, SecKeys, "the key "+name+" is revoked or not to be used", source)
		case !k.Expires.IsZero() && !c.expiry(k).After(c.now):
			c.add("key-expired", Error, SecKeys, "the key "+name+" expired on "+k.Expires.String(), source)
		case !k.Expires.IsZero() && c.expiry(k).Before(c.now.AddDate(0, 0, 60)):
			c.add("key-expires-soon", Warning, SecKeys, "the key "+name+" expires on "+k.Expires.String(), source)
		}
		if k.Cert.IsZero() {
			continue
		}
		if !k.Revoked {
			c.certificate(k, name, source)
		}
		if k.Role == "signing" {
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

// current reports whether the document shows a key that is not revoked.
func (c *checker) current() bool {
	for _, k := range c.listed {
		if !k.Revoked {
			return true
		}
	}
	return false
}

// expiry is exact for a certificate; a printed date counts to its end.
func (c *checker) expiry(k Key) time.Time {
	if !k.Cert.IsZero() {
		return k.Cert.Expires()
	}
	return k.Expires.Time().AddDate(0, 0, 1)
}

var (
	saysSigned = regexp.MustCompile(`(?i)\b(?:has been|is|was|were|been|are) (?:digitally |pgp[- ]|gpg[- ])?signed\b|\bditanda ?tangani\b|\b(?:ist|wurde) .{0,40}signiert|\ba été signé|\bestá firmado|\bha sido firmado|\bè (?:stato )?firmato|\bencontra-se assinad|\bfoi assinad|\bis ondertekend|\bpodpisan|\bpodepsán`)
	elsewhere  = regexp.MustCompile(`(?i)text version|ascii|signed version|https?://|www\.|\.asc\b|\.txt\b|available|verfügbar|disponib|tersedia|page|website`)
	holders    = regexp.MustCompile(`(?i)\blorem ipsum\b|\bTODO\b|\bTBD\b|\bX{3,}\b|\[(?:your|insert|team|name|e-?mail address|address|phone|date)[^\]\n]{0,40}\]|<(?:your|insert|team name|organi[sz]ation)[^>\n]{0,40}>|example\.(?:com|org|net)\b|section intentionally blank|…{2,}|_{5,}`)
	tlpWord    = regexp.MustCompile(`(?i)\bTLP\b|traffic light protocol`)
)

// signed: a document that says of itself that it is signed, and is not, teaches its
// readers not to look. One that says where the signature is does not lie.
func (c *checker) signed() {
	if c.d.Signature.Status != SignatureNone {
		return
	}
	c.add("unsigned", Info, SecAuthentication, "the document carries no signature; a detached one is not seen here", "RFC 2350 section 3.1")
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
	if d.Disclosure.IsZero() {
		c.add("no-disclosure-window", Info, SecDisclosure, "the document states no time until disclosure", "")
	}
}
