package mail

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// Suggested is what a text names that a human may want to take up. Nothing of it is
// believed: it stands in no field of the case.
type Suggested struct {
	CVEs  []string    `json:"cves,omitempty"`  // CVE IDs, at most 20
	Dates []time.Time `json:"dates,omitempty"` // days as 2026-05-01, at most 20; midnight UTC
}

var (
	cveID  = regexp.MustCompile(`(?i)\bCVE-[0-9]{4}-[0-9]{4,19}\b`)
	day    = regexp.MustCompile(`\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b`)
	strict = regexp.MustCompile(`(?im)^[ \t>*\[(]*TLP:[ \t]*(RED|AMBER\+STRICT)\b`)
)

func suggested(text string) (s Suggested) {
	for _, id := range cveID.FindAllString(text, 100) {
		if id = strings.ToUpper(id); !slices.Contains(s.CVEs, id) && len(s.CVEs) < 20 {
			s.CVEs = append(s.CVEs, id)
		}
	}
	for _, d := range day.FindAllString(text, 100) {
		t, err := time.Parse(time.DateOnly, d)
		if err == nil && !slices.Contains(s.Dates, t) && len(s.Dates) < 20 {
			s.Dates = append(s.Dates, t)
		}
	}
	return s
}

// label is that of a mail which begins its subject or a line with one that is stricter
// than TLP:AMBER. A label that would let more people see it is not taken from a mail.
func (l *letter) label() tlp.Label {
	text, _ := l.m.Text()
	out := tlp.Unset
	for _, m := range strict.FindAllStringSubmatch(l.m.Subject()+"\n"+cut(text, 4<<10), 10) {
		switch strings.ToUpper(m[1]) {
		case "RED":
			return tlp.Red
		default:
			out = tlp.AmberStrict
		}
	}
	return out
}
