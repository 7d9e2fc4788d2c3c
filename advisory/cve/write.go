package cve

import (
	"strings"
	"unicode/utf8"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/cwe"
	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/internal/wire"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// Options says what an advisory does not: who the CNA is.
type Options struct {
	// OrgID is the CNA's UUID in CVE Services. Empty writes PlaceholderOrgID, which is
	// listed as a loss: CVE Services puts the right one in place.
	OrgID string
	// ShortName is the CNA's short name, 2 to 32 characters; "" leaves it out.
	ShortName string
	// Version is the format's version, "5.1" or "5.2"; "" is 5.2. Package URLs need 5.2.
	Version string
	// Description is the text of the record, in English, for an advisory without one.
	Description string
}

// PlaceholderOrgID stands for a CNA that is not known.
const PlaceholderOrgID = "00000000-0000-4000-9000-000000000000"

// Reasons of losses that repeat.
const (
	noPlace  = "a CVE record has no place for it"
	filledIn = "a CVE record needs it; it was filled in"
	cut      = "it was cut to the length that a CVE record allows"
)

// FromAdvisory writes an advisory about one vulnerability as a published record, and a
// withdrawn one as a rejected record. A nil Options is the zero Options. What the
// record cannot hold is in the losses. The result has passed Check.
//
// The error is an *advisory.Error: with ErrConfidential unless the label is
// TLP:CLEAR, ErrSeveral for more than one vulnerability (see advisory.Split),
// ErrIncomplete without a CVE ID, a product with a status, a reference or an English
// description (Options.Description gives it), and ErrInvalid, with the place in the
// record, where the result would not pass Check.
func FromAdvisory(a *advisory.Advisory, o *Options) (*Record, []advisory.Loss, error) {
	if o == nil {
		o = &Options{}
	}
	if err := refuse(a, o); err != nil {
		return nil, nil, err
	}
	w := &writer{a: a, v: &a.Vulnerabilities[0], x: advisory.NewIndex(a), lang: "en", purl: o.Version != "5.1", text: o.Description}
	if a.Language != "" {
		w.lang = a.Language
	}
	org := o.OrgID
	if org == "" {
		org = PlaceholderOrgID
		w.losses.Fill("/publisher", "the CNA's organization ID was not given; a placeholder was written")
	}
	meta := []jsontree.Member{
		wire.Text("cveId", w.v.CVE), wire.Text("assignerOrgId", org), wire.Text("assignerShortName", o.ShortName),
		wire.Time("datePublished", a.Tracking.Released), wire.Time("dateUpdated", a.Tracking.Updated),
	}
	var cna *jsontree.Node
	var err error
	if a.Tracking.Withdrawn.IsZero() {
		meta = append(meta, wire.Text("state", "PUBLISHED"))
		cna, err = w.container()
	} else {
		meta = append(meta, wire.Time("dateRejected", a.Tracking.Withdrawn), wire.Text("state", "REJECTED"))
		cna, err = w.rejection()
	}
	if err != nil {
		return nil, nil, err
	}
	version := "5.2.0"
	if o.Version == "5.1" {
		version = "5.1.1"
	}
	cna.Set("providerMetadata", wire.Object(wire.Text("orgId", org), wire.Text("shortName", o.ShortName)))
	root := jsontree.NewObject(
		wire.Text("dataType", dataType), wire.Text("dataVersion", version),
		wire.Node("cveMetadata", wire.Object(meta...)),
		wire.Node("containers", jsontree.NewObject(wire.Node("cna", cna))),
	)
	w.losses.Sort()
	r := &Record{wire.NewDocument(root)}
	if faults := r.Check(); len(faults) > 0 {
		return nil, nil, &advisory.Error{Rule: advisory.ErrInvalid, Path: faults[0].Path, Reason: faults[0].Reason}
	}
	return r, w.losses, nil
}

func refuse(a *advisory.Advisory, o *Options) error {
	fail := func(rule error, path, reason string) error {
		return &advisory.Error{Rule: rule, Path: path, Reason: reason}
	}
	switch {
	case a.TLP != tlp.Clear:
		return fail(advisory.ErrConfidential, "/tlp", "a CVE record is public; the label must be TLP:CLEAR")
	case len(a.Vulnerabilities) > 1:
		return fail(advisory.ErrSeveral, "/vulnerabilities", "one record for each CVE ID")
	case len(a.Vulnerabilities) == 0 || !advisory.ValidCVE(a.Vulnerabilities[0].CVE):
		return fail(advisory.ErrIncomplete, "/vulnerabilities/0/cve", "a CVE record needs a CVE ID")
	case a.Tracking.Withdrawn.IsZero() && !usable(a.Publisher.Namespace) && !hasReference(a):
		return fail(advisory.ErrIncomplete, "/references", "a CVE record needs a reference, or the publisher's namespace")
	case a.Language != "" && !isEnglish(a.Language):
		return fail(advisory.ErrIncomplete, "/language", "a CVE record needs an English text")
	case o.OrgID != "" && !isUUID(o.OrgID):
		return fail(advisory.ErrIncomplete, "/publisher", "the organization ID is not a UUID of version 4")
	case o.ShortName != "" && (len(o.ShortName) < 2 || len(o.ShortName) > 32):
		return fail(advisory.ErrIncomplete, "/publisher", "the short name has 2 to 32 characters")
	case o.Version != "" && o.Version != "5.1" && o.Version != "5.2":
		return fail(advisory.ErrFormat, "", "CVE records are written in version 5.1 or 5.2")
	}
	return nil
}

// usable reports whether a record can name a URL.
func usable(u string) bool { return len(u) <= 2048 && shape.URI(u) }

func hasReference(a *advisory.Advisory) bool {
	for _, r := range append(a.References[:len(a.References):len(a.References)], a.Vulnerabilities[0].References...) {
		if usable(r.URL) {
			return true
		}
	}
	return false
}

type writer struct {
	a      *advisory.Advisory
	v      *advisory.Vulnerability
	x      *advisory.Index
	lang   string
	text   string // Options.Description
	purl   bool
	losses wire.Losses
}

const vuln = "/vulnerabilities/0"

// clip cuts a text to a number of characters.
func (w *writer) clip(path, s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	w.losses.Add(path, cut)
	return string([]rune(s)[:limit])
}

// say makes a text of a language, and nothing of an empty one.
func (w *writer) say(path, s string) *jsontree.Node {
	if s == "" {
		return nil
	}
	return wire.Object(wire.Text("lang", w.lang), wire.Text("value", w.clip(path, s, 4096)))
}

func (w *writer) container() (*jsontree.Node, error) {
	affected := w.affected()
	if len(affected) == 0 {
		return nil, &advisory.Error{Rule: advisory.ErrIncomplete, Path: vuln + "/status", Reason: "a CVE record needs a product"}
	}
	descriptions := w.descriptions()
	if len(descriptions) == 0 {
		return nil, &advisory.Error{Rule: advisory.ErrIncomplete, Path: vuln + "/notes", Reason: "a CVE record needs a description; Options.Description gives it"}
	}
	title := w.v.Title
	if title == "" {
		w.losses.Fill(vuln+"/title", "the title of the document was written")
		title = w.a.Title
	}
	workarounds, solutions := w.remediations()
	n := jsontree.NewObject(
		wire.Text("title", w.clip(vuln+"/title", title, 256)),
		wire.Time("datePublic", w.v.Disclosed),
		w.list("descriptions", "notes", descriptions),
		wire.List("affected", affected),
		w.list("problemTypes", "weaknesses", w.problemTypes()),
		wire.List("references", w.references()),
		w.list("metrics", "scores", w.metrics()),
		w.list("configurations", "notes", w.configurations()),
		w.list("workarounds", "remediations", workarounds),
		w.list("solutions", "remediations", solutions),
		w.list("exploits", "threats", w.threats(advisory.ThreatExploit)),
		w.list("impacts", "threats", w.impacts()),
		w.list("timeline", "timeline", w.timeline()),
		w.list("credits", "credits", w.credits()),
		wire.Node("source", wire.Object(wire.Text("advisory", w.a.ID))),
	)
	w.listLosses()
	return n, nil
}

// list makes a member of a list in which no two items are equal, as the schema wants.
func (w *writer) list(name, place string, nodes []*jsontree.Node) jsontree.Member {
	return wire.List(name, wire.Distinct(nodes, func(int) {
		w.losses.Kind(advisory.Contradicts, vuln+"/"+place, "two entries look the same in a CVE record, which has one of them")
	}))
}

// rejection writes why a record was rejected.
func (w *writer) rejection() (*jsontree.Node, error) {
	var reasons []*jsontree.Node
	for i, n := range w.a.Notes {
		if n.Category == advisory.NoteDescription || n.Title == advisory.WithdrawalNote {
			reasons = append(reasons, w.say(advisory.At("notes", i, "text"), n.Text))
		}
	}
	if len(reasons) == 0 && w.text != "" {
		reasons = append(reasons, w.say("/notes", w.text))
	}
	if len(reasons) == 0 {
		return nil, &advisory.Error{Rule: advisory.ErrIncomplete, Path: "/notes", Reason: "a rejected CVE record needs a reason: a description of the document, or Options.Description"}
	}
	var replacements []string
	for _, id := range w.v.IDs {
		if id.System == replacedBy && advisory.ValidCVE(id.Text) {
			replacements = append(replacements, id.Text)
		}
	}
	w.rejectionLosses()
	return jsontree.NewObject(w.list("rejectedReasons", "notes", reasons), wire.Strings("replacedBy", replacements)), nil
}

// descriptions are the descriptions of the vulnerability; else its other texts, what the
// document says, and what the options give.
func (w *writer) descriptions() []*jsontree.Node {
	var out []*jsontree.Node
	for i, n := range w.v.Notes {
		if n.Category == advisory.NoteDescription && n.Text != "" {
			out = append(out, w.say(vuln+advisory.At("notes", i, "text"), n.Text))
		}
	}
	if len(out) > 0 {
		return out
	}
	whole := advisory.Vulnerability{Notes: w.a.Notes}
	for _, s := range []string{w.v.Description(), whole.Description(), w.text} {
		if s != "" {
			w.losses.Fill(vuln+"/notes", filledIn)
			return []*jsontree.Node{w.say(vuln+"/notes", s)}
		}
	}
	return nil
}

// isConfiguration: the note that is read from "configurations".
func isConfiguration(n advisory.Note) bool {
	return n.Category == advisory.NoteDetails && n.Title == configurations
}

func (w *writer) configurations() []*jsontree.Node {
	var out []*jsontree.Node
	for i, n := range w.v.Notes {
		if isConfiguration(n) {
			out = append(out, w.say(vuln+advisory.At("notes", i, "text"), n.Text))
		}
	}
	return out
}

func (w *writer) problemTypes() []*jsontree.Node {
	var out []*jsontree.Node
	for i, x := range w.v.Weaknesses {
		if at := vuln + advisory.At("weaknesses", i); !isCWE(x.ID) || len(x.ID) > 9 {
			w.losses.Add(at, noPlace)
			continue
		}
		w.losses.If(x.Version != "", vuln+advisory.At("weaknesses", i, "version"), noPlace)
		if official := cwe.Name(x.ID); official != "" && official != x.Name {
			w.losses.Kind(advisory.Contradicts, vuln+advisory.At("weaknesses", i, "name"), "the CWE catalogue has another name, which readers take")
		}
		text := w.clip(vuln+advisory.At("weaknesses", i, "name"), strings.TrimSpace(x.ID+" "+x.Name), 4096)
		out = append(out, wire.Object(wire.List("descriptions", []*jsontree.Node{wire.Object(
			wire.Text("lang", "en"), wire.Text("description", text), wire.Text("cweId", x.ID), wire.Text("type", "CWE"))})))
	}
	return out
}

// tagOf and typeOf translate types of references where they mean the same.
var tagOf = map[string]string{
	advisory.RefAdvisory: "vendor-advisory", advisory.RefArticle: "technical-description",
	advisory.RefEvidence: "exploit", advisory.RefFix: "patch", advisory.RefReport: "issue-tracking",
}

func (w *writer) references() []*jsontree.Node {
	var out []*jsontree.Node
	seen := map[string]bool{}
	add := func(path string, refs []advisory.Reference) {
		for i, r := range refs {
			at := path + advisory.At("references", i)
			if seen[r.URL] || !usable(r.URL) {
				w.losses.Add(at, "a CVE record names a URL once, and only a URI of at most 2048 bytes")
				continue
			}
			seen[r.URL] = true
			w.losses.If(r.Self, at+"/self", noPlace)
			w.losses.If(r.Type != "" && tagOf[r.Type] == "", at+"/type", noPlace)
			var tags []string
			if tag := tagOf[r.Type]; tag != "" {
				tags = []string{tag}
			}
			out = append(out, wire.Object(wire.Text("url", r.URL),
				wire.Text("name", w.clip(at+"/summary", r.Summary, 512)), wire.Strings("tags", tags)))
		}
	}
	add(vuln, w.v.References)
	w.losses.If(len(w.a.References) > 0, "/references", "a CVE record has one list of references")
	w.losses.If(len(w.a.References) > 0, vuln+"/references", "a CVE record has one list of references")
	add("", w.a.References)
	if len(out) == 0 {
		w.losses.Add(vuln+"/references", "a CVE record needs one; the publisher's namespace was written")
		out = append(out, wire.Object(wire.Text("url", w.a.Publisher.Namespace)))
	}
	return out
}

func (w *writer) metrics() []*jsontree.Node {
	var out []*jsontree.Node
	for i, s := range w.v.Scores {
		at := vuln + advisory.At("scores", i)
		if s.CVSS.IsZero() && s.SSVC == nil {
			w.losses.Add(at, noPlace)
			continue
		}
		w.losses.If(len(s.Products) > 0, at+"/products", noPlace)
		w.losses.If(s.Source != "", at+"/source", noPlace)
		if s.SSVC != nil {
			out = append(out, wire.Object(wire.Node("other", wire.Object(
				wire.Text("type", ssvcType), wire.Node("content", wire.SSVCNode(s.SSVC))))))
			continue
		}
		out = append(out, wire.Object(wire.Text("format", "CVSS"), wire.Node(cvssName(s.CVSS.Version()), wire.ScoreNode(s.CVSS))))
	}
	return out
}

const ssvcType = "ssvc"
