package csaf

import (
	"strings"
	"sync"
)

// cvssProperty says which metric of the vector a member of a CVSS object
// repeats, and how.
type cvssProperty struct {
	metric string
	unset  string // value of a metric that the vector does not name
	values map[string]string
}

// cvssProperties are the members by CVSS object. A row is the member, its
// metric and the values; a value without = is abbreviated to its first letter.
var cvssProperties = sync.OnceValue(func() map[string]map[string]cvssProperty {
	v2 := properties("ND", `
accessVector AV NETWORK ADJACENT_NETWORK LOCAL
accessComplexity AC HIGH MEDIUM LOW
authentication Au MULTIPLE SINGLE NONE
confidentialityImpact C NONE PARTIAL COMPLETE
integrityImpact I NONE PARTIAL COMPLETE
availabilityImpact A NONE PARTIAL COMPLETE
exploitability E UNPROVEN PROOF_OF_CONCEPT=POC FUNCTIONAL HIGH NOT_DEFINED=ND
remediationLevel RL OFFICIAL_FIX=OF TEMPORARY_FIX=TF WORKAROUND UNAVAILABLE NOT_DEFINED=ND
reportConfidence RC UNCONFIRMED=UC UNCORROBORATED=UR CONFIRMED NOT_DEFINED=ND
collateralDamagePotential CDP NONE LOW LOW_MEDIUM=LM MEDIUM_HIGH=MH HIGH NOT_DEFINED=ND
targetDistribution TD NONE LOW MEDIUM HIGH NOT_DEFINED=ND
confidentialityRequirement CR LOW MEDIUM HIGH NOT_DEFINED=ND
integrityRequirement IR LOW MEDIUM HIGH NOT_DEFINED=ND
availabilityRequirement AR LOW MEDIUM HIGH NOT_DEFINED=ND`)
	v3 := properties("X", `
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
availabilityRequirement AR LOW MEDIUM HIGH`)
	modify(v3, "attackVector attackComplexity privilegesRequired userInteraction scope confidentialityImpact integrityImpact availabilityImpact")
	v4 := properties("X", `
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
providerUrgency U CLEAR=Clear GREEN=Green AMBER=Amber RED=Red`)
	modify(v4, "attackVector attackComplexity attackRequirements privilegesRequired userInteraction "+
		"vulnConfidentialityImpact vulnIntegrityImpact vulnAvailabilityImpact")
	return map[string]map[string]cvssProperty{"cvss_v2": v2, "cvss_v3": v3, "cvss_v4": v4}
})

func properties(unset, table string) map[string]cvssProperty {
	out := map[string]cvssProperty{}
	for line := range strings.Lines(table) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		p := cvssProperty{metric: words[1], unset: unset, values: map[string]string{"NOT_DEFINED": unset}}
		for _, w := range words[2:] {
			value, short, ok := strings.Cut(w, "=")
			if !ok {
				short = value[:1]
			}
			p.values[value] = short
		}
		out[words[0]] = p
	}
	return out
}

// modify adds the modified forms of base metrics.
func modify(m map[string]cvssProperty, names string) {
	for name := range strings.FieldsSeq(names) {
		p := m[name]
		p.metric = "M" + p.metric
		m["modified"+strings.ToUpper(name[:1])+name[1:]] = p
	}
}
