package securitytxt

import (
	"slices"
	"strings"
)

// value checks the value of a field and keeps it. Wrong values are kept too: a
// reader that wants to report a vulnerability needs the best there is.
func (p *parser) value(k fieldKind, l *Line) {
	d, f, label := p.doc, &p.doc.File, fieldNames[k]
	d.seen[k]++
	d.seenLine[k] = p.line
	switch k {
	case fieldUnknown:
		p.suggest(CodeUnknownField, l.Name, suggestField(l.Name))
		f.Extensions = append(f.Extensions, Field{l.Name, l.Value})
	case fieldExpires:
		if d.seen[k] > 1 {
			p.finding(CodeMultiExpire, p.line, label)
		}
		t, ok := parseTime(l.Value)
		if !ok {
			p.finding(CodeInvalidExpiry, p.line, label)
		} else if d.dateLine == 0 || t.Before(f.Expires) {
			f.Expires, d.dateLine = t, p.line
		}
	case fieldPreferredLanguages:
		p.languages(l.Value)
	case fieldBugBounty:
		if d.seen[k] > 1 {
			p.finding(CodeMultiBugBounty, p.line, label)
		}
		yes := l.Value == "True"
		if !yes && l.Value != "False" {
			p.finding(CodeInvalidBugBounty, p.line, label)
		} else if d.seen[k] == 1 {
			f.BugBounty = &yes
		}
	default:
		if c := checkURI(k, l.Value); c != "" {
			p.finding(c, p.line, label)
		}
		if k == fieldCSAF && d.seen[k] == 2 {
			p.finding(CodeMultipleCSAFFields, p.line, label)
		}
		list := f.uris(k)
		*list = append(*list, l.Value)
		if k == fieldCSAF && d.seen[k] > 1 && isCSAFWellKnown(l.Value) && !isCSAFWellKnown(f.CSAF[0]) {
			p.finding(CodeCSAFOrder, p.line, label)
		}
	}
}

// csafWellKnown is requirement 9 of CSAF 2.0 7.1.9: an address that fulfils it
// must be the first CSAF entry.
const csafWellKnown = "/.well-known/csaf/provider-metadata.json"

func isCSAFWellKnown(uri string) bool { return webPath(normalURI(uri)) == csafWellKnown }

// csafOutOfOrder reports whether such an address stands anywhere but first.
func csafOutOfOrder(list []string) bool {
	return len(list) > 1 && !isCSAFWellKnown(list[0]) && slices.ContainsFunc(list, isCSAFWellKnown)
}

// languages reads lang-tag *(*WSP "," *WSP lang-tag).
func (p *parser) languages(value string) {
	label := fieldNames[fieldPreferredLanguages]
	first := p.doc.seen[fieldPreferredLanguages] == 1
	if !first {
		p.finding(CodeMultiLang, p.line, label)
	}
	bad, suggestion := false, ""
	for tag := range strings.SplitSeq(value, ",") {
		tag = strings.Trim(tag, " \t")
		meant := ""
		if validLangTag(tag) {
			meant = suggestTag(tag)
		} else {
			bad, meant = true, suggestLanguage(tag)
		}
		if suggestion == "" {
			suggestion = meant
		}
		if first && tag != "" {
			p.doc.File.PreferredLanguages = append(p.doc.File.PreferredLanguages, tag)
		}
	}
	if bad {
		p.suggest(CodeInvalidLang, label, suggestion)
	} else if suggestion != "" {
		p.suggest(CodeMisusedLang, label, suggestion)
	}
}
