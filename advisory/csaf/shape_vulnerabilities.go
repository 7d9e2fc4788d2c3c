package csaf

import (
	"github.com/cvdkit/cvdkit/advisory/internal/shape"
)

func (t *tables) vulnerability() *shape.Shape {
	statuses := members{}
	for _, s := range statusNames {
		if s != "unknown" || t.spec.AtLeast(V21) {
			statuses[s] = set(text())
		}
	}
	involvement := members{
		"date":    dateTime(),
		"party":   enum("coordinator discoverer other user vendor"),
		"status":  enum("completed contact_attempted disputed in_progress not_contacted open"),
		"summary": text(),
	}
	remediations := "mitigation no_fix_planned none_available vendor_fix workaround"
	if t.spec.AtLeast(V21) {
		remediations += " fix_planned optional_patch"
		involvement["contact"] = text()
	}
	m := members{
		"acknowledgments": t.acknowledgments(),
		"cve":             matching(0, isCVE),
		"discovery_date":  dateTime(),
		"flags": set(t.obj("label", targets(members{"date": dateTime(), "label": enum(
			"component_not_present inline_mitigations_already_exist vulnerable_code_cannot_be_controlled_by_adversary " +
				"vulnerable_code_not_in_execute_path vulnerable_code_not_present")}))),
		"ids":            set(t.obj("system_name text", t.targets21(members{"system_name": text(), "text": text()}))),
		"involvements":   set(t.obj("party status", t.targets21(involvement))),
		"notes":          t.notes(),
		"product_status": t.objMin(1, statuses),
		"references":     t.references(),
		"remediations": list(t.obj("category details", targets(members{
			"category":     enum(remediations),
			"date":         dateTime(),
			"details":      text(),
			"entitlements": list(text()),
			"restart_required": t.obj("category", members{
				"category": enum("connected dependencies machine none parent service system vulnerable_component zone"),
				"details":  text(),
			}),
			"url": uri(),
		}))),
		"threats": list(t.obj("category details", targets(members{
			"category": enum("exploit_status impact target_set"), "date": dateTime(), "details": text(),
		}))),
		"title": text(),
	}
	if t.spec.AtLeast(V21) {
		t.only21(m)
	} else {
		m["cwe"] = t.obj("id name", members{"id": matching(0, isCWE), "name": text()})
		m["release_date"] = dateTime()
		score := t.obj("products", members{"cvss_v2": cvss2(), "cvss_v3": cvss3(), "products": set(text())})
		score.Min = 2
		m["scores"] = list(score)
	}
	return t.objMin(1, m)
}

func (t *tables) only21(m members) {
	m["cwes"] = set(t.obj("id name version", members{
		"id": matching(0, isCWE), "name": matching(1, isTrimmed), "version": matching(0, isCWEVersion),
	}))
	m["disclosure_date"] = dateTime()
	known := t.obj("date exploitation_date", targets(members{"date": dateTime(), "exploitation_date": dateTime()}))
	known.Min = 3
	m["first_known_exploitation_dates"] = set(known)
	m["metrics"] = set(t.obj("content products", members{
		"content": t.objMin(1, members{
			"cvss_v2": cvss2(), "cvss_v3": cvss3(), "cvss_v4": cvss4(),
			"epss": t.obj("percentile probability timestamp", members{
				"percentile": matching(0, isProbability), "probability": matching(0, isProbability), "timestamp": dateTime(),
			}),
			"qualitative_severity_rating": enum("critical high low medium none"),
			"ssvc_v2":                     ssvcShape(),
			"x_extensions":                t.extensions,
		}),
		"products": set(text()),
		"source":   uri(),
	}))
	m["x_extensions"] = t.extensions
}
