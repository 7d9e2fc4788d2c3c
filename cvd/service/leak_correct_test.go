package service_test

import (
	"github.com/cvdkit/cvdkit/cvd"
)

// correct is a step of the leak test that changes or takes back what was there.
func (w *world) correct() bool {
	own := secret{kind: teamOnly}
	p, v := w.party(), w.vuln()
	personal := func(what string) cvd.Private { return w.secret(what, secret{kind: sourceOnly, source: p}) }
	switch w.r.IntN(13) {
	case 9:
		return w.try(cvd.HandOver{To: p, Reason: w.secret("HandOver.Reason", own)})
	case 10:
		return w.link()
	case 11:
		return w.try(cvd.RecordCVE{Vuln: v, CVE: "CVE-1900-0009", State: cvd.CVERejected, Reason: w.secret("CVE.Reason", secret{kind: teamOnly, vuln: v})})
	case 8:
		x := cvd.SetGroups{Reason: w.secret("Groups.Reason", own), Stream: cvd.StreamID(w.r.IntN(3))}
		for range w.r.IntN(3) {
			x.Groups = append(x.Groups, w.secret("Group", own))
		}
		return w.try(x)
	case 0, 1:
		// The words are of the vulnerability, and so is their label.
		vulns := w.view(w.id, team).Vulnerabilities
		if len(vulns) == 0 { // a submission
			return false
		}
		label := vulns[v-1].TLP
		x := secret{kind: aDetail, source: cvd.Owner, label: label, vuln: v}
		return w.try(cvd.Describe{Vuln: v, Description: w.secret("Description", x), Workaround: w.secret("Workaround", x),
			References: []cvd.Private{"https://example.org/" + w.secret("Reference", x)}})
	case 2:
		l := w.label()
		return w.try(cvd.SetSeverity{Vuln: v, Party: p, Rating: cvd.RatingHigh, TLP: l,
			Justification: w.secret("Justification", secret{kind: aDetail, source: p, label: l, vuln: v})})
	case 3:
		return w.try(cvd.SaveDraft{Name: w.secret("Draft.Name", own), Content: w.secret("Draft", own), Type: w.secret("Draft.Type", own)})
	case 4:
		return w.try(cvd.ChangeParty{Party: p, Tracking: personal("Tracking"), Roles: cvd.Roles(1 + w.r.IntN(127)),
			Contact: cvd.Contact{Name: personal("Name"), Phone: personal("Phone"), Key: personal("Key")}})
	case 5, 6:
		x := cvd.SetScope{Party: p, Reason: w.secret("Scope.Reason", own)}
		if x.Limited = w.r.IntN(3) > 0; x.Limited {
			x.Scope = []cvd.VulnID{v}
		}
		if !w.try(x) {
			return false
		}
		delete(w.limited, p)
		if x.Limited {
			w.limited[p] = x.Scope
		}
		return true
	case 7:
		if w.r.IntN(3) > 0 || !w.try(cvd.RemoveParty{Party: p, Reason: w.secret("Remove.Reason", own)}) {
			return false
		}
		if w.removed == nil {
			w.removed = map[cvd.PartyID]bool{}
		}
		w.removed[p] = true
		return true
	default:
		claims := w.view(w.id, team).Claims
		if len(claims) == 0 {
			return false
		}
		return w.try(cvd.RetractAdoption{Claim: claims[w.r.IntN(len(claims))].ID, Reason: w.secret("Retract.Reason", own)})
	}
}

// link relates the case to another, whose title and number are the team's alone.
func (w *world) link() bool {
	own := secret{kind: teamOnly}
	other, err := w.svc.Do(ctx, cvd.CaseID{}, staff, cvd.Open{Origin: cvd.OriginOutbound, Title: w.secret("Linked.Title", own)})
	if err != nil {
		return false
	}
	kinds := []cvd.LinkKind{cvd.LinkRelated, cvd.LinkDependsOn, cvd.LinkNeededBy, cvd.LinkDuplicateOf}
	_, err = w.svc.Link(ctx, w.id, staff, cvd.LinkTo{Kind: kinds[w.r.IntN(len(kinds))], Case: other.ID, Reason: w.secret("Link.Reason", own)})
	return err == nil
}
