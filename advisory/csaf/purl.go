package csaf

import (
	"net/url"
	"strings"
)

// purl is a package URL (purl-spec, ECMA-427), percent-decoded.
type purl struct {
	kind, namespace, name, version, subpath string
	qualifiers                              map[string]string
}

// purlType is what the specification says of a type. The table purlTypes is generated.
type purlType struct {
	namespace  namespaceRule
	qualifiers string // required ones
}

type namespaceRule int

const (
	namespaceOptional namespaceRule = iota
	namespaceRequired
	namespaceProhibited
)

// parsePurl reads a package URL in its canonical form. The fault is "" or a
// sentence.
func parsePurl(s string) (p purl, fault string) {
	rest, ok := strings.CutPrefix(s, "pkg:")
	if !ok {
		return p, "does not begin with pkg:"
	}
	if strings.HasPrefix(rest, "/") {
		return p, "has a slash after pkg:, which is not canonical"
	}
	rest, subpath, _ := strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	p.kind, rest, ok = strings.Cut(rest, "/")
	if !ok || p.kind == "" || !allOf(p.kind, lower+digits+".-+") || strings.Contains(digits, p.kind[:1]) {
		return p, "has no valid type in lower case"
	}
	path, version, hasVersion := cutLast(strings.Trim(rest, "/"), "@")
	if hasVersion && strings.Contains(version, "/") { // the @ belongs to a namespace such as @scope
		path, version, hasVersion = strings.Trim(rest, "/"), "", false
	}
	if hasVersion && version == "" {
		return p, "has an empty version"
	}
	var good bool
	if p.version, good = unescape(version); !good {
		return p, "is not well percent-encoded"
	}
	var segments []string
	for seg := range strings.SplitSeq(path, "/") {
		d, good := unescape(seg)
		if !good {
			return p, "is not well percent-encoded"
		}
		if d == "" {
			return p, "has an empty name or segment of the namespace"
		}
		segments = append(segments, d)
	}
	p.name = segments[len(segments)-1]
	p.namespace = strings.Join(segments[:len(segments)-1], "/")
	if fault := p.readQualifiers(query); fault != "" {
		return p, fault
	}
	for seg := range strings.SplitSeq(strings.Trim(subpath, "/"), "/") {
		if seg == "." || seg == ".." {
			return p, "has a subpath with . or .."
		}
	}
	p.subpath = strings.Trim(subpath, "/")
	rules := purlTypes[p.kind]
	switch {
	case rules.namespace == namespaceRequired && p.namespace == "":
		return p, "has no namespace, which its type requires"
	case rules.namespace == namespaceProhibited && p.namespace != "":
		return p, "has a namespace, which its type does not allow"
	}
	for key := range strings.FieldsSeq(rules.qualifiers) {
		if p.qualifiers[key] == "" {
			return p, "lacks the qualifier " + key + ", which its type requires"
		}
	}
	return p, ""
}

func (p *purl) readQualifiers(query string) string {
	if query == "" {
		return ""
	}
	p.qualifiers = map[string]string{}
	for pair := range strings.SplitSeq(query, "&") {
		k, v, ok := strings.Cut(pair, "=")
		if !ok || k == "" || !allOf(k, lower+digits+".-_") || strings.Contains(digits, k[:1]) {
			return "has a malformed qualifier"
		}
		if _, dup := p.qualifiers[k]; dup {
			return "has a qualifier twice"
		}
		d, good := unescape(v)
		if !good {
			return "is not well percent-encoded"
		}
		p.qualifiers[k] = d
	}
	return ""
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func unescape(s string) (string, bool) {
	if !strings.Contains(s, "%") {
		return s, true
	}
	d, err := url.PathUnescape(s)
	return d, err == nil
}
