package cve

import (
	"strings"
	"unicode/utf8"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cvss"
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
}

// PlaceholderOrgID stands for a CNA that is not known.
const PlaceholderOrgID = "00000000-0000-4000-9000-000000000000"

// Reasons of losses that repeat.
const (
	noPlace  = "a CVE record has no place for it"
	filledIn = "a CVE record needs it; it was filled in"
	cut      = "it was cut to the length that a CVE record allows"
)

// FromAdvisory writes an advisory about one vulnerability as a published record. A
// nil Options is the zero Options. What the record cannot hold is in the losses.
//
// The error is an *advisory.Error: with ErrConfidential unless the label is
// TLP:CLEAR, ErrSeveral for more than one vulnerability (see advisory.Split),
// ErrIncomplete without a CVE ID, a product with a status, a reference or an English
// text.
func FromAdvisory(a *advisory.Advisory, o *Options) (*Record, []advisory.Loss, error) {
	if o == nil {
		o = &Options{}
	}
	if err := refuse(a, o); err != nil {
		return nil, nil, err
	}
	w := &writer{a: a, v: &a.Vulnerabilities[0], lang: "en", purl: o.Version != "5.1"}
	if a.Language != "" {
		w.lang = a.Language
	}
	affected := w.affected()
	if len(affected) == 0 {
		return nil, nil, &advisory.Error{Rule: advisory.ErrIncomplete, Path: "/vulnerabilities/0/status", Reason: "a CVE record needs a product"}
	}
	org := o.OrgID
	if org == "" {
		org = PlaceholderOrgID
		w.losses.Add("/publisher", "the CNA's organization ID was not given; a placeholder was written")
	}
	version := "5.2.0"
	if o.Version == "5.1" {
		version = "5.1.1"
	}
	cna := w.container(affected)
	cna.Set("providerMetadata", wire.Object(wire.Text("orgId", org), wire.Text("shortName", o.ShortName)))
	root := jsontree.NewObject(
		wire.Text("dataType", dataType), wire.Text("dataVersion", version),
		wire.Node("cveMetadata", wire.Object(
			wire.Text("cveId", w.v.CVE), wire.Text("assignerOrgId", org), wire.Text("assignerShortName", o.ShortName),
			wire.Time("datePublished", a.Tracking.Released), wire.Time("dateUpdated", a.Tracking.Updated),
			wire.Text("state", "PUBLISHED"))),
		wire.Node("containers", jsontree.NewObject(wire.Node("cna", cna))),
	)
	w.listLosses()
	return &Record{wire.NewDocument(root)}, w.losses, nil
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
	case !usable(a.Publisher.Namespace) && !hasReference(a):
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
	lang   string
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

// say makes a text of a language.
func (w *writer) say(path, s string) *jsontree.Node {
	return wire.Object(wire.Text("lang", w.lang), wire.Text("value", w.clip(path, s, 4096)))
}

func (w *writer) container(affected []*jsontree.Node) *jsontree.Node {
	title := w.v.Title
	if title == "" {
		title = w.a.Title
	}
	workarounds, solutions := w.remediations()
	return jsontree.NewObject(
		wire.Text("title", w.clip(vuln+"/title", title, 256)),
		wire.Time("datePublic", w.v.Disclosed),
		wire.List("descriptions", []*jsontree.Node{w.say(vuln+"/notes", w.description())}),
		wire.List("affected", affected),
		wire.List("problemTypes", w.problemTypes()),
		wire.List("references", w.references()),
		wire.List("metrics", w.metrics()),
		wire.List("workarounds", workarounds),
		wire.List("solutions", solutions),
		wire.List("exploits", w.exploits()),
		wire.List("timeline", w.timeline()),
		wire.List("credits", w.credits()),
		wire.Node("source", wire.Object(wire.Text("advisory", w.a.ID))),
	)
}

// description is the text of the record: what the vulnerability says, else what the
// document says, else its title.
func (w *writer) description() string {
	if s := w.v.Description(); s != "" {
		return s
	}
	w.losses.Add(vuln+"/notes", filledIn)
	whole := advisory.Vulnerability{Notes: w.a.Notes}
	if s := whole.Description(); s != "" {
		return s
	}
	return w.a.Title
}

func (w *writer) problemTypes() []*jsontree.Node {
	var out []*jsontree.Node
	for i, x := range w.v.Weaknesses {
		if at := vuln + advisory.At("weaknesses", i); !isCWE(x.ID) || len(x.ID) > 9 {
			w.losses.Add(at, noPlace)
			continue
		}
		w.losses.If(x.Version != "", vuln+advisory.At("weaknesses", i, "version"), noPlace)
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
				wire.Text("type", ssvcType), wire.Node("content", ssvcNode(s.SSVC))))))
			continue
		}
		out = append(out, wire.Object(wire.Text("format", "CVSS"), wire.Node(cvssName(s.CVSS.Version()), scoreNode(s.CVSS))))
	}
	return out
}

const ssvcType = "ssvc"

// ssvcNode writes the SSVC selection list 2.0.0, as CSAF 2.1 does.
func ssvcNode(c *advisory.Categorization) *jsontree.Node {
	var selections []*jsontree.Node
	for _, x := range c.Selections {
		var values []*jsontree.Node
		for _, key := range x.Values {
			values = append(values, wire.Object(wire.Text("key", key)))
		}
		selections = append(selections, wire.Object(wire.Text("namespace", x.Namespace), wire.Text("key", x.Key),
			wire.Text("version", x.Version), wire.List("values", values)))
	}
	return wire.Object(wire.Text("schemaVersion", "2.0.0"), wire.Time("timestamp", c.At), wire.List("selections", selections))
}

func scoreNode(v cvss.Vector) *jsontree.Node {
	score := v.BaseScore()
	if v.Version() == "4.0" {
		score = v.Score()
	}
	members := []jsontree.Member{
		wire.Text("version", v.Version()), wire.Text("vectorString", v.String()), wire.Score("baseScore", score),
	}
	if v.Version() != "2.0" {
		members = append(members, wire.Text("baseSeverity", strings.ToUpper(string(cvss.Rate(score)))))
	}
	return wire.Object(members...)
}

func (w *writer) remediations() (workarounds, solutions []*jsontree.Node) {
	for i, r := range w.v.Remediations {
		at := vuln + advisory.At("remediations", i)
		text := w.say(at+"/details", r.Details)
		switch {
		case r.Details == "":
			w.losses.Add(at, noPlace)
			continue
		case r.Category == advisory.Workaround || r.Category == advisory.Mitigation:
			workarounds = append(workarounds, text)
		default:
			solutions = append(solutions, text)
		}
		w.losses.If(r.Category != advisory.Workaround && r.Category != advisory.VendorFix, at+"/category", noPlace)
		w.losses.If(len(r.Products) > 0, at+"/products", noPlace)
		w.losses.If(r.URL != "", at+"/url", noPlace)
		w.losses.If(!r.Date.IsZero(), at+"/date", noPlace)
		w.losses.If(len(r.Entitlements) > 0, at+"/entitlements", noPlace)
		w.losses.If(r.Restart != "", at+"/restart", noPlace)
		w.losses.If(r.RestartDetails != "", at+"/restartdetails", noPlace)
	}
	if len(workarounds) > 0 && len(solutions) > 0 {
		w.losses.Add(vuln+"/remediations", "a CVE record lists workarounds apart from solutions")
	}
	return workarounds, solutions
}

func (w *writer) exploits() []*jsontree.Node {
	var out []*jsontree.Node
	for i, t := range w.v.Threats {
		at := vuln + advisory.At("threats", i)
		if t.Category != advisory.ThreatExploit || t.Details == "" {
			w.losses.Add(at, noPlace)
			continue
		}
		w.losses.If(len(t.Products) > 0, at+"/products", noPlace)
		w.losses.If(!t.Date.IsZero(), at+"/date", noPlace)
		out = append(out, w.say(at+"/details", t.Details))
	}
	return out
}

func (w *writer) timeline() []*jsontree.Node {
	var out []*jsontree.Node
	for i, e := range w.v.Timeline {
		if e.Text == "" || e.At.IsZero() {
			w.losses.Add(vuln+advisory.At("timeline", i), "an event of a CVE record has a time and a text")
			continue
		}
		out = append(out, wire.Object(wire.Time("time", e.At), wire.Text("lang", w.lang),
			wire.Text("value", w.clip(vuln+advisory.At("timeline", i, "text"), e.Text, 4096))))
	}
	return out
}

// credits writes one entry for each name, since a credit of the record is one person,
// team or tool.
func (w *writer) credits() []*jsontree.Node {
	var out []*jsontree.Node
	add := func(path string, list []advisory.Credit) {
		for i, c := range list {
			at := path + advisory.At("credits", i)
			w.losses.If(len(c.Names) > 0 && c.Organization != "" || len(c.Names) > 1, at, "a credit of a CVE record is one name")
			w.losses.If(len(c.URLs) > 0, at+"/urls", noPlace)
			w.losses.If(c.Summary != "", at+"/summary", noPlace)
			role := c.Role
			if !has(advisory.Roles(), role) {
				w.losses.If(role != "", at+"/role", noPlace)
				role = ""
			}
			names := c.Names
			if len(names) == 0 {
				names = []string{c.Organization}
				w.losses.Add(at, "a credit of a CVE record is one name")
			}
			for _, n := range names {
				if n != "" {
					out = append(out, wire.Object(wire.Text("lang", "en"), wire.Text("value", w.clip(at+"/names", n, 4096)), wire.Text("type", role)))
				}
			}
		}
	}
	add(vuln, w.v.Credits)
	w.losses.If(len(w.a.Credits) > 0, "/credits", "a CVE record has one list of credits")
	w.losses.If(len(w.a.Credits) > 0, vuln+"/credits", "a CVE record has one list of credits")
	add("", w.a.Credits)
	return out
}

// listLosses lists what no part of the record is about.
func (w *writer) listLosses() {
	a, v := w.a, w.v
	for path, lost := range map[string]bool{
		"/aliases": len(a.Aliases) > 0, "/category": a.Category != "", "/language": a.Language != "",
		"/sharing": a.Sharing != "", "/severity": a.Severity != "", "/license": a.License != "",
		"/publisher/name": true, "/publisher/category": a.Publisher.Category != "",
		"/publisher/namespace": a.Publisher.Namespace != "", "/publisher/contact": a.Publisher.Contact != "",
		"/publisher/authority": a.Publisher.Authority != "", "/tracking/status": true, "/tracking/version": true,
		"/tracking/revisions": true, "/tracking/withdrawn": !a.Tracking.Withdrawn.IsZero(),
		"/notes": len(a.Notes) > 0, "/title": v.Title != "" && a.Title != v.Title,
		vuln + "/ids": len(v.IDs) > 0, vuln + "/discovered": !v.Discovered.IsZero(),
		vuln + "/exploited": len(v.Exploited) > 0, vuln + "/flags": len(v.Flags) > 0,
		vuln + "/involvements": len(v.Involvements) > 0,
		vuln + "/notes":        len(v.Notes) > 1 || len(v.Notes) == 1 && (v.Notes[0].Title != "" || v.Notes[0].Category != advisory.NoteDescription),
	} {
		w.losses.If(lost, path, noPlace)
	}
	w.losses.Sort()
}
