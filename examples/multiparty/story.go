package main

import (
	"context"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// story is one list of steps, each with the commands of a day.
func (d *desk) story(ctx context.Context) error {
	do := func(actor string, cmds ...cvd.Command) (*cvd.Case, error) {
		return d.svc.Do(ctx, d.id, cvd.By{Actor: cvd.Private(actor)}, cmds...)
	}
	step := func(days, hours int, text string, cmds ...cvd.Command) error {
		if err := d.pass(ctx, days, hours); err != nil {
			return err
		}
		d.say("%s", text)
		c, err := do("ana", cmds...)
		if err == nil {
			d.id = c.ID
		}
		return err
	}
	end := d.now.AddDate(0, 0, 60)
	steps := []func() error{
		func() error {
			return step(0, 0, "The finder reports, and says when it publishes by itself.", cvd.Receive{
				Title: "Length field overflow in the link protocol", Summary: "A length field is trusted.",
				Reporter: d.party("Finder", true), Channel: cvd.ChannelPortal, PublishOn: d.now.AddDate(0, 0, 90),
			})
		},
		func() error {
			return step(0, 3, "The centre acknowledges, finds it valid, and proposes an embargo of 60 days.",
				cvd.Acknowledge{}, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{},
				cvd.ProposeEmbargo{Ends: end, Policy: "centre/2", Dates: cvd.Dates{ProofOfConcept: end.AddDate(0, 0, 30)}})
		},
		func() error {
			return step(1, 2, "The finder agrees, and gives up its own longer date.", cvd.AcceptEmbargo{Party: finder, Proposal: 2})
		},
		func() error {
			if err := step(0, 1, "Three vendors are invited. They see that an embargo holds, and nothing else.",
				cvd.Invite{Roles: cvd.RoleVendor, Contact: d.party("Aurora", true)},
				cvd.Invite{Roles: cvd.RoleVendor, Contact: d.party("Borealis", true)},
				cvd.Invite{Roles: cvd.RoleVendor, Contact: d.party("Cirrus", false)}); err != nil {
				return err
			}
			if err := d.refused(ctx, "Sending the details to Aurora now", cvd.PostMessage{To: []cvd.PartyID{aurora}, Text: "the details"}); err != nil {
				return err
			}
			return d.printSight(ctx)
		},
		func() error {
			return step(0, 2, "Aurora agrees within hours. It is affected, and tells only the centre.",
				cvd.AnswerInvitation{Party: aurora, Accept: true}, cvd.ReportState{Party: aurora, State: vultron.RMAccepted},
				cvd.Observe{What: vultron.VendorAware, Vendor: aurora, Party: aurora, Adopt: true},
				cvd.RecordStatus{Party: aurora, Affected: cvd.IsAffected, Statement: "All versions before 4.2."},
				cvd.PostMessage{To: []cvd.PartyID{finder, aurora}, Text: "Here are the details."})
		},
		func() error {
			if err := step(2, -7, "Borealis declines: 60 days are too few. It proposes 120.",
				cvd.AnswerInvitation{Party: borealis},
				cvd.ProposeEmbargo{Party: borealis, Ends: end.AddDate(0, 0, 60), Reason: "our release train"}); err != nil {
				return err
			}
			return d.printSight(ctx)
		},
		func() error {
			return step(1, 0, "The finder proposes 77 instead: 75 would end on a Saturday. The shorter one is answered first.",
				cvd.ProposeEmbargo{Party: finder, Ends: end.AddDate(0, 0, 17)})
		},
		func() error {
			if err := d.refused(ctx, "Accepting the 120 days first", cvd.AcceptEmbargo{Proposal: 3}); err != nil {
				return err
			}
			return step(0, 4, "The centre accepts 77 days, and rejects 120. Who had signed has a week to sign anew.",
				cvd.AcceptEmbargo{Proposal: 4}, cvd.RejectEmbargo{Proposal: 3, Reason: "too long for an open network"})
		},
		func() error {
			return step(3, -5, "Aurora signs anew. Borealis is asked again, and signs.",
				cvd.AnswerInvitation{Party: aurora, Accept: true}, cvd.AskConsent{To: borealis},
				cvd.AnswerInvitation{Party: borealis, Accept: true}, cvd.ReportState{Party: borealis, State: vultron.RMAccepted},
				cvd.RecordStatus{Party: borealis, Affected: cvd.IsAffected},
				cvd.Observe{What: vultron.VendorAware, Vendor: borealis, Party: borealis, Adopt: true})
		},
		func() error {
			if err := step(15, 2, "Aurora has a fix. Cirrus has let its time pass, which is no refusal. The release is planned for the Monday on which the embargo ends, an hour later.",
				cvd.Observe{What: vultron.FixReady, Vendor: aurora, Party: aurora, Adopt: true},
				cvd.RecordStatus{Party: aurora, Affected: cvd.IsFixed, Fixed: "4.2"},
				cvd.PlanRelease{At: end.AddDate(0, 0, 17).Add(time.Hour), Outputs: []string{"csaf", "cve-record", "web-page"}},
				cvd.AnswerRelease{Party: aurora}); err != nil {
				return err
			}
			if err := d.printSight(ctx); err != nil {
				return err
			}
			return d.refused(ctx, "Ending the embargo early", cvd.EndEmbargo{Reason: "a fix is there"})
		},
		func() error {
			if err := step(13, -4, "A leak: the flaw is described in a forum. The centre checks it and adopts it, and the embargo ends at once.",
				cvd.Observe{What: vultron.PublicAware, Party: aurora, Evidence: "a post in a public forum", Adopt: true}); err != nil {
				return err
			}
			return d.refused(ctx, "A new embargo", cvd.ProposeEmbargo{Ends: d.now.AddDate(0, 0, 9)})
		},
		func() error {
			if err := step(0, 2, "With the secret gone, the planned release is moved to the next morning. Aurora is ready, two people approve.",
				cvd.PlanRelease{At: d.now.Add(26 * time.Hour), Outputs: []string{"csaf", "cve-record", "web-page"}},
				cvd.AnswerRelease{Party: aurora}, cvd.ApproveRelease{}); err != nil {
				return err
			}
			if err := d.refused(ctx, "A second approval by the same person", cvd.ApproveRelease{}); err != nil {
				return err
			}
			if _, err := do("ben", cvd.ApproveRelease{}); err != nil {
				return err
			}
			return d.refused(ctx, "Publishing before the instant", cvd.Publish{})
		},
		func() error {
			if err := step(1, 0, "The release: one output after the other.",
				cvd.RecordOutput{Output: "csaf", Ref: "https://centre.example/csaf/2026-7.json"},
				cvd.RecordOutput{Output: "cve-record", Ref: "CVE-1900-0007"},
				cvd.RecordOutput{Output: "web-page", Ref: "https://centre.example/2026-7"},
				cvd.Publish{Advisories: []string{"https://centre.example/2026-7"}}); err != nil {
				return err
			}
			return d.printSight(ctx)
		},
		func() error {
			return step(6, 1, "Borealis has its fix. The case is closed.",
				cvd.Observe{What: vultron.FixReady, Vendor: borealis, Party: borealis, Adopt: true},
				cvd.RecordStatus{Party: borealis, Affected: cvd.IsFixed, Fixed: "12"},
				cvd.RecordStatus{Party: cirrus, Affected: cvd.Unreachable}, cvd.Close{})
		},
		func() error { return d.pass(ctx, 0, 1) },
	}
	for _, s := range steps {
		if err := s(); err != nil {
			return err
		}
	}
	return nil
}
