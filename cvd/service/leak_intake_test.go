package service_test

import (
	"cmp"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/tlp"
	"github.com/cvdkit/cvdkit/cvd"
)

// came is how a message of a participant came in: that is between it and the team.
func (w *world) came(own secret) cvd.Provenance {
	return cvd.Provenance{
		Sender: w.secret("Provenance.Sender", own), Fingerprint: w.secret("Provenance.Fingerprint", own),
		IDs: []cvd.ExternalID{{Kind: cvd.IDMessage, Value: w.secret("Provenance.ID", own)}}, KnownBy: cvd.KnownBy(w.r.IntN(5)),
	}
}

// unverified keeps a message of which nobody knows from whom it is, and admits some.
func (w *world) unverified() bool {
	p, l := w.party(), w.label()
	n := len(w.secrets)
	hidden, beside := secret{kind: teamOnly, label: l}, secret{kind: teamOnly, label: atLeast(l)}
	reason := w.secret("Unverified.Reason", beside)
	cmd := cvd.PostUnverified{
		Claimed: p, TLP: l, Reason: reason, Subject: w.secret("Unverified.Subject", hidden), Text: w.secret("Unverified.Text", hidden),
		Provenance: w.came(beside), Original: strings.NewReader(string(w.secret("Unverified.Original", hidden))),
		Files: []cvd.File{{Name: w.secret("Unverified.File", hidden), Content: strings.NewReader(string(w.secret("Unverified.Content", hidden)))}},
	}
	if !w.try(cmd) {
		return false
	}
	if w.alone {
		w.look()
	}
	all := w.view(w.id, team).Messages
	admit := cvd.Admit{Message: all[len(all)-1].ID, AsReport: w.r.IntN(4) == 0}
	if p == cvd.Owner || w.r.IntN(2) == 0 || !w.try(admit) {
		return true
	}
	if was, sent := w.sent[p]; admit.AsReport && (!sent || was.Stricter(cmp.Or(l, tlp.Amber))) {
		w.sent[p] = cmp.Or(l, tlp.Amber) // what has no label is TLP:AMBER
	}
	for _, x := range w.secrets[n:] {
		switch x.what {
		case "Unverified.Subject", "Unverified.Text":
			if x.kind, x.source, x.to, x.label = aMessage, p, []cvd.PartyID{cvd.Owner}, l; admit.AsReport {
				x.kind, x.to = aReport, nil
			}
		case "Unverified.File", "Unverified.Content", "Unverified.Original", "Provenance.Sender", "Provenance.Fingerprint", "Provenance.ID":
			x.kind, x.source = sourceOnly, p
		}
	}
	return true
}

// bounced records that the newest message that went out came back.
func (w *world) bounced() bool {
	for _, box := range []*post{w.box, w.mail} {
		for _, m := range box.sent {
			if w.r.IntN(4) == 0 && w.try(cvd.RecordBounce{Delivery: m, Permanent: w.r.IntN(2) == 0, Detail: w.secret("Bounce.Detail", secret{kind: teamOnly})}) {
				return true
			}
		}
	}
	return false
}

// early goes through the stage before the case, and ends it.
func (w *world) early() {
	own := secret{kind: teamOnly}
	for range 4 {
		switch w.r.IntN(4) {
		case 0:
			w.unverified()
		case 1:
			w.message()
		case 2:
			w.try(cvd.Acknowledge{})
			w.try(cvd.Triage{Outcome: cvd.OutcomeNeedsInformation, Reason: w.secret("Triage.Reason", own), Reply: "which version?"})
		case 3:
			w.try(cvd.Dismiss{Why: cvd.Dismissal(1 + w.r.IntN(7)), Reason: w.secret("Dismiss.Reason", own)})
			w.try(cvd.Appeal{Text: w.secret("Appeal.Text", secret{kind: aMessage, source: 2, to: []cvd.PartyID{1}}), Provenance: w.came(secret{kind: sourceOnly, source: 2})})
		}
		w.outgoing()
		w.look()
	}
	require.True(w.t, w.try(cvd.Admit{}))
}
