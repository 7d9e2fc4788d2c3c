package csaf

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// ranges writes the ranges of real documents, such as "< 4.2", "All versions < V3.1
// SP2" and "vers:all/<2.0", in one of the forms of 2.1. What is not understood stays
// and is named by the tests of the result.
func (u *upgrade) ranges() {
	r := run{root: u.root, index: u.index, v: &Validator{}, rule: &rule{}}
	checkVersionRange(&r)
	words := map[string]bool{}
	for _, f := range r.report.Findings {
		words[f.Path] = true
	}
	for _, b := range u.branches {
		if u.work += len(b.name) / 16; u.work > maxWork {
			return
		}
		path := b.path() + "/name"
		if b.category != versionRange && !(b.category == productVersion && words[path]) {
			continue
		}
		name, ok := rewriteRange(b.name)
		if !ok {
			continue
		}
		b.node.Set("category", jsontree.NewString(versionRange))
		b.node.Set("name", jsontree.NewString(name))
		u.warn(path, b.name, "the range was not in a form that CSAF 2.1 knows; it was written as "+name)
	}
}

// rewriteRange returns a range in a form that CSAF 2.1 knows, and false for one that
// has it already or is not understood.
func rewriteRange(s string) (string, bool) {
	if _, fault := parseRange(s); fault == "" || len(s) > 1000 {
		return s, false
	}
	kind, body := "", strings.TrimSpace(s)
	if len(body) > 5 && strings.EqualFold(body[:5], "vers:") {
		before, after, ok := strings.Cut(body[5:], "/")
		if ok {
			kind, body = strings.ToLower(strings.TrimSpace(before)), strings.TrimSpace(after)
		}
		// "all" and "none" are no types of versions, so they say nothing of a constraint.
		if kind == "all" || kind == "none" {
			kind = ""
		}
	}
	prefix := ""
	if kind != "" {
		prefix = "vers:" + kind + "/"
	}
	var forms []string
	if c := readConstraints(body); len(c) > 0 {
		if order := versOrders[kind]; order != nil {
			slices.SortStableFunc(c, func(a, b constraint) int { return order(a.version, b.version) })
		}
		forms = append(forms, prefix+joinConstraints(c))
	}
	if r := advisory.ReadRange(kind, body); r.Text == "" && !r.IsZero() {
		if len(r.Intervals) == 1 && r.Intervals[0] == (advisory.Interval{}) {
			forms = append(forms, "vers:all/*")
		} else if _, single := r.Single(); !single {
			forms = append(forms, r.String())
		}
	}
	for _, form := range forms {
		if _, fault := parseRange(form); fault == "" {
			return form, true
		}
	}
	return s, false
}

func joinConstraints(list []constraint) string {
	parts := make([]string, 0, len(list))
	for _, c := range list {
		if c.comparator == "=" {
			c.comparator = ""
		}
		parts = append(parts, c.comparator+c.version)
	}
	return strings.Join(parts, "|")
}

var (
	leadingWords = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)^(all\s+)?(versions?|releases?|firmware)?[\s:]*`)
	})
	oneConstraint = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^\s*(<=|>=|=<|=>|==|!=|<|>|=|≤|≥)\s*([^<>=≤≥!|]+)[|\s]*`)
	})
	joint = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)([\s,;&]|\s(and|or))+$`) })
)

// readConstraints reads comparators and versions with blanks between and in them, and
// returns nil for anything else.
func readConstraints(s string) []constraint {
	if rest := s[len(leadingWords().FindString(s)):]; rest != "" && strings.IndexByte("<>=", rest[0]) >= 0 {
		s = rest
	}
	var out []constraint
	for s = strings.TrimSpace(s); s != ""; {
		m := oneConstraint().FindStringSubmatch(s)
		if m == nil {
			return nil
		}
		s = s[len(m[0]):]
		version, ok := versionWords(joint().ReplaceAllString(m[2], ""))
		if !ok {
			return nil
		}
		op := m[1]
		if plain, ok := map[string]string{"=<": "<=", "=>": ">=", "==": "=", "≤": "<=", "≥": ">="}[op]; ok {
			op = plain
		}
		out = append(out, constraint{op, version})
	}
	return out
}

// versionWords reads a version of up to four words, such as "V17 SP1 Update 2", and
// joins them as VERS does. Words that are part of no version make it a sentence.
func versionWords(s string) (string, bool) {
	words := strings.Fields(s)
	if len(words) > 1 && hasWord("version versions release", strings.ToLower(words[0])) {
		words = words[1:]
	}
	if len(words) == 0 || len(words) > 4 || !strings.ContainsAny(words[0], digits) && len(words) > 1 {
		return "", false
	}
	for i, w := range words {
		known := strings.ContainsAny(w, digits) || i > 0 && hasWord(
			"sp update upd patch hf hotfix rev revision build release rel service pack beta alpha rc fp cu mr ga lts", strings.ToLower(w))
		if !known || strings.ContainsAny(w, "*,;()") || strings.ContainsFunc(w, func(r rune) bool { return r > '~' }) {
			return "", false
		}
	}
	return strings.Join(words, "%20"), true
}
