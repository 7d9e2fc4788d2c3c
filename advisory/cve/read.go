package cve

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/cwe"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

type reader struct {
	*wire.Taker
	a    *advisory.Advisory
	v    *advisory.Vulnerability
	urls map[string]bool // of the references
	cwes map[string]bool
	adp  bool // an ADP container is being read
}

// Advisory reads the record into the model: the CNA container, and of ADP containers
// what they add: references, weaknesses, CVSS, SSVC and known exploitation. A record
// is public, so the label is TLP:CLEAR. Times without an offset are GMT, as the schema
// says. A rejected record is a withdrawn advisory with its reason as a note.
//
// The record has no history, so the result has none: call Complete before writing
// CSAF. Products get the IDs P1, P2 and so on. The losses name, by JSON pointer, every
// value that the model does not hold. The record is not checked: a value of the wrong
// type is a loss.
func (r *Record) Advisory() (*advisory.Advisory, []advisory.Loss) {
	root := r.doc.Root()
	rd := &reader{
		Taker: wire.NewTaker(), a: &advisory.Advisory{TLP: tlp.Clear}, v: &advisory.Vulnerability{},
		urls: map[string]bool{}, cwes: map[string]bool{},
	}
	cna := root.Get("containers", "cna")
	rd.Text(root, "dataType")
	rd.Text(root, "dataVersion")
	rd.head(root.Get("cveMetadata"), cna)
	rd.body(cna)
	rd.metrics(cna)
	for _, n := range cna.Get("affected").Items() {
		rd.product(n)
	}
	rd.adp = true
	for _, n := range root.Get("containers", "adp").Items() {
		rd.references(n)
		rd.weaknesses(n)
		rd.metrics(n)
		rd.timeline(n)
	}
	rd.a.Vulnerabilities = []advisory.Vulnerability{*rd.v}
	return rd.a, rd.Losses(root)
}

func (r *reader) head(meta, cna *jsontree.Node) {
	a, v := r.a, r.v
	v.CVE = r.Text(meta, "cveId")
	a.ID = r.Text(cna, "source", "advisory")
	if a.ID == "" {
		a.ID = v.CVE
	}
	a.Tracking.Released, a.Tracking.Updated = r.TimeGMT(meta, "datePublished"), r.TimeGMT(meta, "dateUpdated")
	if a.Tracking.Updated.IsZero() {
		a.Tracking.Updated = r.TimeGMT(cna, "providerMetadata", "dateUpdated")
	}
	if a.Tracking.Released.IsZero() && a.Tracking.Updated.IsZero() {
		a.Tracking.Released = r.TimeGMT(cna, "datePublic")
	}
	a.Publisher.Name = r.Text(cna, "providerMetadata", "shortName")
	if a.Publisher.Name == "" {
		a.Publisher.Name = r.Text(meta, "assignerShortName")
	}
	if meta.Text("assignerShortName") == a.Publisher.Name {
		r.Text(meta, "assignerShortName")
	}
	v.Title = r.Text(cna, "title")
	a.Title = v.Title
	v.Disclosed = r.TimeGMT(cna, "datePublic")
	switch meta.Text("state") {
	case "PUBLISHED":
		r.Text(meta, "state")
	case "REJECTED":
		r.rejected(meta, cna)
	}
}

// rejected reads why and when a record was rejected.
func (r *reader) rejected(meta, cna *jsontree.Node) {
	a := r.a
	a.Tracking.Withdrawn = r.TimeGMT(meta, "dateRejected")
	if a.Tracking.Withdrawn.IsZero() {
		a.Tracking.Withdrawn = a.Tracking.Updated
	}
	if a.Tracking.Withdrawn.IsZero() {
		return // the state is listed as lost
	}
	r.Text(meta, "state")
	if a.Title == "" {
		a.Title = r.v.CVE + " was rejected"
	}
	r.english(cna.Get("rejectedReasons"), func(s string) {
		a.Notes = append(a.Notes, advisory.Note{Category: advisory.NoteDescription, Title: advisory.WithdrawalNote, Text: s})
	})
	for _, id := range r.Strings(cna, "replacedBy") {
		r.v.IDs = append(r.v.IDs, advisory.Identifier{System: replacedBy, Text: id})
	}
}

// replacedBy is the system of the identifiers that replace a rejected one.
const replacedBy = "CVE (replaced by)"

// english takes the English text of a list.
func (r *reader) english(list *jsontree.Node, f func(s string)) {
	for _, n := range list.Items() {
		if isEnglish(n.Text("lang")) {
			r.Text(n, "lang")
			if s := r.Text(n, "value"); s != "" {
				f(s)
			}
		}
	}
}

func (r *reader) body(cna *jsontree.Node) {
	v := r.v
	note := func(category, title string) func(string) {
		return func(s string) {
			v.Notes = append(v.Notes, advisory.Note{Category: category, Title: title, Text: s})
		}
	}
	r.english(cna.Get("descriptions"), note(advisory.NoteDescription, ""))
	r.english(cna.Get("configurations"), note(advisory.NoteDetails, configurations))
	for _, x := range []struct{ name, category string }{{"solutions", advisory.VendorFix}, {"workarounds", advisory.Workaround}} {
		r.english(cna.Get(x.name), func(s string) {
			v.Remediations = append(v.Remediations, advisory.Remediation{Category: x.category, Details: s})
		})
	}
	r.english(cna.Get("exploits"), func(s string) {
		v.Threats = append(v.Threats, advisory.Threat{Category: advisory.ThreatExploit, Details: s})
	})
	for _, n := range cna.Get("impacts").Items() {
		r.english(n.Get("descriptions"), func(s string) {
			if id := n.Text("capecId"); id != "" && strings.HasPrefix(s, id) {
				r.Text(n, "capecId")
			}
			v.Threats = append(v.Threats, advisory.Threat{Category: advisory.ThreatImpact, Details: s})
		})
	}
	r.weaknesses(cna)
	r.references(cna)
	r.timeline(cna)
	for _, n := range cna.Get("credits").Items() {
		r.Text(n, "lang")
		v.Credits = append(v.Credits, advisory.Credit{Names: []string{r.Text(n, "value")}, Role: r.Text(n, "type")})
	}
}

// configurations is the title of the note that holds "configurations".
const configurations = "Required configuration"

// weaknesses reads problem types: an ID that stands only in the text counts too.
func (r *reader) weaknesses(container *jsontree.Node) {
	for _, n := range container.Get("problemTypes").Items() {
		for _, d := range n.Get("descriptions").Items() {
			text := d.Text("description")
			id := d.Text("cweId")
			if id == "" {
				id = cweInText().FindString(text)
			}
			if !isCWE(id) {
				continue
			}
			r.Text(d, "lang")
			r.Text(d, "type")
			r.Text(d, "cweId")
			r.Text(d, "description")
			if r.cwes[id] {
				continue // said before
			}
			r.cwes[id] = true
			name := strings.TrimLeft(strings.TrimSpace(strings.TrimPrefix(text, id)), ": -–")
			if official := cwe.Name(id); official != "" {
				name = official // the text is often an abbreviation, or empty
			}
			r.v.Weaknesses = append(r.v.Weaknesses, advisory.Weakness{ID: id, Name: name})
		}
	}
}

func (r *reader) references(container *jsontree.Node) {
	for _, n := range container.Get("references").Items() {
		url := r.Text(n, "url")
		if r.adp && r.urls[url] {
			r.Use(n, "name") // as said before
			continue
		}
		r.urls[url] = true
		ref := advisory.Reference{URL: url, Summary: r.Text(n, "name")}
		if ref.Summary == ref.URL {
			ref.Summary = ""
		}
		for _, t := range n.Get("tags").Items() {
			if kind := typeOf(t.Text()); ref.Type == "" && kind != "" {
				ref.Type = kind
				r.Text(t)
			}
		}
		r.v.References = append(r.v.References, ref)
	}
}

// typeOf translates a tag of a reference.
func typeOf(tag string) string {
	for _, kind := range []string{advisory.RefAdvisory, advisory.RefArticle, advisory.RefEvidence, advisory.RefFix, advisory.RefReport} {
		if tagOf[kind] == tag {
			return kind
		}
	}
	return ""
}

func (r *reader) timeline(container *jsontree.Node) {
	for _, n := range container.Get("timeline").Items() {
		at := r.TimeGMT(n, "time")
		if at.IsZero() || n.Text("value") == "" {
			continue
		}
		r.Text(n, "lang")
		r.v.Timeline = append(r.v.Timeline, advisory.Event{At: at, Text: strings.Join(strings.Fields(r.Text(n, "value")), " ")})
	}
	sortEvents(r.v.Timeline)
}
