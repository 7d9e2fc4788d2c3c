package csaf

import (
	_ "embed" // the list below
	"strings"
	"sync"
)

//go:embed data/license.txt
var licenseData string

var licenseLists = sync.OnceValue(func() map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for line := range strings.Lines(licenseData) {
		words := strings.Fields(line)
		if words[0] == "#" {
			continue
		}
		set := make(map[string]bool, len(words))
		for _, w := range words[1:] {
			set[w] = true
		}
		out[words[0]] = set
	}
	return out
})

const scancodePrefix = "LicenseRef-scancode-"

// licenseTerm is an identifier in an expression.
type licenseTerm struct {
	id        string
	exception bool // stands after WITH
}

// licenseExpr is an SPDX licence expression (SPDX 3.0, annex B) without
// DocumentRef, which CSAF forbids.
type licenseExpr struct{ terms []licenseTerm }

// parseLicense reads an expression. Operators are written in upper or in lower
// case.
func parseLicense(s string) (licenseExpr, bool) {
	p := licenseParser{tokens: strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(s))}
	ok := p.or(0) && len(p.tokens) == 0
	return p.out, ok
}

type licenseParser struct {
	tokens []string
	out    licenseExpr
}

func (p *licenseParser) operator(name string) bool {
	if len(p.tokens) > 0 && (p.tokens[0] == name || p.tokens[0] == strings.ToLower(name)) {
		p.tokens = p.tokens[1:]
		return true
	}
	return false
}

func (p *licenseParser) or(depth int) bool {
	for {
		if !p.and(depth) {
			return false
		}
		if !p.operator("OR") {
			return true
		}
	}
}

func (p *licenseParser) and(depth int) bool {
	for {
		if !p.simple(depth) {
			return false
		}
		if !p.operator("AND") {
			return true
		}
	}
}

const maxLicenseDepth = 100

func (p *licenseParser) simple(depth int) bool {
	if len(p.tokens) == 0 || depth > maxLicenseDepth {
		return false
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	if t == "(" {
		if !p.or(depth + 1) {
			return false
		}
		if len(p.tokens) == 0 || p.tokens[0] != ")" {
			return false
		}
		p.tokens = p.tokens[1:]
		return true
	}
	id, plus := strings.CutSuffix(t, "+")
	if !isLicenseID(id, "LicenseRef-") || plus && strings.HasPrefix(id, "LicenseRef-") {
		return false
	}
	p.out.terms = append(p.out.terms, licenseTerm{id: id})
	if p.operator("WITH") {
		if len(p.tokens) == 0 || !isLicenseID(p.tokens[0], "AdditionRef-") {
			return false
		}
		p.out.terms = append(p.out.terms, licenseTerm{p.tokens[0], true})
		p.tokens = p.tokens[1:]
	}
	return true
}

// isLicenseID is idstring of the grammar. The prefix of a reference keeps its
// case.
func isLicenseID(s, prefix string) bool {
	if s == "" || !allOf(s, lower+upper+digits+"-.") || hasWord("OR AND WITH or and with", s) {
		return false
	}
	folded := strings.ToLower(s)
	for _, p := range []string{"LicenseRef-", "AdditionRef-"} {
		if strings.HasPrefix(folded, strings.ToLower(p)) && (p != prefix || !strings.HasPrefix(s, p) || len(s) == len(p)) {
			return false
		}
	}
	return !strings.HasPrefix(folded, "documentref-")
}

// state tells whether the lists know a term: known, deprecated or neither. The
// comparison folds no case, as the lists are canonical.
func (t licenseTerm) state() (listed, deprecated bool) {
	l := licenseLists()
	if t.exception {
		return l["exception"][t.id] || l["exception-deprecated"][t.id], l["exception-deprecated"][t.id]
	}
	if id, ok := strings.CutPrefix(t.id, scancodePrefix); ok {
		return l["scancode"][id] || l["scancode-deprecated"][id], l["scancode-deprecated"][id]
	}
	// any-OSI is a name that SPDX keeps for licence choices.
	return l["license"][t.id] || l["license-deprecated"][t.id] || t.id == "any-OSI", l["license-deprecated"][t.id]
}

// foreign reports whether another entity than SPDX and ScanCode gave the name.
func (t licenseTerm) foreign() bool {
	return strings.HasPrefix(t.id, "AdditionRef-") ||
		strings.HasPrefix(t.id, "LicenseRef-") && !strings.HasPrefix(t.id, scancodePrefix)
}

// unlisted reports whether an expression has a term that no list knows.
func (e licenseExpr) unlisted() bool {
	for _, t := range e.terms {
		if listed, _ := t.state(); !listed {
			return true
		}
	}
	return false
}

const licensePath = "/document/license_expression"

func (r *run) eachLicense(f func(t licenseTerm)) {
	if e, ok := parseLicense(r.meta.Text("license_expression")); ok {
		for _, t := range e.terms {
			f(t)
		}
	}
}

func checkLicenseExpression(r *run) {
	if n := r.meta.Get("license_expression"); n != nil {
		if _, ok := parseLicense(n.Text()); !ok {
			r.add(licensePath, "is not an SPDX licence expression that CSAF allows")
		}
	}
}

func checkDeprecatedLicense(r *run) {
	r.eachLicense(func(t licenseTerm) {
		if _, deprecated := t.state(); deprecated {
			r.add(licensePath, "the identifier "+quote(t.id)+" is deprecated")
		}
	})
}

func checkUnknownLicense(r *run) {
	r.eachLicense(func(t licenseTerm) {
		if listed, _ := t.state(); !listed && !t.foreign() {
			r.add(licensePath, "the identifier "+quote(t.id)+" does not exist")
		}
	})
}

func checkUnregisteredLicense(r *run) {
	r.eachLicense(func(t licenseTerm) {
		if listed, _ := t.state(); !listed {
			r.add(licensePath, "the identifier "+quote(t.id)+" is in neither list")
		}
	})
}
