package rfc2350

import (
	"regexp"
	"strings"
)

var (
	versionForm = regexp.MustCompile(`(?i)\b(?:version|versi|versão|versión|versione|versie|wersja|verze|verzia|rev|revision|ver|v)\.?(?:\s+no\.?|\s+number|\s+(?:of|de|dari) (?:this|the|ce|este) document\pL*(?:\s+is|\s+est(?: la)?)?)?\s?[:.]?\s*v?(\d{1,3}(?:\.\d{1,4}){0,3}[a-z]?)\b`)
	dateLabel   = regexp.MustCompile(`(?i)\b(?:date|datum|stand|version|versi|published|publi\pL+|updated?|last|revision|rev|as of|issued|tanggal|fecha|data|datee|terbit\pL*|vom|du|wersja|verze|versie|versione|versão|versión)\b`)
	placeholder = regexp.MustCompile(`(?i)(?:…|\.{3,}|_{3,}|\bX{2,}\b|\?\?+|\bTBD\b|\bTODO\b|\bdd[-/. ]mm[-/. ]yyyy\b|\byyyy[-/. ]mm[-/. ]dd\b|\[(?:date|datum|tanggal)\]|<(?:date|datum|tanggal)>)`)
	yearOnly    = regexp.MustCompile(`\b(?:19|20)\d{2}\b`)
)

// deriveUpdated finds when the document was last changed and its version: in the
// section for it, else in the identification, else beside a word such as
// "published" before or at the start of the sections. In a history the newest
// entry counts.
func (d *Document) deriveUpdated(order dateOrder) {
	type place struct {
		text  string
		sec   SectionID
		line  int
		label bool // a date counts only beside a label
	}
	var places []place
	for _, s := range d.Sections {
		if s.ID == SecUpdated {
			places = append(places, place{s.head(), s.ID, s.Line, false})
		}
	}
	own := len(places)
	for _, id := range []SectionID{SecIdentification, SecDocument} {
		for _, s := range d.Sections {
			if s.ID == id {
				places = append(places, place{s.head(), s.ID, s.Line, true})
			}
		}
	}
	places = append(places, place{clip(strings.Join(d.Preamble, "\n"), 64<<10), "", 1, true})

	trouble := false
	for i, p := range places {
		date, version, odd := newest(p.text, order, p.label)
		if d.Version == "" {
			d.Version = version
		}
		if odd.code != "" && (i < own || d.Updated.IsZero() && !trouble) {
			d.add(odd.code, Warning, p.sec, p.line, odd.msg)
			trouble = true
		}
		switch {
		case date.IsZero():
		case d.Updated.IsZero():
			d.Updated = date
		case i >= own && date != d.Updated:
			d.add("date-conflict", Info, p.sec, p.line, "another date of the document is "+date.String()+", the last update is "+d.Updated.String())
		case date.Time().After(d.Updated.Time()):
			d.Updated = date
		}
	}
	if own > 0 && d.Updated.IsZero() && !trouble {
		d.add("date-unreadable", Warning, SecUpdated, places[0].line, "the date of the last update could not be read")
	}
}

type oddDate struct{ code, msg string }

// newest finds the newest date of a text and the version printed before it.
func newest(text string, order dateOrder, label bool) (best Date, version string, odd oddDate) {
	dates := findDates(text)
	versions := versionForm.FindAllStringSubmatchIndex(text, 200)
	if len(versions) > 0 {
		version = text[versions[0][2]:versions[0][3]]
	}
	from, seen := 0, 0
	for _, f := range dates {
		if f.until || label && !dateLabel.MatchString(text[max(0, f.start-60):f.start]) {
			from = f.end
			continue
		}
		seen++
		date := order.settle(f)
		if date.IsZero() {
			odd = oddDate{"date-ambiguous", "the date " + text[f.start:f.end] + " can be read in two ways"}
			continue
		}
		if f.weekday {
			odd = oddDate{"weekday-mismatch", "the weekday does not fit the date " + date.String()}
		}
		if date.Time().After(best.Time()) || best.IsZero() {
			best = date
			for _, v := range versions {
				if v[0] >= from && v[1] <= f.start {
					version = text[v[2]:v[3]]
				}
			}
		}
		from = f.end
	}
	if seen == 0 && (!label || strings.Contains(text, "…")) {
		if placeholder.MatchString(text) && (!label || dateLabel.MatchString(text)) {
			odd = oddDate{"date-placeholder", "the date is a placeholder"}
		} else if !label && yearOnly.MatchString(text) {
			odd = oddDate{"date-incomplete", "the date has no day"}
		}
	}
	return best, version, odd
}
