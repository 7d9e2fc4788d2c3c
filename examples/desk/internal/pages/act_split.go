package pages

import (
	"slices"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/examples/desk/internal/words"
)

// splitAction makes a case of parts of another. The first time it only shows what will
// move: the form carries the parts that were shown, and acts on no others.
var splitAction = action{
	Name: "split", Label: "Split off a new case", Button: "Show what will move", Sure: "Split it off now", Shows: "What will move", Group: groupCase,
	Hint: "Some of what this case tells of is another matter, and goes on in a case of its own. First you see what will move.",
	when: func(c *cvd.Case) bool {
		return isCase(c) && c.Open() && (len(hereReports(c)) > 1 || len(hereVulns(c)) > 1)
	},
	fields: func(_ *request, c *cvd.Case) []field {
		reports := field{Name: "reports", Label: "Reports that go", Kind: kindChecks, Hint: "Who sent them goes along."}
		for _, r := range hereReports(c) {
			reports.Options = append(reports.Options, option{number(r.ID), reportName(r), c.PartyName(r.Reporter)})
		}
		vulns := field{Name: "vulnerabilities", Label: "Vulnerabilities that go", Kind: kindChecks, Hint: "None chosen: the new case begins with a new one."}
		for _, v := range hereVulns(c) {
			vulns.Options = append(vulns.Options, option{number(v.ID), vulnName(v), v.CVE.Display()})
		}
		return []field{{Name: "title", Label: "Title of the new case", Kind: kindText, Required: true, Hint: "Keep it neutral: it stands in lists."}, reports, vulns,
			{Name: "participants", Label: "Parties that take part there too", Kind: kindChecks, Options: partyOptions(c, others), Hint: "They stay here as well."},
			{Name: "reason", Label: "Reason", Kind: kindArea, Required: true, Hint: "For the team."}}
	},
	run: split,
}

func split(in *input, by cvd.By) (*cvd.Case, error) {
	x := cvd.Split{Title: in.need("title", "Enter a title for the new case."), Reports: chosen[cvd.ReportID](in, "reports"), Vulnerabilities: chosen[cvd.VulnID](in, "vulnerabilities"), Participants: in.parties("participants"), Reason: in.need("reason", "Say why.")}
	if len(x.Reports)+len(x.Vulnerabilities) == 0 {
		in.bad("reports", "Choose at least one report or vulnerability.")
	}
	if len(in.problems) > 0 {
		return nil, nil
	}
	parts := strings.Join([]string{strings.Join(in.values["reports"], " "), strings.Join(in.values["vulnerabilities"], " "), strings.Join(in.values["participants"], " ")}, ";")
	if in.values.Get("shown") != parts {
		in.shows = moves(in.c, x)
		in.values.Set("shown", parts)
		return nil, nil
	}
	c, err := in.q.svc.Split(in.q.ctx, in.c.ID, by, x)
	if err != nil {
		return nil, err
	}
	return in.q.svc.View(in.q.ctx, c.ID, in.q.viewer())
}

// moves says what a split will do.
func moves(c *cvd.Case, x cvd.Split) (out []string) {
	reports, vulns := hereReports(c), hereVulns(c)
	along := slices.Clone(x.Participants)
	for _, r := range reports {
		if !slices.Contains(x.Reports, r.ID) {
			continue
		}
		s := reportName(r)
		switch n := len(r.Files); n {
		case 0:
		case 1:
			s += ", with its file"
		default:
			s += ", with its " + words.Plural(n, "file", "files")
		}
		out = append(out, s+", moves to the new case.")
		if r.Reporter != 0 {
			along = append(along, r.Reporter)
		}
	}
	for _, v := range vulns {
		if !slices.Contains(x.Vulnerabilities, v.ID) {
			continue
		}
		s := vulnName(v)
		if v.CVE != "" {
			s += ", with " + v.CVE.Display()
		}
		out = append(out, s+", moves to the new case, with what these parties said of it.")
	}
	if len(x.Vulnerabilities) == 0 {
		out = append(out, "The new case begins with a vulnerability of its own, “"+x.Title.Display()+"”.")
	}
	slices.Sort(along)
	var names []string
	for _, id := range slices.Compact(along) {
		if p, ok := c.Party(id); ok && others(&p) {
			names = append(names, c.PartyName(id))
		}
	}
	if len(names) > 0 {
		out = append(out, "These take part there, and are told so: "+strings.Join(names, ", ")+".")
	} else {
		out = append(out, "Nobody but the team takes part there.")
	}
	if c.Embargo.State.InForce() {
		out = append(out, "The embargo, and who has agreed to it, hold in both.")
	}
	if len(c.Groups) > 0 {
		out = append(out, "Only the groups that see this case see the new one.")
	}
	if len(reports) == len(x.Reports) && len(vulns) == len(x.Vulnerabilities) {
		return append(out, "No report and no vulnerability stays here.")
	}
	rest := words.Plural(len(reports)-len(x.Reports), "report", "reports") + " and " + words.Plural(len(vulns)-len(x.Vulnerabilities), "vulnerability", "vulnerabilities")
	return append(out, "Here stay "+rest+", and all messages that were written.")
}

func hereReports(c *cvd.Case) (out []*cvd.Report) {
	for i := range c.Reports {
		if c.Reports[i].MovedTo == (cvd.CaseID{}) {
			out = append(out, &c.Reports[i])
		}
	}
	return out
}

func hereVulns(c *cvd.Case) (out []*cvd.Vulnerability) {
	for i := range c.Vulnerabilities {
		if c.Vulnerabilities[i].MovedTo == (cvd.CaseID{}) {
			out = append(out, &c.Vulnerabilities[i])
		}
	}
	return out
}

func reportName(r *cvd.Report) string {
	s := "Report " + number(r.ID)
	if t := firstLine(r.Title, r.Products, r.Summary); t != "" {
		s += " “" + t + "”"
	}
	return s
}

func vulnName(v *cvd.Vulnerability) string {
	s := "Vulnerability " + number(v.ID)
	if t := firstLine(v.Title); t != "" {
		s += " “" + t + "”"
	}
	return s
}

// chosen are the numbers of a field of checks, each once.
func chosen[T ~uint32](in *input, name string) (out []T) {
	for _, n := range in.parties(name) {
		out = append(out, T(n))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
