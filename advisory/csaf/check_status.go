package csaf

import (
	"strings"

	"github.com/cvdkit/cvdkit/advisory/internal/instant"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// contradicting are the status members whose groups exclude each other.
func (r *run) contradicting() []string {
	names := []string{
		"first_affected", "known_affected", "last_affected", "known_not_affected", "first_fixed", "fixed", "under_investigation",
	}
	if r.spec.AtLeast(V21) {
		names = append(names, "unknown")
	}
	return names
}

func checkContradictingStatus(r *run) {
	for vi, v := range r.vulns {
		group := map[string]string{}
		reported := map[string]bool{}
		eachStatus(v, r.contradicting(), func(status string, i int, id string) {
			g := statusGroups[status]
			if was := group[id]; was == "" {
				group[id] = g
			} else if was != g && !reported[id] {
				reported[id] = true
				r.add(at("vulnerabilities", vi, "product_status", status, i), "the product "+quote(id)+" is in the groups "+was+" and "+g)
			}
		})
	}
}

func checkMissingRemediation(r *run) {
	for vi, v := range r.vulns {
		have := r.coverage(v.Get("remediations"), nil)
		eachStatus(v, []string{"first_affected", "known_affected", "last_affected", "under_investigation"},
			func(status string, i int, id string) {
				if !have[id] {
					r.add(at("vulnerabilities", vi, "product_status", status, i), "there is no remediation for the product "+quote(id))
				}
			})
	}
}

func checkMissingScore(r *run) {
	for vi, v := range r.vulns {
		have := map[string]bool{}
		for _, list := range []string{"scores", "metrics"} {
			for _, s := range v.Get(list).Items() {
				for _, id := range s.Get("products").Items() {
					have[id.Text()] = true
				}
			}
		}
		eachStatus(v, []string{"first_affected", "known_affected", "last_affected"}, func(status string, i int, id string) {
			if !have[id] {
				r.add(at("vulnerabilities", vi, "product_status", status, i), "there is no score for the product "+quote(id))
			}
		})
	}
}

func checkRemediationProducts(r *run) { r.needsProducts("remediations") }
func checkFlagProducts(r *run)        { r.needsProducts("flags") }

func (r *run) needsProducts(list string) {
	for vi, v := range r.vulns {
		for i, it := range v.Get(list).Items() {
			if !it.Has("group_ids") && !it.Has("product_ids") {
				r.add(at("vulnerabilities", vi, list, i), "names neither products nor product groups")
			}
		}
	}
}

var vexJustifications = map[string]bool{
	"component_not_present": true, "inline_mitigations_already_exist": true,
	"vulnerable_code_cannot_be_controlled_by_adversary": true, "vulnerable_code_not_in_execute_path": true,
	"vulnerable_code_not_present": true,
}

func checkMultipleFlags(r *run) {
	for vi, v := range r.vulns {
		first := map[string]int{}
		for i, f := range v.Get("flags").Items() {
			if !vexJustifications[f.Text("label")] {
				continue
			}
			reported := false
			r.covered(f, func(id string) {
				j, seen := first[id]
				if !seen {
					first[id] = i
				} else if j != i && !reported {
					reported = true
					r.add(at("vulnerabilities", vi, "flags", i), "the product "+quote(id)+" has more than one flag with a justification")
				}
			})
		}
	}
}

// Pairs of remediation categories that may not hold for one product (CSAF 2.1,
// section 3.2.4.14.1, first table). The relation is symmetric.
var contradictingRemediations = map[string]string{
	"workaround":     "optional_patch none_available",
	"mitigation":     "optional_patch none_available",
	"vendor_fix":     "optional_patch none_available fix_planned no_fix_planned",
	"optional_patch": "workaround mitigation vendor_fix none_available fix_planned no_fix_planned",
	"none_available": "workaround mitigation vendor_fix optional_patch fix_planned no_fix_planned",
	"fix_planned":    "vendor_fix optional_patch none_available no_fix_planned",
	"no_fix_planned": "vendor_fix optional_patch none_available fix_planned",
}

func checkContradictingRemediations(r *run) {
	for vi, v := range r.vulns {
		had := map[string][]string{}
		for i, rem := range v.Get("remediations").Items() {
			category := rem.Text("category")
			reported := false
			r.covered(rem, func(id string) {
				for _, other := range had[id] {
					if !reported && hasWord(contradictingRemediations[category], other) {
						reported = true
						r.add(at("vulnerabilities", vi, "remediations", i), "for the product "+quote(id)+" "+category+" contradicts "+other)
					}
				}
				if !hasString(had[id], category) {
					had[id] = append(had[id], category)
				}
			})
		}
	}
}

// The status groups that a remediation category contradicts or should not be
// combined with (second table of that section).
var (
	prohibitedRemediations = map[string]map[string]bool{
		"workaround":     {notAffected: true, fixed: true},
		"mitigation":     {notAffected: true, fixed: true},
		"vendor_fix":     {notAffected: true, fixed: true},
		"optional_patch": {affected: true},
		"none_available": {notAffected: true, fixed: true},
		"fix_planned":    {fixed: true},
		"no_fix_planned": {fixed: true},
	}
	discouragedRemediations = map[string]map[string]bool{
		"workaround":     {underInvest: true, unknownGroup: true},
		"mitigation":     {underInvest: true, unknownGroup: true},
		"vendor_fix":     {underInvest: true, unknownGroup: true},
		"optional_patch": {fixed: true},
		"fix_planned":    {notAffected: true, underInvest: true, unknownGroup: true},
		"no_fix_planned": {notAffected: true},
	}
)

func checkProhibitedRemediation(r *run) { r.remediationStatus(prohibitedRemediations, "contradicts") }
func checkDiscouragedRemediation(r *run) {
	r.remediationStatus(discouragedRemediations, "goes badly with")
}

func (r *run) remediationStatus(table map[string]map[string]bool, verb string) {
	for vi, v := range r.vulns {
		groups := map[string][]string{}
		eachStatus(v, statusNames, func(status string, _ int, id string) {
			groups[id] = append(groups[id], statusGroups[status])
		})
		for i, rem := range v.Get("remediations").Items() {
			category := rem.Text("category")
			reported := false
			r.covered(rem, func(id string) {
				for _, g := range groups[id] {
					if !reported && table[category][g] {
						reported = true
						r.add(at("vulnerabilities", vi, "remediations", i), "for the product "+quote(id)+" "+category+" "+verb+" the status group "+g)
					}
				}
			})
		}
	}
}

func checkProductDescription(r *run) {
	title := "Product Description"
	if !r.english() {
		if title = translation(r.meta.Text("lang"), "product_description"); title == "" {
			return
		}
	}
	for i, n := range r.document("notes").Items() {
		if n.Text("category") == "description" && strings.HasPrefix(n.Text("title"), title) && !n.Has("group_ids") && !n.Has("product_ids") {
			r.add(at("document", "notes", i), "the product description names neither products nor product groups")
		}
	}
}

var involvementDates = where("/vulnerabilities[]/involvements[]")

func checkInvolvementDate(r *run) {
	r.each(involvementDates, func(n *jsontree.Node, s *spot) {
		if !n.Has("date") {
			r.add(s.path(), "has no date")
		}
	})
}

func checkMultipleInvolvements(r *run) {
	for vi, v := range r.vulns {
		type key struct {
			party, date string
			at          instant.Instant
		}
		seen := map[key]bool{}
		for i, n := range v.Get("involvements").Items() {
			k := key{party: n.Text("party"), date: n.Text("date")}
			if t, ok := instant.Parse(k.date); ok {
				k.date, k.at = "", t
			}
			if seen[k] {
				r.add(at("vulnerabilities", vi, "involvements", i), "the party was given for this date before")
			}
			seen[k] = true
		}
	}
}

func checkMultipleCVE(r *run) {
	seen := map[string]bool{}
	for vi, v := range r.vulns {
		cve := v.Text("cve")
		if cve != "" && seen[cve] {
			r.add(at("vulnerabilities", vi, "cve"), cve+" is used in more than one vulnerability")
		}
		seen[cve] = true
	}
}
