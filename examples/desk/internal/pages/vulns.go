package pages

import (
	"fmt"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
	"github.com/cvdkit/cvdkit/examples/desk/internal/words"
)

// vulnView is what the team knows of a vulnerability, and writes of it.
type vulnView struct {
	Heading string
	Facts   []fact
	Stated  []statedView // product by product
}

type statedView struct {
	Product, Versions, Vendor, Says, Words string
}

// worldKnows is what the letters of a vulnerability say.
var worldKnows = []struct {
	is   vultron.CS
	what vultron.CSEvent
}{{vultron.CSPublicAware, vultron.PublicAware}, {vultron.CSExploitPublic, vultron.ExploitPublic}, {vultron.CSAttacksObserved, vultron.AttacksObserved}}

func (q *request) vulns(c *cvd.Case) (out []vulnView) {
	for _, v := range hereVulns(c) {
		x := vulnView{Heading: vulnName(v)}
		add := func(name, text string) {
			if text != "" {
				x.Facts = append(x.Facts, fact{name, text})
			}
		}
		add("CVE ID", v.CVE.Display())
		add("Weakness", v.CWE.Display())
		for _, s := range v.Severity {
			text := words.Severity(s.Rating)
			if s.Score > 0 {
				text += fmt.Sprintf(" %.1f", s.Score)
			}
			for _, more := range []string{s.Vector.Display(), s.Justification.Display()} {
				if more != "" {
					text += "\n" + more
				}
			}
			by := s.Source.Display()
			if by == "" && s.By != cvd.Owner {
				by = c.PartyName(s.By)
			}
			name := "Severity"
			if by != "" {
				name += ", by " + by
			}
			add(name, text)
		}
		for i := len(c.Decisions) - 1; i >= 0; i-- {
			if s := &c.Decisions[i]; s.Vuln == v.ID {
				add("Decision (SSVC)", strings.TrimSpace(s.Outcome.Display()+"\n"+s.Vector.Display()))
				break
			}
		}
		var all []string
		for _, k := range worldKnows {
			if v.State&k.is != 0 {
				all = append(all, csWords[k.what])
			}
		}
		add("Known in the world", strings.Join(all, ", "))
		add("Description", v.Description.DisplayText())
		add("Until there is a fix", v.Workaround.DisplayText())
		var refs []string
		for _, r := range v.References {
			refs = append(refs, r.Display())
		}
		add("References", strings.Join(refs, "\n"))
		x.Stated = stated(c, v.ID)
		out = append(out, x)
	}
	return out
}

// stated is what the vendors say of a vulnerability: of each product that is named, and
// of all together.
func stated(c *cvd.Case, vuln cvd.VulnID) (out []statedView) {
	say := func(v statedView, stream cvd.StreamID, vendor cvd.PartyID) (statedView, bool) {
		v.Vendor = c.PartyName(vendor)
		for i := range c.Statuses {
			if s := &c.Statuses[i]; s.Vuln == vuln && s.Stream == stream && s.Vendor == vendor {
				says := affectedWords(s.Affected)
				if s.Fixed != "" {
					says = strings.TrimSpace(says + " in " + s.Fixed.Display())
				}
				fix := ""
				switch {
				case s.State&vultron.CSFixDeployed != 0:
					fix = "fix deployed"
				case s.State&vultron.CSFixReady != 0:
					fix = "fix ready"
				}
				if says != "" && fix != "" {
					fix = ", " + fix
				}
				v.Says, v.Words = says+fix, s.Statement.DisplayText()
				if v.Says != "" {
					return v, true
				}
			}
		}
		v.Says = "no statement"
		return v, false
	}
	for i := range c.Streams {
		s := &c.Streams[i]
		v, _ := say(statedView{Product: s.Name.Display(), Versions: s.Versions.Display()}, s.ID, s.Vendor)
		out = append(out, v)
	}
	for _, p := range c.Participants {
		if v, ok := say(statedView{Product: "all products"}, 0, p.ID); ok {
			out = append(out, v)
		}
	}
	return out
}
