package pages

import (
	"slices"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// What a manufacturer owes to authorities and users once a vulnerability is exploited, as
// the Cyber Resilience Act has it. The desk sends nothing to anybody: it records what
// was done, which stops the dates.

var steps = []cvd.Step{cvd.StepSuspected, cvd.StepAware, cvd.StepDismissed}

var reportStages = []cvd.ReportStage{cvd.StageEarlyWarning, cvd.StageNotification, cvd.StageIntermediate, cvd.StageFinal, cvd.StageVoluntary}

var authorityActions = []action{
	{Name: "assess", Label: "Record whether it is exploited", Button: "Record it", Group: groupAuthority, when: owes, Hint: "That the team is aware is a decision with evidence. From then on the dates of the Cyber Resilience Act run.",
		fields: func(_ *request, c *cvd.Case) []field {
			return append(vulnField(c), field{Name: "step", Label: "What the team knows", Kind: kindRadio, Required: true, Options: []option{
				{"suspected", "It may be exploited", "the team's own date runs"}, {"aware", "It is exploited", "the dates of the law run"}, {"dismissed", "It is not exploited", "nothing is to be reported"}}},
				field{Name: "source", Label: "Where it comes from", Kind: kindText, Hint: "Such as a customer, or a feed"}, field{Name: "evidence", Label: "Evidence", Kind: kindArea, Hint: "What shows it. Not needed for a suspicion."})
		},
		do: func(in *input) []cvd.Command {
			x := cvd.RecordAssessment{Matter: in.matter(), Source: in.text("source"), Evidence: in.text("evidence")}
			i := slices.IndexFunc(steps, func(s cvd.Step) bool { return s.String() == in.values.Get("step") })
			if i < 0 {
				in.bad("step", "Choose what the team knows.")
				return nil
			}
			if x.Step = steps[i]; x.Step != cvd.StepSuspected && x.Evidence == "" {
				in.bad("evidence", "Write what shows it.")
			}
			return []cvd.Command{x}
		}},
	{Name: "reported", Label: "Record a report to an authority", Button: "Record it", Group: groupAuthority, when: owes, Hint: "The desk sends nothing: submit it on the authority's platform, then record it here. That stops its date.",
		next: func(c *cvd.Case) bool { return c.Open() && aware(c) && !warned(c) },
		fields: func(q *request, c *cvd.Case) []field {
			stages := field{Name: "stages", Label: "What it was", Kind: kindChecks, Required: true}
			for _, s := range reportStages {
				stages.Options = append(stages.Options, option{Value: s.String(), Label: s.String()})
			}
			return append(vulnField(c), stages, field{Name: "authority", Label: "To whom", Kind: kindText, Required: true, Hint: "Such as the national CSIRT and ENISA"},
				field{Name: "at", Label: "When", Kind: kindDate, Required: true, Value: q.cfg.Now().In(q.cfg.Zone).Format("2006-01-02T15:04")},
				field{Name: "reference", Label: "Number of the receipt", Kind: kindText}, field{Name: "reason", Label: "What there is to say", Kind: kindArea})
		},
		do: func(in *input) []cvd.Command {
			x := cvd.RecordSubmission{Matter: in.matter(), Authority: in.need("authority", "Name the authority."), At: in.date("at"), Reference: in.text("reference"), Reason: in.text("reason")}
			for _, s := range reportStages {
				if slices.Contains(in.values["stages"], s.String()) {
					x.Stages = append(x.Stages, s)
				}
			}
			if len(x.Stages) == 0 {
				in.bad("stages", "Choose what it was.")
			}
			return []cvd.Command{x}
		}},
	{Name: "inform", Label: "Record that users were told", Button: "Record it", Group: groupAuthority, when: owes, Hint: "The desk sends nothing to users: record whom you told, what, and how. While an embargo is in force it needs a reason.",
		fields: func(_ *request, c *cvd.Case) []field {
			return append(vulnField(c), field{Name: "audience", Label: "Who was told", Kind: kindText, Required: true}, field{Name: "text", Label: "What they were told", Kind: kindArea, Required: true},
				field{Name: "mitigation", Label: "What they can do", Kind: kindArea}, field{Name: "way", Label: "How", Kind: kindText, Hint: "Such as mail and support page"}, field{Name: "reason", Label: "Reason, under an embargo", Kind: kindText})
		},
		do: func(in *input) []cvd.Command {
			return []cvd.Command{cvd.InformUsers{Matter: in.matter(), Audience: in.need("audience", "Say who was told."), Text: in.need("text", "Say what they were told."),
				Mitigation: in.text("mitigation"), Way: in.text("way"), Reason: in.text("reason")}}
		}},
}

// owes tells the cases of which something can be owed.
func owes(c *cvd.Case) bool { return isCase(c) && len(c.Vulnerabilities) > 0 }

func (in *input) matter() cvd.Matter { return cvd.Matter{Vuln: cvd.VulnID(in.number("vuln"))} }

// aware reports whether the team has decided that something is exploited, or severe.
func aware(c *cvd.Case) bool {
	return slices.ContainsFunc(c.Assessments, func(x cvd.Assessment) bool { return x.Step == cvd.StepAware })
}

// warned reports whether an authority was told of anything that is owed.
func warned(c *cvd.Case) bool {
	return slices.ContainsFunc(c.AuthorityReports, func(x cvd.AuthorityReport) bool { return !slices.Contains(x.Stages, cvd.StageVoluntary) })
}

// attacked reports whether an exploit is about, so that to keep silent helps attackers.
func attacked(c *cvd.Case) bool {
	return slices.ContainsFunc(c.Vulnerabilities, func(v cvd.Vulnerability) bool {
		return v.State&(vultron.CSAttacksObserved|vultron.CSExploitPublic|vultron.CSPublicAware) != 0
	})
}
