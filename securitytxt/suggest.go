package securitytxt

import "strings"

// suggest makes a finding that says what was probably meant.
func (p *parser) suggest(c Code, field, meant string) {
	p.doc.Findings = append(p.doc.Findings, Finding{Code: c, Line: p.line, Field: field, Suggestion: meant})
}

// suggestField returns the registered name that a name is a slip of, or "".
func suggestField(name string) string {
	if len(name) > maxSlip {
		return ""
	}
	var buf [maxSlip]byte
	plain := plainName(buf[:0], name)
	if k, ok := otherNames[string(plain)]; ok {
		return fieldNames[k]
	}
	best, least := "", 3
	for k := fieldContact; k < fieldCount; k++ {
		want := plainNames[k]
		if len(plain)-len(want) > 2 || len(want)-len(plain) > 2 {
			continue // too far, whatever the letters: most unknown names end here
		}
		if n := distance(plain, want); n < least && n*3 <= len(want) {
			best, least = fieldNames[k], n
		}
	}
	return best
}

// maxSlip is how long a name can be and still be a slip of a registered one.
const maxSlip = 24

// plainName appends a name without what joins words, and in lower case.
func plainName(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c != '-' && c != '_' {
			if 'A' <= c && c <= 'Z' {
				c |= 0x20
			}
			dst = append(dst, c)
		}
	}
	return dst
}

var plainNames = func() (t [fieldCount]string) {
	for k, name := range fieldNames {
		t[k] = string(plainName(nil, name))
	}
	return t
}()

// otherNames are what people call a field, in the form of plainName: no slips, but
// other words, and names of the drafts before the RFC.
var otherNames = func() map[string]fieldKind {
	m := map[string]fieldKind{}
	for k, names := range map[fieldKind]string{
		fieldContact:            "email mail emailaddress securitycontact report reportto",
		fieldExpires:            "expiry expiration expirationdate expirydate validuntil",
		fieldEncryption:         "encryptionkey key pgp gpg pgpkey gpgkey openpgp openpgpkey publickey",
		fieldAcknowledgments:    "acknowledge acknowledges thanks credits halloffame",
		fieldCanonical:          "canonicalurl canonicaluri",
		fieldPolicy:             "policies disclosure disclosurepolicy securitypolicy vulnerabilitypolicy",
		fieldHiring:             "jobs job careers career",
		fieldPreferredLanguages: "language languages lang preferredlang preferredlanguage",
		fieldCSAF:               "csafprovider csafmetadata providermetadata",
		fieldBugBounty:          "bounty bugbountyprogram",
	} {
		for name := range strings.SplitSeq(names, " ") {
			m[name] = k
		}
	}
	return m
}()

// distance counts the letters to insert, remove, replace or swap. Both have at
// most maxSlip letters.
func distance(a []byte, b string) int {
	var rows [3][maxSlip + 1]int
	for j := range len(b) + 1 {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		row, last, two := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
	}
	return rows[len(a)%3][len(b)]
}
