package wire

import (
	"strings"
	"sync"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/cvss"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// ScoreNode writes the members that the CVSS schemas need. In 4.0 baseScore is the
// score of the vector as it is.
func ScoreNode(v cvss.Vector) *jsontree.Node {
	score := v.BaseScore()
	if v.Version() == "4.0" {
		score = v.Score()
	}
	members := []jsontree.Member{
		Text("version", v.Version()), Text("vectorString", v.String()), Score("baseScore", score),
	}
	if v.Version() != "2.0" {
		members = append(members, Text("baseSeverity", strings.ToUpper(string(cvss.Rate(score)))))
	}
	return Object(members...)
}

// CVSS takes a CVSS object: the vector, and every member that repeats what the vector
// says. A member that says something else stays, and is listed as a contradiction. It
// reports false, and takes nothing, if the vector is not one of the versions.
func (t *Taker) CVSS(n *jsontree.Node, versions ...string) (cvss.Vector, bool) {
	vector, err := cvss.Parse(n.Text("vectorString"))
	if err != nil {
		return vector, false
	}
	known := false
	for _, v := range versions {
		known = known || v == vector.Version()
	}
	if !known {
		return vector, false
	}
	want := ScoreNode(vector)
	t.Use(n, "vectorString")
	for _, m := range n.Members() {
		if m.Name == "vectorString" {
			continue
		}
		if w := want.Get(m.Name); w != nil {
			f, isNumber := m.Value.Float()
			g, wantNumber := w.Float()
			t.agree(m.Value, isNumber == wantNumber && f == g && strings.EqualFold(m.Value.Text(), w.Text()))
			continue
		}
		if says, ok := repeats(vector, m.Name, m.Value.Text()); ok {
			t.agree(m.Value, says)
			continue
		}
		t.derived(vector, m)
	}
	return vector, true
}

// derived takes the scores and severities that follow from a vector.
func (t *Taker) derived(v cvss.Vector, m jsontree.Member) {
	score, ok := 0.0, false
	switch {
	case strings.HasPrefix(m.Name, "temporal"), strings.HasPrefix(m.Name, "threat"):
		if score, ok = v.TemporalScore(); !ok {
			score, ok = v.BaseScore(), v.Version() != "4.0"
		}
	case strings.HasPrefix(m.Name, "environmental"):
		if score, ok = v.EnvironmentalScore(); !ok {
			if score, ok = v.TemporalScore(); !ok {
				score, ok = v.BaseScore(), v.Version() != "4.0"
			}
		}
	}
	if !ok {
		return
	}
	if strings.HasSuffix(m.Name, "Severity") {
		t.agree(m.Value, strings.EqualFold(m.Value.Text(), string(cvss.Rate(score))))
	} else if f, is := m.Value.Float(); is && strings.HasSuffix(m.Name, "Score") {
		t.agree(m.Value, f == score)
	}
}

// agree takes a value that says what the vector says, and lists another.
func (t *Taker) agree(n *jsontree.Node, agrees bool) {
	if agrees {
		t.Use(n)
		return
	}
	t.Mark(n, advisory.Contradicts, "it says something else than the vector beside it, which was kept")
}

// repeats reports whether a member repeats a metric of the vector, by the names of the
// CVSS JSON schemas, and whether it says the same.
func repeats(v cvss.Vector, name, value string) (same, is bool) {
	table := propertyTables()[v.Version()[:1]]
	p, ok := table[name]
	if !ok {
		return false, false
	}
	short, ok := p.values[strings.ToUpper(value)]
	if !ok {
		return false, true
	}
	have := metric(v, p.metric)
	if have == "" {
		have = p.unset
	}
	return have == short, true
}

// metric returns the value of a metric that the vector names, "" for others.
func metric(v cvss.Vector, name string) string {
	for part := range strings.SplitSeq(v.String(), "/") {
		if k, value, ok := strings.Cut(part, ":"); ok && k == name {
			return value
		}
	}
	return ""
}

type property struct {
	metric, unset string
	values        map[string]string
}

// propertyTables are the members of CVSS objects by major version. A row is the member, its
// metric and the values; a value without = is abbreviated to its first letter.
var propertyTables = sync.OnceValue(func() map[string]map[string]property {
	return map[string]map[string]property{
		"2": readProperties("ND", "", `
accessVector AV NETWORK ADJACENT_NETWORK LOCAL
accessComplexity AC HIGH MEDIUM LOW
authentication Au MULTIPLE SINGLE NONE
confidentialityImpact C NONE PARTIAL COMPLETE
integrityImpact I NONE PARTIAL COMPLETE
availabilityImpact A NONE PARTIAL COMPLETE
exploitability E UNPROVEN PROOF_OF_CONCEPT=POC FUNCTIONAL HIGH
remediationLevel RL OFFICIAL_FIX=OF TEMPORARY_FIX=TF WORKAROUND UNAVAILABLE
reportConfidence RC UNCONFIRMED=UC UNCORROBORATED=UR CONFIRMED
collateralDamagePotential CDP NONE LOW LOW_MEDIUM=LM MEDIUM_HIGH=MH HIGH
targetDistribution TD NONE LOW MEDIUM HIGH
confidentialityRequirement CR LOW MEDIUM HIGH
integrityRequirement IR LOW MEDIUM HIGH
availabilityRequirement AR LOW MEDIUM HIGH`),
		"3": readProperties("X", "AV AC PR UI S C I A", `
attackVector AV NETWORK ADJACENT_NETWORK LOCAL PHYSICAL
attackComplexity AC HIGH LOW
privilegesRequired PR HIGH LOW NONE
userInteraction UI NONE REQUIRED
scope S UNCHANGED CHANGED
confidentialityImpact C NONE LOW HIGH
integrityImpact I NONE LOW HIGH
availabilityImpact A NONE LOW HIGH
exploitCodeMaturity E UNPROVEN PROOF_OF_CONCEPT FUNCTIONAL HIGH
remediationLevel RL OFFICIAL_FIX TEMPORARY_FIX WORKAROUND UNAVAILABLE
reportConfidence RC UNKNOWN REASONABLE CONFIRMED
confidentialityRequirement CR LOW MEDIUM HIGH
integrityRequirement IR LOW MEDIUM HIGH
availabilityRequirement AR LOW MEDIUM HIGH`),
		"4": readProperties("X", "AV AC AT PR UI VC VI VA", `
attackVector AV NETWORK ADJACENT LOCAL PHYSICAL
attackComplexity AC HIGH LOW
attackRequirements AT NONE PRESENT
privilegesRequired PR HIGH LOW NONE
userInteraction UI NONE PASSIVE ACTIVE
vulnConfidentialityImpact VC NONE LOW HIGH
vulnIntegrityImpact VI NONE LOW HIGH
vulnAvailabilityImpact VA NONE LOW HIGH
subConfidentialityImpact SC NONE LOW HIGH
subIntegrityImpact SI NONE LOW HIGH
subAvailabilityImpact SA NONE LOW HIGH
exploitMaturity E UNREPORTED PROOF_OF_CONCEPT ATTACKED
confidentialityRequirement CR LOW MEDIUM HIGH
integrityRequirement IR LOW MEDIUM HIGH
availabilityRequirement AR LOW MEDIUM HIGH
modifiedSubConfidentialityImpact MSC NEGLIGIBLE LOW HIGH
modifiedSubIntegrityImpact MSI NEGLIGIBLE LOW HIGH SAFETY
modifiedSubAvailabilityImpact MSA NEGLIGIBLE LOW HIGH SAFETY
Safety S NEGLIGIBLE PRESENT
Automatable AU NO YES
Recovery R AUTOMATIC USER IRRECOVERABLE
valueDensity V DIFFUSE CONCENTRATED
vulnerabilityResponseEffort RE LOW MODERATE HIGH
providerUrgency U CLEAR=Clear GREEN=Green AMBER=Amber RED=Red`),
	}
})

// readProperties reads a table; the metrics of base have a modified form too.
func readProperties(unset, base, table string) map[string]property {
	out := map[string]property{}
	for line := range strings.Lines(table) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		p := property{words[1], unset, map[string]string{"NOT_DEFINED": unset}}
		for _, w := range words[2:] {
			value, short, ok := strings.Cut(w, "=")
			if !ok {
				short = value[:1]
			}
			p.values[value] = short
		}
		out[words[0]] = p
		if strings.Contains(" "+base+" ", " "+p.metric+" ") {
			p.metric = "M" + p.metric
			out["modified"+strings.ToUpper(words[0][:1])+words[0][1:]] = p
		}
	}
	return out
}
