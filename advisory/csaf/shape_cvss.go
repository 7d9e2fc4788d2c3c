package csaf

import (
	"strings"
	"sync"

	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// The shapes of the CVSS JSON representations that CSAF refers to: versions 2.0
// and 3.0 of 2017-05-31, 3.1 of 2021-11-03 and 4.0 of 2026-02-26.

func cvssObject(version, match string, scores, severities string, m members) *shape.Shape {
	m["version"] = enum(version)
	m["vectorString"] = &shape.Shape{Kind: jsontree.String, Match: pattern(match)}
	for _, name := range strings.Fields(scores) {
		m[name] = &shape.Shape{Kind: jsontree.Number, Least: "0", Most: "10"}
	}
	for _, name := range strings.Fields(severities) {
		m[name] = enum("NONE LOW MEDIUM HIGH CRITICAL")
	}
	required := []string{"version", "vectorString", "baseScore"}
	if severities != "" {
		required = append(required, "baseSeverity")
	}
	return &shape.Shape{Kind: jsontree.Object, Required: required, Members: m}
}

// values adds to m the same enumeration under each of the names.
func values(m members, names, enumeration string) {
	for _, n := range strings.Fields(names) {
		m[n] = enum(enumeration)
	}
}

var cvss2 = sync.OnceValue(func() *shape.Shape {
	const metric = `(AV:[NAL]|AC:[LMH]|Au:[MSN]|[CIA]:[NPC]|E:(U|POC|F|H|ND)|RL:(OF|TF|W|U|ND)|RC:(UC|UR|C|ND)|` +
		`CDP:(N|L|LM|MH|H|ND)|TD:(N|L|M|H|ND)|[CIA]R:(L|M|H|ND))`
	m := members{}
	values(m, "accessVector", "NETWORK ADJACENT_NETWORK LOCAL")
	values(m, "accessComplexity", "HIGH MEDIUM LOW")
	values(m, "authentication", "MULTIPLE SINGLE NONE")
	values(m, "confidentialityImpact integrityImpact availabilityImpact", "NONE PARTIAL COMPLETE")
	values(m, "exploitability", "UNPROVEN PROOF_OF_CONCEPT FUNCTIONAL HIGH NOT_DEFINED")
	values(m, "remediationLevel", "OFFICIAL_FIX TEMPORARY_FIX WORKAROUND UNAVAILABLE NOT_DEFINED")
	values(m, "reportConfidence", "UNCONFIRMED UNCORROBORATED CONFIRMED NOT_DEFINED")
	values(m, "collateralDamagePotential", "NONE LOW LOW_MEDIUM MEDIUM_HIGH HIGH NOT_DEFINED")
	values(m, "targetDistribution", "NONE LOW MEDIUM HIGH NOT_DEFINED")
	values(m, "confidentialityRequirement integrityRequirement availabilityRequirement", "LOW MEDIUM HIGH NOT_DEFINED")
	return cvssObject("2.0", "^("+metric+"/)*"+metric+"$", "baseScore temporalScore environmentalScore", "", m)
})

// cvss3 chooses by the version member, which decides between the two schemas.
var cvss3 = sync.OnceValue(func() *shape.Shape {
	v30, v31 := cvss3x("3.0"), cvss3x("3.1")
	return &shape.Shape{Choose: func(n *jsontree.Node) *shape.Shape {
		switch n.Text("version") {
		case "3.0":
			return v30
		case "3.1":
			return v31
		}
		return nil
	}}
})

func cvss3x(version string) *shape.Shape {
	const metric = `(AV:[NALP]|AC:[LH]|PR:[NLH]|UI:[NR]|S:[UC]|[CIA]:[NLH]|E:[XUPFH]|RL:[XOTWU]|RC:[XURC]|[CIA]R:[XLMH]|` +
		`MAV:[XNALP]|MAC:[XLH]|MPR:[XNLH]|MUI:[XNR]|MS:[XUC]|M[CIA]:[XNLH])`
	m := members{}
	modifiable := func(name, enumeration string) {
		values(m, name, enumeration)
		values(m, "modified"+strings.ToUpper(name[:1])+name[1:], enumeration+" NOT_DEFINED")
	}
	modifiable("attackVector", "NETWORK ADJACENT_NETWORK LOCAL PHYSICAL")
	modifiable("attackComplexity", "HIGH LOW")
	modifiable("privilegesRequired", "HIGH LOW NONE")
	modifiable("userInteraction", "NONE REQUIRED")
	modifiable("scope", "UNCHANGED CHANGED")
	for _, n := range []string{"confidentialityImpact", "integrityImpact", "availabilityImpact"} {
		modifiable(n, "NONE LOW HIGH")
	}
	values(m, "exploitCodeMaturity", "UNPROVEN PROOF_OF_CONCEPT FUNCTIONAL HIGH NOT_DEFINED")
	values(m, "remediationLevel", "OFFICIAL_FIX TEMPORARY_FIX WORKAROUND UNAVAILABLE NOT_DEFINED")
	values(m, "reportConfidence", "UNKNOWN REASONABLE CONFIRMED NOT_DEFINED")
	values(m, "confidentialityRequirement integrityRequirement availabilityRequirement", "LOW MEDIUM HIGH NOT_DEFINED")
	return cvssObject(version, "^CVSS:"+strings.Replace(version, ".", "[.]", 1)+"/("+metric+"/)*"+metric+"$",
		"baseScore temporalScore environmentalScore", "baseSeverity temporalSeverity environmentalSeverity", m)
}

var cvss4 = sync.OnceValue(func() *shape.Shape {
	const vector = `^CVSS:4[.]0/AV:[NALP]/AC:[LH]/AT:[NP]/PR:[NLH]/UI:[NPA]/VC:[HLN]/VI:[HLN]/VA:[HLN]/SC:[HLN]/SI:[HLN]/SA:[HLN]` +
		`(/E:[XAPU])?(/CR:[XHML])?(/IR:[XHML])?(/AR:[XHML])?(/MAV:[XNALP])?(/MAC:[XLH])?(/MAT:[XNP])?(/MPR:[XNLH])?(/MUI:[XNPA])?` +
		`(/MVC:[XNLH])?(/MVI:[XNLH])?(/MVA:[XNLH])?(/MSC:[XNLH])?(/MSI:[XNLHS])?(/MSA:[XNLHS])?(/S:[XNP])?(/AU:[XNY])?(/R:[XAUI])?` +
		`(/V:[XDC])?(/RE:[XLMH])?(/U:(X|Clear|Green|Amber|Red))?$`
	m := members{
		"version":      enum("4.0"),
		"vectorString": &shape.Shape{Kind: jsontree.String, Match: pattern(vector)},
		// Their schema is in cvss4Base, which sees both.
		"baseScore": {}, "baseSeverity": {},
	}
	modifiable := func(name, enumeration string) {
		values(m, name, enumeration)
		values(m, "modified"+strings.ToUpper(name[:1])+name[1:], enumeration+" NOT_DEFINED")
	}
	modifiable("attackVector", "NETWORK ADJACENT LOCAL PHYSICAL")
	modifiable("attackComplexity", "HIGH LOW")
	modifiable("attackRequirements", "NONE PRESENT")
	modifiable("privilegesRequired", "HIGH LOW NONE")
	modifiable("userInteraction", "NONE PASSIVE ACTIVE")
	for _, n := range []string{"vulnConfidentialityImpact", "vulnIntegrityImpact", "vulnAvailabilityImpact"} {
		modifiable(n, "NONE LOW HIGH")
	}
	values(m, "subConfidentialityImpact subIntegrityImpact subAvailabilityImpact", "NONE LOW HIGH")
	values(m, "modifiedSubConfidentialityImpact", "NEGLIGIBLE LOW HIGH NOT_DEFINED")
	values(m, "modifiedSubIntegrityImpact modifiedSubAvailabilityImpact", "NEGLIGIBLE LOW HIGH SAFETY NOT_DEFINED")
	values(m, "exploitMaturity", "UNREPORTED PROOF_OF_CONCEPT ATTACKED NOT_DEFINED")
	values(m, "confidentialityRequirement integrityRequirement availabilityRequirement", "LOW MEDIUM HIGH NOT_DEFINED")
	values(m, "Safety", "NEGLIGIBLE PRESENT NOT_DEFINED")
	values(m, "Automatable", "NO YES NOT_DEFINED")
	values(m, "Recovery", "AUTOMATIC USER IRRECOVERABLE NOT_DEFINED")
	values(m, "valueDensity", "DIFFUSE CONCENTRATED NOT_DEFINED")
	values(m, "vulnerabilityResponseEffort", "LOW MODERATE HIGH NOT_DEFINED")
	values(m, "providerUrgency", "CLEAR GREEN AMBER RED NOT_DEFINED")
	return &shape.Shape{
		Kind: jsontree.Object, Required: []string{"version", "vectorString", "baseScore", "baseSeverity"},
		Members: m, Closed: true, Extra: cvss4Base,
	}
})

// cvss4Base is the rule that score and severity belong together.
func cvss4Base(n *jsontree.Node, fault func(path, reason string)) {
	score, severity := n.Get("baseScore"), n.Get("baseSeverity")
	for _, r := range []struct {
		name, min, max string
		tenths         bool
	}{
		{"NONE", "0", "0", false}, {"LOW", "0.1", "3.9", true}, {"MEDIUM", "4", "6.9", true},
		{"HIGH", "7", "8.9", false}, {"CRITICAL", "9", "10", true},
	} {
		l := score.Literal()
		inRange := score == nil || l != "" && shape.CompareDecimals(l, r.min) >= 0 && shape.CompareDecimals(l, r.max) <= 0 &&
			(!r.tenths || shape.Tenths(l))
		if inRange && (severity == nil || severity.Text() == r.name) {
			return
		}
	}
	fault("", "has a baseScore and a baseSeverity that do not belong together")
}
