package advisory

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// view is what the three human forms show, computed once. All its texts are plain;
// each form escapes them.
type view struct {
	ID, Title, TLP, Sharing, Status, Version, Severity string
	Lang                                               string
	Released, Updated, Withdrawn                       string
	Publisher, Namespace, Contact, Authority           string
	Aliases                                            []string
	Notes                                              []viewNote
	Vulnerabilities                                    []viewVulnerability
	References                                         []viewLink
	Credits                                            []string
	Revisions                                          []Revision
}

type viewNote struct {
	Title      string
	Paragraphs []string
	About      []string
}

type viewLink struct{ Text, URL string }

type viewVulnerability struct {
	Anchor, Name, Title, Severity, Score string
	Names                                []string
	Weaknesses                           []string
	Disclosed, Discovered                string
	Notes                                []viewNote
	Scores                               []viewScore
	Products                             []viewProducts
	Remediations                         []viewNote
	Threats                              []viewNote
	References                           []viewLink
	Credits                              []string
	Timeline                             []viewEvent
}

type viewScore struct{ Kind, Value, Rating, Detail, For string }

type viewProducts struct {
	State string
	Items []viewProduct
}

type viewProduct struct{ Name, Why, PURL string }

type viewEvent struct{ At, Text string }

func (a *Advisory) view() view {
	v := view{
		ID: a.ID, Title: a.Title, TLP: a.TLP.String(), Sharing: a.Sharing, Severity: a.Severity,
		Status: string(a.Tracking.Status), Version: a.Tracking.Version, Lang: a.Language,
		Released: day(a.Tracking.Released), Updated: day(a.Tracking.Updated), Withdrawn: day(a.Tracking.Withdrawn),
		Publisher: a.Publisher.Name, Namespace: a.Publisher.Namespace, Contact: a.Publisher.Contact,
		Authority: a.Publisher.Authority, Aliases: a.Aliases, Revisions: a.Tracking.Revisions,
		Notes: a.viewNotes(a.Notes), References: links(a.References), Credits: credits(a.Credits),
	}
	if v.TLP == "" {
		v.TLP = "no TLP label"
	}
	if v.Lang == "" {
		v.Lang = "en"
	}
	for i := range a.Vulnerabilities {
		v.Vulnerabilities = append(v.Vulnerabilities, a.viewVulnerability(i))
	}
	return v
}

func (a *Advisory) viewVulnerability(i int) viewVulnerability {
	x := &a.Vulnerabilities[i]
	v := viewVulnerability{
		Anchor: fmt.Sprintf("v%d", i+1), Name: x.Name(), Title: x.Title,
		Disclosed: day(x.Disclosed), Discovered: day(x.Discovered),
		Notes: a.viewNotes(x.Notes), References: links(x.References), Credits: credits(x.Credits),
	}
	if v.Name == "" {
		v.Name = fmt.Sprintf("Vulnerability %d", i+1)
	}
	for _, id := range x.IDs {
		if id.Text != v.Name {
			v.Names = append(v.Names, strings.TrimSpace(id.System+" "+id.Text))
		}
	}
	for _, w := range x.Weaknesses {
		v.Weaknesses = append(v.Weaknesses, strings.TrimSpace(w.ID+" "+w.Name))
	}
	if worst, ok := x.Worst(); ok {
		v.Severity, v.Score = string(worst.Rating()), fmt.Sprintf("%.1f", worst.Score())
	}
	for _, s := range x.Scores {
		v.Scores = append(v.Scores, a.viewScore(s))
	}
	for _, state := range States() {
		if ids := x.Of(state); len(ids) > 0 {
			v.Products = append(v.Products, a.viewProducts(x, state, ids))
		}
	}
	for _, r := range x.Remediations {
		n := viewNote{Title: words(r.Category), Paragraphs: paragraphs(r.Details), About: a.display(r.Products)}
		if r.Restart != "" && r.Restart != "none" {
			n.Paragraphs = append(n.Paragraphs, strings.TrimSpace("Restart needed: "+words(r.Restart)+". "+r.RestartDetails))
		}
		if r.URL != "" {
			n.Paragraphs = append(n.Paragraphs, r.URL)
		}
		v.Remediations = append(v.Remediations, n)
	}
	for _, t := range x.Threats {
		if t.Category == ThreatImpact && a.notAffected(x, t.Products) {
			continue // it stands beside the products
		}
		v.Threats = append(v.Threats, viewNote{words(t.Category), paragraphs(t.Details), a.display(t.Products)})
	}
	for _, e := range x.Exploited {
		v.Threats = append(v.Threats, viewNote{"Exploited", []string{"First known exploitation: " + day(e.Exploited) + "."}, a.display(e.Products)})
	}
	for _, e := range x.Timeline {
		v.Timeline = append(v.Timeline, viewEvent{day(e.At), e.Text})
	}
	return v
}

func (a *Advisory) notAffected(x *Vulnerability, ids []string) bool {
	for _, id := range ids {
		if !contains(x.Of(NotAffected), id) {
			return false
		}
	}
	return len(ids) > 0
}

func (a *Advisory) viewScore(s Score) viewScore {
	v := viewScore{For: strings.Join(a.display(s.Products), ", ")}
	switch {
	case !s.CVSS.IsZero():
		v.Kind, v.Value = "CVSS "+s.CVSS.Version(), fmt.Sprintf("%.1f", s.CVSS.Score())
		v.Rating, v.Detail = string(s.CVSS.Rating()), s.CVSS.String()
	case s.EPSS != nil:
		v.Kind, v.Value, v.Detail = "EPSS", s.EPSS.Probability, "percentile "+s.EPSS.Percentile
	case s.SSVC != nil:
		v.Kind = "SSVC"
		var parts []string
		for _, sel := range s.SSVC.Selections {
			parts = append(parts, sel.Key+":"+strings.Join(sel.Values, ","))
		}
		v.Detail = strings.Join(parts, " ")
	default:
		v.Kind, v.Rating = "Rating", words(s.Rating)
	}
	return v
}

func (a *Advisory) viewProducts(x *Vulnerability, state State, ids []string) viewProducts {
	v := viewProducts{State: words(strings.TrimPrefix(string(state), "known_"))}
	for _, id := range ids {
		p := viewProduct{Name: id}
		if q := a.Product(id); q != nil {
			p.Name = q.Display()
			p.PURL = strings.Join(q.PURLs, " ")
		}
		var why []string
		for _, f := range x.Flags {
			if contains(f.Products, id) {
				why = append(why, words(string(f.Label)))
			}
		}
		for _, t := range x.Threats {
			if state == NotAffected && t.Category == ThreatImpact && contains(t.Products, id) && a.notAffected(x, t.Products) {
				why = append(why, t.Details)
			}
		}
		p.Why = strings.Join(why, ". ")
		v.Items = append(v.Items, p)
	}
	return v
}

func (a *Advisory) display(ids []string) []string {
	var out []string
	for _, id := range ids {
		if p := a.Product(id); p != nil {
			id = p.Display()
		}
		out = append(out, id)
	}
	return out
}

func (a *Advisory) viewNotes(notes []Note) []viewNote {
	var out []viewNote
	for _, n := range notes {
		v := viewNote{Title: n.Title, Paragraphs: paragraphs(n.Text), About: a.display(n.Products)}
		if v.Title == "" {
			v.Title = words(n.Category)
		}
		out = append(out, v)
	}
	return out
}

func links(refs []Reference) []viewLink {
	var out []viewLink
	for _, r := range refs {
		text := r.Summary
		if text == "" {
			text = r.URL
		}
		out = append(out, viewLink{text, r.URL})
	}
	return out
}

func credits(list []Credit) []string {
	var out []string
	for _, c := range list {
		s := strings.Join(c.Names, ", ")
		if c.Organization != "" {
			if s != "" {
				s += " of "
			}
			s += c.Organization
		}
		for _, extra := range []string{c.Role, c.Summary} {
			if extra != "" {
				s += " (" + extra + ")"
			}
		}
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 January 2006")
}

// words turns a label such as "no_fix_planned" into "No fix planned".
func words(s string) string {
	s = strings.ReplaceAll(s, "_", " ")
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// paragraphs splits a text at blank lines.
func paragraphs(s string) []string {
	var out []string
	for _, p := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
		if p = strings.Trim(p, "\n"); strings.TrimSpace(p) != "" {
			out = append(out, p)
		}
	}
	return out
}

// clean removes what a reader cannot see but a terminal or a browser obeys: control
// characters other than line feeds and tabs, and the marks that turn the direction of
// text around.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r == '\u2028', r == '\u2029', r == '\ufeff':
			return -1
		case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\u200e', r == '\u200f', r == '\u061c':
			return -1
		}
		return r
	}, s)
}

// line is clean text on one line.
func line(s string) string {
	return strings.Join(strings.Fields(clean(s)), " ")
}

// webURL returns u if a link to it may be followed: http or https with a host.
func webURL(u string) (string, bool) {
	p, err := url.Parse(u)
	if err != nil || p.Host == "" || p.Scheme != "https" && p.Scheme != "http" {
		return "", false
	}
	return p.String(), true
}
