package caselog

import (
	"slices"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/internal/inner"
)

// cleared reports whether an object is within Viewer.Clearance.
func (s Sight) cleared(o object) bool {
	return s.v.Clearance == tlp.Unset || OrAmber(o.label).AtMost(s.v.Clearance)
}

// lowered returns of what the viewer sees what is left below TLP:AMBER: the
// objects with a label, which were judged one by one, without what the team, or the
// way by which they came, says of them; and the states of the case.
// What is not named here has no label and is left out, also what later versions add.
func (s Sight) lowered(w *cvd.Case) *cvd.Case {
	s.discreet(w)
	if s.cleared(object{}) {
		return w
	}
	low := &cvd.Case{
		ID: w.ID, Number: w.Number, Kind: w.Kind, Origin: w.Origin, Opened: w.Opened, Seq: w.Seq, Tip: w.Tip, At: w.At,
		Assigned: w.Assigned, ReadOnly: w.ReadOnly, You: w.You, Lead: w.Lead,
		Publications: w.Publications, Events: slices.Clone(w.Events),

		Title: w.Title, Reports: w.Reports, Vulnerabilities: w.Vulnerabilities, Statuses: w.Statuses,
		Claims: w.Claims, Messages: w.Messages, Attachments: w.Attachments,
	}
	for i := range low.Reports {
		r := &low.Reports[i]
		r.Reason, r.ForwardedTo, r.CreditName, r.Fingerprint, r.Mail = "", "", "", "", ""
	}
	for i := range low.Messages {
		low.Messages[i].Reason, low.Messages[i].Provenance = "", cvd.Provenance{}
	}
	low.Streams = slices.Clone(w.Streams)
	for i := range low.Streams {
		low.Streams[i].Groups = nil
	}
	for i := range low.Publications {
		low.Publications[i].Emergency = ""
	}
	for i := range low.Events {
		low.Events[i].Reason = ""
	}
	for _, p := range w.Participants {
		low.Participants = append(low.Participants, &cvd.Participant{ID: p.ID, Roles: p.Roles, RM: p.RM, Consent: p.Consent, Joined: p.Joined})
	}
	low.Embargo = cvd.Embargo{State: w.Embargo.State, Active: w.Embargo.Active, Proposals: slices.Clone(w.Embargo.Proposals), Ended: w.Embargo.Ended, Why: w.Embargo.Why}
	for i := range low.Embargo.Proposals {
		low.Embargo.Proposals[i].Reason = ""
	}
	low.Reindex(inner.Only{})
	low.Release = cvd.Release{At: w.Release.At, Planned: w.Release.Planned}
	return low
}

// OrAmber is the label of what nobody has labelled.
func OrAmber(l tlp.Label) tlp.Label {
	if l == tlp.Unset {
		return tlp.Amber
	}
	return l
}
