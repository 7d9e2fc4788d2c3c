package advisory

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/internal/cwe"
)

// view is what the three human forms show, computed once, in time that is linear in
// the advisory. All its texts are plain; each form escapes them.
type view struct {
	*speech
	ID, Title, TLP, Sharing, Status, Version, Severity string
	Lang                                               string
	Released, Updated, Withdrawn                       string
	Publisher, Namespace, Contact, Authority           string
	Aliases                                            []string
	Notes                                              []viewNote
	Vulnerabilities                                    []viewVulnerability
	References                                         []viewLink
	Credits                                            []string
	Revisions                                          [][3]string // version, date, change
}

// viewNote is a text with a title, and the products that it is about.
type viewNote struct {
	Title      string
	Paragraphs []string
	About      viewList
}

// viewList is a list of products. Long ones are folded: the forms show the first and
// how many there are.
type viewList struct {
	All   bool // all affected products: Items is empty
	Items []string
	More  int // how many are left out
}

func (l viewList) empty() bool { return !l.All && len(l.Items) == 0 }

type viewLink struct{ Text, URL string }

type viewVulnerability struct {
	Anchor, Name, Title string
	Heading             string // name and title, without saying the same twice
	Link                string // of the CVE record
	Severity, Score     string
	Class               string // of the severity, in English
	States              string // how many products are in which state
	Names               []string
	Weaknesses          []viewLink
	Disclosed           string
	Discovered          string
	Notes               []viewNote
	Scores              []viewScore
	Products            []viewProducts
	Remediations        []viewNote
	Threats             []viewNote
	References          []viewLink
	Credits             []string
	Timeline            [][2]string // date, event
}

type viewScore struct {
	Kind, Value, Rating, Class, Detail string
	For                                viewList
}

// viewProducts are the products in a state for one reason.
type viewProducts struct {
	State, Why string
	Items      []viewProduct
}

type viewProduct struct{ Name, PURL string }

// viewer makes a view.
type viewer struct {
	*speech
	a      *Advisory
	x      *Index
	labels map[string]string // of products
	titles map[string]int    // how many products have a title
}

func (a *Advisory) view() view {
	r := &viewer{speech: speak(a.Language), a: a, x: NewIndex(a), labels: make(map[string]string, len(a.Products)), titles: map[string]int{}}
	for i := range a.Products {
		r.titles[a.Products[i].Title]++
	}
	for i := range a.Products {
		r.label(a.Products[i].ID, 0)
	}
	v := view{
		speech: r.speech, ID: a.ID, Title: a.Title, TLP: a.TLP.String(), Sharing: a.Sharing, Severity: a.Severity,
		Status: r.say(string(a.Tracking.Status)), Version: a.Tracking.Version, Lang: a.Language,
		Released: r.day(a.Tracking.Released), Updated: r.day(a.Tracking.Updated), Withdrawn: r.day(a.Tracking.Withdrawn),
		Publisher: a.Publisher.Name, Namespace: a.Publisher.Namespace, Contact: a.Publisher.Contact,
		Authority: a.Publisher.Authority, Aliases: a.Aliases,
		Notes: r.notes(a.Notes), References: links(a.References), Credits: r.credits(a.Credits),
	}
	if v.Title == "" {
		v.Title = a.madeTitle()
	}
	if v.TLP == "" {
		v.TLP = r.say("no TLP label")
	}
	if v.Lang == "" {
		v.Lang = "en"
	}
	if v.Updated == v.Released {
		v.Updated = ""
	}
	for _, rev := range a.Tracking.Revisions {
		v.Revisions = append(v.Revisions, [3]string{rev.Version, r.day(rev.Date), rev.Summary})
	}
	for i := range a.Vulnerabilities {
		v.Vulnerabilities = append(v.Vulnerabilities, r.vulnerability(i, v.Title))
	}
	return v
}

// label names a product once for all places: with its versions where the title does
// not say them, and a combination by its parts where it has no title.
func (r *viewer) label(id string, depth int) string {
	if s, ok := r.labels[id]; ok {
		return s
	}
	p := r.x.Product(id)
	if p == nil {
		return id
	}
	q := *p
	if p.Title == "" && p.Of != "" && len(p.Steps) > 0 && depth < 4 {
		q.Title = r.label(p.Of, depth+1)
		for _, s := range p.Steps {
			q.Title += " " + r.say("in") + " " + r.label(s.Product, depth+1)
		}
	}
	versions := p.Version
	if versions == "" {
		versions = r.span(p.Range)
	}
	switch {
	case q.Title == "" && (p.Vendor != "" || p.Name != ""):
		q.Title = strings.Join(strings.Fields(p.Vendor+" "+p.Name+" "+versions), " ")
	case q.Title == "":
		q.Title = p.ID
	case versions != "" && (r.titles[p.Title] > 1 || !says(q.Title, p)) && !strings.Contains(q.Title, versions):
		q.Title += ", " + versions
	}
	r.labels[id] = q.Title
	return q.Title
}

// says reports whether a title names a version or an end of the range of a product.
func says(title string, p *Product) bool {
	if p.Version != "" {
		return strings.Contains(title, p.Version)
	}
	if p.Range.Text != "" {
		return strings.Contains(title, p.Range.Text)
	}
	for _, v := range p.Range.Intervals {
		for _, end := range []string{v.From, v.Before, v.Through} {
			if end != "" && strings.Contains(title, end) {
				return true
			}
		}
	}
	return len(p.Range.Intervals) == 1 && p.Range.Intervals[0] == (Interval{}) && strings.Contains(strings.ToLower(title), "all versions")
}

// maxShown is how many products stand beside a text; the table of products has all.
const maxShown = 20

// list folds products: those that are all that is affected are called so.
func (r *viewer) list(vi int, ids []string) viewList {
	if len(ids) == 0 {
		return viewList{}
	}
	if vi >= 0 && len(ids) > 1 {
		affected := r.a.Vulnerabilities[vi].Of(Affected)
		if len(affected) == len(ids) && r.allAffected(vi, ids) {
			return viewList{All: true}
		}
	}
	l := viewList{}
	seen := map[string]bool{}
	for _, id := range ids {
		s := r.label(id, 0)
		switch {
		case seen[s]:
		case len(l.Items) == maxShown:
			l.More = len(ids) - maxShown
			return l
		default:
			seen[s] = true
			l.Items = append(l.Items, s)
		}
	}
	return l
}

func (r *viewer) allAffected(vi int, ids []string) bool {
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if seen[id] || !r.x.About(vi, id).Has(Affected) {
			return false
		}
		seen[id] = true
	}
	return true
}

func (r *viewer) vulnerability(i int, document string) viewVulnerability {
	x := &r.a.Vulnerabilities[i]
	v := viewVulnerability{
		Anchor: "v" + strconv.Itoa(i+1), Name: x.Name(), Title: x.Title,
		Disclosed: r.day(x.Disclosed), Discovered: r.day(x.Discovered),
		Notes: r.notes(x.Notes), References: links(x.References), Credits: r.credits(x.Credits),
	}
	if v.Name == "" {
		v.Name = r.say("Vulnerability") + " " + strconv.Itoa(i+1)
	}
	v.Heading = v.Name
	if v.Title != "" && v.Title != v.Name && !(len(r.a.Vulnerabilities) == 1 && v.Title == document) {
		if v.Heading += ": " + v.Title; strings.HasPrefix(v.Title, v.Name) {
			v.Heading = v.Title
		}
	}
	if x.CVE != "" && ValidCVE(x.CVE) {
		v.Link = "https://www.cve.org/CVERecord?id=" + x.CVE
	}
	for _, id := range x.IDs {
		if id.Text != v.Name {
			v.Names = append(v.Names, strings.TrimSpace(id.System+" "+id.Text))
		}
	}
	for _, w := range x.Weaknesses {
		name := w.Name
		if name == "" {
			name = cwe.Name(w.ID)
		}
		l := viewLink{Text: strings.TrimSpace(w.ID + " " + name)}
		if validNumbered(w.ID, "CWE-") {
			l.URL = "https://cwe.mitre.org/data/definitions/" + strings.TrimPrefix(w.ID, "CWE-") + ".html"
		}
		v.Weaknesses = append(v.Weaknesses, l)
	}
	if worst, ok := x.Worst(); ok {
		v.Class = strings.ToLower(string(worst.Rating()))
		v.Severity, v.Score = r.say(string(worst.Rating())), fmt.Sprintf("%.1f", worst.Score())
	}
	for _, s := range x.Scores {
		v.Scores = append(v.Scores, r.score(i, s))
	}
	for _, state := range States() {
		ids := x.Of(state)
		if len(ids) == 0 {
			continue
		}
		v.Products = append(v.Products, r.products(i, state, ids)...)
		if v.States != "" {
			v.States += ", "
		}
		v.States += r.stateName(state) + ": " + strconv.Itoa(len(ids))
	}
	v.Remediations = r.remediations(i)
	v.Threats = r.threats(i)
	for _, e := range x.Timeline {
		v.Timeline = append(v.Timeline, [2]string{r.day(e.At), e.Text})
	}
	return v
}

func (s *speech) stateName(state State) string {
	return s.label(strings.TrimPrefix(string(state), "known_"))
}

func (r *viewer) score(vi int, s Score) viewScore {
	v := viewScore{For: r.list(vi, s.Products)}
	switch {
	case !s.CVSS.IsZero():
		v.Kind, v.Value = "CVSS "+s.CVSS.Version(), fmt.Sprintf("%.1f", s.CVSS.Score())
		v.Class = strings.ToLower(string(s.CVSS.Rating()))
		v.Rating, v.Detail = r.say(string(s.CVSS.Rating())), s.CVSS.String()
	case s.EPSS != nil:
		v.Kind, v.Value, v.Detail = "EPSS", s.EPSS.Probability, r.say("percentile")+" "+s.EPSS.Percentile
	case s.SSVC != nil:
		v.Kind = "SSVC"
		var parts []string
		for _, sel := range s.SSVC.Selections {
			parts = append(parts, sel.Key+":"+strings.Join(sel.Values, ","))
		}
		v.Detail = strings.Join(parts, " ")
	default:
		v.Kind, v.Rating = r.say("Rating"), r.tell(s.Rating)
	}
	return v
}
