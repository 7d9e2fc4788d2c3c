package pages

import (
	"fmt"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

var fixActions = []action{
	{Name: "product", Label: "Add a product", Group: groupFix, Hint: "Something that is fixed and supported as one, such as Router OS 7.x.", when: isCase,
		next: func(c *cvd.Case) bool { return isCase(c) && c.RM() == vultron.RMAccepted && len(c.Streams) == 0 },
		fields: func(_ *request, c *cvd.Case) []field {
			return []field{{Name: "vendor", Label: "Vendor", Kind: kindSelect, Options: partyOptions(c, func(p *cvd.Participant) bool { return p.ID == cvd.Owner || vendors(p) })},
				{Name: "name", Label: "Product", Kind: kindText, Required: true}, {Name: "versions", Label: "Affected versions", Kind: kindText, Hint: "Such as 7.0 to 7.4.2"}, {Name: "purl", Label: "Package URL", Kind: kindText, Hint: "Such as pkg:generic/router-os"}}
		},
		do: func(in *input) []cvd.Command {
			return []cvd.Command{cvd.AddProduct{Vendor: cvd.PartyID(in.number("vendor")), Name: in.need("name", "Name the product."), Versions: in.text("versions"), PURL: in.text("purl")}}
		}},
	{Name: "status", Label: "Record what a vendor states", Button: "Record", Group: groupFix, when: func(c *cvd.Case) bool { return isCase(c) && len(c.Vulnerabilities) > 0 },
		fields: func(_ *request, c *cvd.Case) []field {
			s := field{Name: "stream", Label: "Product", Kind: kindSelect, Options: []option{{Label: "all of the vendor's products"}}}
			for _, x := range c.Streams {
				s.Options = append(s.Options, option{number(x.ID), x.Name.Display(), c.PartyName(x.Vendor)})
			}
			return append(vulnField(c),
				field{Name: "vendor", Label: "Vendor", Kind: kindSelect, Options: partyOptions(c, func(p *cvd.Participant) bool { return p.ID == cvd.Owner || vendors(p) })}, s,
				field{Name: "affected", Label: "Statement", Kind: kindRadio, Required: true, Options: []option{{"affected", "Affected", ""}, {"not", "Not affected", ""}, {"fixed", "Fixed", "its fix is ready too; if it has a version, name it below"}, {"looking", "Under investigation", ""}, {"unreachable", "The vendor cannot be reached", ""}}},
				field{Name: "fixed", Label: "Version with the fix", Kind: kindText}, field{Name: "text", Label: "In the vendor's words", Kind: kindArea})
		},
		do: func(in *input) []cvd.Command {
			x := cvd.RecordStatus{Vuln: cvd.VulnID(in.number("vuln")), Party: cvd.PartyID(in.number("vendor")), Stream: cvd.StreamID(in.number("stream")), Fixed: in.text("fixed"), Statement: in.text("text")}
			x.Affected = map[string]cvd.Affected{"affected": cvd.IsAffected, "not": cvd.NotAffected, "fixed": cvd.IsFixed, "looking": cvd.UnderInvestigation, "unreachable": cvd.Unreachable}[in.values.Get("affected")]
			if x.Affected == cvd.NoStatement {
				in.bad("affected", "Choose a statement.")
			}
			return []cvd.Command{x}
		}},
	{Name: "observe", Label: "Record what is known in the world", Button: "Record", Group: groupFix, Hint: "That it is public, exploited or attacked ends an embargo, once it is adopted.", when: func(c *cvd.Case) bool { return isCase(c) && len(c.Vulnerabilities) > 0 },
		fields: func(_ *request, c *cvd.Case) []field {
			return append(vulnField(c), field{Name: "what", Label: "What", Kind: kindRadio, Required: true, Options: []option{{"F", "A fix is ready", "of a vendor"}, {"D", "The fix is deployed", "of a vendor"}, {"V", "The vendor is aware", ""}, {"P", "It is public", ""}, {"X", "An exploit is public", ""}, {"A", "Attacks are seen", ""}}},
				field{Name: "vendor", Label: "Vendor", Kind: kindSelect, Options: partyOptions(c, func(p *cvd.Participant) bool { return p.ID == cvd.Owner || vendors(p) }), Hint: "Of a fix, or of who is aware."},
				field{Name: "evidence", Label: "Where it is seen", Kind: kindArea}, field{Name: "adopt", Label: "We have checked it: let it act", Kind: kindCheck, Hint: "Without this it is a claim, and waits until somebody adopts it."})
		},
		do: func(in *input) []cvd.Command {
			x := cvd.Observe{Evidence: in.text("evidence"), Vuln: cvd.VulnID(in.number("vuln")), Adopt: in.values.Get("adopt") != ""}
			if x.What = csEvents[in.values.Get("what")]; x.What == 0 {
				in.bad("what", "Choose what is known.")
			}
			if strings.Contains("VFD", in.values.Get("what")) {
				x.Vendor = cvd.PartyID(in.number("vendor"))
			}
			return []cvd.Command{x}
		}},
	{Name: "adopt", Label: "Adopt a claim", Button: "We have checked it", Group: groupFix, Hint: "Somebody claims it. It acts once you adopt it.",
		when: func(c *cvd.Case) bool { return len(c.OpenClaims()) > 0 }, next: func(c *cvd.Case) bool { return len(c.OpenClaims()) > 0 },
		fields: func(_ *request, c *cvd.Case) []field {
			f := field{Name: "claim", Label: "Claim", Kind: kindSelect}
			for _, x := range c.OpenClaims() {
				f.Options = append(f.Options, option{number(x.ID), claimWords(c, x), ""})
			}
			return []field{f}
		},
		do: func(in *input) []cvd.Command {
			return []cvd.Command{cvd.AdoptClaim{Claim: cvd.ClaimID(in.number("claim"))}}
		}},
	{Name: "describe", Label: "Write what the advisory tells", Button: "Keep it", Group: groupFix, Hint: "Fields left empty stay as they were.", when: func(c *cvd.Case) bool { return isCase(c) && len(c.Vulnerabilities) > 0 },
		fields: func(_ *request, c *cvd.Case) []field {
			v := c.Vulnerabilities[0]
			if len(c.Vulnerabilities) > 1 {
				v = cvd.Vulnerability{}
			}
			return append(vulnField(c), field{Name: "description", Label: "Description", Kind: kindArea, Value: v.Description.DisplayText()}, field{Name: "workaround", Label: "What users can do until there is a fix", Kind: kindArea, Value: v.Workaround.DisplayText()})
		},
		do: func(in *input) []cvd.Command {
			return []cvd.Command{cvd.Describe{Vuln: cvd.VulnID(in.number("vuln")), Description: in.text("description"), Workaround: in.text("workaround")}}
		}},
}

var csEvents = map[string]vultron.CSEvent{"V": vultron.VendorAware, "F": vultron.FixReady, "D": vultron.FixDeployed, "P": vultron.PublicAware, "X": vultron.ExploitPublic, "A": vultron.AttacksObserved}

var csWords = map[vultron.CSEvent]string{
	vultron.VendorAware: "the vendor is aware", vultron.FixReady: "a fix is ready", vultron.FixDeployed: "the fix is deployed",
	vultron.PublicAware: "it is public", vultron.ExploitPublic: "an exploit is public", vultron.AttacksObserved: "attacks are seen",
}

func claimWords(c *cvd.Case, x cvd.Claim) string {
	s := fmt.Sprintf("%s, says %s", csWords[x.What], c.PartyName(x.By))
	if x.Vendor != 0 && x.Vendor != x.By {
		s += " of " + c.PartyName(x.Vendor)
	}
	return s
}

var releaseActions = []action{
	{Name: "draft", Label: "Write the advisory", Button: "Write it, and keep it as a draft", Group: groupRelease, Hint: "From what the team has written here. It is checked, and kept in the case. Plan the release first: the advisory carries its date, and comes out once two people have approved it after it was written.",
		when: func(c *cvd.Case) bool { return isCase(c) && c.Open() && !published(c) },
		run: func(in *input, by cvd.By) (*cvd.Case, error) {
			x, err := in.q.cfg.Draft(in.q.ctx, in.c)
			if err != nil {
				in.bad("", "The advisory cannot be written yet: "+err.Error())
				return nil, nil
			}
			return in.q.svc.DoView(in.q.ctx, in.c.ID, by, in.q.viewer(), x)
		}},
	{Name: "plan", Label: "Plan a release", Group: groupRelease, Hint: "One time for all parties. Two people approve it, and when the time comes the outputs come out in their order. Planning and approving publish nothing.", when: func(c *cvd.Case) bool { return isCase(c) && c.Open() && !published(c) },
		fields: func(q *request, c *cvd.Case) []field {
			at := q.cfg.Now().In(q.cfg.Zone).AddDate(0, 0, 14)
			if ends, ok := c.Embargo.Ends(); ok {
				at = ends.In(q.cfg.Zone)
			}
			return []field{{Name: "at", Label: "At", Kind: kindDate, Required: true, Value: at.Format("2006-01-02T15:04")}, {Name: "outputs", Label: "Outputs, in their order", Kind: kindText, Value: q.cfg.Outputs, Hint: "What is to come out, such as csaf, cve-record, web-page: in lower case, with commas between."}}
		},
		do: func(in *input) []cvd.Command {
			x := cvd.PlanRelease{At: in.date("at")}
			for _, s := range strings.Split(in.values.Get("outputs"), ",") {
				if s = strings.TrimSpace(s); s != "" {
					x.Outputs = append(x.Outputs, s)
				}
			}
			if len(x.Outputs) == 0 {
				in.bad("outputs", "Name at least one output.")
			}
			return []cvd.Command{x}
		}},
	{Name: "approve", Label: "Approve the release", Group: groupRelease, Hint: "It takes two people, and you are one of them.", when: planned,
		next: func(c *cvd.Case) bool { return planned(c) && len(c.Release.Approvals) < 2 },
		fields: func(_ *request, c *cvd.Case) []field {
			if len(c.Release.Held()) == 0 {
				return nil
			}
			return []field{{Name: "despite", Label: "Release it although a vendor holds it", Kind: kindCheck}, {Name: "reason", Label: "Reason", Kind: kindArea}}
		},
		do: func(in *input) []cvd.Command {
			return []cvd.Command{cvd.ApproveRelease{DespiteHold: in.values.Get("despite") != "", Reason: in.text("reason")}}
		}},
	{Name: "cancel", Label: "Cancel the release", Group: groupRelease, when: planned,
		fields: func(*request, *cvd.Case) []field {
			return []field{{Name: "reason", Label: "Reason", Kind: kindArea, Required: true}}
		},
		do: func(in *input) []cvd.Command {
			return []cvd.Command{cvd.CancelRelease{Reason: in.need("reason", "Say why.")}}
		}},
	{Name: "publish", Label: "Publish", Group: groupRelease, Hint: "Records that the team discloses what has a fix or is public already. It is public from then on, and an embargo ends when nothing is left under it.", when: func(c *cvd.Case) bool { return isCase(c) && c.Open() },
		fields: func(_ *request, c *cvd.Case) []field {
			fs := []field{{Name: "advisory", Label: "Address or number of the advisory", Kind: kindText}}
			var os []option
			for _, v := range c.Vulnerabilities {
				os = append(os, option{number(v.ID), "Vulnerability " + number(v.ID) + " " + v.Title.Display(), v.CVE.Display()})
			}
			return append(fs, field{Name: "vulns", Label: "Disclose also without a fix", Kind: kindChecks, Options: os, Hint: "None chosen: what has a fix or is public."})
		},
		do: func(in *input) []cvd.Command {
			x := cvd.Publish{}
			if s := string(in.text("advisory")); s != "" {
				x.Advisories = []string{s}
			}
			for _, n := range in.parties("vulns") {
				x.Vulnerabilities = append(x.Vulnerabilities, cvd.VulnID(n))
			}
			return []cvd.Command{x}
		}},
}

func planned(c *cvd.Case) bool { return !c.Release.Planned.IsZero() }
