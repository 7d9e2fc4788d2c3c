package csaf

import (
	"net/url"
	"strings"
)

// cpeParts are the components of a CPE that have a counterpart among the branch
// categories (test 6.2.42).
type cpeParts struct {
	vendor, product, version, update, language, platform, hardware string
}

func readCPE(s string) (cpeParts, bool) {
	var parts []string
	if rest, ok := strings.CutPrefix(s, "cpe:2.3:"); ok {
		if parts = splitEscaped(rest); len(parts) < 11 {
			return cpeParts{}, false
		}
		return cpeParts{parts[1], parts[2], parts[3], parts[4], parts[6], parts[8], parts[9]}, true
	}
	if len(s) < 5 || !strings.EqualFold(s[:5], "cpe:/") {
		return cpeParts{}, false
	}
	parts = append(strings.Split(s[5:], ":"), "", "", "", "", "", "")
	for i, p := range parts {
		if d, err := url.PathUnescape(p); err == nil {
			parts[i] = d
		}
		if parts[i] == "" {
			parts[i] = "*"
		}
	}
	return cpeParts{parts[1], parts[2], parts[3], parts[4], parts[6], "*", "*"}, true
}

// splitEscaped splits at colons that are not escaped and removes the escapes.
func splitEscaped(s string) []string {
	var out []string
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == ':':
			out = append(out, b.String())
			b.Reset()
		default:
			b.WriteByte(s[i])
		}
	}
	return append(out, b.String())
}

func checkHelperConsistency(r *run) {
	r.onPath(func(p *product, path []*branch) {
		if p.helper == nil {
			return
		}
		have := map[string]string{}
		for _, b := range path {
			have[b.category] = b.name
		}
		if cpe, ok := readCPE(p.helper.Text("cpe")); ok {
			if fault := cpe.fault(have); fault != "" {
				r.add(p.helperPath("cpe"), fault)
			}
		}
		for i, n := range p.helper.Get("purls").Items() {
			if fault := purlFault(n.Text(), have); fault != "" {
				r.add(p.helperPath("purls", i), fault)
			}
		}
	})
}

func (c cpeParts) fault(have map[string]string) string {
	update := have["patch_level"]
	if update == "" {
		update = have["service_pack"]
	}
	for _, f := range []struct{ name, got, want string }{
		{"vendor", c.vendor, have["vendor"]},
		{"product", c.product, have["product_name"]},
		{"version", c.version, have[productVersion]},
		{"update", c.update, update},
		{"language", c.language, have["language"]},
		{"target software", c.platform, have["platform"]},
		{"target hardware", c.hardware, have["architecture"]},
	} {
		switch {
		case f.want != "" && f.got == "*":
			return "the CPE lacks the " + f.name + " that the branches give"
		case f.want == "" && f.got != "*" && f.got != "-" && !(f.name == "version" && have[versionRange] != "") &&
			!(f.name == "product" && have["product_family"] != ""):
			return "the CPE has a " + f.name + " that the branches do not give"
		}
	}
	if want := have[productVersion]; want != "" && !sameVersion(c.version, want) {
		return "the version of the CPE is not that of the branches"
	}
	return ""
}

func purlFault(s string, have map[string]string) string {
	p, fault := parsePurl(s)
	if fault != "" {
		return "cannot be compared: it " + fault
	}
	want := have[productVersion]
	switch {
	case want != "" && p.version == "":
		return "the PURL lacks the version that the branches give"
	case want != "" && !sameVersion(p.version, want):
		return "the version of the PURL is not that of the branches"
	}
	return ""
}

// sameVersion allows for the v that some put before a version, for case, and
// for the underscores of a CPE.
func sameVersion(a, b string) bool {
	fold := func(s string) string {
		s = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), " ", "_")
		if len(s) > 1 && s[0] == 'v' && strings.IndexByte(digits, s[1]) >= 0 {
			s = s[1:]
		}
		return s
	}
	return fold(a) == fold(b)
}
