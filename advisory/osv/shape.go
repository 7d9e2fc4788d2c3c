package osv

import (
	"strconv"
	"strings"
	"sync"

	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

type members = map[string]*shape.Shape

// prefixes are the registered home databases, ecosystems the registered ecosystems:
// OSV 1.7.5.
const (
	prefixes = `ASB-A|PUB-A|ALPINE|ALSA|ALBA|ALEA|AZL|BELL|BIT|CGA|CLEANSTART|CLSA|CURL|CVE|DEBIAN|DHI|DRUPAL|` +
		`DSA|DLA|ELA|DTSA|ECHO|EEF|FreeBSD|GHSA|GO|GSD|HSEC|JLSEC|KUBE|LBSEC|LSN|MAL|MINI|MGASA|OESA|OSEC|OSV|` +
		`openSUSE-SU|PHSA|PSF|PYSEC|RHBA|RHEA|RHSA|RLSA|RXSA|RSEC|ROOT|RUSTSEC|SUSE-[SRFO]U|UBUNTU|USN|V8`
	ecosystems = `AlmaLinux|Alpaquita|Alpine|Android|Azure Linux|BellSoft Hardened Containers|Bioconductor|Bitnami|` +
		`Chainguard|CleanStart|ConanCenter|CRAN|crates\.io|Debian|Docker Hardened Images|Echo|FreeBSD|GHC|` +
		`GitHub Actions|Go|Hackage|Hex|Julia|Kubernetes|Linux|Mageia|Maven|MinimOS|npm|NuGet|opam|openEuler|openSUSE|` +
		`OSS-Fuzz|Packagist|Photon OS|Pub|PyPI|Red Hat|Rocky Linux|Root|RubyGems|SUSE|SwiftURL|TuxCare|Ubuntu|VSCode|` +
		`Wolfi|GIT`
)

var (
	isID        = shape.Pattern(`^(x_|(` + prefixes + `)-)`)
	isEcosystem = shape.Pattern(`^(` + ecosystems + `)(:.+)?$`)
	isCommit    = shape.Pattern(`^(0|[a-f0-9]{40}|[a-f0-9]{64})$`)
)

// referenceTypes and creditTypes are the words of the schema.
const (
	referenceTypes = "ADVISORY ARTICLE DETECTION DISCUSSION REPORT FIX INTRODUCED GIT PACKAGE EVIDENCE WEB"
	creditTypes    = "FINDER REPORTER ANALYST COORDINATOR REMEDIATION_DEVELOPER REMEDIATION_REVIEWER " +
		"REMEDIATION_VERIFIER TOOL SPONSOR OTHER"
)

var entryShape = sync.OnceValue(func() *shape.Shape {
	when := func() *shape.Shape {
		return shape.Matching(func(s string) bool { return shape.DateTime(s) && strings.HasSuffix(s, "Z") })
	}
	object := func() *shape.Shape { return &shape.Shape{Kind: jsontree.Object} }
	texts := func() *shape.Shape { return shape.List(0, shape.Any()) }
	nullable := func(s *shape.Shape) *shape.Shape { s.Nullable = true; return s }
	s := shape.Closed("id modified", members{
		"schema_version": shape.Any(), "id": shape.Matching(isID), "modified": when(), "published": when(),
		"withdrawn": when(), "aliases": nullable(texts()), "related": texts(), "upstream": texts(),
		"summary": shape.Any(), "details": shape.Any(), "severity": nullable(severity()),
		"affected": nullable(shape.List(0, shape.Open("", members{
			"package": shape.Open("ecosystem name", members{
				"ecosystem": shape.Matching(isEcosystem), "name": shape.Any(), "purl": shape.Any(),
			}),
			"severity": nullable(severity()), "ranges": shape.List(0, versionRange()), "versions": texts(),
			"ecosystem_specific": object(), "database_specific": object(),
		}))),
		"references": nullable(shape.List(0, shape.Open("type url", members{
			"type": shape.One(strings.Fields(referenceTypes)...), "url": shape.Matching(shape.URI),
		}))),
		"credits": shape.List(0, shape.Open("name", members{
			"name": shape.Any(), "contact": texts(), "type": shape.One(strings.Fields(creditTypes)...),
		})),
		"database_specific": object(),
	})
	s.Extra = func(n *jsontree.Node, fault func(string, string)) {
		for i, a := range n.Get("affected").Items() {
			if n.Has("severity") && a.Has("severity") && a.Get("severity").Kind() != jsontree.Null {
				fault("/affected/"+strconv.Itoa(i)+"/severity", "severity stands in one place only")
			}
		}
	}
	return s
})

func severity() *shape.Shape {
	version := map[string]string{"CVSS_V2": "2", "CVSS_V3": "3", "CVSS_V4": "4"}
	item := shape.Open("type score", members{"type": shape.One("CVSS_V2", "CVSS_V3", "CVSS_V4", "Ubuntu"), "score": shape.Any()})
	item.Extra = func(n *jsontree.Node, fault func(string, string)) {
		score := n.Text("score")
		if major, ok := version[n.Text("type")]; ok {
			if v, err := cvss.Parse(score); err != nil || !strings.HasPrefix(v.Version(), major) {
				fault("/score", "it is not a vector of this version")
			}
		} else if n.Text("type") == "Ubuntu" && !strings.Contains(" negligible low medium high critical ", " "+score+" ") {
			fault("/score", "it is not a priority of Ubuntu")
		}
	}
	return shape.List(0, item)
}

func versionRange() *shape.Shape {
	event := &shape.Shape{Kind: jsontree.Object, Members: members{}}
	for _, name := range eventNames {
		event.Members[name] = shape.Any()
	}
	event.Extra = func(n *jsontree.Node, fault func(string, string)) {
		count := 0
		for _, name := range eventNames {
			if n.Has(name) {
				count++
			}
		}
		if count != 1 {
			fault("", "an event is exactly one of "+strings.Join(eventNames, ", "))
		}
	}
	s := shape.Open("type events", members{
		"type": shape.One("GIT", "SEMVER", "ECOSYSTEM"), "repo": shape.Any(), "events": shape.List(1, event),
		"database_specific": {Kind: jsontree.Object},
	})
	s.Extra = rangeRules
	return s
}

var eventNames = []string{"introduced", "fixed", "last_affected", "limit"}

func rangeRules(n *jsontree.Node, fault func(string, string)) {
	seen := map[string]bool{}
	for i, e := range n.Get("events").Items() {
		for _, m := range e.Members() {
			seen[m.Name] = true
			if n.Text("type") == "GIT" && !isCommit(m.Value.Text()) {
				fault("/events/"+strconv.Itoa(i)+"/"+m.Name, "it is not a full commit hash")
			}
		}
	}
	switch {
	case n.Has("events") && !seen["introduced"]:
		fault("/events", "no event says introduced")
	case seen["fixed"] && seen["last_affected"]:
		fault("/events", "fixed and last_affected exclude each other")
	}
	if n.Text("type") == "GIT" && !n.Has("repo") {
		fault("", "a range of commits needs a repo")
	}
}
